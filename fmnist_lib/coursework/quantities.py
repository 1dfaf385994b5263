"""What the record of a trial shows: named quantities.

The record of the right solution, or of a wrong one, is read in the same way, so that quantities
can be compared. One that could not be tried is SKIPPED.
"""

import io
import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from fmnist_lib.coursework import reading
from fmnist_lib.coursework.made import World, stretched, whole_set
from fmnist_lib.coursework.trials import Record

SKIPPED = "not run"

Quantities = dict[str, Any]


def quantities(name: str, record: Record, world: World) -> Quantities:
    """Return the quantities that the record of a function shows."""
    read: Callable[[Record, World], Quantities] = globals()[f"read_{name}"]
    if "texts" in record:
        record = record | {"texts": [reading.last_part(text) for text in record["texts"]]}
    return read(record, world)


def read_get_data_loader(record: Record, world: World) -> Quantities:
    """Tell which images the loaders give, and in what order."""
    names = ("error", "kind", "size", "batch")
    found: Quantities = {name: record[name] for name in names if name in record}
    if "images" not in record:
        return found
    batches = zip(record["images"], record["labels"], record["official"], strict=True)
    looks = [_look(*batch) for batch in batches]
    found["images"] = [which for which, _, _ in looks]
    if "other images" not in found["images"]:
        found["labels"] = [labels for _, labels, _ in looks]
        found["order"] = looks[2][2] if looks[2][0] == "test images" else SKIPPED
    found["shuffled"] = looks[0][2] != "in order"
    return found


def read_build_model(record: Record, world: World) -> Quantities:
    """Compute by hand what the weights of the network give."""
    found = {"error": record["error"]}
    if "logits" not in record:
        return found
    logits = record["logits"]
    if "parameters" not in record:
        return found | {"logits": logits}
    shape = tuple(logits.shape) if isinstance(logits, Tensor) else logits
    found["logits"] = f"shape {shape}"
    layers = _layers(record["parameters"])
    found["sizes"] = " -> ".join(["784", *(str(len(bias)) for _, bias in layers)])
    if shape == (5, 10):
        images = world.dataset.images[:5].flatten(1).double()
        found["activations"] = _activations(layers, images, logits)
    return found


def read_train_model(record: Record, world: World) -> Quantities:
    """Tell how the network was trained, and read the printed lines."""
    found: Quantities = {"error": record["error"]}
    if found["error"]:
        return found
    passes, change = record["passes"], record["change"]
    found["passes"] = int(passes) if passes >= world.epochs else round(passes, 2)  # a peek is free
    found["weights"] = change if passes >= world.epochs else SKIPPED
    found["mode"], found["criterion"] = record["mode"], record["losses"] > 0
    if record["trained"] >= world.epochs * len(world.data):  # a look at the network before is free
        found["mode"] = "train mode"
    if not (record["used"] or passes or record["losses"]):
        found |= {"mode": SKIPPED, "criterion": SKIPPED}
    found["printed"] = bool(record["texts"][0].strip())
    if not found["printed"]:
        return found
    parts = reading.epochs(record["texts"][0])
    if len(parts) == passes > world.epochs and record["halfway"] is not None:  # T is ignored
        found["weights"] = record["halfway"]
    found["epochs"] = tuple(number for number, _ in parts)
    last = list({i if n is None else n: part for i, (n, part) in enumerate(parts)}.values())
    enough = len(last) >= world.epochs and passes > 0
    for name in ("count", "percent", "loss"):
        values = [getattr(reading, name)(part) for part in last[: world.epochs]]
        found[name] = list(itertools.chain(*values)) if enough else SKIPPED
    found["format"] = reading.form(record["texts"][0]) if parts else SKIPPED
    return found


def read_evaluate_model(record: Record, world: World) -> Quantities:
    """Tell how the network was evaluated, and read the printed lines."""
    found: Quantities = {"error": record["error"]}
    if found["error"]:
        return found
    found["taken"] = record["passes"] > 0
    found["mode"], found["criterion"] = record["mode"], record["losses"] > 0
    found["unchanged"] = not record["change"].any()
    found["gradients"] = record["tracked"] if found["unchanged"] else SKIPPED
    texts = [reading.evaluation(text) for text in record["texts"]]
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
    found["format"] = reading.form(record["texts"][texts.index(text)])
    return found


def read_predict_label(record: Record, world: World) -> Quantities:
    """Read the names and the percent of each ranking."""
    found: Quantities = {"error": record["error"]}
    if not any(record.get("ran", ())):
        return found
    found["printed"] = any(text.strip() for text in record["texts"])
    if not found["printed"]:
        return found
    rankings = [reading.ranking(text) for text in record["texts"]]
    lines = [[name for name, _ in ranking] for ranking in rankings]
    shares = [[n for _, number in ranking for n in number] for ranking in rankings]
    found["lines"] = _where_it_ran(record, map(len, lines))
    found["names"] = _where_it_ran(record, (names[:3] for names in lines))
    found["percent"] = _where_it_ran(record, (numbers[:3] for numbers in shares))
    found["format"] = _where_it_ran(record, map(reading.form, record["texts"]))
    return found


def read_visualize_image(record: Record, world: World) -> Quantities:
    """Find the image in each picture, and read the label."""
    found: Quantities = {"error": record["error"]}
    if not any(record.get("ran", ())):
        return found
    texts = record["texts"]
    found["printed"] = any(text.strip() for text in texts)
    found["file"] = _where_it_ran(record, map(_file, record["files"]))
    pictures = zip(record["pictures"], world.indices, strict=True)
    seen = (SKIPPED if p is None else what_is_shown(p, world.data, index) for p, index in pictures)
    found["picture"] = _where_it_ran(record, seen)
    if not found["printed"]:
        return found
    labels = [reading.names(reading.last_line(text)) for text in texts]
    rest = [text.rpartition(":")[2].strip() for text in texts]
    pairs = zip(labels, rest, strict=True)
    found["label"] = _where_it_ran(record, (names or [text] for names, text in pairs))
    if any(labels):
        found["format"] = _where_it_ran(record, map(reading.form, texts))
    return found


def _where_it_ran(record: Record, values: Iterable[Any]) -> list[Any]:
    """Return a value for each call, SKIPPED where it failed."""
    return [value if ran else SKIPPED for ran, value in zip(record["ran"], values, strict=True)]


def _file(names: list[str]) -> str:
    """Return which file was written."""
    other = f"another file, namely {', '.join(names)}" if names else "no file"
    return "image.png" if "image.png" in names else other


LARGEST_PICTURE = 16_000_000
"""Pixels of a picture that are looked at: 160 inches of a matplotlib figure."""


def what_is_shown(content: Tensor, pictures: Tensor, index: int) -> str:
    """Return which picture an image file shows, and how it was changed.

    The file, given by its bytes, may have any size and may be a figure with axes, title and colour
    bar: a window of every size goes over it, and the normalised correlation with each candidate is
    computed.
    """
    from PIL import Image

    try:
        with (
            warnings.catch_warnings(action="ignore"),
            Image.open(io.BytesIO(content.numpy().tobytes())) as file,
        ):
            if file.width * file.height > LARGEST_PICTURE:
                return f"a picture of {file.width} x {file.height} pixels"
            deep = file.mode[0] in "IF"  # more than 8 bits, which "L" would cut
            grey = torch.from_numpy(np.array(file if deep else file.convert("L"), np.float32))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
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


def _look(images: Tensor, labels: Tensor, official: str) -> tuple[str, str, str]:
    """Tell of which set a batch is, whether its labels are right, and in what order it comes."""
    rows = stretched(images)
    for which, training in (("training images", True), ("test images", False)):
        data, targets = whole_set(training)
        places = list(range(len(rows)))
        order = "in order"
        if not torch.allclose(rows, stretched(data[: len(rows)].flatten(1)), atol=0.002):
            places = list(itertools.takewhile(lambda i: i >= 0, (_find(r, training) for r in rows)))
            order = "in another order"
        if len(places) == len(rows):
            return which, "right" if torch.equal(labels, targets[places]) else "wrong", order
    if official:  # turned, cut or mirrored, as is often done
        return official, "right", "in order"
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
