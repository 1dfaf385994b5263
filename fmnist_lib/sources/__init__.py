"""Where images come from. Nothing in here knows PyTorch."""

import contextlib
import os
import time
from pathlib import Path

DAY = 86_400  # seconds


def cache_dir() -> Path:
    """Return the folder that all projects of this user share: FMNIST_CACHE, or the system's."""
    from platformdirs import user_cache_path

    named = os.environ.get("FMNIST_CACHE")
    path = os.path.expanduser(named or user_cache_path("fmnist_lib", appauthor=False))
    if path.startswith("~"):
        raise FileNotFoundError(f"{path!r} is in no home folder: name a cache with FMNIST_CACHE")
    return Path(path)


def remove_leftovers(folder: Path, pattern: str) -> None:
    """Remove what killed processes began to write there, a day ago or more."""
    for path in folder.glob(pattern):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > DAY:
                path.unlink()
