"""Training and evaluation, for any model that gives ten logits an image."""

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from fmnist_lib._common import check_positive, progress_bar, source_of

CLASSES = 10

Criterion = Callable[[Tensor, Tensor], Tensor]
Batches = Iterable[Any]  # of (images, labels)


class Optimizer(Protocol):
    """What `train_epoch` asks of an optimizer: all of `torch.optim` has it."""

    def zero_grad(self) -> None:
        """Forget the gradients."""

    def step(self) -> Any:
        """Change the parameters by their gradients."""


class SGD:
    """Stochastic gradient descent with momentum, as `torch.optim.SGD` does it.

    For each parameter p with gradient g, and its velocity v, which begins at 0::

        v = momentum * v + g
        p = p - lr * v

    It stands here because the first optimizer of `torch.optim` in a process imports PyTorch's
    compiler, longer than two epochs take. Any optimizer of `torch.optim` can take its place.

    Parameters
    ----------
    model : torch.nn.Module
        The model to train; parameters without a gradient are left alone.
    lr : float
        The learning rate.
    momentum : float
        The share of the velocity that a step keeps, 0 to 1.

    References
    ----------
    The formula is the one in the documentation of `torch.optim.SGD`.
    """

    def __init__(self, model: nn.Module, lr: float = 0.001, momentum: float = 0.9) -> None:
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.velocities = [torch.zeros_like(p) for p in self.parameters]
        self.lr = lr
        self.momentum = momentum

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change the parameters by their gradients."""
        for p, v in zip(self.parameters, self.velocities, strict=True):
            if p.grad is not None:
                torch.add(p.grad, v, alpha=self.momentum, out=v)  # v = grad + momentum * v
                p.add_(v, alpha=-self.lr)


@dataclass(frozen=True)
class EpochResult:
    """What one pass over the training images gave, measured while the model changed."""

    correct: int
    total: int
    loss: float
    """Accumulated loss / images."""

    @property
    def accuracy(self) -> float:
        """Share of the images named right, 0 to 1."""
        return self.correct / self.total


@dataclass(frozen=True)
class Evaluation:
    """What a model says about every image of a loader, in the loader's order."""

    logits: Tensor
    """float32, (N, 10), on the CPU."""
    labels: Tensor
    """int64, (N,), on the CPU."""
    loss: float
    """Accumulated loss / images."""
    source: str = ""
    """What the images are, where their dataset says so: "fashion-mnist" or "sketches"."""

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
        """Which images are named right, bool, (N,)."""
        return self.predictions == self.labels

    @property
    def accuracy(self) -> float:
        """Share of the images named right, 0 to 1."""
        return self.correct.sum().item() / len(self.labels)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy, by Wilson's score method.

        Source: E. B. Wilson, "Probable inference, the law of succession, and statistical
        inference", JASA 22 (1927), with z = 1.96.
        """
        z, n, p = 1.96, len(self.labels), self.accuracy
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        margin = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return centre - margin, centre + margin

    @property
    def confusion(self) -> Tensor:
        """Counts, int64, (10, 10): row = true label, column = predicted label."""
        pairs = self.labels * CLASSES + self.predictions
        return torch.bincount(pairs, minlength=CLASSES**2).reshape(CLASSES, CLASSES)

    @property
    def class_accuracy(self) -> Tensor:
        """Accuracy for each true label, float64, (10,); NaN where a class has no images."""
        confusion = self.confusion.double()
        return confusion.diag() / confusion.sum(dim=1)

    def most_confused(self, count: int = 3) -> list[tuple[int, int, int]]:
        """Return the most frequent kinds of mistake as (true label, prediction, images)."""
        mistakes = self.confusion.fill_diagonal_(0)
        images, places = mistakes.flatten().sort(descending=True, stable=True)
        return [
            (place // CLASSES, place % CLASSES, n)
            for place, n in zip(places[:count].tolist(), images[:count].tolist(), strict=True)
        ]

    def reliability(self, bins: int = 10) -> tuple[Tensor, Tensor, Tensor]:
        """Sort the images by the probability of their predicted label, and look at each group.

        Parameters
        ----------
        bins : int
            Number of groups, equally wide from 0 to 1; the upper edge belongs to a group.

        Returns
        -------
        confidence, accuracy : torch.Tensor
            Mean of that probability, and share named right, float64, (bins,); NaN for no image.
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


def train_model(
    model: nn.Module,
    train_loader: Batches,
    criterion: Criterion,
    T: int,  # noqa: N803  (the name that users know)
    *,
    optimizer: Optimizer | None = None,
    progress: bool | None = None,
) -> None:
    """Train the model for T epochs and print a line for each.

    Accuracy and loss are those of the epoch's own batches, each taken just before the step
    that learns from it. The model is left in the mode (train or eval) in which it came.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (B, 10) logits; it may lie on any device, the batches follow it.
    train_loader : torch.utils.data.DataLoader
        Gives batches of images and of integer labels 0 to 9, (B,).
    criterion : callable
        The loss of (logits, labels), such as ``nn.CrossEntropyLoss()``. With any reduction
        ("mean", "sum", "none") a step follows the mean over the batch, and the printed loss
        is the accumulated loss / images.
    T : int
        Number of epochs, 1 or more.
    optimizer : optional
        Any `torch.optim` optimizer over the model's parameters. None takes stochastic gradient
        descent with learning rate 0.001 and momentum 0.9, `fmnist_lib.training.SGD`.
    progress : bool, optional
        Whether to show a bar; None shows it in a terminal or notebook.

    Raises
    ------
    TypeError, ValueError
        An argument is not what it must be; the message names it.
    FloatingPointError
        The loss became NaN or infinite; the message names the epoch.
    """
    epochs = check_positive("T", T)
    _check_model_and_criterion(model, criterion)
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("model must have a parameter to train, this one has none")
    if optimizer is None:
        optimizer = SGD(model)
    steps = len(train_loader) * epochs if isinstance(train_loader, Sized) else None
    with progress_bar(steps, desc="Training", unit="batch", show=progress) as bar:
        for epoch in range(epochs):
            try:
                result = train_epoch(
                    model, train_loader, criterion, optimizer, after_batch=bar.update
                )
            except FloatingPointError as error:
                raise FloatingPointError(f"Epoch {epoch}: {error}") from None
            bar.write(
                f"Train Epoch: {epoch}  Accuracy: {result.correct}/{result.total}"
                f"({result.accuracy:.2%})  Loss: {result.loss:.3f}"
            )


def train_epoch(
    model: nn.Module,
    train_loader: Batches,
    criterion: Criterion,
    optimizer: Optimizer,
    *,
    after_batch: Callable[[], Any] = lambda: None,
) -> EpochResult:
    """Train the model on each batch once; the parameters are those of `train_model`."""
    correct = total = 0
    loss_sum = 0.0
    device = _device(model)
    with _mode(model, training=True):
        for number, batch in enumerate(train_loader):
            images, labels = _unpack(batch, "train_loader")
            logits = _forward(model, images, device)
            labels = labels.to(logits.device)
            loss = _mean_loss(criterion, logits, labels)
            value = loss.item()
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"the loss became {value} in batch {number}, and training stopped there. "
                    "A smaller learning rate usually helps; look for NaN in the images, too."
                )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            loss_sum += value * len(labels)
            correct += int((logits.argmax(dim=1) == labels).sum())
            total += len(labels)
            after_batch()
    if total == 0:
        raise ValueError("train_loader is empty: it gives no batch of images")
    return EpochResult(correct, total, loss_sum / total)


def evaluate_model(
    model: nn.Module, test_loader: Batches, criterion: Criterion, show_loss: bool = True
) -> None:
    """Print the model's average loss and its accuracy on all images of a loader.

    The model is used in eval mode, and left in the mode in which it came.

    Parameters
    ----------
    model, criterion
        As in `train_model`; the loss is the accumulated loss / images for any reduction.
    test_loader : torch.utils.data.DataLoader
        Gives batches of images and of integer labels 0 to 9, (B,).
    show_loss : bool
        False prints the accuracy alone.

    Raises
    ------
    TypeError, ValueError
        An argument is not what it must be; the message names it.
    FloatingPointError
        The model gives NaN.
    """
    result = evaluate(model, test_loader, criterion)
    if show_loss:
        print(f"Average loss: {result.loss:.4f}")
    print(f"Accuracy: {result.accuracy:.2%}")


@torch.no_grad()
def evaluate(
    model: nn.Module,
    test_loader: Batches,
    criterion: Criterion,
    *,
    after_batch: Callable[[], Any] = lambda: None,
) -> Evaluation:
    """Return what `evaluate_model` prints, and all that can be computed from it."""
    _check_model_and_criterion(model, criterion)
    all_logits, all_labels = [], []
    loss_sum = 0.0
    device = _device(model)
    with _mode(model, training=False):
        for batch in test_loader:
            images, labels = _unpack(batch, "test_loader")
            logits = _forward(model, images, device)
            labels = labels.to(logits.device)
            loss_sum += _mean_loss(criterion, logits, labels).item() * len(labels)
            all_logits.append(logits.float().cpu())
            all_labels.append(labels.cpu())
            after_batch()
    if not all_labels:
        raise ValueError("test_loader is empty: it gives no batch of images")
    logits = torch.cat(all_logits)
    if logits.isnan().any():
        raise FloatingPointError("the model gives NaN logits; were its weights or images NaN?")
    source = source_of(getattr(test_loader, "dataset", None))
    return Evaluation(logits, torch.cat(all_labels), loss_sum / len(logits), source)


@torch.no_grad()
def compute_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the model's logits for a batch of images, float32 (B, 10) on the CPU."""
    _check_model(model)
    with _mode(model, training=False):
        return _forward(model, images, _device(model)).float().cpu()


@contextmanager
def _mode(model: nn.Module, training: bool) -> Iterator[None]:
    """Put the model in train or eval mode; afterwards each module is back in its own."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


def _check_model(model: nn.Module) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {model!r}")


def _check_model_and_criterion(model: nn.Module, criterion: Criterion) -> None:
    _check_model(model)
    if not callable(criterion) or isinstance(criterion, type):
        raise TypeError(
            "criterion must be callable with (logits, labels), such as nn.CrossEntropyLoss() "
            f"with its parentheses, got {criterion!r}"
        )


def _unpack(batch: Any, name: str) -> tuple[Tensor, Tensor]:
    """Return the images and labels of one batch, checked as far as every model needs it."""
    if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
        raise TypeError(
            f"{name} must give batches (images, labels), got {type(batch).__name__}; "
            "is it a torch.utils.data.DataLoader?"
        )
    images, labels = batch
    if not (isinstance(images, Tensor) and images.is_floating_point()):
        kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
        raise TypeError(f"{name} must give images as a floating-point tensor, got {kind}")
    if (
        not isinstance(labels, Tensor)
        or labels.is_floating_point()
        or labels.shape != images.shape[:1]
    ):
        kind = f"{labels.dtype} {tuple(labels.shape)}" if isinstance(labels, Tensor) else labels
        raise TypeError(
            f"{name} must give one integer label an image, shape ({len(images)},), got {kind}"
        )
    low, high = (int(extreme) for extreme in labels.aminmax())
    if low < 0 or high >= CLASSES:
        raise ValueError(f"{name} must give labels 0 to {CLASSES - 1}, got {low} to {high}")
    return images, labels.long()


def _device(model: nn.Module) -> torch.device:
    """Return where the model takes its images: the device of its first parameter or buffer."""
    tensors = itertools.chain(model.parameters(), model.buffers())
    return next((tensor.device for tensor in tensors), torch.device("cpu"))


def _forward(model: nn.Module, images: Tensor, device: torch.device) -> Tensor:
    """Return the logits, of the shape that they must have."""
    try:
        logits = model(images.to(device))
    except RuntimeError as error:
        raise ValueError(
            f"the model failed on images of shape {tuple(images.shape)}, {images.dtype}: {error}"
        ) from error
    expected = (len(images), CLASSES)
    if not isinstance(logits, Tensor) or tuple(logits.shape) != expected:
        got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise ValueError(f"model must give logits of shape {expected}, got {got}")
    return logits


def _mean_loss(criterion: Criterion, logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean loss over the batch, a scalar, whatever the criterion's reduction."""
    loss = criterion(logits, labels)
    if not isinstance(loss, Tensor) or tuple(loss.shape) not in ((), (len(labels),)):
        got = tuple(loss.shape) if isinstance(loss, Tensor) else type(loss).__name__
        raise ValueError(f"criterion must return a scalar tensor or one loss an image, got {got}")
    if loss.ndim == 1:
        return loss.mean()
    options = getattr(criterion, "keywords", {})  # of a functools.partial
    reduction = getattr(criterion, "reduction", options.get("reduction", "mean"))
    return loss / len(labels) if reduction == "sum" else loss
