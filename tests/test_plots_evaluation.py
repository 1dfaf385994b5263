"""The figures of the evaluation lesson, by the numbers and words in them."""

import matplotlib.pyplot as plt
import pytest
import torch

from fmnist_lib import CLASS_NAMES, plots
from fmnist_lib.data import FashionDataset
from fmnist_lib.training import Evaluation


@pytest.fixture
def evaluation(dataset):
    """Return answers about `dataset`, each with its own certainty, some of them wrong."""
    logits = torch.randn(200, 10)
    logits[torch.arange(200), dataset.targets] += 2
    return Evaluation(logits, dataset.targets, 0.0, "fashion-mnist")


@pytest.fixture
def ax():
    """Return an empty Axes."""
    return plt.subplots()[1]


def test_confusion_matrix(ax, evaluation):
    """Each number stands in its row and column, and the names are on both sides."""
    assert plots.confusion_matrix(ax, evaluation) is ax
    shown = {text.get_position(): int(text.get_text()) for text in ax.texts}
    assert len(shown) == 100
    for (column, row), count in shown.items():
        assert count == evaluation.confusion[row, column]
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        assert [label.get_text() for label in labels] == list(CLASS_NAMES)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("what the model says", "what it is")


def test_class_accuracy(ax, evaluation):
    """A bar for each class, a line for all images, and the percentages in words."""
    assert plots.class_accuracy(ax, evaluation) is ax
    expected = evaluation.class_accuracy.tolist()
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(expected)
    assert [text.get_text() for text in ax.texts] == [f"{share:.1%}" for share in expected]
    assert ax.lines[0].get_xdata()[0] == evaluation.accuracy
    assert f"{evaluation.accuracy:.1%}" in ax.get_title(loc="left")


@pytest.mark.parametrize("right", [True, False])
def test_answer(right, ax, dataset, evaluation):
    """The title has the mark, the prediction with its share, and the true label of a mistake."""
    index = int((evaluation.correct == right).nonzero()[0])
    said = evaluation.predictions[index]
    share = f"{evaluation.probabilities[index, said]:.0%}"
    assert plots.answer(ax, dataset, evaluation, index) is ax
    first, second = ax.get_title().split("\n")
    assert first == f"{'✓' if right else '✗'} {CLASS_NAMES[said]} {share}"
    assert second == ("" if right else f"is: {CLASS_NAMES[dataset.targets[index]]}")
    assert torch.equal(torch.as_tensor(ax.images[0].get_array().data), dataset.data[index])


def test_reliability(ax, evaluation):
    """A point for each group that has images, with their number, and the diagonal."""
    assert plots.reliability(ax, evaluation) is ax
    confidence, accuracy, images = evaluation.reliability()
    seen = images > 0
    diagonal, points = ax.lines
    assert diagonal.get_xydata().tolist() == [[0, 0], [1, 1]]
    assert points.get_xdata().tolist() == confidence[seen].tolist()
    assert points.get_ydata().tolist() == accuracy[seen].tolist()
    assert [text.get_text() for text in ax.texts] == [str(n) for n in images[seen].tolist()]


def test_sketches_are_marked(ax, dataset, evaluation):
    """Each figure of sketches says so."""
    sketches = FashionDataset(dataset.data, dataset.targets, "sketches")
    evaluation = Evaluation(evaluation.logits, evaluation.labels, 0.0, "sketches")
    for draw, *arguments in (
        (plots.confusion_matrix, evaluation),
        (plots.class_accuracy, evaluation),
        (plots.answer, sketches, evaluation, 0),
        (plots.reliability, evaluation),
    ):
        draw(ax, *arguments)
        assert [text.get_text() for text in ax.figure.texts] == ["sketches, not Fashion-MNIST"]
        ax.figure.texts[0].remove()
