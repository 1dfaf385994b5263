"""What one training leaves behind: the loss of each batch, and the model's states on the way."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from fmnist_lib._batches import check_model

State = dict[str, Any]  # of a model: its parameters and buffers by name


class Step(NamedTuple):
    """A finished step: the epoch it was in, and the batch's mean loss just before it."""

    epoch: int
    loss: float


class Recording:
    """Record one training: ``train_model(..., recording=recording)`` fills it.

    It keeps the model's state after 0, 1, 2, 4, 8, ... steps and after the last one. A model with
    lazy layers has no weights before its first batch: there it begins after step 1. Five epochs of
    `build_model()` take 7 MB.

    An interrupt or an error ends it at the last finished step. If the state has been touched since
    then (the interrupt came inside the optimizer's step, or a BatchNorm has seen the next batch),
    it ends with the snapshot before.

    Attributes
    ----------
    snapshots : dict of int to dict of str to torch.Tensor
        Step -> the model's `state_dict` after so many steps, copied to the CPU.
    steps : list of Step
        The epoch and the loss of each finished step.

    Examples
    --------
    >>> recording = Recording()
    >>> train_model(model, train_loader, criterion, T=5, recording=recording)
    >>> recording
    Recording(4,690 steps in 5 epochs, 15 snapshots)
    """

    def __init__(self) -> None:
        self.snapshots: dict[int, State] = {}
        self.steps: list[Step] = []

    @property
    def losses(self) -> list[float]:
        """The mean loss of each batch, just before the step that learns from it."""
        return [step.loss for step in self.steps]

    @property
    def steps_per_epoch(self) -> int:
        """The number of steps in the first epoch."""
        return sum(step.epoch == 0 for step in self.steps)

    def __repr__(self) -> str:
        counts = {
            "step": len(self.steps),
            "epoch": len({step.epoch for step in self.steps}),
            "snapshot": len(self.snapshots),
        }
        steps, epochs, kept = (f"{n:,} {name}{'s' * (n != 1)}" for name, n in counts.items())
        return f"Recording({steps} in {epochs}, {kept})"

    @contextlib.contextmanager
    def of(self, model: nn.Module) -> Iterator["Recording"]:
        """Record the steps that the block adds with `add`; a loop of your own can use it, too."""
        check_model(model)
        if self.steps:
            raise ValueError(
                f"recording must be empty, got {self!r}; make a new Recording() for each training"
            )
        self.snapshots.clear()
        self._model, self._tensors = model, [*model.parameters(), *model.buffers()]
        try:
            if not any(map(is_lazy, self._tensors)):
                self._keep(0)
            yield self
        finally:
            if self.steps and self._version() == self._finished:
                self._keep(len(self.steps))
            del self._model, self._tensors

    def add(self, epoch: int, loss: float | Tensor) -> None:
        """Note a step that is finished, and what its batch's mean loss was."""
        if not hasattr(self, "_model"):
            raise ValueError("recording takes steps only inside `with recording.of(model):`")
        # a tensor would keep the whole batch's graph
        self.steps.append(Step(epoch, loss.item() if isinstance(loss, Tensor) else loss))
        self._finished = self._version()
        count = len(self.steps)
        if count & (count - 1) == 0:  # a power of 2
            self._keep(count)

    def model_after(self, step: int, model: nn.Module) -> nn.Module:
        """Return a copy of the model, as it was after a step of which there is a snapshot."""
        if step not in self.snapshots:
            known = ", ".join(map(str, self.snapshots)) or "none"
            raise ValueError(f"step must be one with a snapshot ({known}), got {step!r}")
        check_model(model)
        # copy.deepcopy refuses what a forward pass has left in an attribute: that needs no graph
        left = (part for module in model.modules() for part in vars(module).values())
        bare = {id(p): p.detach() for p in left if isinstance(p, Tensor) and not p.is_leaf}
        twin = copy.deepcopy(model, bare)
        try:
            twin.load_state_dict(self.snapshots[step])
        except RuntimeError as error:
            wanted = "model must have the layers of the one that was recorded"
            raise ValueError(f"{wanted}. {error}") from error
        return twin

    def _keep(self, count: int) -> None:
        """Copy the model's state, unless it is there."""
        if count not in self.snapshots:
            self.snapshots[count] = {
                name: part.detach().to("cpu", copy=True) if isinstance(part, Tensor) else part
                for name, part in self._model.state_dict().items()
            }

    def _version(self) -> int:
        """Return a number that grows with each change of the model: PyTorch counts them."""
        return sum(tensor._version for tensor in self._tensors)


def check_recording(recording: Any) -> None:
    """Refuse anything but a `Recording`."""
    if not isinstance(recording, Recording):
        example = "`recording = Recording()`, with its parentheses"
        raise TypeError(f"recording must be a Recording, as in {example}; got {recording!r}")
