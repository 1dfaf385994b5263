"""The four official files of Fashion-MNIST, found or downloaded, and verified byte by byte.

Public hosts have served other data under these very names, so a file counts only when its
SHA-256 is the official one. Only the compressed files are kept in the cache, and a download only
once it is verified; they are decompressed in memory, from the very bytes that were verified.
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

from fmnist_lib._common import atomic_write, progress_bar
from fmnist_lib.sources import cache_dir, remove_leftovers, user_path

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
SLOWEST = 1000  # bytes a second: a class may share one line
WINDOW_SECONDS = 8.0  # in which a mirror must send that much
TICKS = 80  # looks at what has arrived, in a window
TOO_SLOW = f"too slow (less than {SLOWEST:,} bytes a second)"
ROUNDS = 2  # attempts at each mirror that is not too slow
PAUSE_SECONDS = 0.5  # after a failure
HEADERS = {"Accept-Encoding": "identity"}  # the .gz as it is
HOOKS: dict[str, Any] = {  # a redirect is not followed: its body would be read, however long
    "response": lambda response, **_: response.headers.clear()
}


class DataUnavailableError(OSError):
    """Fashion-MNIST is not on this machine and cannot be downloaded now.

    The first line of the text is the reason in one sentence; details and advice follow.
    """


def named_folder(data_dir: str | os.PathLike[str] | None) -> tuple[str, Path] | None:
    """Return the argument or variable that names a folder, and the folder; None without one."""
    named = os.environ.get("FMNIST_DATA") or None
    name, path = ("FMNIST_DATA", named) if data_dir is None else ("data_dir", data_dir)
    return None if path is None else (name, user_path(name, path))


def load_files(
    data_dir: str | os.PathLike[str] | None = None,
    *,
    progress: bool | None = None,
    download: bool = True,
) -> tuple[dict[str, bytes], Path]:
    """Return the content of the four files by name, compressed or not, verified; their folder.

    The places: `data_dir` or else the folder that ``FMNIST_DATA`` names; the cache; a download
    into the cache. A named folder is the only place searched, and is never written to: a wrong
    file there is a ValueError, a missing one a FileNotFoundError. DataUnavailableError means
    that no folder is named, the cache is incomplete, and the download failed or is not wanted.
    """
    if named := named_folder(data_dir):
        name, root = named
        try:
            folder = _locate(name, root)
            return _read(folder), folder
        except OSError as error:
            if error.errno:  # not one of ours
                error.strerror = f"{error.strerror} (in the folder that {name} names)"
            raise

    try:
        folder = cache_dir() / TORCHVISION_LAYOUT
    except FileNotFoundError as error:
        raise DataUnavailableError(str(error)) from error
    with contextlib.suppress(OSError, ValueError):  # a file is missing or wrong; fetched below
        remove_leftovers(folder)
        return _read(folder), folder
    if not download:
        raise DataUnavailableError(f"{str(folder)!r} lacks the four files, or they are wrong")
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
    except OSError as error:  # disk full, folder not writable, a pipe in a file's place, ...
        problem = (
            f"Fashion-MNIST cannot be kept in the cache {str(folder)!r}: {error}.\n"
            "Mend that, or set FMNIST_CACHE to another folder that you can write to."
        )
    raise DataUnavailableError(
        f"{problem}\nTo go on without a download: copy {', '.join(FILES)} from another machine "
        "into a folder and name it with data_dir= or FMNIST_DATA; or practise on the drawn "
        "stand-in with source='sketches' or FMNIST_SOURCE=sketches."
    )


def read_verified(path: Path) -> bytes:
    """Return the content of one official file; ValueError if it is anything else."""
    size, sha256 = (FILES | UNPACKED)[path.name]
    with open(path, "rb") as file:
        content = file.read(size + 1)  # one more tells a longer file
    if hashlib.sha256(content).hexdigest() == sha256:
        return content
    raise ValueError(
        f"{str(path)!r} is not the official Fashion-MNIST file: it has "
        f"{path.stat().st_size:,} bytes (official: {size:,}) and begins with {content[:12]!r}. "
        f"Put the official file there (SHA-256 {sha256}), or name no folder (data_dir, "
        "FMNIST_DATA) to have the library download its own copy."
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
    folders = (root, root / TORCHVISION_LAYOUT, root / TORCHVISION_LAYOUT.name)
    lacks = [[file for file in FILES if not _find(folder, file)] for folder in folders]
    missing, folder = min(zip(lacks, folders, strict=True), key=lambda pair: len(pair[0]))
    if not missing:
        return folder
    if len(missing) < len(FILES):
        raise FileNotFoundError(f"{name}={str(folder)!r} lacks {', '.join(missing)}")
    raise FileNotFoundError(
        f"{name}={str(root)!r} holds no Fashion-MNIST files: {', '.join(FILES)} "
        f"are expected in it or in {TORCHVISION_LAYOUT.as_posix()!r} below it"
    )


def _download(folder: Path, progress: bool | None) -> dict[str, str]:
    """Fetch the files that `folder` lacks; return {address: reason} of the failures, or nothing.

    Whatever fails leads straight to the next mirror. An OSError is the cache's, not a mirror's.
    """
    import requests

    folder.mkdir(parents=True, exist_ok=True)
    mirrors, failures = _reachable_mirrors()
    for mirror in mirrors * ROUNDS:
        if TOO_SLOW in (failures.get(mirror + name) for name in FILES):
            continue
        try:
            for name in FILES:
                with contextlib.suppress(OSError, ValueError):
                    if (folder / name).is_file() and read_verified(folder / name):
                        continue
                with atomic_write(folder / name) as file:  # first: what can't be kept isn't fetched
                    file.write(_fetch(mirror + name, progress))
            return {}
        except requests.RequestException as error:
            failures[mirror + name] = str(error)
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
        except Exception as error:
            failures[mirror] = _describe_failure(error)

    threads = [threading.Thread(target=ask, args=[mirror], daemon=True) for mirror in MIRRORS]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + CONTACT_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    known = failures.copy()  # a thread that was left behind may still answer
    return [mirror for mirror in MIRRORS if mirror not in known], known


def _fetch(address: str, progress: bool | None) -> bytearray:
    """Return one file from a mirror, verified; a RequestException says why it cannot be had.

    A thread makes the request, while this one counts what arrives: so whatever a server spins out,
    from the first header to the last chunk, ends with the window, and the thread is left behind.
    """
    import requests

    name = address.rpartition("/")[2]
    size, sha256 = FILES[name]
    content, reasons = bytearray(), []

    def get() -> None:
        try:
            with requests.get(
                address, headers=HEADERS, hooks=HOOKS, stream=True, timeout=3 * WINDOW_SECONDS
            ) as response:
                if response.status_code != 200:
                    raise requests.HTTPError(f"{response.status_code} {response.reason}")
                while len(content) < size and (piece := response.raw.read1(1 << 16)):
                    content.extend(piece)
        except Exception as error:
            reasons.append(_describe_failure(error))

    thread = threading.Thread(target=get, daemon=True)
    with progress_bar(size, desc=name, unit="B", show=progress) as bar:
        thread.start()
        while thread.is_alive():
            before = len(content)
            for _ in range(TICKS):  # which pass at once when the thread has ended
                thread.join(WINDOW_SECONDS / TICKS)
                bar.update(len(content) - bar.n)
            if thread.is_alive() and len(content) - before < SLOWEST * WINDOW_SECONDS:
                raise requests.Timeout(TOO_SLOW)
    if not reasons and hashlib.sha256(content).hexdigest() != sha256:
        reasons.append("other content than the official file")
    if reasons:
        raise requests.RequestException(reasons[0])
    return content


def _describe_failure(error: Exception) -> str:
    """Return one printable line about a failed request."""
    import requests

    # HTTP 404 Not Found; or what REQUESTS_CA_BUNDLE names is not there
    known: dict[type, str] = {requests.HTTPError: f"HTTP {error}", OSError: str(error)}
    place = " in the address of a proxy" if isinstance(error, ValueError) else ""
    text = known.get(type(error), f"connection failed ({type(error).__name__}{place})")
    return "".join(filter(str.isprintable, text))
