"""Where images come from. Nothing in here knows PyTorch."""

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from fmnist_lib._common import NEIGHBOUR, check_path


def cache_dir() -> Path:
    """Return the folder that all projects of this user share: FMNIST_CACHE, or the system's."""
    from platformdirs import user_cache_path

    named = os.environ.get("FMNIST_CACHE")
    return user_path("FMNIST_CACHE", named or user_cache_path("fmnist_lib", appauthor=False))


def user_path(name: str, value: Any) -> Path:
    """Return the folder that the argument or variable `name` names, "~" expanded."""
    path = os.path.expanduser(check_path(name, value))
    if path.startswith("~"):
        raise FileNotFoundError(f"{path!r} is in no home folder: name another one with {name}")
    return Path(path)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes began to write there, a day ago or more."""
    for path in folder.glob(NEIGHBOUR + 16 * "[0-9a-f]"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > 24 * 60 * 60:
                path.unlink()
