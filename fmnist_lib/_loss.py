"""From logits and labels to a mean loss, whatever the criterion."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fmnist_lib._batches import describe
from fmnist_lib._common import CLASS_NAMES, warn

Criterion = Callable[[Tensor, Tensor], Tensor]


class MeanLoss:
    """The mean loss over a batch, whatever the criterion's reduction: mean, sum or none.

    Called with what a model gives, which must be logits, (B, 10), and with labels, int64 (B,), it
    returns a finite scalar. The first call finds out how the criterion reduces, with ten images
    that have the ten labels, and with the same ten twice: a sum doubles, a mean stays.
    """

    def __init__(self, criterion: Criterion) -> None:
        if not callable(criterion) or isinstance(criterion, type):
            raise TypeError(
                "criterion must be callable with (logits, labels), such as nn.CrossEntropyLoss() "
                f"with its parentheses, got {criterion!r}"
            )
        self.criterion = criterion
        self.reduction, self.in_place = "", False

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        check_logits(logits, len(labels), suspect=not self.reduction)
        if not self.reduction:
            self.reduction = self._ask(logits)
        given = logits.clone() if self.in_place else logits  # which are counted afterwards
        loss: Tensor = self.criterion(given, labels.to(logits.device))
        if self.reduction == "none":
            loss = loss.mean()
        elif self.reduction == "sum":
            loss = loss / len(labels)
        if not math.isfinite(loss.item()):
            raise FloatingPointError(
                f"the loss is {loss.item()}. In training, a smaller learning rate usually helps; "
                "look for NaN in the images and the weights, too."
            )
        return loss

    @torch.no_grad()
    def _ask(self, logits: Tensor) -> str:
        """Return "mean", "sum" or "none"; refuse what is no loss; see if it works in place."""
        count = len(CLASS_NAMES)
        labels = torch.arange(2 * count, device=logits.device) % count
        rows = logits.new_ones(2 * count, count).cumsum(1).log_softmax(1)  # uneven: no loss of 0
        made_up = [rows[:n].clone() for n in (2 * count, count)]
        try:
            twice, once = (self.criterion(given, labels[: len(given)]) for given in made_up)
        except torch.OutOfMemoryError:
            raise
        except (IndexError, RuntimeError, TypeError, ValueError) as error:
            raise TypeError(
                "criterion must take logits, floating point (B, 10), and labels, int64 (B,), as "
                f"nn.CrossEntropyLoss() does; got {self.criterion!r}, which fails: {error}"
            ) from error
        self.in_place = made_up[0]._version > 0  # PyTorch counts changes
        if isinstance(once, Tensor) and once.shape == (count,) and twice.shape == (2 * count,):
            return "none"
        if not isinstance(once, Tensor) or once.ndim:
            wanted = "a scalar tensor or one loss per image"
            raise ValueError(f"criterion must return {wanted}, got {describe(once)}")
        return "sum" if 1.5 < (twice / once).item() < 2.5 else "mean"


def check_logits(logits: Any, count: int, *, suspect: bool = True) -> None:
    """Refuse anything but a row of ten logits for each of `count` images; suspect a softmax."""
    expected = (count, len(CLASS_NAMES))
    if not (isinstance(logits, Tensor) and logits.is_floating_point() and logits.shape == expected):
        wanted = f"floating-point logits of shape {expected}"
        raise ValueError(f"model must give {wanted}, got {describe(logits)}")
    if suspect and (logits >= 0).all() and (logits.sum(dim=1) - 1).abs().max() < 0.01:
        warn(
            "model seems to end in softmax: the ten numbers for each image sum to 1. fmnist_lib "
            "and nn.CrossEntropyLoss apply softmax themselves and expect logits, so the "
            "probabilities and the loss are wrong. Leave the model's last softmax out."
        )
