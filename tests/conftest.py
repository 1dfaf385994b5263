"""What all tests share: no network beyond this machine, no cache of the user, seeds, data."""

import os
import sys
from hashlib import sha256
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
import pytest_socket
import torch
from helpers import idx, write
from torch.utils.data import DataLoader

from fmnist_lib.data import FashionDataset, collate
from fmnist_lib.sources import official

mpl.use("Agg")

REAL_DATA = os.environ.get("FMNIST_DATA") and Path(os.environ["FMNIST_DATA"]).absolute()


@pytest.fixture(autouse=True)
def _isolated(monkeypatch, tmp_path_factory):
    """Give each test an empty cache, no settings of the user's, seed 0, and no network."""
    for name in ("FMNIST_DATA", "FMNIST_SOURCE", "TQDM_DISABLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr("fmnist_lib.data._out_of_reach", False)
    torch.manual_seed(0)
    pytest_socket.socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)
    yield  # pytest-socket itself lifts the restriction
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(scope="session")
def real_data():
    """Return the folder with the four official files, named by FMNIST_DATA."""
    if not REAL_DATA:
        pytest.skip("FMNIST_DATA names no folder with the official files")
    return REAL_DATA


@pytest.fixture
def tiny_files(monkeypatch):
    """Return four small files by name, and make them the official ones for this test."""
    rng = np.random.default_rng(0)
    files = {}
    for part, count in (("train", 30), ("t10k", 20)):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        files[f"{part}-images-idx3-ubyte.gz"] = idx(images)
        files[f"{part}-labels-idx1-ubyte.gz"] = idx(labels)
    sums = {name: (len(data), sha256(data).hexdigest()) for name, data in files.items()}
    monkeypatch.setattr(official, "FILES", sums)
    return files


@pytest.fixture
def tiny(tiny_files, tmp_path, monkeypatch):
    """Return a folder with the small official files, and work in an empty one beside it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return write(tiny_files, tmp_path / "data")


@pytest.fixture
def no_network(monkeypatch):
    """Make a closed port of this machine the only mirror."""
    monkeypatch.setattr(official, "MIRRORS", ("http://127.0.0.1:9/",))


@pytest.fixture
def dataset():
    """Return 200 images: noise, and in each a bright bar whose place tells its label."""
    generator = torch.Generator().manual_seed(1)
    data = torch.randint(0, 100, (200, 28, 28), generator=generator, dtype=torch.uint8)
    targets = torch.randint(0, 10, (200,), generator=generator)
    for image, label in zip(data, targets.tolist(), strict=True):
        image[2 * label + 2 : 2 * label + 4] += 150
    return FashionDataset(data, targets, "fashion-mnist")


@pytest.fixture
def loader(dataset):
    """Return a loader of `dataset` in batches of 64, the last one of 8, in order."""
    return DataLoader(dataset, batch_size=64, collate_fn=collate)
