"""The dataset, the loader, and where the images come from."""

import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from helpers import run_python, write
from torch import nn
from torch.utils.data import DataLoader, Subset, default_collate

from fmnist_lib import CLASS_NAMES, build_model, evaluate_model, get_data_loader
from fmnist_lib.data import MEAN, STD, Batch, FashionDataset, collate, load_dataset, normalise
from fmnist_lib.prediction import picture_of
from fmnist_lib.sources import cache_dir, official
from fmnist_lib.sources.official import FILES, DataUnavailableError
from fmnist_lib.sources.sketches import draw

ROOT = Path(__file__).parent.parent


@pytest.fixture
def few_sketches(monkeypatch):
    """Make the sketches few, and list the sets that are drawn: True is the training set."""
    drawn, draw_sketches = [], draw.draw_sketches
    monkeypatch.setattr(draw, "COUNTS", {True: 60, False: 20})
    sums = {t: sha256(b"".join(a.tobytes() for a in draw_sketches(t))) for t in (True, False)}
    monkeypatch.setattr(draw, "SHA256", {t: sums[t].hexdigest() for t in sums})
    monkeypatch.setattr(draw, "draw_sketches", lambda t: drawn.append(t) or draw_sketches(t))
    return drawn


@pytest.mark.parametrize("training", [True, False])
def test_equals_torchvision(training, real_data, tmp_path):
    """A download of torchvision's is found below its root; our tensors are its, value for value."""
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in FILES:
        os.symlink(real_data / name, raw / name)
    transforms = torchvision.transforms
    usual = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])
    theirs = torchvision.datasets.FashionMNIST(str(tmp_path), training, usual, download=True)
    loader = get_data_loader(training, data_dir=str(tmp_path))
    ours = loader.dataset
    assert ours.source == "fashion-mnist"
    assert len(ours) == len(theirs) == (60_000 if training else 10_000)
    assert torch.equal(ours.data, theirs.data)
    assert torch.equal(ours.targets, theirs.targets)
    for i in range(0, len(ours), 7):
        image, label = theirs[i]
        assert torch.equal(ours.images[i], image)
        assert ours[i][1] == label
    assert np.array_equal(picture_of(DataLoader(theirs), 4), picture_of(loader, 4))


def test_real_set(real_data):
    """MEAN and STD are those of the training images; 1,000 test images a class, 1 a Pullover."""
    scaled = load_dataset(data_dir=real_data).data.double() / 255
    assert (round(scaled.mean().item(), 4), round(scaled.std().item(), 4)) == (MEAN, STD)
    loader = get_data_loader(training=False, data_dir=real_data)
    assert CLASS_NAMES[loader.dataset.targets[1]] == "Pullover"
    assert torch.equal(loader.dataset.targets.bincount(), torch.full((10,), 1000))
    assert sum(len(y) for _, y in loader) == 10_000


def test_batches_are_the_samples(dataset):
    """A Batch, whole or read like a list, and samples are collated as by PyTorch's own function."""
    indices = [5, 3, 199, 3]
    batch, samples = dataset.__getitems__(indices), [dataset[i] for i in indices]
    expected = default_collate(samples)
    assert isinstance(batch, Batch)
    for given in (batch, list(batch), [batch[i] for i in range(len(batch))], batch[:], samples):
        images, labels = collate(given)
        assert torch.equal(images, expected[0])
        assert torch.equal(labels, expected[1])
        assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)


@pytest.mark.parametrize("collate_fn", [None, collate])
def test_any_collate_function(collate_fn, dataset):
    """PyTorch's default collate and ours give the same batches, of a Subset as well."""
    for source, start in ((dataset, 0), (Subset(dataset, range(10, 30)), 10)):
        images, labels = next(iter(DataLoader(source, batch_size=8, collate_fn=collate_fn)))
        assert torch.equal(images, dataset.images[start : start + 8])
        assert torch.equal(labels, dataset.targets[start : start + 8])


@pytest.mark.parametrize("index", [-1, 200])
def test_no_sample_beyond_the_end(index, dataset):
    """An index out of range is an IndexError that tells the range."""
    with pytest.raises(IndexError, match=f"index {index} is out of range; allowed: 0 to 199"):
        dataset[index]


@pytest.mark.parametrize(
    ("indices", "error", "message"),
    [
        (torch.arange(200) > 5, TypeError, r"must be integers, got bool; mask.nonzero\(\).flatten"),
        ([True, False], TypeError, "the indices must be integers, got bool"),
        ([0.0, 1.5], TypeError, "the indices must be integers, got float64"),
        ([3, -1], IndexError, "index -1 is out of range; allowed: 0 to 199"),
        (torch.tensor([3, 200]), IndexError, "index 200 is out of range; allowed: 0 to 199"),
    ],
    ids=["mask", "bool", "float", "negative", "beyond"],
)
def test_bad_indices(indices, error, message, dataset):
    """Those of a sampler or a Subset are refused as that of a sample, with the loader's name."""
    loaders = DataLoader(Subset(dataset, indices), 64), DataLoader(dataset, 64, sampler=indices)
    for loader in loaders:
        with pytest.raises(error, match=message) as caught:
            evaluate_model(build_model(), loader, nn.CrossEntropyLoss())
        assert caught.value.__notes__ == ["It came from test_loader."]
    assert len(dataset.__getitems__([])) == 0


def test_normalised(dataset):
    """Images are (data / 255 - MEAN) / STD."""
    expected = (dataset.data.double() / 255 - MEAN) / STD
    torch.testing.assert_close(dataset.images.squeeze(1).double(), expected)


def test_one_image_normalised(dataset):
    """One image, as NumPy's or PyTorch's, becomes what the set has of it; other scales don't."""
    for image in (dataset.data[3], dataset.data[3].numpy()):
        assert torch.equal(normalise(image), dataset.images[3])
    with pytest.raises(TypeError, match="data must be grey values 0 to 255, uint8, got Tensor .*f"):
        normalise(dataset.data / 255)


def test_images_follow_the_data(dataset):
    """They are kept until data changes, in place or not, or they are changed themselves."""
    images = dataset.images
    assert dataset.images is images
    dataset.data[3] = 255
    assert dataset.images[3].min() == pytest.approx((1 - MEAN) / STD)
    dataset.images.zero_()
    assert dataset.images[3].min() > 2
    dataset.data, dataset.targets = dataset.data[:5], dataset.targets[:5]
    assert len(dataset.images) == 5


def test_images_in_inference_mode(dataset):
    """They follow the data there, too, as do those of a set that was made there."""
    with torch.inference_mode():
        made_there = FashionDataset(dataset.data.clone(), dataset.targets, "fashion-mnist")
        assert torch.equal(dataset.images, made_there.images)
        assert dataset.images is dataset.images
        dataset.data[3] = made_there.data[3] = 255
        assert dataset.images[3].min() > 2
    assert torch.equal(dataset.images, made_there.images)


def test_workers(dataset):
    """The dataset travels to worker processes."""
    loader = DataLoader(dataset, batch_size=50, num_workers=2, collate_fn=collate)
    assert torch.equal(torch.cat([y for _, y in loader]), dataset.targets)


@pytest.mark.parametrize(
    ("data", "targets", "message"),
    [
        (torch.zeros(3, 28, 28), torch.zeros(3).long(), "data must be uint8, .*float32"),
        (torch.zeros(3, 32, 32).byte(), torch.zeros(3).long(), r"\(3, 32, 32\)"),
        (
            torch.zeros(3, 28, 28).byte(),
            torch.zeros(4).long(),
            "3 images and targets 4 labels: cut both",
        ),
        (torch.zeros(2, 28, 28).byte(), torch.tensor([0, 10]), "0 to 9, got 0 to 10"),
        (torch.zeros(2, 28, 28).byte(), torch.tensor([-1, 1]), "0 to 9, got -1 to 1"),
    ],
)
def test_bad_dataset(data, targets, message):
    """Images and labels that do not fit are refused."""
    with pytest.raises(ValueError, match=message):
        FashionDataset(data, targets, "fashion-mnist")


def test_training_is_shuffled_and_test_is_not(tiny):
    """Training images come in a new order each pass, test images in the dataset's."""
    train, test = get_data_loader(data_dir=tiny), get_data_loader(training=False, data_dir=tiny)
    orders = [next(iter(train))[0].flatten(1).sum(dim=1).tolist() for _ in range(2)]
    assert orders[0] != orders[1]
    assert torch.equal(next(iter(test))[0], test.dataset.images)
    unshuffled = get_data_loader(data_dir=tiny, shuffle=False, batch_size=4)
    assert torch.equal(next(iter(unshuffled))[0], unshuffled.dataset.images[:4])


def test_loader_is_pytorchs(tiny):
    """The loader is a DataLoader in batches of 64; its dataset says what it holds, and whence."""
    loader = get_data_loader(data_dir=tiny)
    assert isinstance(loader, DataLoader)
    assert loader.batch_size == 64
    assert repr(loader.dataset) == "FashionDataset(30 images, source='fashion-mnist')"
    assert loader.dataset.targets.tolist() == [*range(10)] * 3
    assert str(tiny) in loader.dataset.origin


TYPED = """
from typing import assert_type
from torch import Tensor
from fmnist_lib import get_data_loader

loader = get_data_loader(training=False)
assert_type(loader.dataset.source, str)
assert_type(loader.dataset.data, Tensor)
assert_type(loader.dataset.targets, Tensor)
for images, labels in loader:
    print(images.shape, labels.shape)
"""


@pytest.mark.proof
def test_typed_example(tmp_path):
    """A strict type checker knows what the loader of a user's script holds."""
    (tmp_path / "script.py").write_text(TYPED)
    options = ["--strict", "--follow-imports=silent"]  # no complaints about packages of old
    where = {"cwd": ROOT, "env": os.environ | {"MYPYPATH": str(ROOT)}}
    result = run_python("-m", "mypy", *options, tmp_path / "script.py", **where)
    assert result.stdout == "Success: no issues found in 1 source file\n"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"training": "test"}, TypeError, "training must be True or False, got 'test'"),
        ({"training": 1}, TypeError, "training must be True or False, got 1"),
        ({"shuffle": "yes"}, TypeError, "shuffle must be True or False, got 'yes'"),
        ({"batch_size": 0}, ValueError, "batch_size must be 1 or more, got 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be an integer, got 2.0"),
        ({"source": "mnist"}, ValueError, "source must be one of auto, .*; got 'mnist'"),
        ({"source": ""}, ValueError, "source must be one of"),
        ({"source": np.array(["auto"])}, ValueError, r"source must be one of .*; got array\("),
        ({"source": "sketches"}, ValueError, "data_dir=.* has no use: source asks for the sket"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, error, message, tiny):
    """The message names the argument, the value and what is allowed."""
    with pytest.raises(error, match=message):
        get_data_loader(**({"data_dir": tiny} | arguments))


def test_environment(tiny, monkeypatch, few_sketches):
    """FMNIST_DATA and FMNIST_SOURCE are respected; arguments come before them."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    assert get_data_loader().dataset.source == "fashion-mnist"
    monkeypatch.setenv("FMNIST_SOURCE", "sketches")
    assert get_data_loader().dataset.source == "sketches"
    assert get_data_loader(source="fashion-mnist").dataset.source == "fashion-mnist"
    monkeypatch.setenv("FMNIST_SOURCE", "real")
    with pytest.raises(ValueError, match="FMNIST_SOURCE must be one of .*; got 'real'"):
        get_data_loader()
    monkeypatch.setenv("FMNIST_SOURCE", "")
    monkeypatch.setenv("FMNIST_DATA", str(tiny / "nowhere"))
    assert len(get_data_loader(data_dir=tiny).dataset) == 30


def test_sketches_ask_nobody(few_sketches, monkeypatch):
    """source="sketches" uses no network and no folder, and says so without a warning."""
    monkeypatch.setattr(official, "load_files", None)
    monkeypatch.setenv("FMNIST_DATA", "/nowhere")
    loader = get_data_loader(training=False, source="sketches")
    assert (len(loader.dataset), loader.dataset.source) == (20, "sketches")


@pytest.mark.parametrize("broken", [b"", b"old", None])
def test_sketches_are_drawn_once(broken, few_sketches):
    """Then the cache has them, unless it is old, cut short or one bit is flipped: it is mended."""
    good = load_dataset(source="sketches")
    (path,) = cache_dir().glob("sketches-*")
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content if broken is None else broken)
    for _ in range(2):
        again = load_dataset(source="sketches")
        assert torch.equal(again.data, good.data)
        assert torch.equal(again.targets, good.targets)
    assert few_sketches == [True, True]


def test_sketches_tidy_the_cache(few_sketches):
    """What a killed process began to write, a day ago or more, goes."""
    load_dataset(source="sketches")
    old, new = (cache_dir() / f".fmnist_lib-{digit * 16}" for digit in "ab")
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    load_dataset(source="sketches")
    assert (old.exists(), new.exists()) == (False, True)


def test_sketches_without_a_home(few_sketches, monkeypatch):
    """They are drawn where no cache can be found, too."""
    monkeypatch.setenv("FMNIST_CACHE", "~nobody-here/cache")
    assert len(load_dataset(source="sketches")) == 60
    assert not Path("~nobody-here").exists()


def test_sketches_without_a_cache(few_sketches, monkeypatch, tmp_path):
    """Where no cache can be written, they are drawn every time."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        assert len(load_dataset(source="sketches")) == 60
    assert few_sketches == [True, True]


def test_auto_falls_to_the_sketches_with_one_warning(few_sketches, no_network, monkeypatch):
    """Without the real set, `auto` says so once a process, in three lines, with the reason."""
    with pytest.warns(UserWarning, match="^You can go on") as record:
        train = get_data_loader()
    monkeypatch.setattr(official, "_reachable_mirrors", None)  # nobody is asked again
    test = get_data_loader(training=False)  # a second warning would be an error
    assert [loader.dataset.source for loader in (train, test)] == ["sketches", "sketches"]
    assert [warning.filename for warning in record] == [__file__]
    first, second, reason = str(record[0].message).split("\n")
    assert "THESE ARE NOT THE FASHION-MNIST IMAGES" in f"{first} {second}"
    assert "Restart to try again" in second
    assert reason.startswith("Fashion-MNIST could not be downloaded from any of 1 hosts: conn")


def test_the_warning_as_an_error(few_sketches, no_network):
    """Where warnings are errors, the sketches never come without one."""
    for _ in range(2):
        with pytest.raises(UserWarning, match="^You can go on"):
            get_data_loader()


def test_cache_with_an_impossible_name(few_sketches, no_network, monkeypatch):
    """A cache that cannot be looked into leads to the sketches, too."""
    monkeypatch.setenv("FMNIST_CACHE", "a" * 300)
    with pytest.warns(UserWarning, match="cannot be kept in the cache"):
        assert get_data_loader().dataset.source == "sketches"


def test_training_and_test_images_are_of_one_kind(few_sketches, no_network, tiny_files, tiny):
    """After a fall the process stays with the sketches, but looks again when told to."""
    with pytest.warns(UserWarning, match="sketches"):
        get_data_loader()
    write(tiny_files, cache_dir() / "FashionMNIST" / "raw")
    assert get_data_loader(training=False).dataset.source == "sketches"
    assert get_data_loader(data_dir=tiny).dataset.source == "fashion-mnist"
    assert get_data_loader(source="fashion-mnist").dataset.source == "fashion-mnist"


def test_fashion_mnist_never_falls_back(few_sketches, no_network):
    """source="fashion-mnist" is the real set or an error with what was tried and what to do."""
    advice = "(?s)Tried:.*127.0.0.1:9/: connection failed.*FMNIST_DATA.*FMNIST_SOURCE=sketches"
    with pytest.raises(DataUnavailableError, match=advice):
        get_data_loader(source="fashion-mnist")
    assert few_sketches == []


@pytest.mark.parametrize("name", ["data_dir", "FMNIST_DATA"])
def test_a_named_folder_never_falls_back(name, few_sketches, tmp_path, monkeypatch):
    """A folder that the user names and that is wrong is an error, not a silent stand-in."""
    monkeypatch.setenv("FMNIST_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=f"{name}=.*holds no Fashion-MNIST files"):
        get_data_loader(data_dir=tmp_path if name == "data_dir" else None)
    assert few_sketches == []
