"""One image: the model's answer to it, and its picture."""

import errno
import io
import re
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from helpers import Fixed
from PIL import Image
from torch import nn
from torch.utils.data import (
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
)

from fmnist_lib import CLASS_NAMES, build_model, predict_label, visualize_image
from fmnist_lib.prediction import compute_logits, picture_of, pixels_of, png, top_k

BAD_INDICES = [
    (-1, IndexError, "index -1 is out of range; allowed: 0 to 199"),
    (200, IndexError, "index 200 is out of range"),
    (1.5, TypeError, r"index must be an integer, got 1.5 \(float\)"),
    (True, TypeError, r"index must be an integer, got True \(bool\)"),
    (torch.tensor(True), TypeError, r"index must be an integer, got tensor\(True\) \(Tensor\)"),
    ("3", TypeError, r"index must be an integer, got '3' \(str\)"),
    (None, TypeError, "index must be an integer, got None"),
]


def test_prints_the_top_three(loader, capsys):
    """Three lines, largest first, two decimals, and None returned."""
    logits = torch.tensor([0.0123, 0, 0.9245, 0, 0, 0, 0.062, 0, 0.0012, 0]).log()
    assert predict_label(Fixed(logits), loader, 1) is None
    assert capsys.readouterr().out == "Pullover: 92.45%\nShirt: 6.20%\nT-shirt: 1.23%\n"


def test_probabilities_are_those_of_numpy(loader, capsys):
    """The percentages are the softmax over the ten classes, computed independently."""
    model = build_model()
    image = loader.dataset.images[17:18]
    logits = model(image).detach().double().numpy()[0]
    p = np.exp(logits) / np.exp(logits).sum()
    expected = [f"{CLASS_NAMES[i]}: {100 * p[i]:.2f}%" for i in np.argsort(-p)[:3]]
    predict_label(model, loader, 17)
    assert capsys.readouterr().out.splitlines() == expected


def test_index_counts_in_the_datasets_order(dataset, capsys, tmp_path):
    """Loaders, shuffling or not, (N, 1, 28, 28) and (N, 28, 28) mean the same image."""
    model = build_model()
    loaders = [DataLoader(dataset, batch_size=7, shuffle=shuffle) for shuffle in (False, True)]
    predictions, pictures = set(), set()
    for source in (*loaders, dataset.images, dataset.images.squeeze(1)):
        predict_label(model, source, np.int64(3))
        predictions.add(capsys.readouterr().out)
    for loader in loaders:
        visualize_image(loader, 3, path=tmp_path / "image.png")
        pictures.add((capsys.readouterr().out, (tmp_path / "image.png").read_bytes()))
    assert len(predictions) == len(pictures) == 1


@pytest.mark.parametrize(("index", "error", "message"), BAD_INDICES)
def test_bad_index(index, error, message, loader, tmp_path):
    """A bad index is named, with what is allowed; no picture is written."""
    for images in (loader, loader.dataset.images):
        with pytest.raises(error, match=message):
            predict_label(build_model(), images, index)
    with pytest.raises(error, match=message):
        visualize_image(loader, index, path=tmp_path / "image.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (torch.zeros(5, 28, 28, dtype=torch.uint8), TypeError, "test_images .*floating.*uint8"),
        (torch.full((5, 28, 28), float("nan")), ValueError, "test_images .* image 1 has NaN"),
        (
            torch.full((5, 28, 28), float("inf")),
            ValueError,
            "test_images .* image 1 has NaN or inf",
        ),
        (torch.zeros(5), ValueError, "test_images must give one image or more"),
        (np.zeros((5, 28, 28), np.float32), TypeError, "must be .* or a tensor .*got ndarray"),
        (torch.zeros(28, 28), TypeError, r"a tensor of images, \(N, .*got Tensor \(28, 28\)"),
        ("images", TypeError, "test_images must be .*got str"),
        (torch.zeros(0, 28, 28), IndexError, "there are no images"),
        (torch.tensor(1.0), IndexError, "there are no images"),
        (
            DataLoader(TensorDataset(torch.zeros(3, 784))),
            TypeError,
            "pairs .images, labels., got list",
        ),
        (DataLoader([("cat", 1)] * 3), TypeError, "test_images must give images .*got tuple"),
    ],
    ids=["uint8", "NaN", "inf", "1-d", "array", "one", "text", "none", "0-d", "no labels", "words"],
)
def test_bad_images(images, error, message):
    """The message names test_images, what came and what is allowed."""
    with pytest.raises(error, match=message):
        predict_label(build_model(), images, 1)


def test_images_that_the_model_does_not_take():
    """PyTorch's own words stay, with a note on what it got."""
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes") as caught:
        predict_label(build_model(), torch.zeros(5, 3, 28, 28), 1)
    [note] = caught.value.__notes__
    assert note == "It was batch 0 of test_images, images Tensor (1, 3, 28, 28) torch.float32."


class Stream(IterableDataset):
    def __iter__(self):
        yield torch.zeros(1, 28, 28), 0


def test_bad_model(loader):
    """Logits of the wrong width, NaN logits and no model at all are named."""
    with pytest.raises(ValueError, match=r"logits of shape \(1, 10\), got Tensor \(1, 7\)"):
        predict_label(Fixed(torch.zeros(7)), loader, 0)
    with pytest.raises(FloatingPointError, match="no probabilities"):
        predict_label(Fixed(torch.full((10,), float("nan"))), loader, 0)
    with pytest.raises(TypeError, match=r"model must be a torch.nn.Module, got None"):
        predict_label(None, loader, 0)


@pytest.mark.parametrize(
    ("shape", "k", "error", "message"),
    [
        ((10,), 0, ValueError, "k must be 1 to 10, got 0"),
        ((10,), 11, ValueError, "k must be 1 to 10, got 11"),
        ((10,), 1.0, TypeError, "k must be an integer"),
        ((10,), True, TypeError, "k must be an integer"),
        ((2, 10), 3, ValueError, r"logits must have shape \(10,\), got Tensor \(2, 10\)"),
    ],
)
def test_bad_top_k(shape, k, error, message):
    """Logits are those of one image, and k, the number of labels, is a whole number, 1 to 10."""
    with pytest.raises(error, match=message):
        top_k(torch.zeros(shape), k)


def test_ties_are_ranked_as_by_argmax():
    """Of equal probabilities, the lower label comes first: no second answer to one question."""
    assert [name for name, _ in top_k(torch.zeros(10))] == ["T-shirt", "Trouser", "Pullover"]


def test_picture(dataset, loader, capsys, tmp_path, monkeypatch):
    """image.png shows each grey value exactly, as a square of 10 x 10, and the label is said."""
    monkeypatch.chdir(tmp_path)
    assert visualize_image(loader, 3) is None
    label = CLASS_NAMES[int(dataset.targets[3])]
    assert capsys.readouterr().out == f"Ground Truth Label: {label}\n"
    with Image.open("image.png") as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (280, 280))
        pixels = np.asarray(picture)
    expected = np.kron(dataset.data[3].numpy(), np.ones((10, 10), np.uint8))
    assert np.array_equal(pixels, expected)
    assert [p.name for p in tmp_path.iterdir()] == ["image.png"]


def test_picture_through_subsets(dataset, capsys, tmp_path):
    """Subsets of joined subsets give the original grey values, too, and the right label."""
    joined = ConcatDataset([Subset(dataset, [3]), Subset(dataset, range(100, 200))])
    loader = DataLoader(Subset(joined, [0, 8]))
    assert np.array_equal(picture_of(loader, 1), dataset.data[107].numpy())
    visualize_image(loader, 1, path=tmp_path / "image.png")
    assert capsys.readouterr().out.split()[-1] == CLASS_NAMES[dataset.targets[107]]


@pytest.mark.parametrize("kind", [torch.tensor, np.array])
def test_what_the_user_gives_stays_as_it_was(kind, dataset, tmp_path):
    """An index, those of a Subset, and images given to a model that works in place are left."""
    joined = ConcatDataset([dataset, dataset])
    index, chosen = kind(250), torch.tensor([250])
    visualize_image(DataLoader(joined), index, path=tmp_path / "image.png")
    assert index == 250
    assert np.array_equal(picture_of(DataLoader(Subset(joined, chosen)), 0), dataset.data[50])
    assert chosen.tolist() == [250]
    images = dataset.images.clone()
    predict_label(nn.Sequential(nn.ReLU(inplace=True), build_model()), images, 1)
    assert torch.equal(images, dataset.images)


GREY = np.arange(28 * 28).reshape(28, 28).astype(np.uint8)  # 0 to 255, again and again
ONE = torch.from_numpy(GREY)[None]  # a batch
RED = torch.stack([ONE, ONE * 0, ONE * 0], dim=1)  # (1, 3, 28, 28)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (ONE / 255, GREY),
        (ONE.float(), GREY),
        ((ONE / 255 - 0.286) / 0.353, GREY),
        (ONE.unsqueeze(1) / 255, GREY),
        (ONE.unsqueeze(3) / 255, GREY),
        (ONE.flatten(1) / 255, GREY),
        (ONE / 510, GREY / 2),
        (torch.full((1, 28, 28), 7.5), np.zeros((28, 28))),
        (RED / 255, RED[0].movedim(0, 2)),
        (RED.movedim(1, 3) / 255, RED[0].movedim(0, 2)),
        (RED / 100 - 1, RED[0].movedim(0, 2)),
    ],
    ids=[
        *("0..1", "0..255", "normalised", "channel", "channel last", "flat"),
        *("dark", "constant", "colour", "colour last", "stretched"),
    ],
)
def test_pixels_without_an_original(image, expected):
    """0 to 1 are black to white, integers to 255 stay, all else is stretched."""
    pixels = pixels_of(image)
    assert pixels.dtype == np.uint8
    assert np.allclose(pixels, expected, atol=0.5)


DARK = torch.from_numpy(GREY // 4 + 20)  # no black, no white


@pytest.mark.parametrize(
    ("change", "original"),
    [
        (lambda x: x / 255, True),
        (lambda x: (x / 255 - 0.286) / 0.353, True),
        (lambda x: (x / 255).expand(1, 3, 28, 28) * torch.tensor([1, 2, 3.0]).view(3, 1, 1), True),
        (lambda x: x.flatten(1) / 255, True),
        (lambda x: x.half() / 255, True),
        (lambda x: x.flip(3) / 255, False),
        (lambda x: 1 - x / 255, False),
        (lambda x: nn.functional.pad(x[..., 4:, 4:], (4, 0, 4, 0)) / 255, False),
        (lambda x: x[..., 2:-2, 2:-2] / 255, False),
    ],
    ids=["scaled", "normalised", "channels", "flat", "half", "flip", "negative", "shift", "crop"],
)
def test_pixels_are_the_original_if_the_model_gets_a_shade_of_it(change, original):
    """Any scale and shift gives the original back; any other change shows."""
    pixels = pixels_of(change(DARK[None, None].float()), DARK)
    assert (pixels.shape == (28, 28) and np.array_equal(pixels, DARK.numpy())) is original


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (torch.zeros(1, 2, 28, 28), r"1 or 3 channels.*got Tensor \(2, 28, 28\)"),
        (torch.zeros(1, 50), r"flattened square, got Tensor \(50,\)"),
        (torch.zeros(1, 3, 4, 28, 28), "cannot be drawn"),
    ],
)
def test_no_image(image, message):
    """What is no image is refused with what would be one."""
    with pytest.raises(ValueError, match=message):
        pixels_of(image)


@pytest.mark.parametrize(
    ("shape", "size"), [((28, 28), 280), ((96, 96), 192), ((300, 300, 3), 300)]
)
def test_size_of_the_picture(shape, size):
    """Pixels are enlarged as far as 280 points allow, and never made smaller."""
    with Image.open(io.BytesIO(png(np.zeros(shape, np.uint8)))) as picture:
        assert picture.size == (size, size)


@pytest.mark.parametrize(
    ("loader", "error", "message"),
    [
        (DataLoader([(torch.full((28, 28), float("nan")), 0)]), ValueError, "image 0 has NaN"),
        (DataLoader([(torch.zeros(28, 28), 10)]), ValueError, "labels 0 to 9, got 10 to 10"),
        (DataLoader([(torch.zeros(28, 28), 3.7)]), TypeError, "integer label .*float64"),
        (DataLoader([(torch.zeros(28, 28), True)]), TypeError, "integer label .*bool"),
        (torch.zeros(3, 28, 28), TypeError, "data_loader must be a torch.*got Tensor"),
        (DataLoader(Stream()), TypeError, "data_loader is over an IterableDataset"),
        (None, TypeError, "data_loader must be a torch.*got NoneType"),
        (DataLoader(Dataset()), TypeError, "data_loader.dataset must have __len__, got Dataset"),
    ],
    ids=["NaN", "label", "fraction", "bool", "tensor", "stream", "nothing", "no length"],
)
def test_what_cannot_be_shown(loader, error, message, tmp_path):
    """Bad images and labels are named, and no file is left."""
    with pytest.raises(error, match=message):
        visualize_image(loader, 0, path=tmp_path / "image.png")
    assert list(tmp_path.iterdir()) == []


def test_failed_write_leaves_the_earlier_picture(loader, tmp_path, monkeypatch):
    """When the disk is full, the earlier image.png is untouched, and nothing else is left."""
    path = tmp_path / "image.png"
    visualize_image(loader, 0, path=path)
    before = path.read_bytes()
    full = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space left on device.*image.png'"):
        visualize_image(loader, 1, path=path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_target_that_cannot_be_written(loader, tmp_path, capsys):
    """A folder in the place of the file, or no folder at all, is an OSError that names it."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="cannot be written.*with path=.*folder'"):
        visualize_image(loader, 0, path=tmp_path / "folder")
    with pytest.raises(FileNotFoundError, match="cannot be written.*nowhere/image.png'"):
        visualize_image(loader, 0, path=tmp_path / "nowhere" / "image.png")
    assert list(tmp_path.rglob("*")) == [tmp_path / "folder"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("path", [None, 3, "", b"image.png", io.BytesIO()])
def test_no_path(path, loader):
    """What is no path is named, as the argument it is."""
    with pytest.raises(TypeError, match=f"^path must be a path, .*; got {re.escape(repr(path))}$"):
        visualize_image(loader, 0, path=path)


@pytest.mark.parametrize("training", [True, False])
def test_compute_logits(training, dataset):
    """Logits of any batch, without gradient, in eval mode; then each mode is as before."""
    model = nn.Sequential(build_model(), nn.Dropout(0.9)).train(training)
    logits = compute_logits(model, dataset.images)
    torch.testing.assert_close(logits, model[0](dataset.images).detach())
    assert not logits.requires_grad
    assert all(module.training is training for module in model.modules())
    with pytest.raises(RuntimeError, match="mat1 and mat2") as caught:
        compute_logits(model, torch.zeros(2, 5))
    assert caught.value.__notes__ == [
        "It was batch 0 of test_images, images Tensor (2, 5) torch.float32."
    ]
