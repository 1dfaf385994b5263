"""One image: the model's answer to it, and its picture."""

import errno
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from helpers import Fixed
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, Subset, TensorDataset

from fmnist_lib import CLASS_NAMES, build_model, predict_label, visualize_image
from fmnist_lib.prediction import compute_logits, grey_image, top_k, true_label

BAD_INDICES = [
    (-1, IndexError, "index -1 is out of range; allowed: 0 to 199"),
    (200, IndexError, "index 200 is out of range"),
    (1.5, TypeError, r"index must be an integer, got 1.5 \(float\)"),
    (True, TypeError, r"index must be an integer, got True \(bool\)"),
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
        (torch.zeros(5, 32, 32), ValueError, r"test_images must hold .*got Tensor \(32, 32\)"),
        (torch.zeros(5, 3, 28, 28), ValueError, r"got Tensor \(3, 28, 28\)"),
        (torch.zeros(28, 28), ValueError, r"got Tensor \(28,\)"),
        (torch.zeros(5, 28, 28, dtype=torch.uint8), TypeError, "floating point.*uint8"),
        (torch.full((5, 28, 28), float("nan")), ValueError, "must be finite, image 1 holds NaN"),
        (torch.full((5, 28, 28), float("inf")), ValueError, "must be finite, image 1"),
        (np.zeros((5, 28, 28), np.float32), TypeError, "DataLoader or a tensor.*got ndarray"),
        ("images", TypeError, "test_images must be .*got str"),
        (torch.zeros(0, 28, 28), IndexError, "there are no images"),
    ],
    ids=str,
)
def test_bad_images(images, error, message):
    """The message names test_images, what came and what is allowed."""
    with pytest.raises(error, match=message):
        predict_label(build_model(), images, 1)


class Stream(IterableDataset):
    def __iter__(self):
        yield torch.zeros(1, 28, 28), 0


@pytest.mark.parametrize(
    ("dataset", "error", "message"),
    [
        (Stream(), TypeError, "a map-style torch.utils.data.DataLoader"),
        (TensorDataset(torch.zeros(3, 28, 28)), TypeError, r"pairs \(image, label\), got tuple"),
        ([("cat", 1)] * 3, ValueError, "test_images must hold images .*got str"),
        ([(torch.zeros(3, 32, 32), 1)] * 3, ValueError, r"28 x 28 .*got Tensor \(3, 32, 32\)"),
    ],
    ids=["iterable", "no labels", "no tensor", "wrong shape"],
)
def test_bad_loader(dataset, error, message):
    """A loader without an order, or of something else, is refused with the reason."""
    with pytest.raises(error, match=message):
        predict_label(build_model(), DataLoader(dataset), 1)


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


def test_grey_values_through_subsets(dataset):
    """Subsets of subsets give the original grey values, too."""
    loader = DataLoader(Subset(Subset(dataset, range(100, 200)), [5, 7]))
    assert np.array_equal(grey_image(loader, 1), dataset.data[107].numpy())
    assert true_label(loader, 1) == dataset.targets[107]


GREY = np.arange(28 * 28).reshape(28, 28).astype(np.uint8)  # 0 to 255, again and again


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (torch.from_numpy(GREY), GREY),
        (torch.from_numpy(GREY) / 255, GREY),
        ((torch.from_numpy(GREY) / 255 - 0.286) / 0.353, GREY),
        (torch.full((28, 28), 7.0), np.zeros((28, 28))),
        (Image.fromarray(GREY), GREY),
    ],
    ids=["uint8", "0 to 1", "normalised", "flat", "PIL"],
)
def test_grey_values_of_foreign_images(image, expected):
    """uint8 stays, 0..1 is taken as it is, other ranges are stretched, without a division by 0."""
    loader = DataLoader([(torch.zeros(28, 28), 0), (image, 0)])
    assert grey_image(loader, 1).dtype == np.uint8
    assert np.array_equal(grey_image(loader, 1), expected)


@pytest.mark.parametrize(
    ("loader", "error", "message"),
    [
        (DataLoader([(torch.zeros(3, 28, 28), 0)]), ValueError, r"28 x 28 .*\(3, 28, 28\)"),
        (DataLoader([(torch.full((28, 28), float("nan")), 0)]), ValueError, "image 0 is not"),
        (DataLoader([(torch.zeros(28, 28), 10)]), ValueError, "labels 0 to 9, image 0 has 10"),
        (torch.zeros(3, 28, 28), TypeError, "data_loader must be a map-style .*got Tensor"),
    ],
    ids=["colours", "NaN", "label", "no labels"],
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
