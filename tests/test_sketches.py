"""The drawn stand-in: the same bytes everywhere, garments, and a likeness to the real set."""

import gzip
import inspect
from hashlib import sha256

import numpy as np
import pytest
import torch
from torch import nn

from fmnist_lib import build_model, sketches
from fmnist_lib.data import CLASS_NAMES, FashionDataset, collate
from fmnist_lib.sketches import GARMENTS, Page
from fmnist_lib.training import SGD, evaluate, train_epoch

PULLOVER = CLASS_NAMES.index("Pullover")
GARMENT = pytest.mark.parametrize("garment", GARMENTS, ids=lambda garment: garment.__name__)


@pytest.fixture(scope="session")
def drawn():
    """Return both sets, drawn in this session: {training: (images, labels)}."""
    return {training: sketches.draw_sketches(training) for training in (True, False)}


@pytest.fixture
def streams():
    """Return dice for 90 images that are in neither set."""
    return sketches.mix(np.arange(90, dtype=np.uint64) + np.uint64(99 << 32))


# --- the sets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_checksum(drawn, training):
    """Every machine and every version of numpy draws these bytes."""
    images, labels = drawn[training]
    assert sha256(images.tobytes() + labels.tobytes()).hexdigest() == sketches.SHA256[training]


@pytest.mark.parametrize(("training", "count"), [(True, 60_000), (False, 10_000)])
def test_shape(drawn, training, count):
    """The arrays have the shapes and the type of the real set."""
    images, labels = drawn[training]
    assert (images.shape, images.dtype) == ((count, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((count,), np.uint8)


@pytest.mark.parametrize("training", [True, False])
def test_balance(drawn, training):
    """Each class has a tenth of the images."""
    labels = drawn[training][1]
    assert np.bincount(labels).tolist() == [len(labels) // 10] * 10


def test_order_is_shuffled(drawn):
    """Any stretch of the training set holds all classes, and no label follows from the last."""
    labels = drawn[True][1]
    pairs = np.zeros((10, 10), int)
    np.add.at(pairs, (labels[:-1], labels[1:]), 1)
    assert 450 < pairs.min() <= pairs.max() < 750  # 600 expected
    assert all(len(set(stretch)) == 10 for stretch in labels.reshape(-1, 200))


def test_index_1_is_a_pullover(drawn):
    """The test image of the lessons is a Pullover here too."""
    assert drawn[False][1][1] == PULLOVER


def test_no_two_alike(drawn):
    """All 70,000 images differ."""
    assert len({image.tobytes() for images, _ in drawn.values() for image in images}) == 70_000


# --- one drawing --------------------------------------------------------------------------------


def test_names():
    """A garment's place in the list is its label."""
    names = [garment.__name__.replace("_", "-") for garment in GARMENTS]
    assert names == [name.lower() for name in CLASS_NAMES]


@pytest.mark.parametrize("chunk", [7, 1000])
@pytest.mark.parametrize("threads", [1, 3])
def test_chunks_and_threads_change_nothing(streams, chunk, threads):
    """An image does not depend on what is drawn beside it."""
    labels = np.arange(90, dtype=np.uint8) % 10
    expected = sketches.draw(streams, labels)
    assert np.array_equal(sketches.draw(streams, labels, chunk=chunk, threads=threads), expected)


def test_own_dice(streams):
    """A different number for the dice draws a different image."""
    labels = np.zeros(90, np.uint8)
    before, after = (sketches.draw(s, labels) for s in (streams, streams + np.uint64(1)))
    assert (before != after).any(axis=(1, 2)).all()


def test_an_error_in_a_garment_is_raised(monkeypatch, streams):
    """A mistake in a drawing function comes out of the threads."""

    def scarf(p):
        raise ZeroDivisionError("no scarf")

    monkeypatch.setattr(sketches, "GARMENTS", (scarf,))
    with pytest.raises(ZeroDivisionError, match="no scarf"):
        sketches.draw(streams, np.zeros(90, np.uint8))


def test_dice():
    """The dice are even, and `around` keeps its promise: seven in ten within one spread."""
    page = Page(sketches.mix(np.arange(20_000, dtype=np.uint64)))
    even = page.between(2, 4)
    assert 2 <= even.min() < 2.01 < 3.99 < even.max() <= 4
    assert np.histogram(even, bins=10)[0] == pytest.approx(np.full(10, 2000), abs=200)
    assert np.mean(abs(page.around(5, 2) - 5) < 2) == pytest.approx(0.7, abs=0.03)
    assert page.chance(0.3).mean() == pytest.approx(0.3, abs=0.02)


@GARMENT
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


@GARMENT
def test_docstring_describes_the_garment(garment):
    """Each garment says in one line what it draws."""
    assert inspect.getdoc(garment).startswith("Draw ")


def test_exact_operations_only():
    """Sine, exponential, sums and products of matrices differ between machines; none is used."""
    source = inspect.getsource(sketches)
    for name in ("sin", "cos", "exp", "log", "power", "hypot", "sum", "mean", "dot", "matmul"):
        assert f"np.{name}" not in source
    assert "np.random" not in source
    assert " @ " not in source
    assert "**" not in source.replace("2**-24", "")


# --- shapes -------------------------------------------------------------------------------------

X, Y = np.meshgrid(np.arange(-5, 6, dtype=np.float32), np.arange(-5, 6, dtype=np.float32))


def test_box():
    """A box holds the points within its half width and height."""
    assert np.array_equal(sketches.box(X, Y, 2, 3) <= 0, (abs(X) <= 2) & (abs(Y) <= 3))


def test_ellipse():
    """A circle's distance is exact."""
    expected = np.sqrt(X * X + Y * Y) - 3
    assert np.allclose(sketches.ellipse(X, Y, 3, 3), expected, atol=1e-6)


def test_strip():
    """A strip of even width along the x axis is a box, and a wedge narrows."""
    even = sketches.strip(X, Y, (-3, 0), (3, 0), 1.5, 1.5)
    assert np.allclose(even, sketches.box(X, Y, 3, 1.5), atol=1e-6)
    wedge = sketches.strip(X, Y, (-3, 0), (3, 0), 3, 0)
    assert (wedge[0] <= 0).sum(axis=0).tolist() == [0, 0, 7, 5, 5, 3, 3, 1, 1, 0, 0]


def test_below():
    """Below is further down the page, where y is larger."""
    assert np.array_equal(sketches.below(X, Y, (-5, -5), (5, 5))[0] < 0, Y > X)


def test_curve():
    """A curve goes straight from point to point and stays level beyond its ends."""
    values = sketches.curve(X[0], (-3, 1, 3), (1, 5, 0))
    assert values.tolist() == [1, 1, 1, 2, 3, 4, 5, 2.5, 0, 0, 0]


def test_outline_common_union():
    """An outline follows the edge; common is inside both shapes, union inside one of them."""
    ring = sketches.outline(sketches.box(X, Y, 3, 3), 0.5) <= 0
    assert ring.sum() == 24
    half = sketches.common(sketches.box(X, Y, 3, 3), X)
    assert (half <= 0).sum() == 4 * 7
    cross = sketches.union(sketches.box(X, Y, 3, 0), sketches.box(X, Y, 0, 3))
    assert (cross <= 0).sum() == 7 + 6


def test_paint():
    """Paint covers a shape's inside, leaves its outside, and blends on the edge."""
    page = Page(np.zeros(1, np.uint64))
    middles = np.arange(28, dtype=np.float32) - 10
    page.paint(middles.reshape(1, 1, 28) * np.ones((1, 28, 1), np.float32), 0.8)
    assert page.image[0, 0, 8:13].tolist() == pytest.approx([0.8, 0.8, 0.4, 0, 0])


# --- garments -----------------------------------------------------------------------------------


def ink(drawn, name):
    """Return where the test images of a class are not black, (1000, 28, 28)."""
    images, labels = drawn[False]
    return images[labels == CLASS_NAMES.index(name)] > 20


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_every_image_shows_something(drawn, name):
    """No image is blank, none is full, and a part of the frame is black as in a photograph."""
    share = ink(drawn, name).mean(axis=(1, 2))
    assert share.min() > 0.02
    assert share.max() < 0.98


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_corners_are_black(drawn, name):
    """The upper corners belong to the background."""
    corners = ink(drawn, name)[:, :2, [0, 1, -2, -1]]
    assert corners.mean() < 0.05


def test_proportions(drawn):
    """Trousers are tall, sneakers lie low, boots stand higher, coats are wider than dresses."""
    width = {name: ink(drawn, name).any(axis=1).sum(axis=1).mean() for name in CLASS_NAMES}
    height = {name: ink(drawn, name).any(axis=2).sum(axis=1).mean() for name in CLASS_NAMES}
    assert height["Trouser"] > 26 > 14 > width["Trouser"]
    assert width["Sneaker"] > 26 > 15 > height["Sneaker"]
    assert height["Boots"] > height["Sneaker"] + 5
    assert width["Coat"] > width["Dress"] + 4
    assert width["Bag"] > 20


def test_trousers_have_two_legs(drawn):
    """Near the floor, most rows of trousers cross black between ink and ink."""
    row = ink(drawn, "Trouser")[:, 24].astype(int)
    assert np.mean((np.diff(row, axis=1) == 1).sum(axis=1) == 2) > 0.7


def test_toes_point_left(drawn):
    """Shoes are higher at their right, where the heel is."""
    for name in ("Sneaker", "Boots"):
        columns = ink(drawn, name).sum(axis=1)  # (1000, 28) heights
        assert (columns[:, 18:26].mean(axis=1) > columns[:, 2:10].mean(axis=1)).mean() > 0.9


# --- likeness to the real set: only where FMNIST_DATA names its files ----------------------------


@pytest.fixture(scope="session")
def real(real_data):
    """Return both real sets, read here on purpose without the library's own reader."""

    def read(name, offset):
        return np.frombuffer(gzip.decompress((real_data / name).read_bytes())[offset:], np.uint8)

    return {
        training: (
            read(f"{part}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28),
            read(f"{part}-labels-idx1-ubyte.gz", 8),
        )
        for training, part in ((True, "train"), (False, "t10k"))
    }


def loader(images, labels, shuffle):
    """Return the loader that `get_data_loader` would make of these images."""
    dataset = FashionDataset(
        torch.from_numpy(images.copy()), torch.from_numpy(labels.copy()), "sketches"
    )
    return torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=shuffle, collate_fn=collate)


def learn(images, labels):
    """Return a model after the main job's five epochs, and the accuracy in each of them."""
    torch.manual_seed(0)
    model, batches = build_model(), loader(images, labels, shuffle=True)
    optimizer = SGD(model)
    criterion = nn.CrossEntropyLoss()
    return model, [train_epoch(model, batches, criterion, optimizer).accuracy for _ in range(5)]


def score(model, images, labels):
    """Return the accuracy of a model."""
    return evaluate(model, loader(images, labels, shuffle=False), nn.CrossEntropyLoss()).accuracy


@pytest.fixture(scope="session")
def sketch_model(drawn):
    """Return a model that has learned from the sketches, and its training accuracies."""
    return learn(*drawn[True])


def test_as_hard_as_the_real_set(drawn, sketch_model):
    """Five epochs give 80 to 90 %, after a first one of about two thirds."""
    model, accuracies = sketch_model
    assert 0.80 < score(model, *drawn[False]) < 0.90
    assert 0.60 < accuracies[0] < 0.76
    assert accuracies == sorted(accuracies)


def test_confused_in_the_same_places(drawn, sketch_model):
    """Shirts are taken for other tops, shoes for other shoes; trousers and bags are easy."""
    images, labels = drawn[False]
    result = evaluate(sketch_model[0], loader(images, labels, shuffle=False), nn.CrossEntropyLoss())
    table = np.zeros((10, 10), int)  # rows: what it is; columns: what the model says
    np.add.at(table, (labels, result.predictions.numpy()), 1)
    right = dict(zip(CLASS_NAMES, table.diagonal(), strict=True))
    tops, shoes = [0, 2, 3, 4, 6], [5, 7, 9]
    shirt = CLASS_NAMES.index("Shirt")
    assert right["Shirt"] < 800
    assert table[shirt, tops].sum() > 970
    assert all(table[shirt, top] > 10 for top in tops)
    assert table[np.ix_(shoes, shoes)].sum() > 2900
    assert min(right["Trouser"], right["Bag"]) > 950


def test_real_model_knows_the_sketches(drawn, real):
    """A model of the real set names at least 60 % of the sketches right."""
    model, _ = learn(*real[True])
    assert score(model, *drawn[False]) > 0.60


def test_sketch_model_knows_the_real_set(real, sketch_model):
    """A model of the sketches names at least 55 % of the real test images right."""
    assert score(sketch_model[0], *real[False]) > 0.55
