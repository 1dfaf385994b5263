"""The made world in which a function is tried: data thrown by dice, and a network that is watched.

The same seed gives the same world.
"""

import contextlib
import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from unittest import mock

import torch
from torch import Tensor, manual_seed, nn  # by name: a submission may patch torch

from fmnist_lib.data import MEAN, STD, FashionDataset, FashionLoader, collate, load_dataset
from fmnist_lib.model import build_model


class World:
    """Images, labels, and a network, made by dice; for three epochs.

    The last batch is much smaller than the others. The network answers with confidence and is
    right for about half of the images.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = torch.Generator().manual_seed(seed)
        self.batch_size = self._roll(11, 19)
        count = 3 * self.batch_size + self._roll(2, 4)
        self.epochs = 3
        self.indices = [1, self._roll(10, 10 + self.batch_size), self._roll(count - 9, count - 2)]
        with torch.random.fork_rng(devices=[]):
            manual_seed(seed)
            self._model = build_model()
        self.data = make_pictures(count, self.dice)
        self.dataset = CountedDataset(self.data, torch.zeros(count, dtype=torch.int64), "made")
        images = self.dataset.images
        with torch.no_grad():  # logits of mean 0 and standard deviation 2 for each class
            last: Any = self._model[5]
            logits = self._model(images)
            scale = 2 / logits.std(dim=0)
            last.weight.mul_(scale.unsqueeze(1))
            last.bias.copy_((last.bias - logits.mean(dim=0)) * scale)
            guesses = self._model(images).argmax(dim=1)
        wrong = torch.rand(count, generator=self.dice) < 0.45
        other = torch.randint(10, (count,), generator=self.dice)
        self.dataset.targets = torch.where(wrong, other, guesses)
        self.weights = weights_of(self._model)
        self._rows = images.flatten(1)
        self._places = {row.numpy().tobytes(): i for i, row in enumerate(self._rows)}

    def _roll(self, low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (), generator=self.dice))

    def pictures(self, training: bool) -> "Pictures":
        """Return all pictures and labels."""
        return self.data, self.dataset.targets

    def place_of(self, row: Tensor) -> int | None:
        """Return the index of an image, flattened and normalised in any way, or None."""
        row = row.detach().cpu()
        place = self._places.get(row.numpy().tobytes())
        if place is None and float(row.max() - row.min()) < 20:  # not raw grey values
            near = (stretched(self._rows) - stretched(row[None])).abs().amax(dim=1)
            place = int(near.argmin()) if float(near.min()) < 0.002 else None
        return place

    def normalised(self, rows: Tensor, places: list[int | None]) -> Tensor:
        """Return rows as the loader gives them, where they are images of this world."""
        pairs = zip(places, rows, strict=True)
        known = [row if i is None else self._rows[i].to(row) for i, row in pairs]
        return torch.stack(known) if known else rows

    def loader(self) -> FashionLoader:
        """Return a loader of the images, in order."""
        dataset = copy.copy(self.dataset)
        vars(dataset)["taken"] = 0
        return FashionLoader(dataset, batch_size=self.batch_size, collate_fn=collate)

    def passes(self, loader: FashionLoader, tape: "Tape") -> float:
        """Return how often all images came from the loader; if too rarely, from a copy of it."""
        taken = float(vars(loader.dataset)["taken"] / len(self.data))
        return taken if taken >= self.epochs else max(taken, tape.seen / len(self.data))

    def model(self, tape: "Tape") -> nn.Sequential:
        """Return the network; the tape records how it is used."""
        model = copy.deepcopy(self._model)
        tape.model = model
        model[1].register_forward_pre_hook(tape.record_input)
        model[5].register_forward_hook(tape.record_output)
        return model


def stretched(rows: Tensor) -> Tensor:
    """Return rows shifted and scaled to 0 .. 1."""
    rows = rows.detach().float()
    low, high = rows.amin(dim=1, keepdim=True), rows.amax(dim=1, keepdim=True)
    return (rows - low) / (high - low).clamp(min=1e-12)


def weights_of(model: nn.Module) -> Tensor:
    """Return a copy of all weights, in one row."""
    return nn.utils.parameters_to_vector(model.parameters()).detach()


class CountedDataset(FashionDataset):
    """A dataset that counts the samples taken from it; like torchvision's, as far as it matters."""

    target_transform = None

    @property
    def transform(self) -> Any:
        """Return what makes a picture of the PIL kind an image."""
        from torchvision import transforms  # type: ignore[import-untyped]

        return transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])

    @property
    def class_to_idx(self) -> dict[str, int]:
        """Return the label of each class name."""
        return {name: label for label, name in enumerate(self.classes)}

    def __getitem__(self, index: int) -> Any:
        vars(self)["taken"] += 1
        return super().__getitem__(index)

    def __getitems__(self, indices: list[int]) -> Any:
        vars(self)["taken"] += len(indices)
        return super().__getitems__(indices)


def make_pictures(count: int, dice: torch.Generator) -> Tensor:
    """Return pictures of 4 x 4 patches, uint8 (N, 28, 28); none is like its mirror image."""
    patches = torch.randint(256, (count, 4, 4), generator=dice, dtype=torch.uint8)
    return patches.repeat_interleave(7, dim=1).repeat_interleave(7, dim=2)


class Tape:
    """How a network was used: the mode, the gradients, and the logits of each image in turn."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.modes: set[bool] = set()
        self.tracked = False
        self.losses = 0
        self.seen = self.trained = 0  # images, in any mode and in train mode
        self.model: nn.Module | None = None
        self.places: list[int] = []  # of the images in turn, and the logits that each got
        self.logits: list[Tensor] = []
        self.halfway: Tensor | None = None  # the change of the weights, if training goes on after T
        self._rows: list[int | None] = []
        self._batches = 0

    def record_input(self, module: nn.Module, args: Any) -> Tensor:
        """Note which images go into the first layer; it gets them as the loader gives them.

        So the network answers the same to a student who normalises otherwise.
        """
        self.modes.add(module.training)
        if self.model is not None and self._batches == 4 * self.world.epochs:
            self.halfway = weights_of(self.model) - self.world.weights
        self._batches += 1
        rows = args[0].reshape(-1, 784)
        self._rows = [self.world.place_of(row) for row in rows]
        known = sum(row is not None for row in self._rows)
        self.seen += known
        self.trained += known * module.training
        return self.world.normalised(rows, self._rows).reshape(args[0].shape)

    def record_output(self, module: nn.Module, args: Any, logits: Tensor) -> None:
        """Note the logits that come out of the last layer."""
        self.tracked |= logits.requires_grad
        for place, row in zip(self._rows, logits.detach().reshape(-1, 10), strict=False):
            if place is not None:
                self.places.append(place)
                self.logits.append(row.cpu().clone())

    def __deepcopy__(self, memo: Any) -> "Tape":
        return self  # a copy of a network or criterion is still the student's

    def record(self, model: nn.Module) -> dict[str, Any]:
        """Return what is on the tape, and the mode in which the network worked."""
        modes = self.modes or {model.training}
        mode = "both modes" if len(modes) > 1 else ("train mode" if True in modes else "eval mode")
        return {
            "mode": mode,
            "used": bool(self.modes),
            "tracked": self.tracked,
            "losses": self.losses,
            "trained": self.trained,
            "halfway": self.halfway,
            "places": torch.tensor(self.places, dtype=torch.int64),
            "logits": torch.stack(self.logits) if self.logits else torch.zeros(0, 10),
        }


class Replay(nn.Module):
    """A network that answers what a tape recorded, however it is trained.

    So a student's figures can be compared with those that other code would have printed beside
    the very same, wrong, training.
    """

    def __init__(self, world: World, record: dict[str, Any]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.world = world
        self.answers: dict[int | None, list[Tensor]] = defaultdict(list)
        for place, logits in zip(record["places"].tolist(), record["logits"], strict=True):
            self.answers[place].append(logits)
        self.visits: Counter[int | None] = Counter()

    def forward(self, images: Tensor) -> Tensor:
        """Return the recorded logits, (B, 10)."""
        rows = []
        for row in images.flatten(1):
            place = self.world.place_of(row)
            rows.append(self.answers[place][self.visits[place]])
            self.visits[place] += 1
        return torch.stack(rows) + 0 * self.weight


def counted_criterion(tape: Tape) -> nn.CrossEntropyLoss:
    """Return a cross-entropy that tells a tape when it, or another one of its type, is called."""

    class CountedCriterion(nn.CrossEntropyLoss):
        def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
            tape.losses += 1
            return super().forward(logits, labels)

    return CountedCriterion()


Pictures = tuple[Tensor, Tensor]


@contextlib.contextmanager
def stand_in(fashion: Callable[[bool], Pictures]) -> Iterator[None]:
    """Let torchvision's FashionMNIST hold these pictures, and MNIST others; without a network."""
    try:
        from torchvision import datasets
    except ImportError:  # then nobody else uses it
        yield
        return

    def init(
        self: Any,
        root: Any = None,
        train: bool = True,
        transform: Any = None,
        target_transform: Any = None,
        download: bool = False,
    ) -> None:
        options = {"transform": transform, "target_transform": target_transform}
        datasets.VisionDataset.__init__(self, root or ".", **options)
        self.train = train
        source = fashion if isinstance(self, datasets.FashionMNIST) else digits
        self.data, self.targets = (part.clone() for part in source(bool(train)))

    with mock.patch.object(datasets.MNIST, "__init__", init):
        yield


@cache
def whole_set(training: bool) -> Pictures:
    """Return the real images, if they are on this machine, or else the sketches."""
    try:
        dataset = load_dataset(training, source="fashion-mnist", download=False)
    except (OSError, ValueError):
        dataset = load_dataset(training, source="sketches")
    return dataset.data, dataset.targets


@cache
def digits(training: bool) -> Pictures:
    """Return what is no clothing, as many pictures as MNIST has."""
    count, dice = (60_000 if training else 10_000), torch.Generator().manual_seed(0)
    return make_pictures(count, dice), torch.randint(10, (count,), generator=dice)
