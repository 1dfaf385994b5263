"""Training: the loop, and the steps of gradient descent."""

import contextlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fmnist_lib._batches import batches_for, check_model, length_of
from fmnist_lib._common import check_positive, progress_bar
from fmnist_lib._loss import Criterion, MeanLoss
from fmnist_lib.recording import Recording, check_recording


def train_model(
    model: nn.Module,
    train_loader: Iterable[Any],
    criterion: Criterion,
    T: int,  # noqa: N803  (the name that users know)
    *,
    optimizer: "torch.optim.Optimizer | SGD | None" = None,
    progress: bool | None = None,
    recording: Recording | None = None,
) -> None:
    """Train the model for T epochs and print a line for each.

    Accuracy and loss are those of the epoch's own batches, each measured just before the step
    that learns from it. The model trains in train mode; its mode is restored afterwards. A part
    in eval mode inside a model in train mode, such as a frozen BatchNorm, stays in eval mode.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (B, 10) logits. Batches are moved to its device.
    train_loader : torch.utils.data.DataLoader
        Gives batches of images, floating point (B, ...), and integer labels 0 to 9, (B,).
    criterion : callable
        The loss of (logits, labels), such as ``nn.CrossEntropyLoss()``. With any reduction
        ("mean", "sum", "none") each step uses the mean over the batch, and the printed loss
        is the accumulated loss / images. With class weights, "mean" is PyTorch's weighted mean
        of a batch: it divides by the batch's weights, the others by its images.
    T : int
        Number of epochs, 1 or more.
    optimizer : torch.optim.Optimizer, optional
        Any optimizer over the model's parameters whose step needs no closure. None takes
        stochastic gradient descent with learning rate 0.001 and momentum 0.9,
        `fmnist_lib.training.SGD`, whose velocities begin at 0 with each call.
    progress : bool, optional
        Whether to show a bar. None shows it in terminals and notebooks.
    recording : fmnist_lib.recording.Recording, optional
        An empty one, which then holds the loss of each batch and snapshots of the model.

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
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("model must have a parameter to train; this one has none")
    if optimizer is None:
        optimizer = SGD(model)
    check_optimizer(optimizer, model)
    if recording is not None:
        check_recording(recording)
    batches = length_of(train_loader)
    steps = batches and batches * epochs
    with (
        progress_bar(steps, desc="Training", unit="batch", show=progress) as bar,
        contextlib.nullcontext() if recording is None else recording.of(model),
    ):

        def on_batch(loss: float) -> None:
            if recording is not None:
                recording.add(epoch, loss)
            bar.update()

        for epoch in range(epochs):
            try:
                result = train_epoch(model, train_loader, criterion, optimizer, on_batch=on_batch)
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
    on_batch: Callable[[float], Any] = lambda loss: None,
) -> EpochResult:
    """Train the model on each batch once; the parameters are those of `train_model`.

    `on_batch` is called after each step, with the batch's mean loss just before it.
    """
    mean_loss = MeanLoss(criterion)
    correct = total = 0
    loss_sum = 0.0
    with batches_for(model, train_loader, training=True, name="train_loader") as batches:
        for images, labels in batches:
            logits = model(images)  # (B, 10)
            loss = mean_loss(logits, labels)

            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            on_batch(loss.item())  # before all else, so that an interrupt can't come between

            loss_sum += loss.item() * len(labels)
            correct += int((logits.argmax(dim=1).to(labels.device) == labels).sum())
            total += len(labels)
    return EpochResult(correct, total, loss_sum / total)


def check_optimizer(optimizer: Any, model: nn.Module) -> None:
    """Refuse what cannot train the model's parameters step by step."""
    methods = [getattr(optimizer, name, None) for name in ("zero_grad", "step")]
    if isinstance(optimizer, type) or not all(map(callable, methods)):
        example = "torch.optim.SGD(model.parameters(), lr=0.001)"
        wanted = f"a torch.optim.Optimizer, such as {example}"
        raise TypeError(f"optimizer must be {wanted}, got {optimizer!r}")
    step = getattr(type(optimizer), "step", None)  # a scheduler hides it behind one of its own
    try:
        if step:
            inspect.signature(step).bind(optimizer)
    except TypeError as error:
        name = type(optimizer).__name__
        raise TypeError(f"optimizer must step without a closure; {name} needs one") from error
    groups = getattr(optimizer, "param_groups", ())
    parts = [p for group in groups for p in group.get("params", ())]
    if isinstance(optimizer, SGD):
        parts = optimizer.parameters
    if parts and not {id(p) for p in parts} & {
        id(p) for p in model.parameters() if p.requires_grad
    }:
        raise ValueError(
            "optimizer must hold parameters of this model that can be trained; was the model built "
            "anew? Then make a new optimizer, too"
        )


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
        self.velocities: dict[int, Tensor] = {}  # by place, from the first gradient on
        self.lr = lr
        self.momentum = momentum

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or set them to 0."""
        for p in self.parameters:
            if set_to_none or p.grad is None:
                p.grad = None
            else:
                p.grad.zero_()

    @torch.no_grad()
    def step(self) -> None:
        """Change the parameters by their gradients."""
        for i, p in enumerate(self.parameters):
            if p.grad is not None:
                if i not in self.velocities:  # a lazy layer has a shape only now
                    self.velocities[i] = torch.zeros_like(p)
                v = self.velocities[i]
                torch.add(p.grad, v, alpha=self.momentum, out=v)  # v = grad + momentum * v
                p.add_(v, alpha=-self.lr)
