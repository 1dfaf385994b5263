"""The four official files of Fashion-MNIST, found or downloaded, and verified byte by byte.

Public hosts have served other data under these very names, so a file counts only when its
SHA-256 is the official one. Only the compressed files are kept on disk: what is used is
decompressed in memory from the bytes that were verified.
"""

import hashlib
import os
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from fmnist_lib._common import progress_bar

FILES = {  # name: (bytes, SHA-256), taken from the official files
    "train-images-idx3-ubyte.gz": (
        26421880,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    "train-labels-idx1-ubyte.gz": (
        29515,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
    "t10k-images-idx3-ubyte.gz": (
        4422102,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        5148,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
}

MIRRORS = (  # each holds the four files under their names; the last one is torchvision's
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)

TORCHVISION_LAYOUT = Path("FashionMNIST", "raw")  # where torchvision puts the files below `root`

CONTACT_SECONDS = 4.0  # for all mirrors together, to answer at all
READ_SECONDS = 15.0  # for the next piece of a file
ROUNDS = 2  # times that every mirror is asked for a file
PAUSE_SECONDS = 1.0  # between the rounds


class DataUnavailableError(OSError):
    """Fashion-MNIST is neither on this machine nor to be downloaded now."""


_failures: list[DataUnavailableError] = []  # of this process, the newest last


def cache_dir() -> Path:
    """Return the folder that all projects of this user share: FMNIST_CACHE, or the system's."""
    if named := os.environ.get("FMNIST_CACHE"):
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("fmnist_lib", appauthor=False)


def load_files(
    data_dir: str | os.PathLike[str] | None = None,
    *,
    progress: bool | None = None,
    retry: bool = True,
) -> tuple[dict[str, bytes], Path]:
    """Return the four compressed files, verified, from the first place that has them.

    The places: `data_dir` or else the folder that ``FMNIST_DATA`` names; the cache; a download
    into the cache. A folder that is named is the only place looked at, and never written to.

    Parameters
    ----------
    data_dir : path, optional
        A folder with the four ``.gz`` files, directly or in ``FashionMNIST/raw`` below it.
    progress : bool, optional
        Whether a download shows a bar; None shows it in a terminal or notebook.
    retry : bool
        False repeats the failure of an earlier call in this process instead of trying again:
        nobody waits twice, and training and test images come from the same place.

    Returns
    -------
    files : dict of str to bytes
        The compressed content under each of the four names.
    folder : pathlib.Path
        Where the files lie.

    Raises
    ------
    FileNotFoundError, NotADirectoryError, PermissionError
        The named folder, or a file in it, is missing, no folder, or not readable.
    ValueError
        A file in the named folder is not the official one.
    DataUnavailableError
        Nothing was named, the cache is not complete, and the download failed.
    """
    name, named = "data_dir", data_dir
    if named is None:
        name, named = "FMNIST_DATA", os.environ.get("FMNIST_DATA") or None
    if named is not None:
        folder = _locate(name, Path(named).expanduser())
        return {file: read_verified(folder / file) for file in FILES}, folder

    if _failures and not retry:
        raise _failures[-1]
    folder = cache_dir() / TORCHVISION_LAYOUT
    files: dict[str, bytes] = {}
    for file in FILES:
        try:
            files[file] = read_verified(folder / file)
        except (OSError, ValueError):
            continue  # not there, not readable or wrong: fetched below
    missing = [file for file in FILES if file not in files]
    try:
        if missing:
            _download(missing, folder, progress)
        files |= {file: read_verified(folder / file) for file in missing}
    except OSError as error:
        _failures.append(_unavailable(error, folder))
        raise _failures[-1] from None  # it says all that the first error said
    return files, folder


def read_verified(path: Path) -> bytes:
    """Return the content of one official file; ValueError when it is anything else."""
    content = path.read_bytes()
    size, sha256 = FILES[path.name]
    if hashlib.sha256(content).hexdigest() == sha256:
        return content
    if not content:
        reason = "it is empty"
    elif content.lstrip()[:1] == b"<":
        reason = "it is a web page, probably an error page saved under this name"
    elif len(content) < size and content[:2] == b"\x1f\x8b":
        reason = f"it has {len(content):,} bytes instead of {size:,}: truncated, or other data"
    else:
        reason = f"its content differs ({len(content):,} bytes, official: {size:,})"
    raise ValueError(
        f"{str(path)!r} is not the official Fashion-MNIST file: {reason}. Put the official file "
        f"there (SHA-256 {sha256}), or name no folder (data_dir, FMNIST_DATA) to have the library "
        "download its own copy."
    )


def parse_idx(compressed: bytes) -> np.ndarray:
    """Return the uint8 array in a gzipped IDX file.

    IDX: two zero bytes, the type (8 is uint8), the number of dimensions, each length as a
    big-endian uint32, then the values. Source: http://yann.lecun.com/exdb/mnist/
    """
    content = bytearray(zlib.decompress(compressed, wbits=31, bufsize=1 << 26))  # 31: gzip
    ndim = content[3]
    shape = np.frombuffer(content, ">u4", count=ndim, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def _locate(name: str, root: Path) -> Path:
    """Return the folder at or below `root` that holds all four files."""
    if not root.exists():
        raise FileNotFoundError(f"{name} names a folder that does not exist: {str(root)!r}")
    if not root.is_dir():
        raise NotADirectoryError(f"{name} must name a folder, {str(root)!r} is a file")
    for folder in (root, root / TORCHVISION_LAYOUT, root / TORCHVISION_LAYOUT.name):
        missing = [file for file in FILES if not (folder / file).is_file()]
        if not missing:
            return folder
        if len(missing) < len(FILES):
            raise FileNotFoundError(f"{name}={str(folder)!r} lacks {', '.join(missing)}")
    raise FileNotFoundError(
        f"{name}={str(root)!r} holds no Fashion-MNIST files: {', '.join(FILES)} "
        f"are expected in it or in {TORCHVISION_LAYOUT.as_posix()!r} below it"
    )


def _unavailable(error: OSError, folder: Path) -> DataUnavailableError:
    """Return the error to raise: what went wrong, and what a person can do about it."""
    if not isinstance(error, DataUnavailableError):  # disk full, folder not writable, ...
        error = DataUnavailableError(
            f"Fashion-MNIST cannot be kept in the cache {str(folder)!r}: {error}. Make room, or "
            "set FMNIST_CACHE to a folder that you can write to."
        )
    return DataUnavailableError(
        f"{error}\nTo go on without a download: copy {', '.join(FILES)} from another machine into "
        "a folder and name it with data_dir= or FMNIST_DATA; or practise on the drawn stand-in "
        "with source='sketches' or FMNIST_SOURCE=sketches."
    )


def _download(names: list[str], folder: Path, progress: bool | None) -> None:
    """Fetch the named files into `folder`, from whichever mirror serves the official bytes."""
    tried: list[str] = []
    mirrors = _answering(tried)
    for name in names:
        if not _fetch_from_any(mirrors, name, folder, progress, tried):
            attempts = "\n  ".join(dict.fromkeys(tried))
            raise DataUnavailableError(
                f"Fashion-MNIST could not be downloaded. Tried:\n  {attempts}"
            )


def _fetch_from_any(
    mirrors: list[str], name: str, folder: Path, progress: bool | None, tried: list[str]
) -> bool:
    """Try every mirror in turn, ROUNDS times; note each failure in `tried`."""
    import requests

    for attempt in range(ROUNDS * len(mirrors)):
        if attempt == len(mirrors):
            time.sleep(PAUSE_SECONDS)  # all failed once: a moment, for what passes
        try:
            _fetch(mirrors[0] + name, folder, progress)
            return True
        except (requests.RequestException, ValueError) as error:  # ValueError: a wrong hash
            tried.append(f"{mirrors[0]}{name}: {_brief(error)}")
            mirrors.append(mirrors.pop(0))  # the next one leads, for the next files too
    return False


def _answering(tried: list[str]) -> list[str]:
    """Return the mirrors that answer at all, the preferred ones first.

    All are asked at once, in threads that may be left behind: without a network the look-up
    of a host's name alone can hang for longer than anyone would wait.
    """
    import requests

    answers: dict[str, str | None] = {}

    def ask(mirror: str) -> None:
        try:
            requests.head(mirror + min(FILES), timeout=CONTACT_SECONDS)
            answers[mirror] = None
        except requests.RequestException as error:
            answers[mirror] = _brief(error)

    threads = [threading.Thread(target=ask, args=[mirror], daemon=True) for mirror in MIRRORS]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + CONTACT_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    silent = f"no answer in {CONTACT_SECONDS:.0f} s"
    replies = {mirror: answers.get(mirror, silent) for mirror in MIRRORS}
    tried += [f"{mirror}: {reply}" for mirror, reply in replies.items() if reply]
    return [mirror for mirror, reply in replies.items() if reply is None]


def _fetch(url: str, folder: Path, progress: bool | None) -> None:
    """Download one file: a temporary file, its hash checked, then renamed (pooch does this)."""
    import pooch

    name = url.rpartition("/")[2]
    size, sha256 = FILES[name]
    pooch.get_logger().setLevel("WARNING")  # the bar says enough

    def download(url: str, temporary: str, manager: Any) -> None:
        with progress_bar(size, desc=name, unit="B", show=progress) as bar:
            pooch.HTTPDownloader(
                progressbar=False if bar.disable else bar,
                chunk_size=1 << 16,
                timeout=(CONTACT_SECONDS, READ_SECONDS),
                headers={"Accept-Encoding": "identity"},  # the .gz as it is
            )(url, temporary, manager)
        os.chmod(temporary, 0o644)  # pooch makes it 0600; a shared cache is for everyone

    pooch.retrieve(url, f"sha256:{sha256}", fname=name, path=folder, downloader=download)


def _brief(error: Exception) -> str:
    """Return one line about a failed request."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "timed out"
    if isinstance(error, requests.RequestException):
        return f"connection failed ({type(error).__name__})"
    return "other content than the official file"
