"""The dataset, the loader, and where the images come from."""

import itertools
import os
import warnings

import numpy as np
import pytest
import torch
import torchvision
from helpers import write
from torch.utils.data import DataLoader, Subset, default_collate

from fmnist_lib import CLASS_NAMES, get_data_loader
from fmnist_lib import sketches as sketches_module
from fmnist_lib.data import MEAN, STD, Batch, FashionDataset, collate, load_dataset
from fmnist_lib.download import FILES, DataUnavailableError, cache_dir, parse_idx
from fmnist_lib.prediction import grey_image


@pytest.fixture
def no_network(monkeypatch):
    """Make every mirror a closed port of this machine."""
    monkeypatch.setattr("fmnist_lib.download.MIRRORS", ("http://127.0.0.1:9/",))


@pytest.fixture
def few_sketches(monkeypatch):
    """Make the sketches few and quick to draw, and count the drawings."""
    drawn = []

    def draw_sketches(training=True):
        drawn.append(training)
        rng = np.random.default_rng(int(training))
        count = 60 if training else 20
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        return images, (np.arange(count) % 10).astype(np.uint8)

    def digest(training):
        from hashlib import sha256

        images, labels = draw_sketches(training)
        return sha256(images.tobytes() + labels.tobytes()).hexdigest()

    digests = {training: digest(training) for training in (True, False)}
    monkeypatch.setattr(sketches_module, "SHA256", digests)
    monkeypatch.setattr(sketches_module, "draw_sketches", draw_sketches)
    drawn.clear()
    return drawn


# --- the real set -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torchvision_root(real_data, tmp_path_factory):
    """Return a root folder in torchvision's layout with links to the official files."""
    raw = tmp_path_factory.mktemp("torchvision") / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in FILES:
        os.symlink(real_data / name, raw / name)
    return raw.parent.parent


@pytest.fixture(scope="module")
def torchvision_set(torchvision_root):
    """Return a function that makes torchvision's own dataset, with the usual transforms."""
    transforms = torchvision.transforms
    usual = transforms.Compose([transforms.ToTensor(), transforms.Normalize(MEAN, STD)])

    def make(training):
        return torchvision.datasets.FashionMNIST(
            str(torchvision_root), train=training, download=True, transform=usual
        )

    return make


@pytest.mark.parametrize("training", [True, False])
def test_equals_torchvision(training, torchvision_set, real_data):
    """Our tensors are those of torchvision's ToTensor and Normalize, value for value."""
    ours, theirs = load_dataset(training, data_dir=real_data), torchvision_set(training)
    assert len(ours) == len(theirs) == (60_000 if training else 10_000)
    assert torch.equal(ours.data, theirs.data)
    assert torch.equal(ours.targets, theirs.targets)
    for i in range(0, len(ours), 7):
        image, label = theirs[i]
        assert torch.equal(ours.images[i], image)
        assert ours[i][1] == label


def test_finds_torchvisions_download(torchvision_root, torchvision_set):
    """An earlier download of torchvision is found below its root, and shown alike."""
    theirs = torchvision_set(training=False)
    loader = get_data_loader(training=False, data_dir=torchvision_root)
    assert loader.dataset.source == "fashion-mnist"
    assert np.array_equal(grey_image(DataLoader(theirs), 4), grey_image(loader, 4))


def test_mean_and_standard_deviation(real_data):
    """MEAN and STD are those of the training images, to four digits."""
    scaled = load_dataset(data_dir=real_data).data.double() / 255
    assert (round(scaled.mean().item(), 4), round(scaled.std().item(), 4)) == (MEAN, STD)


def test_real_loader(real_data):
    """Shapes, dtypes and order of the real test set; image 1 is a Pullover."""
    loader = get_data_loader(training=False, data_dir=real_data)
    images, labels = next(iter(loader))
    assert (images.shape, images.dtype) == ((64, 1, 28, 28), torch.float32)
    assert (labels.shape, labels.dtype) == ((64,), torch.int64)
    assert CLASS_NAMES[labels[1]] == "Pullover"
    assert torch.equal(loader.dataset.targets.bincount(), torch.full((10,), 1000))
    assert sum(len(y) for _, y in loader) == 10_000


# --- the dataset ------------------------------------------------------------------------------


def test_batches_are_the_samples(dataset, loader):
    """One gather makes the batch that single samples and PyTorch's collate would make."""
    indices = [5, 3, 199, 3]
    images, labels = collate(dataset.__getitems__(indices))
    expected = default_collate([dataset[i] for i in indices])
    assert torch.equal(images, expected[0])
    assert torch.equal(labels, expected[1])
    assert labels.dtype == torch.int64


@pytest.mark.parametrize("collate_fn", [None, collate])
@pytest.mark.parametrize("subset", [False, True])
def test_any_collate_function(collate_fn, subset, dataset):
    """PyTorch's default collate and ours give the same batches, of a Subset as well."""
    source = Subset(dataset, range(10, 30)) if subset else dataset
    images, labels = next(iter(DataLoader(source, batch_size=8, collate_fn=collate_fn)))
    start = 10 if subset else 0
    assert torch.equal(images, dataset.images[start : start + 8])
    assert torch.equal(labels, dataset.targets[start : start + 8])


def test_collate_of_a_list(dataset):
    """A plain list of samples is collated, too."""
    images, labels = collate([dataset[0], dataset[1]])
    assert images.shape == (2, 1, 28, 28)
    assert labels.tolist() == dataset.targets[:2].tolist()


def test_batch_reads_like_a_list(dataset):
    """A Batch has a length, its samples by position, and all of them in a loop."""
    batch = dataset.__getitems__([4, 2])
    assert isinstance(batch, Batch)
    assert len(batch) == 2
    for i, (image, label) in enumerate(batch):
        assert torch.equal(image, batch[i][0])
        assert label == batch[i][1] == dataset.targets[[4, 2][i]]


@pytest.mark.parametrize("index", [-1, 200])
def test_no_sample_beyond_the_end(index, dataset):
    """An index out of range is an IndexError that tells the range."""
    with pytest.raises(IndexError, match=f"index {index} is out of range; allowed: 0 to 199"):
        dataset[index]


def test_normalised(dataset):
    """Images are (data / 255 - MEAN) / STD."""
    expected = (dataset.data.double() / 255 - MEAN) / STD
    torch.testing.assert_close(dataset.images.squeeze(1).double(), expected)


def test_repr(dataset):
    """Printed, a dataset says how many images it holds and which."""
    assert repr(dataset) == "FashionDataset(200 images, source='fashion-mnist')"


def test_workers(dataset):
    """The dataset travels to worker processes."""
    loader = DataLoader(dataset, batch_size=50, num_workers=2, collate_fn=collate)
    assert torch.equal(torch.cat([y for _, y in loader]), dataset.targets)


@pytest.mark.parametrize(
    ("data", "targets", "message"),
    [
        (torch.zeros(3, 28, 28), torch.zeros(3).long(), "data must be uint8 .*float32"),
        (torch.zeros(3, 32, 32).byte(), torch.zeros(3).long(), r"\(3, 32, 32\)"),
        (torch.zeros(3, 28, 28).byte(), torch.zeros(4).long(), r"\(4,\) for 3 images"),
        (torch.zeros(2, 28, 28).byte(), torch.tensor([0, 10]), "0 to 9, got 0 to 10"),
        (torch.zeros(2, 28, 28).byte(), torch.tensor([-1, 1]), "0 to 9, got -1 to 1"),
    ],
)
def test_bad_dataset(data, targets, message):
    """Images and labels that do not fit are refused."""
    with pytest.raises(ValueError, match=message):
        FashionDataset(data, targets, "fashion-mnist")


# --- get_data_loader --------------------------------------------------------------------------


@pytest.fixture
def tiny(tiny_files, tmp_path):
    """Return a folder with four small files that count as official."""
    return write(tiny_files, tmp_path / "data")


def test_training_is_shuffled_and_test_is_not(tiny):
    """Training images come in a new order each pass, test images in the dataset's."""
    train, test = get_data_loader(data_dir=tiny), get_data_loader(training=False, data_dir=tiny)
    orders = [next(iter(train))[0].flatten(1).sum(dim=1).tolist() for _ in range(2)]
    assert orders[0] != orders[1]
    assert torch.equal(next(iter(test))[0], test.dataset.images)
    unshuffled = get_data_loader(data_dir=tiny, shuffle=False, batch_size=4)
    assert torch.equal(next(iter(unshuffled))[0], unshuffled.dataset.images[:4])


def test_loader_is_pytorchs(tiny):
    """The loader is a DataLoader in batches of 64."""
    loader = get_data_loader(data_dir=tiny)
    assert type(loader) is DataLoader
    assert loader.batch_size == 64
    assert (len(loader.dataset), loader.dataset.source) == (30, "fashion-mnist")
    assert str(tiny) in loader.dataset.origin


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


# --- the sketches as the last rung ------------------------------------------------------------


def test_sketches_ask_nobody(few_sketches, monkeypatch):
    """source="sketches" uses no network and no folder, and says so without a warning."""
    monkeypatch.setattr("fmnist_lib.download.load_files", None)
    monkeypatch.setenv("FMNIST_DATA", "/nowhere")
    loader = get_data_loader(training=False, source="sketches")
    assert (len(loader.dataset), loader.dataset.source) == (20, "sketches")


def test_sketches_are_drawn_once(few_sketches):
    """A second call takes them from the cache, the same ones."""
    first, second = (load_dataset(source="sketches") for _ in range(2))
    assert few_sketches == [True]
    assert torch.equal(first.data, second.data)
    assert torch.equal(first.targets, second.targets)


@pytest.mark.parametrize("broken", [b"", b"old", None])
def test_broken_cache_is_drawn_again(broken, few_sketches):
    """A cache of another version, cut short or with one bit flipped is not used, but mended."""
    good = load_dataset(source="sketches")
    (path,) = cache_dir().glob("sketches-*")
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content if broken is None else broken)
    assert torch.equal(load_dataset(source="sketches").data, good.data)
    assert torch.equal(load_dataset(source="sketches").data, good.data)
    assert few_sketches == [True, True]


def test_sketches_without_a_cache(few_sketches, monkeypatch, tmp_path):
    """Where no cache can be written, they are drawn every time."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        assert len(load_dataset(source="sketches")) == 60
    assert few_sketches == [True, True]


def test_auto_falls_to_the_sketches_with_a_warning(few_sketches, no_network):
    """Without the real set, `auto` warns unmistakably and says why; the dataset says so, too."""
    with pytest.warns(UserWarning, match="(?s)NOT THE FASHION-MNIST IMAGES.*connection failed"):
        loader = get_data_loader()
    assert loader.dataset.source == "sketches"


def test_training_and_test_images_are_of_one_kind(few_sketches, no_network, tiny, monkeypatch):
    """After a fall the process stays with the sketches, but asks again when told to."""
    with pytest.warns(UserWarning, match="until this program or notebook kernel is started again"):
        get_data_loader()
    monkeypatch.setattr("fmnist_lib.download._answering", None)  # nobody may ask again
    with pytest.warns(UserWarning, match="NOT THE FASHION-MNIST"):
        assert get_data_loader(training=False).dataset.source == "sketches"
    assert get_data_loader(data_dir=tiny).dataset.source == "fashion-mnist"
    with pytest.raises(TypeError):
        get_data_loader(source="fashion-mnist")


def test_fashion_mnist_never_falls_back(few_sketches, no_network):
    """source="fashion-mnist" is the real set or an error with what was tried and what to do."""
    with (
        warnings.catch_warnings(),
        pytest.raises(
            DataUnavailableError, match="(?s)Tried:.*connection failed.*FMNIST_DATA.*sketch"
        ),
    ):
        get_data_loader(source="fashion-mnist")
    assert few_sketches == []


def test_a_named_folder_never_falls_back(few_sketches, tmp_path, monkeypatch):
    """A folder that the user names and that is wrong is an error, not a silent stand-in."""
    for name, call in itertools.product(
        ("data_dir", "FMNIST_DATA"), (lambda **where: get_data_loader(**where),)
    ):
        where = {"data_dir": tmp_path} if name == "data_dir" else {}
        monkeypatch.setenv("FMNIST_DATA", str(tmp_path))
        with pytest.raises(FileNotFoundError, match=f"{name}=.*holds no Fashion-MNIST files"):
            call(**where)
    assert few_sketches == []


def test_parse_idx_of_labels(tiny_files):
    """An IDX file of one dimension gives its values."""
    assert parse_idx(tiny_files["t10k-labels-idx1-ubyte.gz"]).tolist() == [*range(10)] * 2
