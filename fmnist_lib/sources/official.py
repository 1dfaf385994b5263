"""The four official files of Fashion-MNIST, found or downloaded, and verified byte by byte.

Public hosts have served other data under these very names, so a file counts only when its
SHA-256 is the official one. Only the compressed files are kept in the cache: they are decompressed
in memory, from the very bytes that were verified.
"""

import contextlib
import hashlib
import os
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from fmnist_lib._common import progress_bar
from fmnist_lib.sources import cache_dir, remove_leftovers

OFFICIAL = """
train-images-idx3-ubyte.gz 26421880 3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84
train-labels-idx1-ubyte.gz 29515 a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845
t10k-images-idx3-ubyte.gz 4422102 346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073
t10k-labels-idx1-ubyte.gz 5148 67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5
train-images-idx3-ubyte 47040016 c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888
train-labels-idx1-ubyte 60008 bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9
t10k-images-idx3-ubyte 7840016 5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b
t10k-labels-idx1-ubyte 10008 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34
"""
"""Name, bytes, SHA-256 of the official files, and of the same files as torchvision unpacks them."""

_table = {name: (int(size), sha) for name, size, sha in map(str.split, OFFICIAL.split("\n")[1:-1])}
FILES = {name: fact for name, fact in _table.items() if name.endswith(".gz")}
UNPACKED = {name: fact for name, fact in _table.items() if name not in FILES}

MIRRORS = (  # each holds the four files under their names; the last one is torchvision's
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)

TORCHVISION_LAYOUT = Path("FashionMNIST", "raw")  # where torchvision puts the files below `root`

CONTACT_SECONDS = 4.0  # for all mirrors together, to answer at all
READ_SECONDS = 6.0  # for the next piece of a file
SLOWEST = 1000  # bytes a second: a class may share one line
WINDOW_SECONDS = 10.0  # in which a mirror must send that much
ROUNDS = 2  # attempts at each mirror
PAUSE_SECONDS = 0.5  # after a failure
HEADERS = {"Accept-Encoding": "identity"}  # the .gz as it is


class DataUnavailableError(OSError):
    """Fashion-MNIST is not on this machine and cannot be downloaded now.

    The first line of the text is the reason in one sentence; details and advice follow.
    """


def named_folder(data_dir: str | os.PathLike[str] | None) -> tuple[str, Path] | None:
    """Return the argument or variable that names a folder, and the folder; None without one."""
    named = os.environ.get("FMNIST_DATA") or None
    name, path = ("FMNIST_DATA", named) if data_dir is None else ("data_dir", data_dir)
    if path is None:
        return None
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise TypeError(f"{name} must be the path of a folder, got {path!r}")
    try:
        return name, Path(path).expanduser()
    except RuntimeError as error:  # no such user, or no home
        raise FileNotFoundError(f"{name}={str(path)!r} has no home folder") from error


def load_files(
    data_dir: str | os.PathLike[str] | None = None, *, progress: bool | None = None
) -> tuple[dict[str, bytes], Path]:
    """Return the content of the four files by name, compressed or not, verified; their folder.

    The places: `data_dir` or else the folder that ``FMNIST_DATA`` names; the cache; a download
    into the cache. A named folder is the only place searched, and is never written to: a wrong
    file there is a ValueError, a missing one a FileNotFoundError. DataUnavailableError means
    that no folder is named, the cache is incomplete, and the download failed.
    """
    if named := named_folder(data_dir):
        folder = _locate(*named)
        return _read(folder), folder

    try:
        folder = cache_dir() / TORCHVISION_LAYOUT
    except FileNotFoundError as error:
        raise DataUnavailableError(str(error)) from error
    remove_leftovers(folder, "tmp*")  # of pooch
    with contextlib.suppress(OSError, ValueError):  # a file is missing or wrong; fetched below
        return _read(folder), folder
    try:
        failures = _download(folder, progress)
        if not failures:
            return _read(folder), folder
        reasons = ", ".join(dict.fromkeys(failures.values()))
        attempts = "\n  ".join(f"{address}: {reason}" for address, reason in failures.items())
        problem = (
            f"Fashion-MNIST could not be downloaded from any of {len(MIRRORS)} hosts: {reasons}.\n"
            f"Tried:\n  {attempts}"
        )
    except OSError as error:  # disk full, folder not writable, ...
        cause = str(error).partition(" | ")[0]  # after it, pooch says the same again
        problem = (
            f"Fashion-MNIST cannot be kept in the cache {str(folder)!r}: {cause}.\n"
            "Make room, or set FMNIST_CACHE to a folder that you can write to."
        )
    raise DataUnavailableError(
        f"{problem}\nTo go on without a download: copy {', '.join(FILES)} from another machine "
        "into a folder and name it with data_dir= or FMNIST_DATA; or practise on the drawn "
        "stand-in with source='sketches' or FMNIST_SOURCE=sketches."
    )


def read_verified(path: Path) -> bytes:
    """Return the content of one official file; ValueError if it is anything else."""
    content = path.read_bytes()
    size, sha256 = (FILES | UNPACKED)[path.name]
    if hashlib.sha256(content).hexdigest() == sha256:
        return content
    raise ValueError(
        f"{str(path)!r} is not the official Fashion-MNIST file: it has {len(content):,} bytes "
        f"(official: {size:,}) and begins with {content[:12]!r}. Put the official file there "
        f"(SHA-256 {sha256}), or name no folder (data_dir, FMNIST_DATA) to have the library "
        "download its own copy."
    )


def parse_idx(content: bytes) -> np.ndarray:
    """Return the uint8 array in an IDX file, gzipped or not.

    IDX: two zero bytes, the type (8 is uint8), the number of dimensions, each length as a
    big-endian uint32, then the values. Source: http://yann.lecun.com/exdb/mnist/
    """
    if content.startswith(b"\x1f\x8b"):
        content = zlib.decompress(content, wbits=31, bufsize=1 << 26)  # 31: gzip
    ndim = content[3]
    shape = np.frombuffer(content, ">u4", count=ndim, offset=4)
    return np.frombuffer(bytearray(content), np.uint8, offset=4 + 4 * ndim).reshape(shape)


def _read(folder: Path) -> dict[str, bytes]:
    """Return the four files of a folder, verified."""
    paths = {name: _find(folder, name) for name in FILES}
    if missing := [name for name, path in paths.items() if not path]:
        raise FileNotFoundError(f"{str(folder)!r} lacks {', '.join(missing)}")
    return {name: read_verified(path) for name, path in paths.items() if path}


def _find(folder: Path, name: str) -> Path | None:
    """Return the path of a file, packed or unpacked, if it is one: to read a pipe might hang."""
    paths = (folder / name, folder / Path(name).stem)
    return next(filter(Path.is_file, paths), None)


def _locate(name: str, root: Path) -> Path:
    """Return the folder at or below `root` that holds all four files."""
    if not root.exists():
        raise FileNotFoundError(f"{name} names a folder that does not exist: {str(root)!r}")
    if not root.is_dir():
        raise NotADirectoryError(f"{name} must name a folder; {str(root)!r} is a file")
    partly = ""
    for folder in (root, root / TORCHVISION_LAYOUT, root / TORCHVISION_LAYOUT.name):
        missing = [file for file in FILES if not _find(folder, file)]
        if not missing:
            return folder
        if len(missing) < len(FILES):
            partly = partly or f"{name}={str(folder)!r} lacks {', '.join(missing)}"
    if partly:
        raise FileNotFoundError(partly)
    raise FileNotFoundError(
        f"{name}={str(root)!r} holds no Fashion-MNIST files: {', '.join(FILES)} "
        f"are expected in it or in {TORCHVISION_LAYOUT.as_posix()!r} below it"
    )


def _download(folder: Path, progress: bool | None) -> dict[str, str]:
    """Fetch the files that `folder` lacks; return {address: reason} of the failures, or nothing.

    Wrong data from one mirror leads straight to the next one; pooch's own retry would first
    fetch the same 26 MB again.
    """
    import requests
    from urllib3.exceptions import HTTPError

    mirrors, failures = _reachable_mirrors()
    for mirror in mirrors * ROUNDS:
        try:
            for name in FILES:
                _fetch(mirror, name, folder, progress)
            return {}
        except (requests.RequestException, HTTPError, ValueError) as error:  # or a wrong hash
            failures[mirror + name] = _describe_failure(error)
            time.sleep(PAUSE_SECONDS)
    return failures


def _reachable_mirrors() -> tuple[list[str], dict[str, str]]:
    """Return the mirrors that answer at all, and {address: reason} of the others.

    All are asked at once, in threads that may be left behind: without a network, looking up a
    host's name can hang for longer than anyone would wait.
    """
    import requests

    failures = dict.fromkeys(MIRRORS, f"no answer in {CONTACT_SECONDS:.0f} s")

    def ask(mirror: str) -> None:
        try:
            requests.head(mirror + min(FILES), timeout=CONTACT_SECONDS)
            del failures[mirror]
        except OSError as error:  # with a RequestException, or a missing REQUESTS_CA_BUNDLE
            failures[mirror] = _describe_failure(error)

    threads = [threading.Thread(target=ask, args=[mirror], daemon=True) for mirror in MIRRORS]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + CONTACT_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    known = failures.copy()  # a thread that was left behind may still answer
    return [mirror for mirror in MIRRORS if mirror not in known], known


def _fetch(mirror: str, name: str, folder: Path, progress: bool | None) -> None:
    """Download a file unless it is there: a temporary file, hash-checked, then renamed by pooch."""
    import pooch
    import requests

    size, sha256 = FILES[name]
    pooch.get_logger().setLevel("WARNING")  # the bar says enough

    def download(url: str, temporary: str, manager: Any) -> None:
        options: dict[str, Any] = {"timeout": (CONTACT_SECONDS, READ_SECONDS), "headers": HEADERS}
        with (
            progress_bar(size, desc=name, unit="B", show=progress) as bar,
            requests.get(url, stream=True, **options) as response,
            open(temporary, "wb") as file,
        ):
            response.raise_for_status()
            received, start, before = 0, time.monotonic(), 0
            while chunk := response.raw.read1(1 << 16):  # what is there, without waiting for more
                received += len(chunk)
                if received > size:
                    raise requests.ConnectionError("sends more than the official file")
                if (now := time.monotonic()) - start > WINDOW_SECONDS:
                    if received - before < SLOWEST * WINDOW_SECONDS:
                        raise requests.ConnectionError("is too slow")
                    start, before = now, received
                file.write(chunk)
                bar.update(len(chunk))
        os.chmod(temporary, 0o644)  # pooch makes it 0600; a shared cache is for everyone

    pooch.retrieve(mirror + name, f"sha256:{sha256}", fname=name, path=folder, downloader=download)


def _describe_failure(error: Exception) -> str:
    """Return one line about a failed request."""
    import requests
    from urllib3.exceptions import HTTPError

    if isinstance(error, requests.HTTPError):
        text = f"HTTP {error}".partition(" for url")[0]  # HTTP 404 Client Error: Not Found
        return "".join(filter(str.isprintable, text))
    if isinstance(error, requests.RequestException | HTTPError):
        return f"connection failed ({type(error).__name__})"
    return str(error) if isinstance(error, OSError) else "other content than the official file"
