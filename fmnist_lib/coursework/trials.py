"""The trial of each function: what it prints, returns, writes and changes, as named quantities.

A trial judges nothing: the same trial of the right solution, or of a wrong one, gives the figures
to compare with. A quantity that could not be tried is SKIPPED.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from fmnist_lib.coursework import reading
from fmnist_lib.coursework.made import (
    Replay,
    Tape,
    World,
    counted_criterion,
    stand_in,
    stretched,
    weights_of,
    whole_set,
)
from fmnist_lib.coursework.sandbox import Function, Outcome, custody

SKIPPED = "not run"

STUB, STUB_ERROR = "not written yet", "NotImplementedError"

Quantities = dict[str, Any]


def try_get_data_loader(function: Function, world: World) -> Quantities:
    """Ask for the default loader and for both by name; look at the first batch of each."""
    found: Quantities = {}
    for training in (True, False):
        whole_set(training)  # now, for to draw sketches is not the student's work
    with custody(patience=3) as box, stand_in(whole_set):  # some compute the mean of 60,000 images
        outcomes = [box.call(function), box.call(function, True), box.call(function, False)]
        found["error"] = _errors(function, outcomes)
        if found["error"]:
            return found
        loaders = [outcome.value for outcome in outcomes]
        found["kind"] = [_kind(loader) for loader in loaders]
        if not all(isinstance(loader, DataLoader) for loader in loaders):
            return found
        found["size"] = [_size(loader.dataset) for loader in loaders]
        batches = [box.call(lambda it: next(iter(it)), it, source=function) for it in loaders]
    found["batch"] = [batch.error or _batch_kind(batch.value) for batch in batches]
    if found["batch"] != ["images and labels"] * 3:
        return found
    datasets = [loader.dataset for loader in loaders]
    looks = [_look(b.value, data) for b, data in zip(batches, datasets, strict=True)]
    found["images"] = [which for which, _, _ in looks]
    if "other images" not in found["images"]:
        found["labels"] = [labels for _, labels, _ in looks]
        found["order"] = looks[2][2] if looks[2][0] == "test images" else SKIPPED
    found["shuffled"] = looks[0][2] != "in order"
    return found


def try_build_model(function: Function, world: World) -> Quantities:
    """Build a network, send images through it, and compute by hand what its weights give."""
    found: Quantities = {}
    images = world.dataset.images[:5]
    with custody() as box, stand_in(world.pictures):
        outcome = box.call(function)
        found["error"] = _errors(function, [outcome])
        model = outcome.value
        if found["error"]:
            return found
        if not callable(model):
            return found | {"logits": f"no network, but {_kind(model)}"}
        if hasattr(model, "eval"):
            model.eval()
        box.call(model, images)  # a lazy layer has weights only now
        box.call(_throw_weights, model)
        answer = box.call(model, images, source=function)
        if answer.error:
            return found | {"logits": answer.error}
        logits = answer.value
        shape = tuple(logits.shape) if isinstance(logits, Tensor) else _kind(logits)
        found["logits"] = f"shape {shape}"
        parameters = box.call(lambda: [p.detach().double() for p in model.parameters()]).value or []
    layers = _layers(parameters)
    found["sizes"] = " -> ".join(["784", *(str(len(bias)) for _, bias in layers)])
    if shape == (5, 10):
        found["activations"] = _activations(layers, images.flatten(1).double(), logits.double())
    return found


def try_train_model(function: Function, world: World, replay: Tape | None = None) -> Quantities:
    """Train the network; with `replay`, beside what happened there."""
    tape, loader = Tape(world), world.loader()
    criterion = counted_criterion(tape)
    model = Replay(replay) if replay else world.model(tape)
    model.eval()
    with custody() as box, stand_in(world.pictures):
        outcome = box.call(function, model, loader, criterion, world.epochs)
    found: Quantities = {"error": _errors(function, [outcome]), "tape": tape}
    if found["error"]:
        return found
    passes = world.passes(loader, tape)
    found["passes"] = int(passes) if passes >= world.epochs else round(passes, 2)  # a peek is free
    found["weights"] = weights_of(model) - (0 if replay else world.weights)
    if passes < world.epochs:
        found["weights"] = SKIPPED
    found["mode"] = tape.mode(model)
    if tape.trained >= world.epochs * len(world.data):  # a look at the network before is free
        found["mode"] = "train mode"
    found["criterion"] = tape.losses > 0
    if not (tape.modes or passes or tape.losses):
        found |= {"mode": SKIPPED, "criterion": SKIPPED}
    found["printed"] = bool(outcome.text.strip())
    if not found["printed"]:
        return found
    parts = reading.epochs(outcome.text)
    if len(parts) == passes > world.epochs and tape.halfway is not None:  # T is ignored
        found["weights"] = tape.halfway - world.weights
    found["epochs"] = tuple(number for number, _ in parts)
    last = list({i if n is None else n: part for i, (n, part) in enumerate(parts)}.values())
    enough = len(last) >= world.epochs and passes > 0
    for name in ("count", "percent", "loss"):
        values = [getattr(reading, name)(part) for part in last[: world.epochs]]
        found[name] = list(itertools.chain(*values)) if enough else SKIPPED
    found["format"] = reading.form(outcome.text) if parts else SKIPPED
    return found


def try_evaluate_model(function: Function, world: World) -> Quantities:
    """Evaluate the network with and without the loss."""
    tape = Tape(world)
    criterion, model = counted_criterion(tape), world.model(tape)
    model.train()
    with custody() as box, stand_in(world.pictures):
        loader = world.loader()
        shown = box.call(function, model, loader, criterion, True)
        mode, tracked = tape.mode(model), tape.tracked
        unchanged = torch.equal(world.weights, weights_of(model))
        model = world.model(Tape(world))
        hidden, default = (
            box.call(function, model.train(), world.loader(), criterion, *rest)
            for rest in ([False], [])
        )
    outcomes = [shown, hidden, default]
    found: Quantities = {"error": _errors(function, outcomes)}
    if found["error"]:
        return found
    found["taken"] = world.passes(loader, tape) > 0
    found["mode"], found["unchanged"] = mode, unchanged
    found["gradients"] = tracked if unchanged else SKIPPED
    found["criterion"] = tape.losses > 0
    texts = [reading.evaluation(outcome.text) for outcome in outcomes]
    shows_loss = [bool(reading.loss(text)) for text in texts]
    text = texts[shows_loss.index(True)] if any(shows_loss) else texts[0]
    found_here = reading.figures(text)
    places = {name: place for name, place in found_here}  # the last ones
    found["lines"] = [name for name, _ in found_here].count("accuracy")
    if not found["lines"]:
        if text.strip():
            found["lines"] = "no line with an accuracy"
        return found
    if found["taken"]:
        found["loss"] = reading.loss(text[places.get("loss", len(text)) :])
        found["percent"] = reading.percent(text[places["accuracy"] :])
    found["show_loss"] = shows_loss
    found["order"] = tuple(dict.fromkeys(n for n, _ in found_here)) if len(places) > 1 else SKIPPED
    found["format"] = reading.form(outcomes[texts.index(text)].text)
    return found


def try_predict_label(function: Function, world: World) -> Quantities:
    """Ask for the labels of several images: from a loader or, if it can't do that, a tensor."""

    def ask(images: Any) -> list[Outcome]:
        with custody() as box, stand_in(world.pictures):
            models = [world.model(Tape(world)).eval() for _ in world.indices]
            pairs = zip(models, world.indices, strict=True)
            return [box.call(function, model, images, index) for model, index in pairs]

    outcomes = ask(world.loader())
    if all(outcome.error for outcome in outcomes):
        others = ask(world.dataset.images.clone())
        if "DataLoader" in outcomes[0].error or not all(outcome.error for outcome in others):
            outcomes = others
    found: Quantities = {"error": _errors(function, outcomes)}
    if all(outcome.error for outcome in outcomes):
        return found
    found["printed"] = any(outcome.text.strip() for outcome in outcomes)
    if not found["printed"]:
        return found
    rankings = [reading.ranking(outcome.text) for outcome in outcomes]
    lines = [[name for name, _ in ranking] for ranking in rankings]
    shares = [[n for _, number in ranking for n in number] for ranking in rankings]
    forms = [reading.form(outcome.text) for outcome in outcomes]
    found["lines"] = _where_it_ran(outcomes, map(len, lines))
    found["names"] = _where_it_ran(outcomes, (names[:3] for names in lines))
    found["percent"] = _where_it_ran(outcomes, (numbers[:3] for numbers in shares))
    found["format"] = _where_it_ran(outcomes, forms)
    return found


def _where_it_ran(outcomes: list[Outcome], values: Iterable[Any]) -> list[Any]:
    """Return a value for each call, SKIPPED where it failed."""
    return [SKIPPED if o.error else value for o, value in zip(outcomes, values, strict=True)]


def try_visualize_image(
    function: Function, world: World, get_data_loader: Function | None = None
) -> Quantities:
    """Draw several images of a loader, the student's own one if there is one that works."""
    loader: Any = world.loader()
    outcomes, files, seen = [], [], []
    with custody() as box, stand_in(world.pictures):
        if get_data_loader:
            own = box.call(get_data_loader, False).value
            if isinstance(own, DataLoader) and _size(own.dataset) == len(world.data):
                loader = own
        for index in world.indices:
            outcomes.append(box.call(function, loader, index))
            paths = [path for path in box.folder.rglob("*") if path.suffix and path.is_file()]
            paths.sort(key=lambda path: (path.name != "image.png", path.name))
            names = [path.name for path in paths]
            other = f"another file, namely {', '.join(names)}" if names else "no file"
            files.append("image.png" if "image.png" in names else other)
            seen.append(what_is_shown(paths[0], world.data, index) if paths else SKIPPED)
            for path in paths:
                path.unlink()
    found: Quantities = {"error": _errors(function, outcomes)}
    if all(outcome.error for outcome in outcomes):
        return found
    found["printed"] = any(outcome.text.strip() for outcome in outcomes)
    found["file"] = _where_it_ran(outcomes, files)
    found["picture"] = _where_it_ran(outcomes, seen)
    if not found["printed"]:
        return found
    labels = [reading.names(reading.last_line(outcome.text)) for outcome in outcomes]
    rest = [outcome.text.rpartition(":")[2].strip() for outcome in outcomes]
    pairs = zip(labels, rest, strict=True)
    found["label"] = _where_it_ran(outcomes, (names or [text] for names, text in pairs))
    if any(labels):
        found["format"] = _where_it_ran(outcomes, [reading.form(o.text) for o in outcomes])
    return found


def what_is_shown(path: Path, pictures: Tensor, index: int) -> str:
    """Return which picture an image file shows, and how it was changed.

    The file may have any size and may be a figure with axes, title and colour bar: a window of
    every size goes over it, and the normalised correlation with each candidate is computed.
    """
    from PIL import Image

    try:
        with Image.open(path) as file:
            deep = file.mode[0] in "IF"  # more than 8 bits, which "L" would cut
            grey = torch.from_numpy(np.array(file if deep else file.convert("L"), np.float32))
    except (OSError, ValueError):
        return "no image"
    picture = pictures[index].float()
    changed = {
        "transposed": picture.T,
        "mirrored": picture.flip(1),
        "upside down": picture.flip(0),
        "turned": picture.flip(0).flip(1),
        "turned to the right": picture.rot90(-1),
        "turned to the left": picture.rot90(1),
    }
    names = [_place(i - index) for i in range(len(pictures))] + [f"the image, {k}" for k in changed]
    wanted = torch.cat([pictures.float(), torch.stack(list(changed.values()))]).flatten(1)
    best, name = 0.0, ""
    for windows in _windows(grey):
        likeness = _standardised(wanted) @ _standardised(windows).T
        place = int(likeness.abs().argmax())
        value = float(likeness.flatten()[place])
        if abs(value) > abs(best):
            best, name = value, names[place // likeness.shape[1]]
        if abs(best) > 0.95:
            break
    if abs(best) < 0.6:
        return "none of the images"
    return name + ", inverted" * (best < 0)


BOX = 496 / 369.6
"""Width by height of matplotlib's axes in a figure of the default size, which "auto" fills."""


def _windows(grey: Tensor) -> Iterator[Tensor]:
    """Yield windows of a picture (H, W), shrunk to 28 x 28, as (number of windows, 784)."""
    whole = functional.interpolate(grey[None, None], size=(28, 28), mode="area")
    yield whole.flatten(1)
    for ratio in (1.0, BOX):
        height, width = grey.shape[0], grey.shape[1] / ratio
        size = float(min(height, width))
        while size >= max(28.0, min(height, width) / 4):
            shape = [max(28, round(side * 28 / size)) for side in (height, width)]
            small = functional.interpolate(grey[None, None], size=shape, mode="area")
            yield functional.unfold(small, 28)[0].T
            size *= 0.97


def _standardised(rows: Tensor) -> Tensor:
    """Return rows with mean 0 and length 1; a row of one value becomes 0."""
    rows = rows - rows.mean(dim=1, keepdim=True)
    lengths: Tensor = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    return rows / lengths.clamp(min=1e-6)


def _place(offset: int) -> str:
    """Return the name of an image by its distance from the wanted one."""
    near = {0: "the image", 1: "the next image", -1: "the image before"}
    return near.get(offset, "another image")


def _errors(function: Function, outcomes: list[Outcome]) -> str:
    """Return the first error; STUB if the function does nothing and its code names nothing."""
    names = {*getattr(getattr(function, "__code__", None), "co_names", ("?",))}
    idle = names <= {STUB_ERROR} and not any(o.text for o in outcomes)
    idle = idle and all(o.value is None or o.value is ... for o in outcomes)
    errors = [outcome.error for outcome in outcomes if outcome.error]
    return STUB if idle and {*errors} <= {STUB_ERROR} else next(iter(errors), "")


def _kind(value: Any) -> str:
    """Return the type of a value; of a tuple, those of its parts."""
    if isinstance(value, DataLoader):
        return "DataLoader"
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__} ({', '.join(map(_kind, value))})"
    return "None" if value is None else type(value).__name__


def _size(dataset: Any) -> int | None:
    return len(dataset) if hasattr(dataset, "__len__") else None


def _batch_kind(batch: Any) -> str:
    """Return what a batch is, in words."""
    if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
        return _kind(batch)
    images, labels = batch
    if not isinstance(images, Tensor) or images.numel() != 784 * len(images):
        shape = tuple(images.shape) if isinstance(images, Tensor) else _kind(images)
        return f"images of shape {shape}"
    if not images.is_floating_point():
        return f"images of {images.dtype}"
    if not isinstance(labels, Tensor) or labels.shape != (len(images),):
        return "labels that are not one number per image"
    return "images and labels"


def _look(batch: tuple[Tensor, Tensor], dataset: Any) -> tuple[str, str, str]:
    """Tell of which set a batch is, whether its labels are right, and in what order it comes."""
    images, labels = batch
    rows, labels = stretched(images[:8].flatten(1)), labels[:8].long()
    for which, training in (("training images", True), ("test images", False)):
        data, targets = whole_set(training)
        places = list(range(len(rows)))
        order = "in order"
        if not torch.allclose(rows, stretched(data[: len(rows)].flatten(1)), atol=0.002):
            places = list(itertools.takewhile(lambda i: i >= 0, (_find(r, training) for r in rows)))
            order = "in another order"
        if len(places) == len(rows):
            return which, "right" if torch.equal(labels, targets[places]) else "wrong", order
    while hasattr(dataset, "dataset"):
        dataset = dataset.dataset
    if type(dataset).__name__ == "FashionMNIST":  # turned, cut or mirrored, as is often done
        return f"{'training' if dataset.train else 'test'} images", "right", "in order"
    return "other images", "unknown", "in another order"


def _find(row: Tensor, training: bool) -> int:
    """Return the index in a set of an image that is the same after stretching, or -1."""
    data, _ = whole_set(training)
    means, places = _means(training)
    near = torch.searchsorted(means, row.mean() + torch.tensor([-1e-5, 1e-5])).tolist()
    for place in places[slice(*near)].tolist():
        if torch.allclose(stretched(data[place].flatten()[None])[0], row, atol=0.002):
            return int(place)
    return -1


@cache
def _means(training: bool) -> tuple[Tensor, Tensor]:
    """Return the means of a set's stretched images, sorted, and the place of each."""
    data = whole_set(training)[0].flatten(1)
    low, high = data.amin(dim=1).float(), data.amax(dim=1).float()
    sums = data.sum(dim=1)
    means, places = ((sums / 784 - low) / (high - low)).sort()
    return means, places


Layers = list[tuple[Tensor, Tensor]]  # the weight (in, out) and the bias (out,) of each

HIDDEN: dict[str, Callable[[Tensor], Tensor]] = {
    "nothing": lambda x: x,
    "ReLU": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
LAST = HIDDEN | {
    "softmax": lambda x: x.softmax(dim=1),
    "softmax over the batch": lambda x: x.softmax(dim=0),
    "log-softmax": lambda x: x.log_softmax(dim=1),
}


def _throw_weights(model: Any) -> None:
    """Give a network weights by dice, in place of its own, which may be tiny or all the same."""
    dice = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=dice) / max(p.shape) ** 0.5)


def _layers(parameters: list[Tensor]) -> Layers:
    """Return the dense layers that parameters are made of, in whatever order and orientation."""
    weights = [p for p in parameters if p.squeeze().ndim == 2]
    biases = [p.flatten() for p in parameters if p.squeeze().ndim < 2]
    layers: Layers = []
    width = 784
    while fitting := [w for w in weights if width in w.shape]:
        weight = next((w for w in fitting if w.shape[1] == width), fitting[0])
        weights = [w for w in weights if w is not weight]
        weight = weight.T if weight.shape[1] == width else weight  # PyTorch keeps (out, in)
        width = weight.shape[1]
        bias = next((b for b in biases if len(b) == width), weight.new_zeros(width))
        biases = [b for b in biases if b is not bias]
        layers.append((weight, bias))
    return layers


def _activations(layers: Layers, images: Tensor, logits: Tensor) -> str:
    """Return which functions between the layers, and after them, explain the logits."""

    def search(x: Tensor, layers: Layers) -> Iterator[tuple[str, ...]]:
        (weight, bias), *rest = layers
        if x.shape[1] == len(weight):
            x = x @ weight + bias
            for name, function in (HIDDEN if rest else LAST).items():
                if rest:
                    yield from ((name, *names) for names in search(function(x), rest))
                elif torch.allclose(function(x), logits, rtol=1e-3, atol=1e-5):
                    yield (name,)

    for *names, last in search(images, layers) if layers else ():
        between = " and ".join(dict.fromkeys(names)) or "nothing"
        return f"{between} between the layers, {last} at the end"
    return "unknown"
