"""The figures of the lessons, by the numbers and words in them."""

import matplotlib.pyplot as plt
import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib import CLASS_NAMES, plots
from fmnist_lib.data import FashionDataset


class Constant(nn.Module):
    """Gives the same ten logits for every image."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, images):
        return self.logits.repeat(len(images), 1)


@pytest.mark.parametrize(("shift", "title"), [(0, "✓ right: {}"), (1, "✗ wrong: {}, not {}")])
def test_prediction_bars(shift, title, loader):
    """Bars, colours, marks and title say what the model gives each class of one image."""
    true = int(loader.dataset.targets[5])
    said = (true + shift) % 10
    logits = torch.arange(10.0) / 5
    logits[said] = 4
    shares = logits.softmax(dim=0)
    _, ax = plt.subplots()
    assert plots.prediction_bars(ax, Constant(logits), loader, 5) is ax
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(shares.tolist())
    assert [label.get_text() for label in ax.get_yticklabels()] == list(CLASS_NAMES)
    colours = [to_hex(bar.get_facecolor()).upper() for bar in ax.patches]
    assert colours[true] == plots.RIGHT
    assert colours.count(plots.WRONG) == shift
    assert ax.get_title(loc="left") == title.format(CLASS_NAMES[said], CLASS_NAMES[true])
    texts = [text.get_text() for text in ax.texts]
    assert texts[true] == f"{shares[true]:.2%}{' true label' if shift else ' ✓'}"
    assert texts[said] == f"{shares[said]:.2%}{' ✗ model' if shift else ' ✓'}"


def test_prediction_bars_of_a_sketch(dataset):
    """A sketch is marked, and the mark takes no room from the bars."""
    sketches = FashionDataset(dataset.data, dataset.targets, "sketches")
    places = []
    for data in (dataset, sketches):
        fig, ax = plt.subplots(layout="constrained")
        plots.prediction_bars(ax, Constant(torch.zeros(10)), DataLoader(data), 0)
        fig.draw_without_rendering()
        places.append(ax.get_position().bounds)
    assert [text.get_text() for text in ax.figure.texts] == ["sketches, not Fashion-MNIST"]
    assert places[0] == pytest.approx(places[1])


def test_one_mark_a_figure():
    """Two Axes of sketches get one mark between them; the real images get none."""
    fig, (left, right) = plt.subplots(1, 2)
    assert plots.stamp(left, "fashion-mnist") is left
    assert fig.texts == []
    for ax in (left, right):
        assert plots.stamp(ax, "sketches") is ax
    assert [text.get_text() for text in fig.texts] == ["sketches, not Fashion-MNIST"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax, data: plots.picture(ax, data.data[0], source=data.source),
        lambda ax, data: plots.pixel_values(ax, data.data[0], source=data.source),
        plots.class_gallery,
        plots.class_balance,
        lambda ax, data: plots.histogram(ax, data.images, source=data.source),
        lambda ax, data: plots.weight_pictures(ax, torch.ones(3, 784), source=data.source),
        lambda ax, data: plots.curves(ax, {"loss": [2.0, 1.0]}, source=data.source),
    ],
)
def test_figures_of_sketches_are_marked(draw, dataset):
    """Each figure of the sketches says so, and no figure of the real images does."""
    for source, texts in (("fashion-mnist", 0), ("sketches", 1)):
        fig, ax = plt.subplots()
        assert draw(ax, FashionDataset(dataset.data, dataset.targets, source)) is ax
        assert len(fig.texts) == texts


def test_picture(dataset):
    """The image is drawn in its own grey values, and a frame goes around the chosen pixels."""
    _, ax = plt.subplots()
    plots.picture(ax, dataset.data[3], rows=range(5, 9), columns=range(10, 12))
    assert torch.equal(torch.as_tensor(ax.images[0].get_array().data), dataset.data[3])
    assert ax.images[0].get_clim() == (0, 255)
    (frame,) = ax.patches
    assert frame.get_bbox().bounds == (9.5, 4.5, 2, 4)


def test_picture_without_a_frame(dataset):
    """Without rows and columns there is no frame."""
    _, ax = plt.subplots()
    plots.picture(ax, dataset.data[3])
    assert not ax.patches


def test_pixel_values():
    """Each square holds its number, in a colour that can be read on its grey."""
    grey = torch.tensor([[0, 127, 128], [255, 3, 4]], dtype=torch.uint8)
    _, ax = plt.subplots()
    plots.pixel_values(ax, grey)
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    assert texts == {(c, r): str(int(grey[r, c])) for r in range(2) for c in range(3)}
    assert [text.get_color() for text in ax.texts[:4]] == ["white", "white", "black", "black"]


def test_pixel_values_of_a_part(dataset):
    """A part keeps the numbers of its rows and columns; the first row is on top."""
    _, ax = plt.subplots()
    plots.pixel_values(ax, dataset.data[0], rows=range(4, 6), columns=range(7, 10))
    assert [text.get_text() for text in ax.texts] == [
        str(value) for value in dataset.data[0, 4:6, 7:10].flatten().tolist()
    ]
    assert (ax.get_xlim(), ax.get_ylim()) == ((6.5, 9.5), (5.5, 3.5))
    assert (ax.get_xticks().tolist(), ax.get_yticks().tolist()) == ([7, 8, 9], [4, 5])


def test_class_gallery(dataset):
    """Row r holds the first images of class r, and a class with fewer of them leaves gaps."""
    _, ax = plt.subplots()
    plots.class_gallery(ax, dataset, columns=40)
    drawn = torch.as_tensor(ax.images[0].get_array().filled(torch.nan))
    size = 28 + plots.GAP
    assert drawn.shape == (10 * size - plots.GAP, 40 * size - plots.GAP)
    for label in range(10):
        expected = dataset.data[dataset.targets == label]
        row = drawn[label * size : label * size + 28]
        for i in (0, len(expected) - 1):
            assert torch.equal(row[:, i * size : i * size + 28], expected[i].float())
        assert row[:, len(expected) * size :].isnan().all()
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [f"{label} {name}" for label, name in enumerate(CLASS_NAMES)]


def test_class_balance(dataset):
    """Each bar is as long as its class has images, and says how many."""
    _, ax = plt.subplots()
    plots.class_balance(ax, dataset)
    counts = [dataset.targets.tolist().count(label) for label in range(10)]
    assert [bar.get_width() for bar in ax.patches] == counts
    assert [text.get_text() for text in ax.texts] == [str(count) for count in counts]
    assert [label.get_text() for label in ax.get_yticklabels()] == list(CLASS_NAMES)


def test_histogram():
    """The bars add up to 100 %; mean and standard deviation are in words."""
    values = torch.tensor([[-1.0, -1.0], [1.0, 3.0]])
    _, ax = plt.subplots()
    plots.histogram(ax, values, xlabel="values")
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(100)
    assert ax.patches[0].get_height() == pytest.approx(50)
    assert list(ax.lines[0].get_xdata()) == [0.5, 0.5]
    assert ax.texts[0].get_text() == "mean 0.50 (dashed)\nstandard deviation 1.91"


def test_histogram_has_no_negative_zero():
    """A mean just below 0 is written without a minus."""
    _, ax = plt.subplots()
    plots.histogram(ax, torch.tensor([-1.0, 0.999]))
    assert ax.texts[0].get_text().startswith("mean 0.00 ")


def test_relu_curve():
    """The thick line is 0 on the left, and the number itself on the right."""
    _, ax = plt.subplots()
    assert plots.relu_curve(ax) is ax
    x, y = ax.lines[1].get_data()
    assert list(y) == pytest.approx([max(value, 0) for value in x])


def test_weight_pictures():
    """Each picture holds the weights of one unit; red and blue reach equally far from 0."""
    weights = torch.randn(5, 784)
    _, ax = plt.subplots()
    plots.weight_pictures(ax, nn.Parameter(weights), columns=3)
    drawn = torch.as_tensor(ax.images[0].get_array().filled(torch.nan))
    size = 28 + plots.GAP
    for unit, picture in enumerate(weights.reshape(-1, 28, 28)):
        row, column = divmod(unit, 3)
        corner = drawn[row * size : row * size + 28, column * size : column * size + 28]
        assert torch.equal(corner, picture)
    limit = weights.abs().max().item()
    assert ax.images[0].get_clim() == pytest.approx((-limit, limit))


def test_descent():
    """The steps lie on the curve, and the first one is named."""
    _, ax = plt.subplots()
    assert plots.descent(ax, lambda w: (w - 3) ** 2, [0.0, 2.0, 3.5], title="steps") is ax
    x, y = ax.lines[1].get_data()
    assert (list(x), list(y)) == ([0, 2, 3.5], [9, 1, 0.25])
    assert (ax.texts[0].get_text(), ax.texts[0].xy, ax.get_title()) == ("start", (0, 9), "steps")


def test_descent_of_one_point():
    """A path without a step can be drawn, too."""
    _, ax = plt.subplots()
    plots.descent(ax, lambda w: w**2, [1.0])
    assert list(ax.lines[1].get_xdata()) == [1]


def test_curves():
    """Each series is a line from 1 on, named, and told apart without colours."""
    series = {"training": [2.0, 1.0, 0.5], "validation": [2.5, 1.5], "both": [1.0]}
    _, ax = plt.subplots()
    plots.curves(ax, series, xlabel="step", ylabel="value")
    lines = {line.get_label(): line for line in ax.lines}
    assert {name: list(line.get_ydata()) for name, line in lines.items()} == series
    assert list(lines["training"].get_xdata()) == [1, 2, 3]
    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 3
    assert [text.get_text() for text in ax.get_legend().get_texts()] == list(series)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "value")


@pytest.mark.parametrize("count", [0, 5])
def test_curves_are_one_to_four(count):
    """More series than styles is an error: no series is left out in silence."""
    _, ax = plt.subplots()
    with pytest.raises(ValueError, match=f"series must hold 1 to 4 lines, got {count}"):
        plots.curves(ax, {str(i): [1.0] for i in range(count)})
