"""Shared by several modules: the ten classes, argument checks, progress bars, atomic writes."""

import contextlib
import errno
import os
import secrets
import shutil
import stat
import sys
import warnings
from collections.abc import Iterator
from operator import index as as_integer
from pathlib import Path
from typing import Any, BinaryIO

CLASS_NAMES = (  # the position is the label, 0 to 9
    *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Boots"),
)

NEIGHBOUR = ".fmnist_lib-"  # begins the name of a file that `atomic_write` has not finished


def check_integer(name: str, value: Any) -> int:
    """Return `value` as an int; a bool, a float or a string is a TypeError."""
    with contextlib.suppress(TypeError):
        if not (isinstance(value, bool) or str(getattr(value, "dtype", "")) == "torch.bool"):
            return as_integer(value)
    raise TypeError(f"{name} must be an integer, got {value!r} ({type(value).__name__})")


def check_positive(name: str, value: Any) -> int:
    """Return `value` as an int of at least 1."""
    number = check_integer(name, value)
    if number < 1:
        raise ValueError(f"{name} must be 1 or more, got {number}")
    return number


def check_index(index: Any, length: int) -> int:
    """Return `index` as an int in 0 .. length - 1; negative ones do not count from the end."""
    number = check_integer("index", index)
    if not 0 <= number < length:
        allowed = f"0 to {length - 1}" if length else "none, there are no images"
        raise IndexError(f"index {number} is out of range; allowed: {allowed}")
    return number


def check_path(name: str, value: Any) -> Path:
    """Return `value`, the path of a file or folder, as a Path; bytes are a TypeError."""
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not (path and isinstance(path, str)):
        raise TypeError(f"{name} must be a path, as a str or a Path; got {value!r}")
    return Path(path)


@contextlib.contextmanager
def progress_bar(
    total: int | None, *, desc: str, unit: str, show: bool | None = None
) -> Iterator[Any]:
    """Give a tqdm bar that vanishes at the end.

    With `show` None, it shows in terminals and notebooks unless ``TQDM_DISABLE`` is set.
    """
    from tqdm.auto import tqdm

    if any(getattr(stream, "closed", stream is None) for stream in (sys.stdout, sys.stderr)):
        show = False  # pythonw, or `2>&-`
    if show is None:
        silenced = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
        ipython = sys.modules.get("IPython")
        shell = type(ipython.get_ipython()).__name__ if ipython else ""
        terminal = getattr(sys.stderr, "isatty", bool)()
        show = not silenced and (terminal or shell == "ZMQInteractiveShell")  # Jupyter
    # A bar made of widgets leaves "model not found" in a saved notebook. So we display it
    # ourselves, without its text, and put an empty output in its place at the end: nbval
    # compares neither.
    widget = any(kind.__module__ == "tqdm.notebook" for kind in tqdm.__mro__)
    options = {"leave": False, "dynamic_ncols": True, "disable": not show}
    options |= {"display": False} if widget else {}
    with tqdm(total=total, desc=desc, unit=unit, unit_scale=unit == "B", **options) as bar:
        if not show:
            bar.write = print  # which does without a standard output
        if not (widget and show):
            yield bar
            return
        from IPython.display import display

        handle: Any = display(bar.container, display_id=True, exclude=["text/plain"])  # type: ignore[no-untyped-call]
        try:
            yield bar
        finally:
            handle.update({}, raw=True)


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the name `path` only on success.

    The bytes go into a hidden neighbour, which replaces the file that `path` leads to in one
    step at the end. On failure the neighbour is removed, and an earlier file stays as it was.
    What is no regular file, or is read-only, is never replaced: an OSError says so.
    """
    target = _replaceable(path)
    neighbour = target.with_name(NEIGHBOUR + secrets.token_hex(8))
    try:
        with open(neighbour, "xb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, neighbour)
        os.replace(neighbour, target)
    except BaseException:
        neighbour.unlink(missing_ok=True)
        raise


def _replaceable(path: Path) -> Path:
    """Return the file that `path` leads to, there or not; an OSError says why it must stay."""
    try:
        target = Path(os.path.realpath(path))
        mode = target.stat().st_mode  # an error where a link leads round in a circle
    except FileNotFoundError:
        return target
    except ValueError as error:  # a null byte
        raise OSError(errno.EINVAL, "no file can have this name", os.fspath(path)) from error
    if stat.S_ISDIR(mode):
        problem = errno.EISDIR, "it is a folder"
    elif not stat.S_ISREG(mode):
        problem = errno.EINVAL, "it is no regular file"
    elif not (mode & 0o222 and os.access(target, os.W_OK)):
        problem = errno.EACCES, "it is read-only"  # for root, too, who could write it
    else:
        return target
    raise OSError(*problem, os.fspath(path))


def say(text: str) -> None:
    """Print text, with "?" for what the stream can't print: not every one has our ✓."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))


def warn(message: str) -> None:
    """Warn at the line outside of this package from which it was called."""
    package, frame, level = Path(__file__).parent, sys._getframe(), 1
    while frame.f_back and Path(frame.f_code.co_filename).is_relative_to(package):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
