"""The images as a `torch.utils.data.DataLoader`, wherever they come from."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from fmnist_lib._batches import check_labels, describe
from fmnist_lib._common import CLASS_NAMES, check_index, check_positive, warn
from fmnist_lib.sources import official, sketches

MEAN, STD = 0.2860, 0.3530
"""Mean and standard deviation of the 60,000 training images, with pixels scaled to 0..1."""

SOURCES = ("auto", "fashion-mnist", "sketches")

Sample = tuple[Tensor, int]


def get_data_loader(
    training: bool = True,
    *,
    batch_size: int = 64,
    shuffle: bool | None = None,
    source: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> "FashionLoader":
    """Return a loader of the training images, or of the test images.

    Parameters
    ----------
    training : bool
        True for the 60,000 training images, False for the 10,000 test images.
    batch_size : int
        Images in a batch; the last batch is smaller if they do not divide evenly.
    shuffle : bool, optional
        Whether each pass takes the images in a new order. None shuffles the training images
        and keeps the test images in order.
    source : {"auto", "fashion-mnist", "sketches"}, optional
        None takes ``FMNIST_SOURCE``, or else ``"auto"``: the real set if possible, otherwise the
        sketches, with a warning. ``"fashion-mnist"`` is the real set or an error; ``"sketches"``
        is the drawn stand-in (see `fmnist_lib.sources.sketches`), without any network.
    data_dir : path, optional
        A folder with the official files, directly or in torchvision's layout; not for sketches.
        None takes ``FMNIST_DATA``; without either, the user's cache, filled by a download.
    progress : bool, optional
        Whether a download shows a bar. None shows it in terminals and notebooks.

    Returns
    -------
    torch.utils.data.DataLoader
        Gives batches of images, float32 (B, 1, 28, 28), and labels, int64 (B,). Its `dataset`
        is a `FashionDataset`; ``loader.dataset.source`` says which images these are.

    Raises
    ------
    TypeError, ValueError, OSError
        An argument has the wrong type or value; a file in the named folder is not official, or
        missing; `source` is ``"fashion-mnist"`` and the set cannot be had.

    Warns
    -----
    UserWarning
        `source` is ``"auto"`` and the images are the sketches; once per process.

    Examples
    --------
    >>> images, labels = next(iter(get_data_loader()))
    >>> images.shape, labels.shape
    (torch.Size([64, 1, 28, 28]), torch.Size([64]))
    """
    for name, value in (("training", training), ("shuffle", shuffle)):
        if not (isinstance(value, bool) or (name == "shuffle" and value is None)):
            raise TypeError(f"{name} must be True or False, got {value!r}")
    return FashionLoader(
        load_dataset(training, source=source, data_dir=data_dir, progress=progress),
        batch_size=check_positive("batch_size", batch_size),
        shuffle=training if shuffle is None else shuffle,
        collate_fn=collate,
    )


_out_of_reach = False  # whether this process has fallen back to the sketches


def load_dataset(
    training: bool = True,
    *,
    source: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    download: bool = True,
) -> "FashionDataset":
    """Return the dataset inside the loader; the parameters are those of `get_data_loader`.

    Without `download`, the real set is only looked for on this machine.
    """
    global _out_of_reach
    name, wanted = "source", source
    if wanted is None:
        name, wanted = "FMNIST_SOURCE", os.environ.get("FMNIST_SOURCE") or "auto"
    if not (isinstance(wanted, str) and wanted in SOURCES):  # an array can't be compared
        raise ValueError(f"{name} must be one of {', '.join(SOURCES)}; got {wanted!r}")
    if wanted == "sketches" and data_dir is not None:
        raise ValueError(f"data_dir={str(data_dir)!r} has no use: {name} asks for the sketches")
    if wanted == "sketches":
        return _sketches(training, "drawn by fmnist_lib, as requested")
    if not (wanted == "auto" and _out_of_reach and official.named_folder(data_dir) is None):
        try:
            return _official(training, data_dir, progress, download)
        except official.DataUnavailableError as error:
            if wanted == "fashion-mnist":
                raise
            reason = str(error).partition("\n")[0]
            warn(
                "You can go on, with sketches of clothing that fmnist_lib draws itself. THESE ARE "
                "NOT THE\nFASHION-MNIST IMAGES: a score on them is not a score on Fashion-MNIST. "
                f"Restart to try again.\n{reason}"
            )
            _out_of_reach = True  # nobody waits twice, and both sets are of one kind
    return _sketches(training, "drawn by fmnist_lib, because Fashion-MNIST is out of reach")


def _official(
    training: bool, data_dir: Any, progress: bool | None, download: bool
) -> "FashionDataset":
    """Return the real images, or raise."""
    files, folder = official.load_files(data_dir, progress=progress, download=download)
    part = "train" if training else "t10k"
    images, labels = (
        torch.from_numpy(official.parse_idx(files[f"{part}-{content}-ubyte.gz"]))
        for content in ("images-idx3", "labels-idx1")
    )
    return FashionDataset(images, labels, "fashion-mnist", f"the official files in '{folder}'")


def _sketches(training: bool, origin: str) -> "FashionDataset":
    """Return the stand-in."""
    images, labels = map(torch.from_numpy, sketches.load_sketches(training))
    return FashionDataset(images, labels, "sketches", origin)


def normalise(data: Tensor | NDArray[np.uint8]) -> Tensor:
    """Return grey values, uint8 (N, 28, 28), as a network's input, float32 (N, 1, 28, 28).

    ``(data / 255 - MEAN) / STD``, exactly the values of torchvision's `ToTensor` and `Normalize`.
    One image, (28, 28), becomes (1, 28, 28), which `predict_label` takes as one image, index 0.
    """
    grey = data if isinstance(data, Tensor) else torch.from_numpy(np.asarray(data))
    if grey.dtype != torch.uint8:
        raise TypeError(f"data must be grey values 0 to 255, uint8, got {describe(grey)}")
    return grey.unsqueeze(-3).div(255).sub_(MEAN).div_(STD)


class FashionDataset(Dataset[Sample]):
    """Images of clothing, held in memory as grey values; a sample or a batch is normalised.

    `data` and `targets` are the whole set: whoever assigns them or changes them in place changes
    the set, as with torchvision's. A sample or a batch is a copy.

    Parameters
    ----------
    data : torch.Tensor
        Grey values, uint8, (N, 28, 28).
    targets : torch.Tensor
        Labels 0 to 9, any integer dtype, (N,).
    source : str
        ``"fashion-mnist"`` or ``"sketches"``.
    origin : str
        Where the images come from, as shown to users.

    Attributes
    ----------
    data, targets, source, origin
        As given, with labels as int64; the first two are named as in torchvision.
    images : torch.Tensor
        All of `data` as a network's input, computed by `normalise` when first asked for, and
        anew after a change by PyTorch; a change through NumPy goes unnoticed.
    classes : sequence of str
        The ten names.
    """

    classes: Sequence[str] = CLASS_NAMES

    def __init__(self, data: Tensor, targets: Tensor, source: str, origin: str = "") -> None:
        self.data = data
        self.targets = targets
        self.source = source
        self.origin = origin
        len(self)  # refuses parts of different lengths

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "data":
            if getattr(value, "dtype", None) != torch.uint8 or value.shape[1:] != (28, 28):
                raise ValueError(f"data must be uint8, (N, 28, 28), got {describe(value)}")
        elif name == "targets":
            value = check_labels(value, None, "targets must be")
        elif name not in ("source", "origin", "classes"):
            raise AttributeError(
                f"{name} cannot be set: a FashionDataset is made of data, targets, source, origin "
                "and classes, and its images follow from data"
            )
        super().__setattr__(name, value)

    @property
    def images(self) -> Tensor:
        """All images, float32 (N, 1, 28, 28)."""
        if self.data.is_inference():  # PyTorch does not count its changes
            return normalise(self.data)
        images: Tensor
        data, images, versions = vars(self).get("_images", (None, self.data, ()))
        if data is not self.data or versions != (data._version, images._version):
            with torch.inference_mode(False):  # anew: PyTorch counts changes in place
                images = normalise(self.data)
            versions = self.data._version, images._version
            vars(self)["_images"] = self.data, images, versions
        return images

    def __len__(self) -> int:
        images, labels = len(self.data), len(self.targets)
        if images != labels:
            raise ValueError(f"data has {images:,} images and targets {labels:,} labels: cut both")
        return labels

    def __getitem__(self, index: int) -> Sample:
        i = check_index(index, len(self))
        return normalise(self.data[i : i + 1])[0], int(self.targets[i])

    def __getitems__(self, indices: list[int]) -> Sequence[Sample]:
        """Return many samples at once; a DataLoader prefers this to one call per sample."""
        len(self)
        given = np.asarray(indices)  # 3 times as fast as torch.tensor
        if given.size and given.dtype.kind not in "iu":
            hint = "mask.nonzero().flatten() turns a mask into them"
            raise TypeError(f"the indices must be integers, got {given.dtype}; {hint}")
        chosen = torch.from_numpy(given.astype(np.int64, copy=False))
        try:
            images = normalise(self.data.index_select(0, chosen))
        except IndexError:
            return [self[i] for i in indices]  # one of them is refused, with the reason
        return Batch(images, self.targets.index_select(0, chosen))

    def __repr__(self) -> str:
        return f"FashionDataset({len(self):,} images, source={self.source!r})"


class FashionLoader(DataLoader[Sample]):
    """A DataLoader whose dataset is a `FashionDataset`; only type checkers see a difference."""

    dataset: FashionDataset


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
        if isinstance(i, slice):
            return list(self)[i]
        return self.images[i], int(self.labels[i])

    def __iter__(self) -> Iterator[Sample]:
        return zip(self.images, self.labels.tolist(), strict=True)


def collate(samples: Sequence[Sample]) -> Any:
    """Return the batch (images, labels): PyTorch's `default_collate`, instant for a `Batch`."""
    if isinstance(samples, Batch):
        return samples.images, samples.labels
    return default_collate(list(samples))
