"""The figures of the lessons: their numbers and words, and whether these can be read."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from helpers import Fixed
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib import CLASS_NAMES, plots
from fmnist_lib.data import FashionDataset
from fmnist_lib.evaluation import Evaluation, wilson_interval


@pytest.fixture
def evaluation(dataset):
    """Return answers about `dataset`, each with its own confidence, some of them wrong."""
    logits = torch.randn(200, 10)
    logits[torch.arange(200), dataset.targets] += 2
    return Evaluation(logits, dataset.targets, 0.0, dataset.source)


@pytest.fixture
def ax():
    """Return an empty Axes."""
    return plt.subplots()[1]


SAYS_NOTHING = Fixed(torch.zeros(10))
GREYS = torch.arange(256).byte().reshape(16, 16)
FIGURES = [  # as in the lessons: size, rows and columns, what to draw into each Axes
    ((3, 3), (1, 1), lambda ax, d, e: plots.picture(ax, d.data[0], source=d.source)),
    ((10, 5.2), (1, 2), lambda ax, d, e: plots.pixel_values(ax, GREYS, source=d.source)),
    ((9, 7.5), (1, 1), lambda ax, d, e: plots.class_gallery(ax, d, columns=12)),
    ((7, 3.5), (1, 1), lambda ax, d, e: plots.class_balance(ax, d)),
    ((10, 3.5), (1, 2), lambda ax, d, e: plots.histogram(ax, d.images, source=d.source)),
    ((7, 3.5), (1, 1), lambda ax, d, e: plots.grey_values(ax, d.data[0], d.data, source=d.source)),
    ((9, 2.6), (1, 1), lambda ax, d, e: plots.weight_pictures(ax, d.images[:9], source=d.source)),
    ((7, 3.8), (1, 1), lambda ax, d, e: plots.curves(ax, {"loss": [2, 1]}, source=d.source)),
    ((7, 3.6), (1, 1), lambda ax, d, e: plots.class_accuracy(ax, e)),
    ((7, 6), (1, 1), lambda ax, d, e: plots.confusion_matrix(ax, e)),
    ((8, 4.4), (2, 5), lambda ax, d, e: plots.predicted_image(ax, d, e, 0)),
    ((8, 2.4), (1, 5), lambda ax, d, e: plots.predicted_image(ax, d, e, 0)),
    ((5, 5), (1, 1), lambda ax, d, e: plots.reliability(ax, e)),
    ((8, 5), (2, 2), lambda ax, d, e: plots.prediction_bars(ax, SAYS_NOTHING, DataLoader(d), 0)),
]


def words(texts):
    """Return the words of matplotlib's texts."""
    return [text.get_text() for text in texts]


def tile(ax, row, column):
    """Return one picture of a mosaic, and check its frame of nothing to the right and below."""
    size = 28 + plots.GAP
    drawn = torch.as_tensor(ax.images[0].get_array().filled(torch.nan))
    part = drawn[row * size : (row + 1) * size, column * size : (column + 1) * size]
    assert part[28:].isnan().all()
    assert part[:, 28:].isnan().all()
    return part[:28, :28]


def contrast(one, other):
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it."""
    rgb = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    dark, light = sorted(linear @ [0.2126, 0.7152, 0.0722])
    return (light + 0.05) / (dark + 0.05)


def pixels(fig):
    """Return what a figure looks like, (H, W, 3), 0 to 1, its first row at the bottom."""
    fig.canvas.draw()
    return np.asarray(fig.canvas.buffer_rgba())[::-1, :, :3] / 255


@pytest.mark.parametrize("colour", [plots.RIGHT, plots.WRONG, plots.NEUTRAL])
def test_colours_are_dark_enough_for_text(colour):
    """Each of the three colours can be read on white."""
    assert contrast(colour, "white") >= 4.5


@pytest.mark.parametrize(("size", "grid", "draw"), FIGURES)
def test_figures_can_be_read(size, grid, draw, dataset, evaluation):
    """One mark, on sketches only and over nothing else; every text stands out from its ground."""
    for source in ("fashion-mnist", "sketches"):
        data = FashionDataset(dataset.data, dataset.targets, source)
        said = Evaluation(evaluation.logits, evaluation.labels, 0.0, source)
        fig, axes = plt.subplots(*grid, figsize=size, layout="constrained", squeeze=False)
        for ax in axes.flat:
            assert draw(ax, data, said) is ax
            ax.set_title(ax.get_title() or "title", loc="right")
        assert len(fig.texts) == (source == "sketches")
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    mark = fig.texts[0].get_window_extent()
    assert not any(mark.overlaps(ax.get_tightbbox()) for ax in fig.axes)
    texts = {t: t.get_window_extent() for t in fig.findobj(Text) if t.get_text()}
    for text in texts:
        text.set_visible(False)
    ground = pixels(fig)
    for text, box in texts.items():
        x, y = int((box.x0 + box.x1) / 2), int((box.y0 + box.y1) / 2)
        if fig.bbox.contains(x, y):  # unlike the ticks beyond the ends of an axis
            assert contrast(text.get_color(), ground[y, x]) >= 4.5, text


@pytest.mark.parametrize("layout", ["tight", "none", "placeholder"])
def test_one_mark_per_figure(layout):
    """Two Axes of sketches share one mark, whatever arranges them."""
    fig, axes = plt.subplots(1, 2, layout=layout.replace("placeholder", "constrained"))
    if layout == "placeholder":
        fig.colorbar(axes[0].imshow(GREYS.numpy()), ax=axes[0])
        fig.set_layout_engine("none")
    for ax in axes:
        ax.set_title("a long title " * 3)
        assert plots.mark_sketches(ax, "sketches") is ax
    fig.draw_without_rendering()
    assert words(fig.texts) == ["sketches, not Fashion-MNIST"]
    if layout == "tight":
        mark = fig.texts[0].get_window_extent()
        assert not any(mark.overlaps(ax.get_tightbbox()) for ax in axes)


def test_names_of_another_set(ax, dataset):
    """Figures use the names that the set has for its labels."""
    dataset.classes = list("abcdefghij")
    plots.prediction_bars(ax, SAYS_NOTHING, DataLoader(dataset), 0)
    assert [label.get_text() for label in ax.get_yticklabels()] == dataset.classes
    assert ax.get_title(loc="left").endswith(f"not {'abcdefghij'[dataset.targets[0]]}")


@pytest.mark.parametrize(("shift", "title"), [(0, "✓ right: {}"), (1, "✗ wrong: {}, not {}")])
def test_prediction_bars(shift, title, ax, loader):
    """Bars, colours, marks and title say what the model gives each class of one image."""
    true = int(loader.dataset.targets[5])
    said = (true + shift) % 10
    logits = torch.arange(10.0) / 5
    logits[said] = 4
    shares = logits.softmax(dim=0)
    assert plots.prediction_bars(ax, Fixed(logits), loader, 5) is ax
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(shares.tolist())
    assert words(ax.get_yticklabels()) == list(CLASS_NAMES)
    colours = [to_hex(bar.get_facecolor()).upper() for bar in ax.patches]
    assert colours[true] == plots.RIGHT
    assert colours.count(plots.WRONG) == shift
    assert ax.get_title(loc="left") == title.format(CLASS_NAMES[said], CLASS_NAMES[true])
    assert words(ax.texts)[true] == f"{shares[true]:.2%}{' true label' if shift else ' ✓'}"
    assert words(ax.texts)[said] == f"{shares[said]:.2%}{' ✗ model' if shift else ' ✓'}"


@pytest.mark.parametrize(
    ("gap", "title", "bar"),
    [(9, "99.9%", "99.89%"), (12, ">99.9%", ">99.99%"), (99, ">99.9%", ">99.99%")],
)
def test_no_prediction_is_certain(gap, title, bar, ax, dataset):
    """No probability reads 100 %, not even one that float32 rounds to 1."""
    logits = torch.zeros(200, 10)
    logits[:, 4] = gap
    plots.predicted_image(ax, dataset, Evaluation(logits, dataset.targets, 0.0), 0)
    assert ax.get_title().split("\n")[0].endswith(f" {title}")
    ax.clear()
    plots.prediction_bars(ax, Fixed(logits[0]), DataLoader(dataset), 0)
    assert ax.texts[4].get_text().startswith(f"{bar} ")


def test_picture(ax, dataset):
    """The image is drawn in its own grey values; only the chosen pixels get a frame."""
    plots.picture(ax, dataset.data[3])
    assert not ax.patches
    plots.picture(ax, dataset.data[3], rows=range(5, 9), columns=range(10, 12))
    assert torch.equal(torch.as_tensor(ax.images[0].get_array().data), dataset.data[3])
    assert ax.images[0].get_clim() == (0, 255)
    (frame,) = ax.patches
    assert frame.get_bbox().bounds == (9.5, 4.5, 2, 4)


def test_pixel_values(ax, dataset):
    """Each square of a part holds its value, below the numbers of its row and column."""
    plots.pixel_values(ax, dataset.data[0], rows=range(4, 6), columns=range(7, 10))
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    assert texts == {(c, r): str(int(dataset.data[0, r, c])) for r in (4, 5) for c in (7, 8, 9)}
    assert (ax.get_xlim(), ax.get_ylim()) == ((6.5, 9.5), (5.5, 3.5))  # row 4 is on top
    assert (ax.get_xticks().tolist(), ax.get_yticks().tolist()) == ([7, 8, 9], [4, 5])


def test_class_gallery(ax, dataset):
    """Row r holds the first images of class r, and a class with fewer of them leaves gaps."""
    plots.class_gallery(ax, dataset, columns=20)
    for label in range(10):
        expected = dataset.data[dataset.targets == label][:20]
        for i in (0, len(expected) - 1):
            assert torch.equal(tile(ax, label, i), expected[i].float())
        if len(expected) < 20:
            assert tile(ax, label, len(expected)).isnan().all()
    size = 28 + plots.GAP
    assert ax.images[0].get_array().shape == (10 * size - plots.GAP, 20 * size - plots.GAP)
    names = [f"{label} {name}" for label, name in enumerate(CLASS_NAMES)]
    assert words(ax.get_yticklabels()) == names


def test_class_balance(ax, dataset):
    """Each bar is as long as its class has images, and says how many."""
    plots.class_balance(ax, dataset)
    assert ax.yaxis_inverted()  # T-shirt on top
    counts = [dataset.targets.tolist().count(label) for label in range(10)]
    assert [bar.get_width() for bar in ax.patches] == counts
    assert words(ax.texts) == [str(count) for count in counts]
    assert words(ax.get_yticklabels()) == list(CLASS_NAMES)


def test_histogram(ax):
    """The bars add up to 100 %; the title has mean and standard deviation, and no "-0.00"."""
    plots.histogram(ax, torch.tensor([[-1.0, -1.0], [1.0, 3.0]]), xlabel="values")
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(100)
    assert ax.patches[0].get_height() == pytest.approx(50)
    assert list(ax.lines[0].get_xdata()) == [0.5, 0.5]
    assert ax.get_title(loc="left") == "mean 0.50 (dashed), standard deviation 1.91"
    plots.histogram(ax, torch.tensor([-1.0, 0.999]))
    assert ax.get_title(loc="left").startswith("mean 0.00 ")


def test_grey_values(ax, dataset):
    """Bars and outline each add up to 100 %, with the value 255 in the last of 16 bars."""
    image = np.array([[0, 15, 16], [255, 255, 240]], np.uint8)
    assert plots.grey_values(ax, image, dataset.data) is ax
    expected = [(dataset.data // 16 == i).double().mean().item() * 100 for i in range(16)]
    assert [bar.get_height() for bar in ax.patches[:16]] == pytest.approx(expected)
    [outline] = ax.patches[16:]
    heights = outline.get_xy()[1:-1:2, 1]
    assert heights == pytest.approx([100 / 3, 100 / 6, *[0] * 13, 50])
    assert words(ax.get_legend().get_texts()) == ["the images of the set", "your image"]


def test_photo_steps():
    """Each picture has its name and size; colours stay, and grey is not stretched."""
    axes = plt.subplots(1, 3)[1]
    colour, grey = np.full((4, 3, 3), 90, np.uint8), np.full((28, 28), 90, np.uint8)
    steps = {"photograph": colour, "trimmed": colour[:2], "grey": grey}
    assert plots.photo_steps(axes, steps) is axes
    assert [ax.get_title() for ax in axes] == [
        "photograph\n4 x 3",
        "trimmed\n2 x 3",
        "grey\n28 x 28",
    ]
    for ax, pixels in zip(axes, steps.values(), strict=True):
        assert np.array_equal(ax.images[0].get_array(), pixels)
    assert axes[2].images[0].get_clim() == (0, 255)
    with pytest.raises(ValueError, match="zip"):
        plots.photo_steps(axes[:2], steps)


def test_relu_curve(ax):
    """The thick line is 0 on the left, and the number itself on the right."""
    assert plots.relu_curve(ax) is ax
    x, y = ax.lines[1].get_data()
    assert list(y) == pytest.approx([max(value, 0) for value in x])


def test_loss_curve(ax):
    """The curve is -ln, and ends at 0."""
    assert plots.loss_curve(ax) is ax
    x, y = ax.lines[0].get_data()
    assert list(y) == pytest.approx([-math.log(value) for value in x], abs=1e-6)
    assert (x[-1], y[-1]) == pytest.approx((1, 0))


def test_weight_pictures(ax):
    """Each picture holds the weights of one unit; red and blue reach equally far from 0."""
    weights = torch.randn(5, 784)
    plots.weight_pictures(ax, nn.Parameter(weights), columns=3)
    for unit, picture in enumerate(weights.reshape(-1, 28, 28)):
        assert torch.equal(tile(ax, *divmod(unit, 3)), picture)
    limit = weights.abs().max().item()
    assert ax.images[0].get_clim() == pytest.approx((-limit, limit))


def test_descent(ax):
    """The steps lie on the curve, the first one is labelled; a single point can be drawn, too."""
    assert plots.descent(ax, lambda w: (w - 3) ** 2, [0.0, 2.0, 3.5]) is ax
    x, y = ax.lines[1].get_data()
    assert (list(x), list(y)) == ([0, 2, 3.5], [9, 1, 0.25])
    assert (ax.texts[0].get_text(), ax.texts[0].xy) == ("start", (0, 9))
    plots.descent(ax, lambda w: w**2, [1.0])
    assert list(ax.lines[3].get_xdata()) == [1]


def test_curves(ax):
    """Each series is a line from 1 on, named, and told apart without colours; four at most."""
    series = {"training": [2.0, 1.0, 0.5], "validation": [2.5, 1.5], "both": [1.0]}
    plots.curves(ax, series, xlabel="step", ylabel="value")
    lines = {line.get_label(): line for line in ax.lines}
    assert {name: list(line.get_ydata()) for name, line in lines.items()} == series
    assert list(lines["training"].get_xdata()) == [1, 2, 3]
    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 3
    assert words(ax.get_legend().get_texts()) == list(series)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "value")
    for count in (0, 5):
        with pytest.raises(ValueError, match=f"series must hold 1 to 4 lines, got {count}"):
            plots.curves(ax, {str(i): [1.0] for i in range(count)})


def test_confusion_matrix(ax, evaluation):
    """Each number stands in its row and column, the diagonal is bold, both sides have names."""
    assert plots.confusion_matrix(ax, evaluation) is ax
    shown = {text.get_position(): text for text in ax.texts}
    assert len(shown) == 100
    for (column, row), text in shown.items():
        assert int(text.get_text()) == evaluation.confusion[row, column]
        assert (text.get_weight() == "bold") == (row == column)
    assert words(ax.get_xticklabels()) == words(ax.get_yticklabels()) == list(CLASS_NAMES)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted label", "true label")


def test_confusion_matrix_of_own_counts(ax, evaluation):
    """A table that a student counted is drawn as it is."""
    counts = torch.arange(100.0).reshape(10, 10)
    plots.confusion_matrix(ax, evaluation, counts=counts)
    assert words(ax.texts) == [str(n) for n in range(100)]


def test_class_accuracy(ax, evaluation):
    """A bar for each class, a line for all images, and the percentages in words."""
    assert plots.class_accuracy(ax, evaluation) is ax
    expected = evaluation.class_accuracy.tolist()
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(expected)
    assert words(ax.texts) == [f"{share:.1%}" for share in expected]
    assert ax.lines[0].get_xdata()[0] == evaluation.accuracy
    assert f"{evaluation.accuracy:.1%}" in ax.get_title(loc="left")


def test_a_class_without_images(ax):
    """It has no accuracy, and is not drawn as 0 %."""
    plots.class_accuracy(ax, Evaluation(torch.eye(10)[:9], torch.arange(9), 0.0))
    assert words(ax.texts) == ["100.0%"] * 9 + ["no images"]


def test_the_line_of_class_accuracy_strikes_no_number(ax):
    """A label looks the same with and without the line that would cross it."""
    labels = torch.arange(10).repeat(20)
    wrong = torch.arange(200) < torch.where(labels == 3, 50, 40)  # 75 % right, the others 80 %
    logits = nn.functional.one_hot((labels + wrong) % 10).float()
    plots.class_accuracy(ax, Evaluation(logits, labels, 0.0))
    [line] = ax.lines
    struck = pixels(ax.figure)
    box = ax.texts[3].get_window_extent()
    assert box.x0 < ax.transData.transform((line.get_xdata()[0], 0))[0] < box.x1
    line.set_visible(False)
    changed = struck != pixels(ax.figure)
    assert changed.any()
    assert not changed[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)].any()


@pytest.mark.parametrize("right", [True, False])
def test_predicted_image(right, ax, dataset, evaluation):
    """The title has the mark, the prediction with its share, and the true label of a mistake."""
    index = int((evaluation.correct == right).nonzero()[0])
    said = evaluation.predictions[index]
    answer = f"{CLASS_NAMES[said]} {evaluation.probabilities[index, said]:.1%}"
    assert plots.predicted_image(ax, dataset, evaluation, index) is ax
    truth = CLASS_NAMES[dataset.targets[index]]
    assert ax.get_title() == (f"✓ {answer}\n" if right else f"✗ {answer}\ntrue: {truth}")
    assert torch.equal(torch.as_tensor(ax.images[0].get_array().data), dataset.data[index])


def test_predicted_image_of_another_order(ax, dataset, evaluation):
    """Answers to the images in another order, or to some of them, are refused."""
    for places in (torch.arange(200).flip(0), torch.arange(100)):
        other = Evaluation(evaluation.logits[places], evaluation.labels[places], 0.0)
        with pytest.raises(ValueError, match="evaluation must be of dataset, whole and in order"):
            plots.predicted_image(ax, dataset, other, 3)


def test_reliability(ax):
    """Four images in three bins: each point is in its place, each number above the frame."""
    sure = torch.tensor([0.25, 0.25, 0.45, 0.95])
    logits = ((1 - sure) / 9).log().repeat(10, 1).T.clone()
    logits[:, 0] = sure.log()
    assert plots.reliability(ax, Evaluation(logits, torch.tensor([0, 1, 1, 0]), 0.0)) is ax
    diagonal, points = ax.lines
    assert diagonal.get_xydata().tolist() == [[0, 0], [1, 1]]
    expected = np.full((10, 2), np.nan)
    expected[[2, 4, 9]] = [[0.25, 0.5], [0.45, 0], [0.95, 1]]
    assert points.get_xydata() == pytest.approx(expected, nan_ok=True)
    ends = [part.get_segments()[0].tolist() for part in ax.collections]
    shares = (0.25, 0.5, 2), (0.45, 0, 1), (0.95, 1, 1)
    assert ends == [
        [[pytest.approx(sure), pytest.approx(end)] for end in wilson_interval(share, count)]
        for sure, share, count in shares
    ]
    [top] = ax.child_axes
    assert words(top.get_xticklabels()) == list("0020100001")
    assert top.get_xticks() == pytest.approx(np.arange(10) / 10 + 0.05)
    ax.figure.draw_without_rendering()
    for label in top.get_xticklabels():
        assert label.get_size() >= 10
        assert label.get_window_extent().y0 > ax.bbox.y1
