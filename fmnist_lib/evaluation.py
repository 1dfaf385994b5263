"""Evaluation: what a model says about many images, and how good that is."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fmnist_lib._batches import batches_for
from fmnist_lib._common import CLASS_NAMES
from fmnist_lib._loss import Criterion, MeanLoss
from fmnist_lib._marks import classes_of, source_of


def evaluate_model(
    model: nn.Module, test_loader: Iterable[Any], criterion: Criterion, show_loss: bool = True
) -> None:
    """Print the model's average loss and its accuracy on all images of a loader.

    The model is used in eval mode; its mode is restored afterwards.

    Parameters
    ----------
    model, test_loader, criterion
        As in `train_model`; the loss is the accumulated loss / images.
    show_loss : bool
        False prints the accuracy alone.

    Raises
    ------
    TypeError, ValueError
        An argument has the wrong type or value; the message names it.
    FloatingPointError
        The model gives NaN, or the loss is NaN or infinite.

    Examples
    --------
    >>> from fmnist_lib import build_model, get_data_loader
    >>> test_loader = get_data_loader(training=False)
    >>> evaluate_model(build_model(), test_loader, nn.CrossEntropyLoss())
    Average loss: 2.3...
    Accuracy: ...%
    """
    result = evaluate(model, test_loader, criterion)
    if show_loss:
        print(f"Average loss: {result.loss:.4f}")
    print(f"Accuracy: {result.accuracy:.2%}")


def evaluate(
    model: nn.Module,
    test_loader: Iterable[Any],
    criterion: Criterion,
    *,
    on_batch: Callable[[], Any] = lambda: None,
    name: str = "test_loader",
) -> "Evaluation":
    """Return what `evaluate_model` prints, and all that follows from it."""
    mean_loss = MeanLoss(criterion)
    all_logits, all_labels = [], []
    loss_sum = 0.0
    with batches_for(model, test_loader, training=False, name=name) as batches:
        for images, labels in batches:
            logits = model(images)  # (B, 10)
            loss = mean_loss(logits, labels)
            loss_sum += loss.item() * len(labels)
            all_logits.append(logits.float().cpu())
            all_labels.append(labels.cpu())
            on_batch()
    logits, labels = torch.cat(all_logits), torch.cat(all_labels)
    dataset = getattr(test_loader, "dataset", None)
    about = source_of(dataset), classes_of(dataset)
    result = Evaluation(logits, labels, loss_sum / len(labels), *about)
    if result.probabilities.isnan().any():
        raise FloatingPointError(
            "the model gives NaN or infinite logits; are its weights or images NaN?"
        )
    return result


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, 0 to 1, of `count` independent cases.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", JASA 22 (1927), with z = 1.96.
    """
    z, n, p = 1.96, count, share
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    margin = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return centre - margin, centre + margin


@dataclass(frozen=True, eq=False)  # tensors are not simply equal
class Evaluation:
    """A model's answers to all images of a loader, in the loader's order."""

    logits: Tensor
    """float32, (N, 10), on the CPU."""
    labels: Tensor
    """int64, (N,), on the CPU."""
    loss: float
    """Accumulated loss / images."""
    source: str = ""
    """The source of the images, if known: "fashion-mnist" or "sketches"."""
    classes: Sequence[str] = CLASS_NAMES
    """The names of the labels."""

    @property
    def probabilities(self) -> Tensor:
        """Softmax of the logits, (N, 10): each row sums to 1."""
        return self.logits.softmax(dim=1)

    @property
    def predictions(self) -> Tensor:
        """The label with the largest logit, int64, (N,)."""
        return self.logits.argmax(dim=1)

    @property
    def correct(self) -> Tensor:
        """Whether each image is classified correctly, bool, (N,)."""
        return self.predictions == self.labels

    @property
    def accuracy(self) -> float:
        """Fraction classified correctly, 0 to 1."""
        return self.correct.sum().item() / len(self.labels)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy, by Wilson's score method."""
        return wilson_interval(self.accuracy, len(self.labels))

    @property
    def confusion(self) -> Tensor:
        """Counts, int64, (10, 10): row = true label, column = predicted label."""
        classes = len(CLASS_NAMES)
        pairs = self.labels * classes + self.predictions
        return torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)

    @property
    def class_accuracy(self) -> Tensor:
        """Accuracy for each true label, float64, (10,); NaN where a class has no images."""
        confusion = self.confusion.double()
        return confusion.diag() / confusion.sum(dim=1)

    def most_confused(self, count: int = 3) -> list[tuple[int, int, int]]:
        """Return the most frequent kinds of mistake as (true label, prediction, images)."""
        mistakes = self.confusion.fill_diagonal_(0)
        kinds = [(*pair.tolist(), int(mistakes[tuple(pair)])) for pair in mistakes.nonzero()]
        return sorted(kinds, key=lambda kind: -kind[2])[:count]

    def reliability(self, bins: int = 10) -> tuple[Tensor, Tensor, Tensor]:
        """Compare confidence with accuracy, in bins of equal width from 0 to 1.

        Confidence is the probability of the predicted label. Each bin includes its upper edge.

        Returns
        -------
        confidence, accuracy : torch.Tensor
            Mean confidence, and fraction classified correctly, float64, (bins,); NaN in an
            empty bin.
        images : torch.Tensor
            Number of images, int64, (bins,).

        References
        ----------
        Guo et al., "On calibration of modern neural networks", 2017, arXiv:1706.04599.
        """
        probability = self.probabilities.amax(dim=1).double()
        group = (probability * bins).ceil().long().clamp(1, bins) - 1
        images = torch.bincount(group, minlength=bins)
        confidence = torch.bincount(group, weights=probability, minlength=bins) / images
        accuracy = torch.bincount(group, weights=self.correct.double(), minlength=bins) / images
        return confidence, accuracy, images
