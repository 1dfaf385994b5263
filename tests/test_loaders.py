"""Whatever loader a user brings, an index means one image to all functions, and a set stays whole.

The first three pixels of each image, 0, 255 and its number, tell which one the model got.
"""

import gzip
import re
from functools import partial

import numpy as np
import pytest
import torch
from helpers import idx, write
from PIL import Image
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.utils import data as tud
from torch.utils.data import DataLoader, Subset, TensorDataset, default_collate
from torchvision import transforms as v1
from torchvision.datasets import FashionMNIST, ImageFolder
from torchvision.transforms import v2

import fmnist_lib as lib
from fmnist_lib.data import MEAN, STD, FashionDataset, collate
from fmnist_lib.evaluation import evaluate
from fmnist_lib.prediction import compute_logits, picture_of, png, select_image

V1 = v1.Compose([v1.ToTensor(), v1.Normalize(0.5, 0.5)])
V2 = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])])


@pytest.fixture
def marked(dataset):
    """Return few images, each with its number in it."""
    dataset.data[:, 0, :3] = torch.tensor([[0, 255, i] for i in range(len(dataset))])
    return FashionDataset(dataset.data[:24], dataset.targets[:24], "fashion-mnist")


def numbers(images):
    """Return the numbers that images carry, whatever shade of them these are."""
    black, white, number = images.flatten(1)[:, :3].double().T
    return (255 * (number - black) / (white - black)).round().int().tolist()


class Changed(tud.Dataset):
    """The samples of a dataset, changed; `data` is what a user calls so."""

    def __init__(self, dataset, change=tuple, data=None):
        self.dataset, self.change, self.data = dataset, change, data

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, i):
        return self.change(self.dataset[i])


class Stream(Changed, tud.IterableDataset):
    def __iter__(self):
        yield from self.dataset


class Normalising(DataLoader):
    def __iter__(self):
        return ((3 * images + 1, labels) for images, labels in super().__iter__())


def normalised(samples, change=lambda x: (x - 0.3) / 0.7):
    """Collate a batch and change its images, of 0 to 1."""
    images, labels = default_collate(samples)
    return change((images * STD + MEAN).clamp(0, 1)), labels


def fashion_mnist(d, folder, transform):
    """Return a loader of torchvision's own dataset, with its own names of the labels."""
    arrays = {"images-idx3": d.data, "labels-idx1": d.targets.byte()}
    files = {kind: gzip.decompress(idx(array.numpy())) for kind, array in arrays.items()}
    files = {f"{part}-{kind}-ubyte": files[kind] for part in ("train", "t10k") for kind in files}
    write(files, folder / "FashionMNIST" / "raw")
    return DataLoader(FashionMNIST(folder, False, transform), 7, shuffle=True)


def image_folder(pictures, labels, folder, transform):
    """Return a folder of pictures as a dataset, in the order of the labels."""
    for i, (picture, label) in enumerate(zip(pictures.numpy(), labels.tolist(), strict=True)):
        (folder / f"kind {label}").mkdir(exist_ok=True)
        Image.fromarray(picture).save(folder / f"kind {label}" / f"{i:02}.png")
    return ImageFolder(folder, transform)


def batches(d, generator=None):
    """Return a sampler of lists of indices, in a new order each time, some of them left out."""
    return tud.BatchSampler(tud.RandomSampler(d, generator=generator), 7, drop_last=True)


LOADERS = {
    "our collate": lambda d, f: DataLoader(d, 7, collate_fn=collate),
    "collate normalises": lambda d, f: DataLoader(d, 7, collate_fn=normalised),
    "dicts": lambda d, f: DataLoader(
        Changed(d, lambda s: {"x": s[0], "y": s[1]}),
        7,
        collate_fn=lambda s: list(default_collate(s).values()),
    ),
    "loader normalises": lambda d, f: Normalising(d, 7, shuffle=True),
    "generator": lambda d, f: DataLoader(d, 7, shuffle=True, generator=torch.Generator()),
    "drop last": lambda d, f: DataLoader(d, 7, shuffle=True, drop_last=True),
    "default collate": lambda d, f: DataLoader(d, 7, sampler=tud.SequentialSampler(d)),
    "random": lambda d, f: DataLoader(d, 7, sampler=tud.RandomSampler(d, num_samples=9)),
    "part": lambda d, f: DataLoader(d, 2, sampler=tud.SubsetRandomSampler([5, 23, 7])),
    "weighted": lambda d, f: DataLoader(d, 7, sampler=tud.WeightedRandomSampler(range(24), 3)),
    "batch sampler": lambda d, f: DataLoader(d, batch_sampler=batches(d, torch.Generator())),
    "lists": lambda d, f: DataLoader(TensorDataset(d.images, d.targets), None, sampler=batches(d)),
    "subset": lambda d, f: DataLoader(Subset(d, [9, 3, 11, 20]), 3, shuffle=True),
    "subset of a subset": lambda d, f: DataLoader(Subset(Subset(d, range(5, 20)), [7, 2, 1]), 2),
    "joined": lambda d, f: DataLoader(tud.ConcatDataset([Subset(d, [8, 4]), Subset(d, [1, 0])]), 3),
    "split": lambda d, f: DataLoader(tud.random_split(d, [0.5, 0.5])[1], 7, shuffle=True),
    "workers": lambda d, f: DataLoader(d, 7, shuffle=True, num_workers=2, collate_fn=normalised),
    "workers that stay": lambda d, f: DataLoader(d, 7, num_workers=1, persistent_workers=True),
    "uint8 labels": lambda d, f: DataLoader(TensorDataset(d.images, d.targets.byte()), 7),
    "int32 labels": lambda d, f: DataLoader(TensorDataset(d.images, d.targets.int()), 7),
    "torchvision v1": lambda d, f: fashion_mnist(d, f, V1),
    "torchvision v2": lambda d, f: fashion_mnist(d, f, V2),
    "folder": lambda d, f: DataLoader(image_folder(d.data, d.targets, f, V1), 7, shuffle=True),
}


def use(model, loader, capsys, folder):
    """Train and evaluate a model, and compare the other three functions on each image shown.

    Return the evaluation, and by index the model's probabilities and what the functions print.
    """

    def state():  # no answer may change it
        owners = loader, loader.sampler, loader.batch_sampler
        owners += (getattr(loader.batch_sampler, "sampler", None),)
        dice = [torch.default_generator, *(getattr(owner, "generator", None) for owner in owners)]
        modes = [module.training for module in model.modules()]
        return modes, [g.get_state().tolist() for g in dice if g]

    lib.train_model(model, loader, nn.CrossEntropyLoss(), 1)
    next(model.children()).eval()
    before, path, shown = state(), folder / "image.png", {}
    lib.evaluate_model(model, loader, nn.CrossEntropyLoss())
    result = evaluate(model, loader, F.cross_entropy)
    assert capsys.readouterr().out.endswith(f"\nAccuracy: {result.accuracy:.2%}\n")
    explorer = lib.explore(model, loader)
    for place in range(explorer.count):
        explorer.slider.value = place
        index = explorer.index
        lib.predict_label(model, loader, index)
        lib.visualize_image(loader, index, path=path)
        lines = capsys.readouterr().out.splitlines()
        assert lines == [*explorer.top, explorer.truth]
        assert path.read_bytes() == explorer.picture == png(picture_of(loader, index))
        shown[index] = compute_logits(model, select_image(loader, index))[0].softmax(0), *lines
    explorer.close()
    assert state() == before
    return result, shown


def agree(result, shown, places):
    """Compare what is said of the images shown with what an evaluation counts at their places."""
    for place, (probabilities, first, _, _, last) in zip(places, shown.values(), strict=True):
        torch.testing.assert_close(probabilities, result.probabilities[place], atol=1e-5, rtol=0)
        said, true = result.predictions[place], result.labels[place]
        assert first == f"{result.classes[said]}: {probabilities.max():.2%}"
        assert last == f"Ground Truth Label: {result.classes[true]}"


@pytest.mark.parametrize("name", LOADERS)
def test_an_index_means_one_image(name, marked, capsys, tmp_path):
    """An index is a place in the dataset; what is said of it is what an evaluation counts."""
    loader = LOADERS[name](marked, tmp_path)
    model = nn.Sequential(nn.Dropout(0.1), nn.Flatten(), nn.LazyLinear(10))
    result, shown = use(model, loader, capsys, tmp_path)
    given = [number for images, _ in loader for number in numbers(images)]  # in the same order
    whole = {"batch_size": None, "sampler": [[i] for i in range(24)]}
    options = whole if name == "lists" else {"collate_fn": loader.collate_fn}
    number = [numbers(images)[0] for images, _ in DataLoader(loader.dataset, **options)]
    assert list(shown) == [i for i in range(len(number)) if number[i] in given]
    agree(result, shown, [given.index(number[i]) for i in shown])


def test_stream(marked, capsys, tmp_path):
    """A stream trains and is evaluated; where an index is asked for, it is refused with a why."""
    model, loader = lib.build_model(), DataLoader(Stream(marked), 7)
    lib.train_model(model, loader, nn.CrossEntropyLoss(), 1)
    assert "/24(" in capsys.readouterr().out
    results = [evaluate(model, each, F.cross_entropy) for each in (loader, DataLoader(marked, 7))]
    assert torch.equal(*(result.logits for result in results))
    for name, call in (
        ("test_images", lambda: lib.predict_label(model, loader, 0)),
        ("data_loader", lambda: lib.visualize_image(loader, 0, path=tmp_path / "image.png")),
        ("data_loader", lambda: lib.explore(model, loader)),
    ):
        with pytest.raises(TypeError, match=f"^{name} is .*a stream, where no image has an index"):
            call()


def test_images_that_a_collate_function_leaves_out(marked):
    """They are not evaluated, and refused where they are asked for; the others are shown."""
    model, left_out = lib.build_model(), int(marked.targets.argmax())
    loader = DataLoader(
        marked, 12, collate_fn=lambda s: collate([pair for pair in s if pair[1] < 7])
    )
    assert len(evaluate(model, loader, F.cross_entropy).labels) < 24
    lib.predict_label(model, loader, int(marked.targets.argmin()))
    with pytest.raises((IndexError, ValueError)) as caught:
        lib.predict_label(model, loader, left_out)
    words = " ".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
    assert re.search(rf"test_images.* {left_out}\b", words)
    with pytest.raises(ValueError, match="^data_loader must give one image for each index"):
        lib.explore(model, loader)


THREE = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)
CHANGES = {
    "normalised": lambda x: (x - MEAN) / STD,
    "half": lambda x: x.half(),
    "three channels": lambda x: (x - 0.1 * THREE) / THREE,
    "flat": lambda x: x.flatten(1) - 1,
    "channel last": lambda x: 2 * x.movedim(1, 3),
    "no channel": lambda x: x[:, 0] + 1,
    "flip": lambda x: x.flip(3),
    "crop": lambda x: x[..., 3:-3, 3:-3],
    "negative": lambda x: 1 - x,
}
SEEN = {"flip": np.fliplr, "crop": lambda p: p[3:-3, 3:-3], "negative": lambda p: 255 - p}


@pytest.mark.parametrize("name", CHANGES)
def test_picture_of_grey_images(name, marked):
    """It has the original's grey values if the model gets a shade of them, else the model's."""
    marked.data = marked.data // 2 + 20  # no black, no white
    collate_fn = partial(normalised, change=CHANGES[name])
    loader = DataLoader(Subset(marked, range(3, 20)), 4, collate_fn=collate_fn)
    expected = SEEN.get(name, np.asarray)(marked.data[8].numpy())
    assert np.array_equal(picture_of(loader, 5), expected)


@pytest.mark.parametrize("side", [32, 96])
@pytest.mark.parametrize("transform", [V1, V2])
def test_picture_in_colour(side, transform, tmp_path):
    """A folder of coloured pictures gives them back, whichever way the channels lie."""
    pictures = torch.randint(0, 256, (3, side, side, 3), dtype=torch.uint8)
    dataset = image_folder(pictures, torch.arange(3), tmp_path, transform)
    for each in (dataset, Changed(dataset, lambda pair: (pair[0].movedim(0, 2), pair[1]))):
        assert np.array_equal(picture_of(DataLoader(each, 2), 2), pictures[2].numpy())


def test_data_that_is_not_the_pictures(marked):
    """An attribute `data` is believed only if the model gets a shade of it."""
    d = marked.data
    for data in (d.flip(0), d.flip(2).numpy(), d * 0, d[:3], d[:, :9], d.flatten(1), [*d], "word"):
        loader = DataLoader(Changed(marked, data=data), 4)
        assert np.array_equal(picture_of(loader, 8), d[8].numpy())


def test_a_set_stays_as_it_was(marked):
    """What is handed out is a copy; an attribute that does not fit is refused by its name."""
    data, targets = marked.data.clone(), marked.targets.clone()
    loaders = DataLoader(marked, 7), DataLoader(marked, 7, collate_fn=collate)
    samples = marked[3], Subset(marked, [4])[0], marked.__getitems__([5, 6])[0]
    for images, labels in (*map(next, map(iter, loaders)), *samples, (marked.images, targets + 0)):
        images.fill_(5)
        torch.as_tensor(labels).fill_(5)
    for name, values in {
        "images": [marked.images],
        "img": [data],
        "data": [marked.images, data[:, :14], data.numpy(), None],
        "targets": [targets.float(), targets.tolist(), targets + 9, data],
    }.items():
        for value in values:
            with pytest.raises((AttributeError, TypeError, ValueError), match=f"^{name} (must|c)"):
                setattr(marked, name, value)
    assert torch.equal(marked.data, data)
    assert torch.equal(marked.targets, targets)


def test_a_set_is_cut_whole_or_not_at_all(marked):
    """Images and labels stay pairs, in a loader made before as well; half a cut is refused."""
    model, loader, keep = lib.build_model(), DataLoader(marked, 7, True), marked.targets % 2 == 0
    data, targets = marked.data[keep], marked.targets[keep]
    marked.data = data
    for call in (
        lambda: marked[0],
        lambda: next(iter(loader)),
        lambda: next(iter(DataLoader(Subset(marked, [0])))),
        lambda: lib.train_model(model, loader, nn.CrossEntropyLoss(), 1),
        lambda: lib.predict_label(model, loader, 0),
    ):
        with pytest.raises(ValueError, match=f"{len(data)} images and targets 24 labels: cut"):
            call()
    marked.targets = targets.int()
    given = [pair for x, y in loader for pair in zip(numbers(x), y.tolist(), strict=True)]
    assert sorted(given) == list(zip(numbers(data), targets.tolist(), strict=True))
    assert len(marked.images) == len(marked) == len(data)
    marked.data[1], marked.targets[1] = 9, 9  # a change in place is one of the set
    image, label = marked[1]
    assert torch.equal(image, marked.images[1])
    assert (image[0, 0, 0].item(), label) == (pytest.approx((9 / 255 - MEAN) / STD), 9)
