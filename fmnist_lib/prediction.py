"""One image: the model's answer to it, and its picture."""

import bisect
import io
import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import ConcatDataset, DataLoader, Subset

from fmnist_lib._batches import batches_for, check_finite, describe, one_image, shaped_for
from fmnist_lib._common import CLASS_NAMES, atomic_write, check_index, check_integer, check_path
from fmnist_lib._loss import check_logits
from fmnist_lib._marks import classes_of


def predict_label(model: nn.Module, test_images: "Tensor | DataLoader[Any]", index: int) -> None:
    """Print the three labels that the model finds most probable for one image.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (N, 10) logits. It is used in eval mode; its mode is restored afterwards.
    test_images : torch.utils.data.DataLoader or torch.Tensor
        A map-style loader, or images prepared as the model knows them, floating point,
        (N, 1, 28, 28) or (N, 28, 28).
    index : int
        The image's position in the dataset, 0 to N - 1, whatever the loader's sampler does. It
        is fetched and collated as the loader does it.

    Raises
    ------
    IndexError, TypeError, ValueError, FloatingPointError
        An argument has the wrong type or value, or the model gives NaN; the message says which.

    Examples
    --------
    >>> import torch
    >>> from fmnist_lib import build_model
    >>> _ = torch.manual_seed(0)
    >>> predict_label(build_model(), torch.zeros(3, 28, 28), 1)  # not trained: about 10 % each
    T-shirt: 11.2...%
    Coat: 10.4...%
    Dress: 10.4...%
    """
    image = select_image(test_images, index)
    if isinstance(test_images, Tensor):
        image = shaped_for(model, image)
    logits = compute_logits(model, image)
    names = classes_of(getattr(test_images, "dataset", None))
    print("\n".join(format_top(top_k(logits[0], names=names))))


def visualize_image(
    data_loader: "DataLoader[Any]", index: int, *, path: str | os.PathLike[str] = "image.png"
) -> None:
    """Save one image as a PNG file, ten times enlarged, and print its true label.

    Parameters
    ----------
    data_loader, index
        As in `predict_label`; a map-style loader.
    path : path
        The file to write; an earlier one is replaced in one step. The picture is what the model
        gets, as far as its pixels allow, see `pixels_of`: 28 x 28 as 280 x 280, grey.

    Raises
    ------
    IndexError, TypeError, ValueError
        An argument has the wrong type or value; the message names it.
    OSError
        The file cannot be written; an earlier one is left as it was.

    Examples
    --------
    >>> from fmnist_lib import get_data_loader
    >>> visualize_image(get_data_loader(training=False), 1)
    Ground Truth Label: Pullover
    """
    target = check_path("path", path)
    image, label = one_image(data_loader, index, "data_loader")
    pixels = pixels_of(image, original_of(data_loader.dataset, index))
    try:
        with atomic_write(target) as file:
            file.write(png(pixels))
    except OSError as error:
        reason = f"the picture cannot be written ({error.strerror}); name another file with path="
        raise OSError(error.errno, reason, os.fspath(path)) from error
    print(format_truth(classes_of(data_loader.dataset)[label]))


def select_image(test_images: "Tensor | DataLoader[Any]", index: int) -> Tensor:
    """Return one image as the model gets it, a batch of one, (1, ...)."""
    if isinstance(test_images, DataLoader):
        return one_image(test_images, index, "test_images")[0]
    if not isinstance(test_images, Tensor) or test_images.shape == (28, 28):
        wanted = "a torch.utils.data.DataLoader or a tensor of images, (N, 28, 28)"
        raise TypeError(f"test_images must be {wanted}, got {describe(test_images)}")
    i = check_index(index, len(test_images) if test_images.ndim else 0)
    check_finite(test_images[i], i, "test_images")
    return test_images[i : i + 1]


def picture_of(data_loader: "DataLoader[Any]", index: int) -> np.ndarray:
    """Return the picture of one image, uint8, (H, W) or, in colour, (H, W, 3)."""
    image, _ = one_image(data_loader, index, "data_loader")
    return pixels_of(image, original_of(data_loader.dataset, index))


def compute_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the model's logits for a batch of images, float32 (B, 10), on the CPU."""
    labels = torch.zeros(len(images), dtype=torch.int64, device="cpu")
    unlabelled = [(images.clone(), labels)]  # some models work in place
    with batches_for(model, unlabelled, training=False, name="test_images") as batches:
        images, _ = next(batches)
        logits: Tensor = model(images)
        check_logits(logits, len(images))
        return logits.float().cpu()


def top_k(
    logits: Tensor, k: int = 3, *, names: Sequence[str] = CLASS_NAMES
) -> list[tuple[str, float]]:
    """Return the k most probable labels with their probabilities, 0 to 1, the largest first.

    `logits` are the model's output for one image, (10,); k is 1 to 10; `names` are the labels'.
    """
    if logits.shape != (len(CLASS_NAMES),):
        raise ValueError(f"logits must have shape (10,), got {describe(logits)}")
    number = check_integer("k", k)
    if not 1 <= number <= len(CLASS_NAMES):
        raise ValueError(f"k must be 1 to 10, got {number}")
    probabilities = logits.softmax(dim=0)
    if probabilities.isnan().any():
        raise FloatingPointError(f"the model gives no probabilities: its logits are {logits}")
    # of equal ones the lower label comes first, as in argmax
    values, labels = probabilities.sort(descending=True, stable=True)
    ranking = zip(labels.tolist(), values.tolist(), strict=True)
    return [(names[i], p) for i, p in ranking][:number]


def format_top(top: Sequence[tuple[str, float]]) -> list[str]:
    """Return the lines that `predict_label` prints."""
    return [f"{name}: {probability:.2%}" for name, probability in top]


def format_truth(name: str) -> str:
    """Return the line that `visualize_image` prints."""
    return f"Ground Truth Label: {name}"


def original_of(dataset: Any, index: int) -> Tensor | None:
    """Return the pixels that a dataset, or the one that it is made of, keeps as uint8 `data`."""
    while isinstance(dataset, Subset | ConcatDataset):
        if isinstance(dataset, Subset):
            dataset, index = dataset.dataset, dataset.indices[index]
        else:
            part = bisect.bisect_right(dataset.cumulative_sizes, index)
            index = index - [0, *dataset.cumulative_sizes][part]  # a tensor stays as it was
            dataset = dataset.datasets[part]
    data = getattr(dataset, "data", None)
    if not isinstance(data, Tensor | np.ndarray) or data.dtype not in (torch.uint8, np.uint8):
        return None
    fits = data.ndim > 2 and len(data) == len(dataset)
    return torch.as_tensor(data[index], device="cpu") if fits else None


def pixels_of(image: Tensor, original: Tensor | None = None) -> np.ndarray:
    """Return the picture of an image that a model gets, uint8, (H, W) or, in colour, (H, W, 3).

    `image` is a batch of one, (1, ...): height and width with 1 or 3 channels, before or after
    them, or a flattened square. If it is a shade of the original (each channel multiplied and
    shifted by numbers), the picture is the original. Otherwise values of 0 to 1 count as black
    to white, integers of 0 to 255 as grey values, and all others are stretched to that range.
    """
    pixels = _arranged(image[0].detach().cpu().double())
    if original is not None:
        known = _arranged(original.double())
        alike = known.shape[:2] == pixels.shape[:2] and known.shape[2] in (1, pixels.shape[2])
        each = (0, 1)  # stretches each channel
        if alike and torch.allclose(_stretched(pixels, each), _stretched(known, each), 0, 0.003):
            return known.squeeze(2).to(torch.uint8).numpy()
    low, high = pixels.min(), pixels.max()
    grey = low >= 0 and 1 < high <= 255 and torch.equal(pixels, pixels.round())
    if low < 0 or (high > 1 and not grey):
        pixels = _stretched(pixels, (0, 1, 2))
    if not grey:
        pixels = pixels * 255
    return pixels.round().to(torch.uint8).squeeze(2).numpy()


def png(pixels: np.ndarray) -> bytes:
    """Return a picture, uint8 (H, W) or (H, W, 3), as a PNG file of up to 280 x 280 points.

    Each pixel is a square: of 10 x 10 points in a picture of 28 x 28.
    """
    from PIL import Image

    size = max(1, 280 // max(pixels.shape))
    file, squares = io.BytesIO(), pixels.repeat(size, axis=0).repeat(size, axis=1)
    Image.fromarray(squares).save(file, format="PNG")
    return file.getvalue()


def _arranged(image: Tensor) -> Tensor:
    """Return an image as (H, W, C), with 1 or 3 channels."""
    pixels, side = image.squeeze(), math.isqrt(image.numel())
    if pixels.ndim < 2 and side**2 == pixels.numel():
        pixels = pixels.reshape(side, side)
    if pixels.ndim == 2:
        pixels = pixels.unsqueeze(2)
    elif pixels.shape[0] == 3:
        pixels = pixels.movedim(0, 2)
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
        wanted = "height x width with 1 or 3 channels, or a flattened square"
        raise ValueError(f"the image cannot be drawn: it must be {wanted}, got {describe(image)}")
    return pixels


def _stretched(pixels: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Return values shifted and scaled to 0 .. 1 along some dimensions."""
    low, high = pixels.amin(dims, keepdim=True), pixels.amax(dims, keepdim=True)
    return (pixels - low) / (high - low).clamp(min=1e-12)
