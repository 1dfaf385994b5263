"""One image: what the model says about it, and its picture."""

import errno

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, Subset, TensorDataset

from fmnist_lib import CLASS_NAMES, build_model, predict_label, visualize_image
from fmnist_lib.data import FashionDataset
from fmnist_lib.prediction import grey_image, select_image, top_k, true_label

BAD_INDICES = [
    (-1, IndexError, "index -1 is out of range; allowed: 0 to 199"),
    (200, IndexError, "index 200 is out of range"),
    (1.5, TypeError, r"index must be an integer, got 1.5 \(float\)"),
    (True, TypeError, r"index must be an integer, got True \(bool\)"),
    ("3", TypeError, r"index must be an integer, got '3' \(str\)"),
    (None, TypeError, "index must be an integer, got None"),
]


class Says(nn.Module):
    """Gives the same ten log-probabilities for every image."""

    def forward(self, images):
        return (
            torch.tensor([0.0123, 0, 0.9245, 0, 0.0, 0, 0.062, 0, 0.0012, 0])
            .log()
            .repeat(len(images), 1)
        )


def test_prints_the_top_three(loader, capsys):
    """Three lines, largest first, two decimals, and None returned."""
    assert predict_label(Says(), loader, 1) is None
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


def test_loader_and_tensor_say_the_same(loader, capsys):
    """A loader, (N, 1, 28, 28) and (N, 28, 28) mean the same image."""
    model, images = build_model(), loader.dataset.images
    for source in (loader, images, images.squeeze(1)):
        predict_label(model, source, np.int64(5))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == lines[3:6] == lines[6:]


def test_index_counts_in_the_datasets_order(dataset, capsys, tmp_path):
    """A shuffling loader does not change which image an index means."""
    model = build_model()
    for shuffle in (False, True):
        loader = DataLoader(dataset, batch_size=7, shuffle=shuffle)
        predict_label(model, loader, 3)
        visualize_image(loader, 3, path=tmp_path / f"{shuffle}.png")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == lines[4:]
    assert (tmp_path / "True.png").read_bytes() == (tmp_path / "False.png").read_bytes()


@pytest.mark.parametrize("training", [True, False])
def test_mode_is_left_and_eval_is_used(training, loader, capsys):
    """Dropout does not act in a prediction, and the model comes back in its own mode."""
    model = nn.Sequential(build_model(), nn.Dropout(0.9)).train(training)
    for _ in range(2):
        predict_label(model, loader, 0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == lines[3:]
    assert all(module.training is training for module in model.modules())


@pytest.mark.parametrize(("index", "error", "message"), BAD_INDICES)
def test_bad_index(index, error, message, loader, tmp_path):
    """A bad index is named, with what is allowed; no picture is written."""
    with pytest.raises(error, match=message):
        predict_label(build_model(), loader, index)
    with pytest.raises(error, match=message):
        predict_label(build_model(), loader.dataset.images, index)
    with pytest.raises(error, match=message):
        visualize_image(loader, index, path=tmp_path / "image.png")
    assert list(tmp_path.iterdir()) == []


def test_no_images_at_all():
    """An empty dataset has no index at all."""
    with pytest.raises(IndexError, match="there are no images"):
        predict_label(build_model(), torch.zeros(0, 28, 28), 0)


@pytest.mark.parametrize(
    ("images", "error", "message"),
    [
        (torch.zeros(5, 32, 32), ValueError, r"test_images must have shape .*got \(5, 32, 32\)"),
        (torch.zeros(5, 3, 28, 28), ValueError, r"got \(5, 3, 28, 28\)"),
        (torch.zeros(28, 28), ValueError, r"got \(28, 28\)"),
        (torch.zeros(5, 28, 28, dtype=torch.uint8), TypeError, "floating-point.*uint8"),
        (torch.full((5, 28, 28), float("nan")), ValueError, "must be finite, image 1 holds NaN"),
        (torch.full((5, 28, 28), float("inf")), ValueError, "must be finite, image 1"),
        (np.zeros((5, 28, 28), np.float32), TypeError, "DataLoader or a tensor.*got ndarray"),
        ("images", TypeError, "test_images must be .*got str"),
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
        ([("cat", 1)] * 3, TypeError, "test_images must hold tensors, got str"),
        ([(torch.zeros(3, 32, 32), 1)] * 3, ValueError, r"28 x 28 pixels, got shape \(3, 32, 32\)"),
    ],
    ids=["iterable", "no labels", "no tensor", "wrong shape"],
)
def test_bad_loader(dataset, error, message):
    """A loader without an order, or of something else, is refused with the reason."""
    with pytest.raises(error, match=message):
        predict_label(build_model(), DataLoader(dataset), 1)


def test_bad_model(loader):
    """Logits of the wrong width, NaN logits and no model at all are named."""
    narrow = nn.Sequential(nn.Flatten(), nn.Linear(784, 7))
    with pytest.raises(ValueError, match=r"logits of shape \(1, 10\), got \(1, 7\)"):
        predict_label(narrow, loader, 0)
    broken = build_model()
    nn.init.constant_(broken[5].bias, float("nan"))
    with pytest.raises(FloatingPointError, match="no probabilities"):
        predict_label(broken, loader, 0)
    with pytest.raises(TypeError, match=r"model must be a torch.nn.Module, got None"):
        predict_label(None, loader, 0)


@pytest.mark.parametrize(
    ("k", "error"), [(0, ValueError), (11, ValueError), (1.0, TypeError), (True, TypeError)]
)
def test_bad_k(k, error):
    """The number of labels, k, is a whole number, 1 to 10."""
    with pytest.raises(error, match="k must be"):
        top_k(torch.zeros(10), k)


def test_ties_are_ranked_as_by_argmax():
    """Of equal probabilities, the lower label comes first: no second answer to one question."""
    assert [name for name, _ in top_k(torch.zeros(10))] == ["T-shirt", "Trouser", "Pullover"]


def test_top_k_of_a_batch_is_refused():
    """Logits are those of one image."""
    with pytest.raises(ValueError, match=r"logits must have shape \(10,\), got \(2, 10\)"):
        top_k(torch.zeros(2, 10))


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
    subset = Subset(Subset(dataset, range(100, 200)), [5, 7])
    grey = grey_image(DataLoader(subset), 1)
    assert np.array_equal(grey, dataset.data[107].numpy())
    assert true_label(DataLoader(subset), 1) == dataset.targets[107]


@pytest.mark.parametrize(
    ("scale", "shift"), [(1, 0), (1 / 255, 0), (1 / 255 / 0.353, -0.286 / 0.353)]
)
def test_grey_values_of_foreign_images(scale, shift, dataset):
    """0..1 is taken as it is, other ranges are stretched, uint8 stays."""
    grey = dataset.data[:4].clone()
    grey[:, 0, 0], grey[:, 0, 1] = 0, 255
    images = grey if scale == 1 else grey.float() * scale + shift
    loader = DataLoader(TensorDataset(images, torch.zeros(4).long()))
    assert np.array_equal(grey_image(loader, 2), grey[2].numpy())


def test_grey_values_of_a_flat_image():
    """An image of one value out of range does not divide by zero."""
    loader = DataLoader([(torch.full((28, 28), 7.0), 0)])
    assert np.array_equal(grey_image(loader, 0), np.zeros((28, 28), np.uint8))


def test_grey_values_of_pil_images(dataset):
    """A dataset of PIL images, torchvision's without a transform, can be looked at, too."""
    grey = dataset.data[0].numpy()
    assert np.array_equal(grey_image(DataLoader([(Image.fromarray(grey), 4)]), 0), grey)


@pytest.mark.parametrize(
    ("image", "label", "message"),
    [
        (torch.zeros(3, 28, 28), 0, r"28 x 28 pixels, got shape \(3, 28, 28\)"),
        (torch.full((28, 28), float("nan")), 0, "finite images, image 0 does not"),
        (torch.zeros(28, 28), 10, "labels 0 to 9, image 0 has 10"),
    ],
)
def test_what_cannot_be_shown(image, label, message, tmp_path):
    """Bad images and labels are named, and no file is left."""
    with pytest.raises(ValueError, match=message):
        visualize_image(DataLoader([(image, label)]), 0, path=tmp_path / "image.png")
    assert list(tmp_path.iterdir()) == []


def test_visualize_wants_a_loader():
    """A tensor has no labels to tell."""
    with pytest.raises(TypeError, match="data_loader must be a map-style .*got Tensor"):
        visualize_image(torch.zeros(3, 28, 28), 0)


def test_failed_write_leaves_the_earlier_picture(loader, tmp_path, monkeypatch):
    """When the disk fills up half way, the earlier image.png is untouched, nothing else is left."""
    path = tmp_path / "image.png"
    visualize_image(loader, 0, path=path)
    before = path.read_bytes()

    def full_disk(self, file, **kwargs):
        file.write(b"\x89PNG half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full_disk)
    with pytest.raises(OSError, match="No space left on device.*image.png'"):
        visualize_image(loader, 1, path=path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["image.png"]


def test_target_that_cannot_be_written(loader, tmp_path, capsys):
    """A folder in the place of the file, or no folder at all, is an OSError that names it."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError, match="cannot be written.*with path=.*folder'"):
        visualize_image(loader, 0, path=tmp_path / "folder")
    with pytest.raises(FileNotFoundError, match="cannot be written.*nowhere/image.png'"):
        visualize_image(loader, 0, path=tmp_path / "nowhere" / "image.png")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]
    assert list((tmp_path / "folder").iterdir()) == []
    assert capsys.readouterr().out == ""


def test_select_image_of_a_dataset(dataset):
    """What goes into the model is the normalised image of that index."""
    assert torch.equal(select_image(DataLoader(dataset), 9), dataset.images[9:10])
    assert isinstance(dataset, FashionDataset)
