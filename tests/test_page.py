"""The page of a network, as a file: what it takes, what it refuses, and what is in it."""

import base64
import json
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from fmnist_lib import CLASS_NAMES, build_model
from fmnist_lib.data import FashionDataset, collate, normalise
from fmnist_lib.widgets.page import export_page


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def data_of(path):
    """Return the data inside a page."""
    text = path.read_text(encoding="utf-8")
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(data)


def numbers(described):
    """Return the numbers of a page."""
    [(kind, text)] = described.items()
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), kind).astype(np.float32))


def pixels(data):
    """Return the images of a page."""
    flat = np.frombuffer(base64.b64decode(data["pixels"]), np.uint8)
    return torch.from_numpy(flat.copy()).reshape(-1, 28, 28)


def test_images_of_the_loader(dataset, loader):
    """The page has the first images in the dataset's order, to the bit, with their labels."""
    shuffled = DataLoader(dataset, batch_size=64, shuffle=True, collate_fn=collate)
    data = data_of(export_page(build_model(), shuffled, images=70))
    assert torch.equal(pixels(data), dataset.data[:70])
    assert data["labels"] == dataset.targets[:70].tolist()
    assert data["indices"] == list(range(70))
    assert data["names"] == list(CLASS_NAMES)
    assert (data["mean"], data["std"]) == (0.2860, 0.3530)
    data = data_of(export_page(build_model(), loader))  # all, if there are fewer than 1,000
    assert torch.equal(pixels(data), dataset.data)


def test_export_changes_nothing(loader):
    """The model keeps its mode and weights, also with a layer that works in place, and the dice."""
    model = nn.Sequential(nn.ReLU(inplace=True), build_model(), nn.Dropout()).train()
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    dice = torch.get_rng_state()
    data = data_of(export_page(model, loader))
    assert torch.equal(dice, torch.get_rng_state())
    assert all(module.training for module in model.modules())
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    assert torch.equal(pixels(data), loader.dataset.data)


def others(data):
    """Return images on other scales, with the first two numbers that undo them."""
    grey = data.div(255)[:, None]
    return {
        "0 to 1": grey,
        "0 to 255": data[:, None].float(),
        "-1 to 1": (grey - 0.5) / 0.5,
        "half precision": normalise(data).half().float(),
        "flat": normalise(data).flatten(1),
        "without channel": normalise(data)[:, 0],
    }


@pytest.mark.parametrize("kind", others(torch.zeros(1, 28, 28).byte()))
def test_other_scales(kind, dataset):
    """Loaders of other people's scales and shapes give the same grey values, and back."""
    dataset.data[0, 0, :2] = torch.tensor([0, 255])
    images = others(dataset.data)[kind]
    loader = DataLoader(TensorDataset(images, dataset.targets), batch_size=64)
    data = data_of(export_page(build_model(), loader))
    assert torch.equal(pixels(data), dataset.data)
    prepared = (pixels(data) / 255 - data["mean"]) / data["std"]
    assert torch.allclose(prepared.flatten(), images.flatten(), atol=0.001)


SOME = torch.arange(10 * 784).reshape(10, 28, 28).remainder(251).byte()


@pytest.mark.parametrize(
    "images",
    [
        torch.rand(20, 1, 28, 28),  # between the 256 values
        torch.zeros(20, 3, 28, 28),
        torch.cat([SOME.div(255)[:, None], normalise(SOME)]),  # prepared in two ways,
    ],
)
def test_images_it_cannot_show(images):
    """Images that are no grey values, or not all prepared alike, are refused."""
    loader = DataLoader(TensorDataset(images, torch.zeros(20).long()))
    model = nn.Sequential(nn.Flatten(), nn.Linear(images[0].numel(), 10))
    with pytest.raises(ValueError, match="must give images of 28 x 28 grey values, 0 to 255, all"):
        export_page(model, loader)


def test_part_of_a_set(dataset):
    """With a subset, the page has its images, and an index is one of the subset."""
    loader = DataLoader(Subset(dataset, range(50, 62)), batch_size=5)
    data = data_of(export_page(build_model(), loader))
    assert data["indices"] == list(range(12))
    assert torch.equal(pixels(data), dataset.data[50:62])


@pytest.mark.parametrize(("weight", "kind"), [(0.5, "float16"), (1e5, "float32")])
def test_weights(weight, kind, loader):
    """Weights are halved where the answers stay the same, and kept where half is too coarse."""
    model = build_model()
    nn.init.constant_(model[1].weight[0].data, weight)
    layers = data_of(export_page(model, loader))["layers"]
    assert [layer["kind"] for layer in layers] == ["linear", "relu", "linear", "relu", "linear"]
    for layer, described in zip(model[1::2], layers[::2], strict=True):
        assert described["weight"].keys() == described["bias"].keys() == {kind}
        got, exact = numbers(described["weight"]), layer.weight.flatten()
        assert torch.allclose(got, exact, rtol=0.0005, atol=1e-7)
        assert torch.equal(got, exact) == (kind == "float32")


@pytest.mark.parametrize("biases", [(1, 1.0001), (1000.3, 1000)])
def test_one_answer_that_half_precision_would_change(biases, loader):
    """It keeps 32 bits for an image on the edge between two classes, or for its probabilities."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    with torch.no_grad():
        for values in model.parameters():
            values.zero_()
        # halved, the first two are the same, the others 0.5 apart
        model[1].bias[:2] = torch.tensor(biases)
    assert "float32" in data_of(export_page(model, loader))["layers"][0]["bias"]


def test_batch_norm(loader):
    """Its numbers are those of eval mode, with its eps, and stay exact."""
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784, eps=3), nn.Linear(784, 10))
    scale, linear = data_of(export_page(model, loader))["layers"]
    assert torch.equal(numbers(scale["weight"]), torch.full((784,), 0.5))
    assert scale["weight"].keys() == {"float32"}
    assert linear["weight"].keys() == {"float16"}


def test_what_it_says_of_the_network(loader):
    """All parameters count, also frozen ones; so do the right answers to these images."""
    model = build_model().requires_grad_(False)
    path = export_page(model, loader, images=150)
    right = model(loader.dataset.images[:150]).argmax(1) == loader.dataset.targets[:150]
    said = f"It has 109,386 parameters, and gets {right.sum()} of these 150 test images right."
    assert said in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_stopped_export(error, loader, tmp_path, monkeypatch):
    """Whatever stops the writing, an earlier page stays, and nothing beside it."""

    def stop(*arguments):
        raise error

    path, model = tmp_path / "ä page.html", build_model()
    path.write_text("earlier")
    monkeypatch.setattr("fmnist_lib.widgets.page._page", stop)
    with pytest.raises(error):
        export_page(model, loader, path)
    assert path.read_text() == "earlier"
    assert [*tmp_path.iterdir()] == [path]
    assert model.training


def conv(**options):
    """Return a convolution."""
    return nn.Conv2d(1, 2, 3, **options)


REFUSED = {
    "another layer": (nn.Sequential(build_model(), nn.Tanh()), r"model\[1\] is Tanh"),
    "a deep one": (
        nn.Sequential(nn.Sequential(nn.Tanh()), build_model()),
        r"model\[0\]\[0\] is Tanh",
    ),
    "no Sequential": (nn.Linear(28, 10), "gets|must give"),
    "own class": (type("Net", (nn.Sequential,), {})(*build_model()), "model is Net, but a page"),
    "dilation": (nn.Sequential(conv(dilation=2), nn.Flatten(), nn.LazyLinear(10)), "its dilation"),
    "groups": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, 3, groups=2), nn.Flatten(), nn.LazyLinear(10)
        ),
        r"model\[1\] is Conv2d.*its groups must be 1",
    ),
    "padding": (
        nn.Sequential(conv(padding=1, padding_mode="reflect"), nn.Flatten(), nn.LazyLinear(10)),
        "its padding_mode must be 'zeros'",
    ),
    "statistics": (
        nn.Sequential(nn.BatchNorm2d(1, track_running_stats=False), build_model()),
        "its track_running_stats must be True",
    ),
    "rows": (
        nn.Sequential(nn.Linear(28, 28), build_model()),
        r"model\[0\] is Linear.*one image, \(1, 28, 28\), into \(1, 28, 28\)",
    ),
    "half flat": (
        nn.Sequential(nn.Flatten(2), nn.Flatten(), nn.Linear(784, 10)),
        r"model\[0\] is Flatten.*one image, \(1, 28, 28\), into \(1, 784\)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_models(name, loader, tmp_path):
    """A layer that the page can't compute is named, with what is allowed; no file is written."""
    model, message = REFUSED[name]
    with pytest.raises(ValueError, match=message) as caught:
        export_page(model, loader)
    if name != "no Sequential":
        assert "A page can compute a Sequential of Flatten, Linear, ReLU, Conv2d" in str(
            caught.value
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": "net"}, TypeError, "model must be a torch.nn.Module, got 'net'"),
        ({"test_loader": [1]}, TypeError, "test_loader must be a torch.utils.data.DataLoader"),
        ({"path": b"a.html"}, TypeError, "path must be a path"),
        (
            {"path": "no/a.html"},
            OSError,
            "the page cannot be written .*name another file with path=",
        ),
        ({"images": 0}, ValueError, "images must be 1 or more, got 0"),
        ({"images": 2.5}, TypeError, "images must be an integer, got 2.5"),
    ],
)
def test_wrong_arguments(change, error, message, loader, tmp_path):
    """The message names the argument; no file is written."""
    arguments = {"model": build_model(), "test_loader": loader, "path": "a.html"} | change
    with pytest.raises(error, match=message):
        export_page(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_nan(loader):
    """A model whose answers are NaN is refused."""
    model = build_model()
    nn.init.constant_(model[1].weight, torch.nan)
    with pytest.raises(FloatingPointError, match="NaN"):
        export_page(model, loader)


def test_size():
    """A page of 1,000 images that can't be compressed and the lessons' network is below 1.5 MB."""
    data = torch.randint(0, 256, (1000, 28, 28), dtype=torch.uint8)
    loader = DataLoader(FashionDataset(data, torch.arange(1000) % 10, "fashion-mnist"), 64)
    assert export_page(build_model(), loader).stat().st_size < 1_500_000


def test_nothing_comes_from_elsewhere(loader):
    """There is no address in the page; its policy allows one script and one style."""
    text = export_page(build_model(), loader).read_text(encoding="utf-8")
    assert "://" not in text
    assert "@import" not in text
    assert '<html lang="en">' in text
    assert "<title>My network</title>" in text
    assert "<noscript><p>It needs JavaScript" in text
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules.pop("img-src") == "data:"
    assert {rules.pop("base-uri"), rules.pop("form-action")} == {"'none'"}
    assert rules.keys() == {"script-src", "style-src"}
    assert all(re.fullmatch(r"'sha256-[\w+/]{43}='", rule) for rule in rules.values())


def test_sketches_are_marked(dataset):
    """A page says so when its images are sketches, and only then."""
    for source, marked in (("sketches", True), ("fashion-mnist", False)):
        dataset.source = source
        path = export_page(build_model(), DataLoader(dataset, 64))
        text = path.read_text(encoding="utf-8")
        assert ("These images are sketches, not Fashion-MNIST." in text) == marked
        assert data_of(path)["mark"] == "sketches, not Fashion-MNIST" * marked
