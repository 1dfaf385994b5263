"""The trial of each function: what it prints, returns, writes and changes, as a record.

A trial judges nothing and knows no right answer. Its record is texts, numbers and tensors, which
can be sent from one process to another; `quantities` reads it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from fmnist_lib.coursework.made import (
    Replay,
    Tape,
    World,
    counted_criterion,
    stand_in,
    weights_of,
    whole_set,
)
from fmnist_lib.coursework.sandbox import Function, Outcome, custody

STUB, STUB_ERROR = "not written yet", "NotImplementedError"

LARGEST_FILE = 20_000_000
"""Bytes of a picture that are read."""

Record = dict[str, Any]


def try_function(
    name: str, function: Any, world: World, own_loader: Function | None = None
) -> Record:
    """Try a function by its name; visualize_image with the student's own loader, if it works."""
    if not callable(function):
        return {"error": STUB}
    if name == "visualize_image":
        return try_visualize_image(function, world, own_loader)
    trial: Callable[[Function, World], Record] = TRIALS[name]
    return trial(function, world)


def try_get_data_loader(function: Function, world: World) -> Record:
    """Ask for the default loader and for both by name; look at the first batch of each."""
    for training in (True, False):
        whole_set(training)  # now, for to draw sketches is not the student's work
    with custody(patience=3) as box, stand_in(whole_set):  # some compute the mean of 60,000 images
        outcomes = [box.call(function), box.call(function, True), box.call(function, False)]
        record: Record = {"error": _errors(function, outcomes)}
        if record["error"]:
            return record
        loaders = [outcome.value for outcome in outcomes]
        record["kind"] = [_kind(loader) for loader in loaders]
        if record["kind"] != ["DataLoader"] * 3:
            return record
        record["size"] = [_size(loader.dataset) for loader in loaders]
        batches = [box.call(lambda it: next(iter(it)), it, source=function) for it in loaders]
    record["batch"] = [batch.error or _batch_kind(batch.value) for batch in batches]
    if record["batch"] == ["images and labels"] * 3:
        record["images"] = [b.value[0][:8].detach().float().flatten(1) for b in batches]
        record["labels"] = [b.value[1][:8].long() for b in batches]
        record["official"] = [_official(loader.dataset) for loader in loaders]
    return record


def try_build_model(function: Function, world: World) -> Record:
    """Build a network, give it weights by dice, and send images through it."""
    images = world.dataset.images[:5]
    with custody() as box, stand_in(world.pictures):
        outcome = box.call(function)
        model = outcome.value
        record: Record = {"error": _errors(function, [outcome])}
        if record["error"]:
            return record
        if not callable(model):
            return record | {"logits": f"no network, but {_kind(model)}"}
        if hasattr(model, "eval"):
            model.eval()
        box.call(model, images)  # a lazy layer has weights only now
        box.call(_throw_weights, model)
        answer = box.call(model, images, source=function)
        if answer.error:
            return record | {"logits": answer.error}
        parameters = box.call(lambda: [p.detach().double() for p in model.parameters()]).value
    is_tensor = isinstance(answer.value, Tensor)
    record["logits"] = answer.value.detach().double() if is_tensor else _kind(answer.value)
    return record | {"parameters": parameters or []}


def try_train_model(function: Function, world: World, replay: Record | None = None) -> Record:
    """Train the network; with `replay`, beside what happened there."""
    tape, loader = Tape(world), world.loader()
    criterion = counted_criterion(tape)
    model = Replay(world, replay) if replay else world.model(tape)
    before = weights_of(model.eval())
    with custody() as box, stand_in(world.pictures):
        outcome = box.call(function, model, loader, criterion, world.epochs)
    return {
        "error": _errors(function, [outcome]),
        "texts": [outcome.text],
        "passes": world.passes(loader, tape),
        "change": weights_of(model) - before,
        **tape.record(model),
    }


def try_evaluate_model(function: Function, world: World) -> Record:
    """Evaluate the network with the loss, without it, and as it comes."""
    tape = Tape(world)
    criterion, model, loader = counted_criterion(tape), world.model(tape), world.loader()
    before = weights_of(model)
    with custody() as box, stand_in(world.pictures):
        outcomes = [box.call(function, model.train(), loader, criterion, True)]
        record = tape.record(model)
        change = weights_of(model) - before
        record |= {"passes": world.passes(loader, tape), "change": change}
        model = world.model(Tape(world))
        outcomes += [
            box.call(function, model.train(), world.loader(), criterion, *rest)
            for rest in ([False], [])
        ]
    texts = [outcome.text for outcome in outcomes]
    return record | {"error": _errors(function, outcomes), "texts": texts}


def try_predict_label(function: Function, world: World) -> Record:
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
    return {"error": _errors(function, outcomes)} | _each(outcomes)


def try_visualize_image(
    function: Function, world: World, get_data_loader: Function | None = None
) -> Record:
    """Draw several images of a loader, the student's own one if there is one that works."""
    loader: Any = world.loader()
    outcomes, files, pictures = [], [], []
    with custody() as box, stand_in(world.pictures):
        if get_data_loader:
            own = box.call(get_data_loader, False).value
            if isinstance(own, DataLoader) and _size(own.dataset) == len(world.data):
                loader = own
        for index in world.indices:
            outcomes.append(box.call(function, loader, index))
            paths = [path for path in box.folder.rglob("*") if path.suffix and path.is_file()]
            paths.sort(key=lambda path: (path.name != "image.png", path.name))
            files.append([path.name for path in paths])
            pictures.append(bytes_of(paths[0]) if paths else None)
            for path in paths:
                path.unlink()
    error = _errors(function, outcomes)
    return {"error": error, "files": files, "pictures": pictures} | _each(outcomes)


TRIALS: dict[str, Callable[[Function, World], Record]] = {
    "get_data_loader": try_get_data_loader,
    "build_model": try_build_model,
    "train_model": try_train_model,
    "evaluate_model": try_evaluate_model,
    "predict_label": try_predict_label,
    "visualize_image": try_visualize_image,
}


def _each(outcomes: list[Outcome]) -> Record:
    """Return what each call printed, and whether it ran."""
    return {"texts": [o.text for o in outcomes], "ran": [not o.error for o in outcomes]}


def bytes_of(path: Path) -> Tensor:
    """Return the bytes of a file, or the first of them."""
    with path.open("rb") as file:
        return torch.from_numpy(np.frombuffer(file.read(LARGEST_FILE), np.uint8).copy())


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


def _official(dataset: Any) -> str:
    """Return which of the official sets a dataset is built upon, by its type, or nothing."""
    while hasattr(dataset, "dataset"):
        dataset = dataset.dataset
    official = type(dataset).__name__ == "FashionMNIST"
    return f"{'training' if dataset.train else 'test'} images" if official else ""


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


def _throw_weights(model: Any) -> None:
    """Give a network weights by dice, in place of its own, which may be tiny or all the same."""
    dice = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, generator=dice) / max(p.shape) ** 0.5)
