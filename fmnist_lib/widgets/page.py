"""A network taken home: one HTML file that needs no Python and no network."""

import base64
import copy
import hashlib
import json
import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fmnist_lib._batches import batches_for, indices_of
from fmnist_lib._common import atomic_write, check_path, check_positive
from fmnist_lib._marks import NEUTRAL, RIGHT, WRONG, mark_of
from fmnist_lib.evaluation import Evaluation
from fmnist_lib.widgets.explorer import evaluate_images
from fmnist_lib.widgets.grey import scale_of

NAME = "test_loader"
ROUNDING = 0.001  # the largest change of a probability by half precision
CODE = (files(__package__) / "paint.js").read_text(encoding="utf-8")
STYLE = (files(__package__) / "explorer.css").read_text(encoding="utf-8")
ALLOWED = "Flatten, Linear, ReLU, Conv2d, MaxPool2d, Dropout, BatchNorm1d, BatchNorm2d"
OPTIONS = {"dilation": 1, "groups": 1, "padding_mode": "zeros", "return_indices": False}
OPTIONS |= {"track_running_stats": True}
POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>My network</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body class="fmnist-page">
<main class="fmnist-explorer">
<h1>My network</h1>
<p>{about}</p>
<p>It runs here, in your browser: this file needs no Python and no network, and nothing is sent
anywhere.</p>
<p>Paint a garment, too: a bright, filled shape in the middle. Does it know what you mean?</p>
<noscript><p>It needs JavaScript, which is switched off here. In JupyterLab, press
<b>Trust HTML</b> above.</p></noscript>
</main>
<script type="application/json" id="data">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""
START = (
    "openPage(document.querySelector('main'), JSON.parse(document.querySelector('#data').text));\n"
)


def export_page(
    model: nn.Module,
    test_loader: DataLoader[Any],
    path: str | os.PathLike[str] = "my_network.html",
    *,
    images: int = 1000,
) -> Path:
    """Write a network and test images into one HTML file, which a double click opens.

    The page has a slider over the images with what the network says about each, and a canvas to
    paint on. The network runs in the browser, with no Python and no network, and the page sends
    nothing. Its weights are rounded to half precision if that changes no answer and no probability
    by more than 0.001.

    Parameters
    ----------
    model : torch.nn.Sequential
        Of Flatten, Linear, ReLU, Conv2d, MaxPool2d, Dropout and BatchNorm layers, nested or not,
        that gives (N, 10) logits. It is used in eval mode.
    test_loader : torch.utils.data.DataLoader
        A map-style loader of images of 28 x 28 grey values, all scaled and shifted alike.
    path : path
        The file to write; an earlier one is replaced in one step.
    images : int
        How many images, from the start of the dataset, 1 or more; all, if there are fewer.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    IndexError, TypeError, ValueError, FloatingPointError
        An argument has the wrong type or value, or the page can't compute a layer; the message
        says which.
    OSError
        The file cannot be written; an earlier one is left as it was.
    """
    target, count = check_path("path", path), check_positive("images", images)
    indices = indices_of(test_loader, NAME)[:count]
    result, part = evaluate_images(model, test_loader, indices, name=NAME)
    with batches_for(model, part, training=False, name=NAME) as batches:
        inputs = torch.cat([batch.cpu() for batch, _ in batches])
    scale, mark = scale_of(inputs, NAME), mark_of(result.source)
    layers = layers_of(model, inputs[:1].clone())
    grey = scale.grey(inputs).round().to(torch.uint8)
    data = {
        "names": list(result.classes),
        "colours": (RIGHT, WRONG, NEUTRAL),
        "mark": mark,
        "indices": indices,
        "labels": result.labels.tolist(),
        "pixels": _text(grey),
        "mean": scale.mean,
        "std": scale.std,
        "layers": _encoded(layers, _same_in_half(model, part, result)),
    }
    parameters = sum(map(Tensor.numel, model.parameters()))
    about = f"It has {parameters:,} parameters, and gets "
    about += f"{int(result.correct.sum()):,} of these {len(indices):,} test images right."
    about += " <strong>These images are sketches, not Fashion-MNIST.</strong>" * bool(mark)
    try:
        with atomic_write(target) as file:
            file.write(_page(about, data).encode())
    except OSError as error:
        reason = f"the page cannot be written ({error.strerror}); name another file with path="
        raise OSError(error.errno, reason, os.fspath(path)) from error
    return target


def layers_of(model: nn.Module, image: Tensor) -> list[dict[str, Any]]:
    """Return what paint.js needs of each layer; refuse a model that it can't compute.

    `image` is a batch of one, as the loader gives it.
    """
    described: list[dict[str, Any]] = []
    one = [(image, torch.zeros(1, dtype=torch.int64))]
    with batches_for(model, one, training=False, name=NAME) as batches:
        x, _ = next(batches)
        for place, layer in _leaves(model, "model"):
            before, x = x, layer(x)
            try:
                described += _describe(layer, before.shape[1:], x.shape[1:])
            except ValueError as error:
                name = type(layer).__name__ if [*layer.children()] else layer  # in one line
                text = f"{place} is {name}, but {error}. A page can compute a Sequential of "
                raise ValueError(text + ALLOWED) from None
    return described


def _leaves(model: nn.Module, place: str) -> Iterator[tuple[str, nn.Module]]:
    """Yield each layer of nested Sequentials, with its place, such as "model[1][0]"."""
    if type(model) is not nn.Sequential:
        yield place, model
        return
    for number, layer in enumerate(model):
        yield from _leaves(layer, f"{place}[{number}]")


def _describe(layer: Any, before: torch.Size, after: torch.Size) -> list[dict[str, Any]]:
    """Return what paint.js needs of a layer that turns one shape into another, if anything."""
    kind, dimensions = type(layer), len(before)
    for name, allowed in OPTIONS.items():
        if getattr(layer, name, allowed) not in (allowed, (allowed, allowed)):
            raise ValueError(f"its {name} must be {allowed!r}")
    if kind is nn.Dropout or (kind is nn.Flatten and len(after) == 1):
        return []
    if kind is nn.ReLU:
        return [{"kind": "relu"}]
    if kind is nn.Linear and dimensions == 1:
        return [{"kind": "linear", **_weights(layer.weight, layer.bias)}]
    if (kind, dimensions) in ((nn.BatchNorm1d, 1), (nn.BatchNorm2d, 3)):
        weight = torch.ones_like(layer.running_var) if layer.weight is None else layer.weight
        scale = weight / (layer.running_var + layer.eps).sqrt()
        shift = -layer.running_mean * scale + (0 if layer.bias is None else layer.bias)
        return [{"kind": "scale", **_weights(scale, shift)}]
    if kind in (nn.Conv2d, nn.MaxPool2d) and dimensions == 3:
        kernel, padding = _pair(layer.kernel_size), layer.padding
        if isinstance(padding, str):
            padding = tuple((size - 1) // 2 * (padding == "same") for size in kernel)
        window = {
            "input": before,
            "output": after,
            "kernel": kernel,
            "stride": _pair(layer.stride),
            "padding": _pair(padding),
        }
        if kind is nn.MaxPool2d:
            return [{"kind": "pool", **window}]
        return [{"kind": "conv", **window, **_weights(layer.weight, layer.bias)}]
    if kind.__name__ in ALLOWED:
        raise ValueError(f"it turns one image, {tuple(before)}, into {tuple(after)}")
    raise ValueError("a page can't compute it")


def _pair(size: Any) -> tuple[int, int]:
    """Return a size in two directions."""
    return (size, size) if isinstance(size, int) else tuple(size)


def _same_in_half(model: nn.Module, part: DataLoader[Any], result: Evaluation) -> bool:
    """Tell whether a model says the same of the images with weights in half precision."""
    rounded = copy.deepcopy(model)
    for layer in rounded.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            for values in layer.parameters():
                values.data = values.data.half().to(values.dtype)
    with batches_for(rounded, part, training=False, name=NAME) as batches:
        logits = torch.cat([rounded(images).float().cpu() for images, _ in batches])
    change = (logits.softmax(dim=1) - result.probabilities).abs().max()
    return bool(change < ROUNDING) and torch.equal(logits.argmax(dim=1), result.predictions)


def _weights(weight: Tensor, bias: Tensor | None) -> dict[str, Tensor]:
    """Return weights and biases; none are zeros."""
    return {"weight": weight, "bias": weight.new_zeros(len(weight)) if bias is None else bias}


def _encoded(layers: list[dict[str, Any]], half: bool) -> list[dict[str, Any]]:
    """Return the layers with their numbers as text, of 32 bits or, but for a BatchNorm, of 16."""
    for layer in layers:
        for name, values in layer.items():
            if isinstance(values, Tensor):
                exact, short = values.detach().cpu().float(), half and layer["kind"] != "scale"
                text = {"float16": _text(exact.half())} if short else {"float32": _text(exact)}
                layer[name] = text
    return layers


def _text(values: Tensor) -> str:
    """Return the bytes of a tensor, little-endian, as base64."""
    array = values.contiguous().numpy()
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()


def _page(about: str, data: dict[str, Any]) -> str:
    """Return the page; of its scripts and styles the browser runs only those with these sums."""
    script, policy = CODE + START, POLICY
    for kind, text in (("script", script), ("style", STYLE)):
        policy += f"; {kind}-src 'sha256-{_sum(text)}'"
    inside = json.dumps(data).replace("<", "\\u003c")  # a name may be "</script>"
    return PAGE.format(policy=policy, style=STYLE, about=about, data=inside, script=script)


def _sum(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
