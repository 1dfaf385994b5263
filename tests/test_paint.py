"""The canvas in a notebook, driven without a browser: what the kernel's side does."""

import sys

import numpy as np
import pytest
import torch
from helpers import freed_with_its_panel
from test_explorer import Reader, printed
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from fmnist_lib import CLASS_NAMES, build_model, predict_label, train_model
from fmnist_lib.data import normalise
from fmnist_lib.widgets.paint import paint

pytest.importorskip("anywidget")


def stroke(painting, grey):
    """Put pixels on the canvas as the browser does it, and return what it gets back."""
    painting._canvas.set_state({"pixels": memoryview(bytes(grey.flatten().tolist()))})
    return painting._canvas.answer


@pytest.fixture
def grey():
    """Return an image as one might paint it, uint8 (28, 28)."""
    image = torch.zeros(28, 28, dtype=torch.uint8)
    image[4:20, 9:18] = 255
    image[6:9, 2:9] = 120
    return image


def test_says_what_predict_label_prints(grey, capsys):
    """The answer to a stroke has the lines that predict_label prints, and their shares."""
    model = build_model()
    painting = paint(model)
    for image in (grey, grey.T.contiguous(), torch.zeros_like(grey)):
        answer = stroke(painting, image)
        lines = printed(capsys, predict_label, model, painting.images, 0)
        assert answer["top"] == painting.top == lines
        assert lines == printed(capsys, predict_label, model, normalise(image[None]), 0)
        shares = dict(zip(CLASS_NAMES, answer["shares"], strict=True))
        ranking = sorted(shares, key=shares.get, reverse=True)[:3]
        assert lines == [f"{name}: {shares[name]:.2%}" for name in ranking]


def test_image_out_and_in(grey):
    """The pixels come out as grey values, and ready for a model; others can be put there."""
    painting = paint(build_model())
    assert torch.equal(painting.image, torch.zeros(28, 28, dtype=torch.uint8))
    stroke(painting, grey)
    assert torch.equal(painting.image, grey)
    assert painting.image.dtype == torch.uint8
    assert torch.equal(painting.images, normalise(grey[None]))
    before = painting.top
    painting.image = grey.flip(0)
    assert painting._canvas.pixels == bytes(grey.flip(0).flatten().tolist())
    assert painting.top != before
    painting.image.zero_()  # a copy
    assert torch.equal(painting.image, grey.flip(0))


def test_array_in(grey):
    """An array of grey values is taken, too: a photograph's image, or what NumPy makes of one."""
    painting = paint(build_model())
    painting.image = grey.numpy()[::-1]
    assert torch.equal(painting.image, grey.flip(0))


@pytest.mark.parametrize(
    "image", [torch.zeros(28, 28), np.zeros((28, 28)), torch.zeros(1, 28, 28).byte(), "coat"]
)
def test_wrong_image(image):
    """Anything but grey values is refused."""
    with pytest.raises(ValueError, match=r"image must be uint8, \(28, 28\), got "):
        paint(build_model()).image = image


def test_start_from_any_image(dataset, loader, capsys):
    """It starts from an image of the loader, from code and from the page, and says the same."""
    dataset.classes, dataset.source = [f"kind {i}" for i in range(10)], "sketches"
    model = build_model()
    painting = paint(model, loader)
    assert painting._canvas.data["names"] == dataset.classes
    assert painting._canvas.data["count"] == 200
    assert painting._canvas.data["mark"] == "sketches, not Fashion-MNIST"
    for start in (
        painting.start,
        lambda index: painting._canvas._handle_custom_msg({"start": index}, []),
    ):
        for index in (12, 199):
            start(index)
            painting._canvas._handle_custom_msg({}, [])  # which the page says to be heard
            assert torch.equal(painting.image, dataset.data[index])
            assert painting.top == printed(capsys, predict_label, model, loader, index)


@pytest.mark.parametrize("change", [lambda x: x / 4, lambda x: x.flatten(1), lambda x: x[:, 0]])
def test_loaders_of_others(change, dataset, loader, grey, capsys):
    """Pixels are prepared as the loader prepares them: its scale, its shape."""
    dataset.data[63, 0, :2] = torch.tensor([0, 255])  # one image alone doesn't tell the scale
    images = change(normalise(dataset.data))
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    mine = DataLoader(TensorDataset(images, dataset.targets), 64)
    train_model(model, mine, nn.CrossEntropyLoss(), 1)
    painting = paint(model, mine)
    painting.start(7)
    assert torch.equal(painting.image, dataset.data[7])
    assert painting.top == printed(capsys, predict_label, model, mine, 7)
    stroke(painting, grey)
    assert painting.images.shape == (1, *images.shape[1:])
    assert torch.allclose(painting.images, change(normalise(grey[None])), atol=1e-4)


@pytest.mark.parametrize("kind", [torch.float16, torch.float64])
def test_loader_of_another_precision(kind, dataset, grey, capsys):
    """What is painted has the precision of the loader's images, which is the model's."""
    model = build_model().to(kind)
    mine = DataLoader(TensorDataset(normalise(dataset.data).to(kind), dataset.targets), 64)
    painting = paint(model, mine)
    stroke(painting, grey)
    assert painting.images.dtype == kind
    painting.start(7)
    assert painting.top == printed(capsys, predict_label, model, mine, 7)


def test_wrong_start(loader):
    """Without a loader there is no image to start from, and none beyond its end."""
    with pytest.raises(
        TypeError, match="data_loader must be a torch.utils.data.DataLoader, got No"
    ):
        paint(build_model()).start(1)
    with pytest.raises(IndexError, match="index 200 is out of range; allowed: 0 to 199"):
        paint(build_model(), loader).start(200)


class Stream(IterableDataset):
    def __iter__(self):
        return iter([])


@pytest.mark.parametrize(
    ("model", "data", "error", "message"),
    [
        ("net", None, TypeError, "model must be a torch.nn.Module, got 'net'"),
        (nn.Linear(28, 9), None, ValueError, "model must give floating-point logits"),
        (build_model(), [1], TypeError, "data_loader must be a torch.utils.data.DataLoader"),
        (build_model(), DataLoader(Stream()), TypeError, "a stream, where no image has an index"),
        (build_model(), DataLoader([]), IndexError, "none, there are no images"),
        (
            build_model(),
            DataLoader(TensorDataset(torch.rand(9, 1, 28, 28), torch.zeros(9).long())),
            ValueError,
            "data_loader must give images of 28 x 28 grey values",
        ),
    ],
)
def test_wrong_arguments(model, data, error, message):
    """A wrong argument is told at once."""
    with pytest.raises(error, match=message):
        paint(model, data)


def test_error_is_shown(grey):
    """Where the model fails, the canvas says why, and the next good answer replaces it."""
    model = build_model()
    painting = paint(model)
    weights = model[1].weight.data.clone()
    nn.init.constant_(model[1].weight, torch.nan)
    with pytest.raises(FloatingPointError):
        stroke(painting, grey)
    assert painting._canvas.answer["error"].startswith("FloatingPointError: the model gives no")
    model[1].weight.data = weights
    assert stroke(painting, grey.flip(0))["top"] == painting.top


def test_without_a_kernel():
    """Beside the widget stands a text, for an export; a closed one is that text alone."""
    painting = paint(Reader())
    bundle = painting._repr_mimebundle_()
    assert painting.top[0] in bundle["text/html"]  # for an export, where no kernel runs
    assert bundle["text/plain"] == repr(painting) == f"Painting({', '.join(painting.top)})"
    assert "application/vnd.jupyter.widget-view+json" in bundle
    painting.close()
    assert painting._repr_mimebundle_() == {"text/plain": repr(painting)}


def test_it_is_freed(loader):
    """close(), or the end of the last variable, frees the model; one on show stays."""
    freed_with_its_panel(build_model, lambda model: paint(model, loader))


def test_without_anywidget(monkeypatch):
    """Where anywidget is missing, one is told how to get it."""
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match="paint needs anywidget: `pip install anywidget`"):
        paint(build_model())
