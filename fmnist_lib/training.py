"""Training: the loop, and the steps of gradient descent."""

from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from fmnist_lib._batches import Criterion, batches_for, check_criterion, check_model, mean_loss
from fmnist_lib._common import check_positive, progress_bar


def train_model(
    model: nn.Module,
    train_loader: Iterable[Any],
    criterion: Criterion,
    T: int,  # noqa: N803  (the name that users know)
    *,
    optimizer: "torch.optim.Optimizer | SGD | None" = None,
    progress: bool | None = None,
) -> None:
    """Train the model for T epochs and print a line for each.

    Accuracy and loss are those of the epoch's own batches, each measured just before the step
    that learns from it. The model trains in train mode; its mode is restored afterwards.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (B, 10) logits. Batches are moved to its device.
    train_loader : torch.utils.data.DataLoader
        Gives batches of images, floating point (B, ...), and integer labels 0 to 9, (B,).
    criterion : callable
        The loss of (logits, labels), such as ``nn.CrossEntropyLoss()``. With any reduction
        ("mean", "sum", "none") each step uses the mean over the batch, and the printed loss
        is the accumulated loss / images.
    T : int
        Number of epochs, 1 or more.
    optimizer : torch.optim.Optimizer, optional
        Any optimizer over the model's parameters. None takes stochastic gradient descent with
        learning rate 0.001 and momentum 0.9, `fmnist_lib.training.SGD`.
    progress : bool, optional
        Whether to show a bar. None shows it in terminals and notebooks.

    Raises
    ------
    TypeError, ValueError
        An argument has the wrong type or value; the message names it.
    FloatingPointError
        The loss became NaN or infinite. The model keeps the weights from before that step.

    Examples
    --------
    >>> from fmnist_lib import build_model, get_data_loader
    >>> train_model(build_model(), get_data_loader(), nn.CrossEntropyLoss(), T=1)
    Train Epoch: 0  Accuracy: .../60000(...%)  Loss: ...
    """
    epochs = check_positive("T", T)
    check_model(model)
    check_criterion(criterion)
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("model must have a parameter to train; this one has none")
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
                error.add_note(f"It was epoch {epoch}.")
                raise
            bar.write(
                f"Train Epoch: {epoch}  Accuracy: {result.correct}/{result.total}"
                f"({result.accuracy:.2%})  Loss: {result.loss:.3f}"
            )


@dataclass(frozen=True)
class EpochResult:
    """One pass over the training images, measured while the model changed."""

    correct: int
    total: int
    loss: float
    """Accumulated loss / images."""

    @property
    def accuracy(self) -> float:
        """Fraction classified correctly, 0 to 1."""
        return self.correct / self.total


def train_epoch(
    model: nn.Module,
    train_loader: Iterable[Any],
    criterion: Criterion,
    optimizer: "torch.optim.Optimizer | SGD",
    *,
    after_batch: Callable[[], Any] = lambda: None,
) -> EpochResult:
    """Train the model on each batch once; the parameters are those of `train_model`."""
    correct = total = 0
    loss_sum = 0.0
    with batches_for(model, train_loader, training=True, name="train_loader") as batches:
        for images, labels in batches:
            logits = model(images)  # (B, 10)
            labels = labels.to(logits.device)
            loss = mean_loss(criterion, logits, labels)

            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

            loss_sum += loss.item() * len(labels)
            correct += int((logits.argmax(dim=1) == labels).sum())
            total += len(labels)
            after_batch()
    return EpochResult(correct, total, loss_sum / total)


class SGD:
    """Stochastic gradient descent with momentum, by the formula of `torch.optim.SGD`.

    For each parameter p with gradient g, and its velocity v, which begins at 0::

        v = momentum * v + g
        p = p - lr * v

    It is here because the first optimizer of `torch.optim` in a process imports PyTorch's
    compiler, which takes longer than two epochs. Any optimizer of `torch.optim` can replace it.

    Parameters
    ----------
    model : torch.nn.Module
        The model to train; parameters without a gradient are left alone.
    lr : float
        The learning rate.
    momentum : float
        The fraction of the velocity that a step keeps, 0 to 1.
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
