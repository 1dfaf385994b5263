"""What several modules share: argument checks, progress bars, atomic writes."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from operator import index as as_integer
from pathlib import Path
from typing import Any, BinaryIO


def check_integer(name: str, value: Any) -> int:
    """Return `value` as an int; a bool, a float or a string is a TypeError."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return as_integer(value)
    except TypeError:
        raise TypeError(
            f"{name} must be an integer, got {value!r} ({type(value).__name__})"
        ) from None


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


def progress_bar(total: int | None, *, desc: str, unit: str, show: bool | None = None) -> Any:
    """Return a tqdm bar that vanishes when it is done.

    Parameters
    ----------
    total : int or None
        Number of steps, where known.
    desc, unit : str
        The text before the bar and the name of one step.
    show : bool, optional
        None shows the bar in a terminal and in a notebook, unless the environment
        variable ``TQDM_DISABLE`` is 1; True and False decide.
    """
    from tqdm.auto import tqdm

    if show is None:
        silenced = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
        show = not silenced and (sys.stderr.isatty() or _in_notebook())
    return tqdm(
        total=total,
        desc=desc,
        unit=unit,
        unit_scale=unit == "B",
        leave=False,
        dynamic_ncols=True,
        disable=not show,
    )


def _in_notebook() -> bool:
    """Tell whether a Jupyter kernel runs this process; IPython says so, when it is there."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def source_of(dataset: Any) -> str:
    """Return what the images of a dataset are, "fashion-mnist" or "sketches"; "" for others.

    A `torch.utils.data.Subset` has the source of the dataset below it.
    """
    while not hasattr(dataset, "source") and hasattr(dataset, "dataset"):
        dataset = dataset.dataset
    return str(getattr(dataset, "source", ""))


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the name `path` only when all went well.

    The bytes go into a hidden neighbour, which replaces `path` in one step at the end. When
    anything fails, the neighbour is removed and an earlier file stays as it was.
    """
    neighbour = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(neighbour, "xb") as file:
            yield file
        os.replace(neighbour, path)
    except BaseException:
        neighbour.unlink(missing_ok=True)
        raise
