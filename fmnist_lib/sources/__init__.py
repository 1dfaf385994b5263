"""Where images come from. Nothing in here knows PyTorch."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """Return the folder that all projects of this user share: FMNIST_CACHE, or the system's."""
    if named := os.environ.get("FMNIST_CACHE"):
        return Path(os.path.expanduser(named))  # unlike Path's, no error without a home
    from platformdirs import user_cache_path

    return user_cache_path("fmnist_lib", appauthor=False)
