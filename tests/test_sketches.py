"""The drawn stand-in: the same bytes everywhere, garments, and a likeness to the real set."""

import time
import tracemalloc
from hashlib import sha256
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib import CLASS_NAMES, build_model
from fmnist_lib.data import FashionDataset, collate, load_dataset
from fmnist_lib.evaluation import evaluate
from fmnist_lib.sources import cache_dir
from fmnist_lib.sources.sketches import canvas, draw
from fmnist_lib.sources.sketches.canvas import Page
from fmnist_lib.sources.sketches.garments import GARMENTS
from fmnist_lib.training import SGD, train_epoch


@pytest.fixture(scope="session")
def drawn():
    """Return both sets, drawn in this session: {training: (images, labels)}."""
    return {training: draw.draw_sketches(training) for training in (True, False)}


@pytest.fixture
def streams():
    """Return dice for 90 images that are in neither set."""
    return canvas.splitmix64(np.arange(90, dtype=np.uint64) + np.uint64(99 << 32))


@pytest.mark.parametrize(("training", "count"), [(True, 60_000), (False, 10_000)])
def test_sets(drawn, training, count):
    """Every machine and every numpy draws these bytes, shaped as the real set, in even classes."""
    images, labels = drawn[training]
    assert sha256(images.tobytes() + labels.tobytes()).hexdigest() == draw.SHA256[training]
    assert (images.shape, images.dtype) == ((count, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((count,), np.uint8)
    assert np.bincount(labels).tolist() == [count // 10] * 10


def test_a_long_file_is_not_read_to_its_end(monkeypatch):
    """Something large in the cache costs no more memory than the set itself."""
    monkeypatch.setattr(draw, "COUNTS", {False: 10})
    monkeypatch.setattr(draw, "draw_sketches", lambda training: (np.zeros(2), np.ones(2)))
    (cache_dir() / "sketches-test.bin").write_bytes(bytes(20_000_000))
    tracemalloc.start()
    assert draw.load_sketches(False)[1].tolist() == [1, 1]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_order_is_shuffled(drawn):
    """Any stretch holds all classes, no label follows from the last; test image 1 is a Pullover."""
    labels = drawn[True][1]
    pairs = np.zeros((10, 10), int)
    np.add.at(pairs, (labels[:-1], labels[1:]), 1)
    assert 450 < pairs.min() <= pairs.max() < 750  # 600 expected
    assert all(len(set(stretch)) == 10 for stretch in labels.reshape(-1, 200))
    assert CLASS_NAMES[drawn[False][1][1]] == "Pullover"


def test_no_two_alike(drawn):
    """All 70,000 images differ."""
    assert len({image.tobytes() for images, _ in drawn.values() for image in images}) == 70_000


def test_names():
    """A garment's place in the list is its label."""
    names = [garment.__name__.replace("_", "-") for garment in GARMENTS]
    assert names == [name.lower() for name in CLASS_NAMES]


@pytest.mark.parametrize("chunk", [7, 1000])
@pytest.mark.parametrize("threads", [1, 3])
def test_only_its_dice_change_an_image(streams, chunk, threads):
    """An image does not depend on what is drawn beside it, only on its label and its dice."""
    labels = np.arange(90, dtype=np.uint8) % 10
    expected = draw.draw(streams, labels)
    assert np.array_equal(draw.draw(streams, labels, chunk=chunk, threads=threads), expected)
    others = draw.draw(streams + np.uint64(1), labels)
    assert (others != expected).any(axis=(1, 2)).all()


def test_an_error_in_a_garment_is_raised(monkeypatch, streams):
    """A mistake in a drawing function comes out of the threads."""
    monkeypatch.setattr(draw, "GARMENTS", [Mock(side_effect=ZeroDivisionError("no scarf"))])
    with pytest.raises(ZeroDivisionError, match="no scarf"):
        draw.draw(streams, np.zeros(90, np.uint8))


def test_dice():
    """The dice are even, and `around` keeps its promise: seven in ten within one spread."""
    page = Page(canvas.splitmix64(np.arange(20_000, dtype=np.uint64)))
    even = page.between(2, 4)
    assert 2 <= even.min() < 2.01 < 3.99 < even.max() <= 4
    assert np.histogram(even, bins=10)[0] == pytest.approx(np.full(10, 2000), abs=200)
    assert np.mean(abs(page.around(5, 2) - 5) < 2) == pytest.approx(0.7, abs=0.03)
    assert page.chance(0.3).mean() == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize("garment", GARMENTS, ids=lambda garment: garment.__name__)
def test_all_in_single_precision(garment, streams, monkeypatch):
    """Versions of numpy differ in how they mix precisions, so only one may occur."""
    paint = Page.paint

    def check(page, shape, tone, edge=0):
        for value in (shape, tone, edge, page.x, page.y):
            assert isinstance(value, int | float) or value.dtype == np.float32
        paint(page, shape, tone, edge)

    monkeypatch.setattr(Page, "paint", check)
    page = Page(streams)
    garment(page)
    assert page.image.dtype == np.float32
    assert page.image.max() > 0


def ink(drawn, name):
    """Return where the test images of a class are not black, (1000, 28, 28)."""
    images, labels = drawn[False]
    return images[labels == CLASS_NAMES.index(name)] > 20


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_every_image_shows_something(drawn, name):
    """No image is blank, none is full, and the upper corners belong to the background."""
    painted = ink(drawn, name)
    fraction = painted.mean(axis=(1, 2))
    assert 0.02 < fraction.min() <= fraction.max() < 0.98
    assert painted[:, :2, [0, 1, -2, -1]].mean() < 0.05


def test_proportions(drawn):
    """Trousers are tall, with two legs; boots stand higher than sneakers, their toes point left."""
    painted = {name: ink(drawn, name) for name in CLASS_NAMES}
    width = {name: ink.any(axis=1).sum(axis=1).mean() for name, ink in painted.items()}
    height = {name: ink.any(axis=2).sum(axis=1).mean() for name, ink in painted.items()}
    assert height["Trouser"] > 26 > 14 > width["Trouser"]
    assert width["Sneaker"] > 26 > 15 > height["Sneaker"]
    assert height["Boots"] > height["Sneaker"] + 5
    assert width["Coat"] > width["Dress"] + 4
    assert width["Bag"] > 20
    row = painted["Trouser"][:, 24].astype(int)  # near the floor: black between ink and ink
    assert np.mean((np.diff(row, axis=1) == 1).sum(axis=1) == 2) > 0.7
    for name in ("Sneaker", "Boots"):
        columns = painted[name].sum(axis=1)  # (1000, 28) heights: more at the heel
        assert (columns[:, 18:26].mean(axis=1) > columns[:, 2:10].mean(axis=1)).mean() > 0.9


@pytest.fixture(scope="session")
def sketches(drawn):
    """Return both sets of sketches as datasets: {training: dataset}."""
    return {
        training: FashionDataset(*map(torch.from_numpy, arrays), "sketches")
        for training, arrays in drawn.items()
    }


def learn(dataset):
    """Return a model after the main job's five epochs, and the accuracy in each of them."""
    torch.manual_seed(0)
    model, loader = build_model(), DataLoader(dataset, 64, shuffle=True, collate_fn=collate)
    criterion, optimizer = nn.CrossEntropyLoss(), SGD(model)
    return model, [train_epoch(model, loader, criterion, optimizer).accuracy for _ in range(5)]


def outcome(model, dataset):
    """Return the evaluation of a model."""
    return evaluate(model, DataLoader(dataset, 64, collate_fn=collate), nn.CrossEntropyLoss())


@pytest.fixture(scope="session")
def sketch_model(sketches):
    """Return a model that has learned from the sketches, and its training accuracies."""
    return learn(sketches[True])


@pytest.mark.proof
def test_as_hard_as_the_real_set(sketches, sketch_model):
    """Five epochs give 80 to 90 %, after a first one of about two thirds."""
    model, accuracies = sketch_model
    assert 0.80 < outcome(model, sketches[False]).accuracy < 0.90
    assert 0.60 < accuracies[0] < 0.76
    assert accuracies == sorted(accuracies)


def test_confused_in_the_same_places(sketches, sketch_model):
    """Shirts are taken for other tops, shoes for other shoes; trousers and bags are easy."""
    predictions = outcome(sketch_model[0], sketches[False]).predictions
    table = np.zeros((10, 10), int)  # rows: true labels; columns: predictions
    np.add.at(table, (sketches[False].targets, predictions), 1)
    right = dict(zip(CLASS_NAMES, table.diagonal(), strict=True))
    tops, shoes = [0, 2, 3, 4, 6], [5, 7, 9]
    shirt = CLASS_NAMES.index("Shirt")
    assert right["Shirt"] < 800
    assert table[shirt, tops].sum() > 970
    assert all(table[shirt, top] > 10 for top in tops)
    assert table[np.ix_(shoes, shoes)].sum() > 2900
    assert min(right["Trouser"], right["Bag"]) > 950


@pytest.mark.proof
def test_models_know_the_other_set(sketches, sketch_model, real_data):
    """The real set teaches 60 % of the sketches, the sketches 55 % of the real test images."""
    real = {training: load_dataset(training, data_dir=real_data) for training in (True, False)}
    assert outcome(learn(real[True])[0], sketches[False]).accuracy > 0.60
    assert outcome(sketch_model[0], real[False]).accuracy > 0.55


def test_ctrl_c_leaves_out_what_has_not_begun(monkeypatch):
    """An interrupt does not wait for the rest of the 70,000 sketches."""
    seen = []

    def interrupt(page):
        seen.append(page)
        time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(draw, "GARMENTS", (interrupt,) * 10)
    with pytest.raises(KeyboardInterrupt):
        draw.draw(np.arange(500, dtype=np.uint64), np.zeros(500, np.uint8), chunk=1, threads=1)
    assert len(seen) < 400
