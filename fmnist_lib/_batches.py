"""From a loader to checked batches on the model's device, and from logits to a mean loss."""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from fmnist_lib._common import CLASS_NAMES

Criterion = Callable[[Tensor, Tensor], Tensor]

SMALL = 200_000
"""The most parameters a dense network can have before a second thread pays off.

On two cores, with batches of 64, a second thread makes a step of `build_model()` (109,386
parameters) 1.1 times as fast, one of 218,058 parameters 1.2 times, one of 870,090 1.5 times. But
beside two busy programs, two threads that wait for each other take up to ten times as long as one.
"""


@contextmanager
def batches_for(
    model: nn.Module, loader: Iterable[Any], *, training: bool, name: str
) -> Iterator[Iterator[tuple[Tensor, Tensor]]]:
    """Give a loader's batches to a model in train or eval mode.

    Each batch is checked. Images, floating point (B, ...), are moved to the model's device;
    labels, int64 (B,), stay where they are. Afterwards every module is back in its own mode and
    PyTorch on its own number of threads. A RuntimeError or ArithmeticError in the block gets a
    note that names the batch; `name` is the loader's name in messages.
    """
    check_model(model)
    place: tuple[int, Tensor] | None = None

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        nonlocal place
        tensors = itertools.chain(model.parameters(), model.buffers())
        device = next((tensor.device for tensor in tensors), torch.device("cpu"))
        number = -1
        for number, batch in enumerate(loader):
            images, labels = _check_batch(batch, name)
            place = number, images
            yield images.to(device), labels
            place = None  # an error in fetching the next batch is not about this one
        if number < 0:
            raise ValueError(f"{name} is empty: it gives no batch of images")

    modes = [(module, module.training) for module in model.modules()]
    threads = torch.get_num_threads()
    try:
        model.train(training)
        if _is_small(model):
            torch.set_num_threads(1)
        yield batches()
    except (ArithmeticError, RuntimeError) as error:
        if place:
            number, images = place
            error.add_note(f"It was batch {number} of {name}, images {describe(images)}.")
        raise
    finally:
        torch.set_num_threads(threads)
        for module, was_training in modes:
            module.training = was_training


def mean_loss(criterion: Criterion, logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean loss over the batch, a finite scalar, whatever the criterion's reduction."""
    check_logits(logits, len(labels))
    loss = criterion(logits, labels)
    if not isinstance(loss, Tensor) or loss.shape not in ((), labels.shape):
        raise ValueError(
            f"criterion must return a scalar tensor or one loss per image, got {describe(loss)}"
        )
    if loss.ndim == 1:
        loss = loss.mean()
    elif _reduction(criterion) == "sum":
        loss = loss / len(labels)
    if not math.isfinite(loss.item()):
        raise FloatingPointError(
            f"the loss is {loss.item()}. In training, a smaller learning rate usually helps; "
            "look for NaN in the images and the weights, too."
        )
    return loss


def describe(value: Any) -> str:
    """Return the type of a value, and of a tensor the shape and dtype too, for messages."""
    kind = type(value).__name__
    return f"{kind} {tuple(value.shape)} {value.dtype}" if isinstance(value, Tensor) else kind


def check_logits(logits: Any, count: int) -> None:
    """Refuse anything but one row of ten logits for each of `count` images."""
    expected = (count, len(CLASS_NAMES))
    if not isinstance(logits, Tensor) or logits.shape != expected:
        raise ValueError(f"model must give logits of shape {expected}, got {describe(logits)}")


def check_model(model: Any) -> None:
    """Refuse anything but a `torch.nn.Module`."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {model!r}")


def check_criterion(criterion: Any) -> None:
    """Refuse what cannot be called with (logits, labels)."""
    if not callable(criterion) or isinstance(criterion, type):
        raise TypeError(
            "criterion must be callable with (logits, labels), such as nn.CrossEntropyLoss() "
            f"with its parentheses, got {criterion!r}"
        )


def _check_batch(batch: Any, name: str) -> tuple[Tensor, Tensor]:
    """Return the images and the int64 labels of one batch."""
    if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
        raise TypeError(
            f"{name} must give batches (images, labels), got {describe(batch)}; "
            "is it a torch.utils.data.DataLoader?"
        )
    images, labels = batch
    if not (isinstance(images, Tensor) and images.is_floating_point()):
        raise TypeError(f"{name} must give images as floating point, got {describe(images)}")
    is_tensor = isinstance(labels, Tensor)
    if not is_tensor or labels.is_floating_point() or labels.shape != images.shape[:1]:
        wanted = f"one integer label per image, shape ({len(images)},)"
        raise TypeError(f"{name} must give {wanted}, got {describe(labels)}")
    values, last = labels.tolist(), len(CLASS_NAMES) - 1  # for a batch quicker than aminmax
    if values and not 0 <= min(values) <= max(values) <= last:
        got = f"{min(values)} to {max(values)}"
        raise ValueError(f"{name} must give labels 0 to {last}, got {got}")
    return images, labels.long()


def _reduction(criterion: Any) -> str:
    """Return "mean", "sum" or "none", as the criterion says it; otherwise "mean"."""
    if isinstance(criterion, functools.partial):
        return str(criterion.keywords.get("reduction", "mean"))
    return str(getattr(criterion, "reduction", "mean"))


def _is_small(model: nn.Module) -> bool:
    """Tell whether one thread serves a model best: a dense network of few parameters.

    In dense layers each weight is used once per image, so the number of parameters measures
    the work. Other layers, such as convolutions, use a weight many times: they keep all threads.
    """
    owners = (module for module in model.modules() if list(module.parameters(recurse=False)))
    dense = all(isinstance(module, (nn.Linear, nn.BatchNorm1d)) for module in owners)
    return dense and sum(p.numel() for p in model.parameters()) <= SMALL
