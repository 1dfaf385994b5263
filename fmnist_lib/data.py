"""Fashion-MNIST as a `torch.utils.data.DataLoader`, wherever the images come from."""

import contextlib
import hashlib
import os
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from fmnist_lib import download, sketches
from fmnist_lib._common import atomic_write, check_index, check_positive

CLASS_NAMES = (  # the position is the label, 0 to 9
    "T-shirt",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Boots",
)

MEAN, STD = 0.2860, 0.3530
"""Mean and standard deviation of the 60,000 training images, with pixels scaled to 0..1."""

SOURCES = ("auto", "fashion-mnist", "sketches")

Sample = tuple[Tensor, int]


class Batch(Sequence[Sample]):
    """The samples of one batch, kept as two tensors until somebody asks for one of them.

    It reads like the list of samples that a DataLoader hands to its `collate_fn`, so any
    `collate_fn` works; `collate` takes the two tensors as they are.
    """

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images = images  # (B, 1, 28, 28) float32
        self.labels = labels  # (B,) int64

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: Any) -> Any:
        return self.images[i], int(self.labels[i])

    def __iter__(self) -> Iterator[Sample]:
        return zip(self.images, self.labels.tolist(), strict=True)


def collate(samples: Sequence[Sample]) -> Any:
    """Return the batch (images, labels): PyTorch's `default_collate`, instant for a `Batch`."""
    if isinstance(samples, Batch):
        return samples.images, samples.labels
    return default_collate(list(samples))


class FashionDataset(Dataset[Sample]):
    """Images of clothing, normalised and held in memory as one tensor.

    Parameters
    ----------
    data : torch.Tensor
        Grey values, uint8, (N, 28, 28).
    targets : torch.Tensor
        Labels 0 to 9, (N,), any integer dtype.
    source : str
        What the images are: ``"fashion-mnist"`` or ``"sketches"``.
    origin : str
        Where they come from, in words, for people.

    Attributes
    ----------
    data, targets : torch.Tensor
        The grey values as given, and the labels as int64; named as in torchvision.
    images : torch.Tensor
        What a network sees: float32, (N, 1, 28, 28), ``(data / 255 - MEAN) / STD``, the very
        values of torchvision's `ToTensor` and `Normalize`.
    classes : tuple of str
        The ten names.
    source, origin : str
        As given.
    """

    classes = CLASS_NAMES

    def __init__(self, data: Tensor, targets: Tensor, source: str, origin: str = "") -> None:
        if data.dtype != torch.uint8 or data.shape[1:] != (28, 28):
            raise ValueError(
                f"data must be uint8 of shape (N, 28, 28), got {data.dtype} {tuple(data.shape)}"
            )
        if targets.shape != data.shape[:1]:
            raise ValueError(
                f"targets must hold one label an image, got shape {tuple(targets.shape)} "
                f"for {len(data):,} images"
            )
        if len(targets) and not 0 <= int(targets.min()) <= int(targets.max()) <= 9:
            raise ValueError(
                f"targets must be 0 to 9, got {int(targets.min())} to {int(targets.max())}"
            )
        self.data = data
        self.targets = targets.long()
        self.source = source
        self.origin = origin
        self.images = torch.empty(len(data), 1, 28, 28)
        for i in range(0, len(data), 1024):
            # in pieces that fit the processor's cache: there, three passes cost little more
            # than one, and no second copy of all images is ever needed
            piece = self.images[i : i + 1024]
            piece.copy_(data[i : i + 1024].unsqueeze(1)).div_(255).sub_(MEAN).div_(STD)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> Sample:
        i = check_index(index, len(self))
        return self.images[i], int(self.targets[i])

    def __getitems__(self, indices: list[int]) -> Batch:
        """Return many samples at once; a DataLoader prefers this to one call a sample."""
        chosen = torch.tensor(indices)
        return Batch(self.images.index_select(0, chosen), self.targets.index_select(0, chosen))

    def __repr__(self) -> str:
        return f"FashionDataset({len(self):,} images, source={self.source!r})"


def get_data_loader(
    training: bool = True,
    *,
    batch_size: int = 64,
    shuffle: bool | None = None,
    source: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> "DataLoader[Sample]":
    """Return a loader of the training images, or of the test images.

    Parameters
    ----------
    training : bool
        True for the 60,000 training images, False for the 10,000 test images.
    batch_size : int
        Images in a batch; the last batch is shorter when they do not divide evenly.
    shuffle : bool, optional
        Whether each pass takes the images in a new order. None shuffles the training images
        and keeps the test images in order.
    source : {"auto", "fashion-mnist", "sketches"}, optional
        None takes ``FMNIST_SOURCE``, or else ``"auto"``: the real set if it can be had, the
        sketches, with a warning, if not. ``"fashion-mnist"`` is the real set or an error;
        ``"sketches"`` is the drawn stand-in (see `fmnist_lib.sketches`), without any network.
    data_dir : path, optional
        A folder with the four official ``.gz`` files, directly or in torchvision's layout.
        None takes ``FMNIST_DATA``; without either, the user's cache, filled by a download.
    progress : bool, optional
        Whether a download shows a bar; None shows it in a terminal or notebook.

    Returns
    -------
    torch.utils.data.DataLoader
        Gives batches of images, float32 (B, 1, 28, 28), and labels, int64 (B,). Its `dataset`
        is a `FashionDataset`; ``loader.dataset.source`` says which images these are.

    Raises
    ------
    TypeError, ValueError
        An argument is not what it must be, or a file in the named folder is not official.
    FileNotFoundError, NotADirectoryError
        The named folder or a file in it is missing.
    fmnist_lib.download.DataUnavailableError
        `source` is ``"fashion-mnist"`` and the set is neither here nor to be downloaded.

    Warns
    -----
    UserWarning
        `source` is ``"auto"`` and the images are the sketches.
    """
    for name, value in (("training", training), ("shuffle", shuffle)):
        if not (isinstance(value, bool) or (name == "shuffle" and value is None)):
            raise TypeError(f"{name} must be True or False, got {value!r}")
    return DataLoader(
        load_dataset(training, source=source, data_dir=data_dir, progress=progress),
        batch_size=check_positive("batch_size", batch_size),
        shuffle=training if shuffle is None else shuffle,
        collate_fn=collate,
    )


def load_dataset(
    training: bool = True,
    *,
    source: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> FashionDataset:
    """Return the dataset inside the loader; the parameters are those of `get_data_loader`."""
    name, wanted = "source", source
    if wanted is None:
        name, wanted = "FMNIST_SOURCE", os.environ.get("FMNIST_SOURCE") or "auto"
    if wanted not in SOURCES:
        raise ValueError(f"{name} must be one of {', '.join(SOURCES)}; got {wanted!r}")
    if wanted == "sketches":
        return _sketches(training, "drawn by fmnist_lib, as asked")
    try:
        files, folder = download.load_files(
            data_dir, progress=progress, retry=wanted == "fashion-mnist"
        )
    except download.DataUnavailableError as error:
        if wanted == "fashion-mnist":
            raise
        warnings.warn(
            "THESE ARE NOT THE FASHION-MNIST IMAGES, but sketches of clothing that fmnist_lib "
            "draws itself: a score on them is not a score on Fashion-MNIST. They stand in until "
            f"this program or notebook kernel is started again. The reason: {error}",
            stacklevel=3,
        )
        return _sketches(training, "drawn by fmnist_lib, because Fashion-MNIST is out of reach")
    part = "train" if training else "t10k"
    return FashionDataset(
        torch.from_numpy(download.parse_idx(files[f"{part}-images-idx3-ubyte.gz"])),
        torch.from_numpy(download.parse_idx(files[f"{part}-labels-idx1-ubyte.gz"])),
        "fashion-mnist",
        f"the official files in {str(folder)!r}",
    )


def _sketches(training: bool, origin: str) -> FashionDataset:
    """Return the sketches, from the cache where it holds exactly what would be drawn."""
    path = download.cache_dir() / f"sketches-{'training' if training else 'test'}.bin"
    try:
        content = bytearray(path.read_bytes())  # all images, then all labels
    except OSError:
        content = bytearray()
    if hashlib.sha256(content).hexdigest() != sketches.SHA256[training]:
        images, labels = sketches.draw_sketches(training)
        content = bytearray(images.tobytes() + labels.tobytes())
        with contextlib.suppress(OSError):  # without a cache they are drawn again next time
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as file:
                file.write(content)
    values = np.frombuffer(content, np.uint8)
    count = len(values) // (28 * 28 + 1)
    images, labels = np.split(values, [count * 28 * 28])
    return FashionDataset(
        torch.from_numpy(images.reshape(count, 28, 28)),
        torch.from_numpy(labels),
        "sketches",
        origin,
    )
