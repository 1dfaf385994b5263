"""One image: the model's answer to it, and its picture."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, Subset

from fmnist_lib._batches import batches_for, check_logits, describe
from fmnist_lib._common import CLASS_NAMES, atomic_write, check_index, check_integer


def predict_label(model: nn.Module, test_images: "Tensor | DataLoader[Any]", index: int) -> None:
    """Print the three labels that the model finds most probable for one image.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (N, 10) logits. It is used in eval mode; its mode is restored afterwards.
    test_images : torch.utils.data.DataLoader or torch.Tensor
        A map-style loader, or normalised images, floating point, (N, 1, 28, 28) or (N, 28, 28).
    index : int
        The image's position in the dataset, 0 to N - 1; shuffling makes no difference.

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
    logits = compute_logits(model, select_image(test_images, index))
    print("\n".join(format_top(top_k(logits[0]))))


def visualize_image(
    data_loader: "DataLoader[Any]", index: int, *, path: str | os.PathLike[str] = "image.png"
) -> None:
    """Save one image as a PNG file, ten times enlarged, and print its true label.

    Parameters
    ----------
    data_loader, index
        As in `predict_label`; a map-style loader.
    path : path
        The file to write, 280 x 280 pixels, grey; an earlier one is replaced in one step.

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
    label, grey = true_label(data_loader, index), grey_image(data_loader, index)
    try:
        with atomic_write(Path(path)) as file:
            file.write(png(grey))
    except OSError as error:
        reason = f"the picture cannot be written ({error.strerror}); name another file with path="
        raise OSError(error.errno, reason, os.fspath(path)) from error
    print(format_truth(label))


@torch.no_grad()
def compute_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the model's logits for a batch of images, float32 (B, 10), on the CPU."""
    unlabelled = [(images, torch.zeros(len(images), dtype=torch.int64))]
    with batches_for(model, unlabelled, training=False, name="test_images") as batches:
        images, _ = next(batches)
        logits: Tensor = model(images)
        check_logits(logits, len(images))
        return logits.float().cpu()


def select_image(test_images: "Tensor | DataLoader[Any]", index: int) -> Tensor:
    """Return one image as a batch for a model, floating point, (1, 1, 28, 28)."""
    if isinstance(test_images, Tensor):
        image = test_images[check_index(index, len(test_images))]
    else:
        image, _ = _sample("test_images", test_images, index)
    _check_size("test_images", image)
    if not image.isfinite().all():
        raise ValueError(f"test_images must be finite, image {index} holds NaN or infinity")
    return image.reshape(1, 1, 28, 28)


def top_k(logits: Tensor, k: int = 3) -> list[tuple[str, float]]:
    """Return the k most probable labels with their probabilities, 0 to 1, the largest first.

    `logits` are the model's output for one image, (10,); k is 1 to 10.
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
    return [(CLASS_NAMES[i], p) for i, p in ranking][:number]


def format_top(top: Sequence[tuple[str, float]]) -> list[str]:
    """Return the lines that `predict_label` prints."""
    return [f"{name}: {probability:.2%}" for name, probability in top]


def format_truth(label: int) -> str:
    """Return the line that `visualize_image` prints."""
    return f"Ground Truth Label: {CLASS_NAMES[label]}"


def true_label(data_loader: "DataLoader[Any]", index: int) -> int:
    """Return the label of one image, 0 to 9."""
    label = int(_sample("data_loader", data_loader, index)[1])
    if not 0 <= label < len(CLASS_NAMES):
        raise ValueError(f"data_loader must give labels 0 to 9, image {index} has {label}")
    return label


def grey_image(data_loader: "DataLoader[Any]", index: int) -> np.ndarray:
    """Return one image as grey values, uint8, (28, 28).

    Where the dataset keeps its original grey values, as this library's and torchvision's do
    (an attribute `data`, uint8, (N, 28, 28)), these are returned. Other uint8
    images stay as they are; the rest is taken as 0 to 1, or stretched if it exceeds that range.
    """
    image, _ = _sample("data_loader", data_loader, index)
    if not isinstance(image, Tensor):
        image = torch.from_numpy(np.array(image))
    _check_size("data_loader", image)
    original = _original(data_loader.dataset, index)
    if original is not None:
        image = original
    if image.dtype != torch.uint8:
        image = image.double()
        if not image.isfinite().all():
            raise ValueError(f"data_loader must hold finite images; image {index} is not")
        low, high = image.min(), image.max()
        if low < 0 or high > 1:
            image = (image - low) / (high - low).clamp(min=1e-12)
        image = (image * 255).round().to(torch.uint8)
    return image.reshape(28, 28).cpu().numpy()


def png(grey: np.ndarray) -> bytes:
    """Return grey values, uint8 (28, 28), as a PNG file: each pixel a square of 10 x 10."""
    from PIL import Image

    file, squares = io.BytesIO(), grey.repeat(10, axis=0).repeat(10, axis=1)
    Image.fromarray(squares).save(file, format="PNG")
    return file.getvalue()


def _original(dataset: Any, index: int) -> Tensor | None:
    """Return the grey values kept by the dataset, or by the one below its subsets."""
    while isinstance(dataset, Subset):
        dataset, index = dataset.dataset, dataset.indices[index]
    data = getattr(dataset, "data", None)
    if not (isinstance(data, Tensor) and data.dtype == torch.uint8):
        return None
    return data[index] if data.shape == (len(dataset), 28, 28) else None


def _check_size(name: str, image: Any) -> None:
    """Refuse anything but a tensor of 28 x 28 pixels."""
    if not isinstance(image, Tensor) or image.shape not in ((28, 28), (1, 28, 28)):
        raise ValueError(f"{name} must hold images of 28 x 28 pixels, got {describe(image)}")


def _sample(name: str, data_loader: "DataLoader[Any]", index: int) -> tuple[Any, Any]:
    """Return (image, label) of the loader's dataset, in the dataset's own order."""
    if not isinstance(data_loader, DataLoader) or isinstance(data_loader.dataset, IterableDataset):
        allowed = "a map-style torch.utils.data.DataLoader"
        allowed += " or a tensor of images" if name == "test_images" else ""
        raise TypeError(f"{name} must be {allowed}, got {type(data_loader).__name__}")
    dataset = data_loader.dataset
    sample = dataset[check_index(index, len(dataset))]  # type: ignore[arg-type]
    if not (isinstance(sample, (tuple, list)) and len(sample) == 2):
        raise TypeError(f"{name} must hold pairs (image, label), got {describe(sample)}")
    return sample[0], sample[1]
