"""What can be computed from an evaluation, beside independent implementations."""

import pytest
import torch
from sklearn import metrics
from sklearn.calibration import calibration_curve

from fmnist_lib.training import Evaluation


@pytest.fixture
def evaluation():
    """Return 1,000 images of nine classes, none of the tenth, named right about half the time."""
    labels = torch.randint(0, 9, (1000,))
    logits = torch.randn(1000, 10)
    logits[torch.arange(1000), labels] += 2 * torch.rand(1000)
    return Evaluation(logits, labels, loss=0.0)


def test_accuracy(evaluation):
    """Accuracy is scikit-learn's, over all images and for each class that has images."""
    truth, said = evaluation.labels, evaluation.predictions
    assert evaluation.accuracy == metrics.accuracy_score(truth, said)
    recalls = metrics.recall_score(truth, said, average=None, labels=range(9))
    assert evaluation.class_accuracy[:9].tolist() == pytest.approx(recalls.tolist())
    assert evaluation.class_accuracy[9].isnan()


def test_confusion(evaluation):
    """Rows are true labels, columns predictions, as in scikit-learn."""
    expected = metrics.confusion_matrix(evaluation.labels, evaluation.predictions, labels=range(10))
    assert evaluation.confusion.tolist() == expected.tolist()


def test_most_confused(evaluation):
    """The largest numbers off the diagonal, the largest first."""
    confusion = evaluation.confusion
    found = evaluation.most_confused(5)
    off_diagonal = sorted((confusion - confusion.diag().diag()).flatten().tolist(), reverse=True)
    assert [images for _, _, images in found] == off_diagonal[:5]
    assert all(true != said and confusion[true, said] == n for true, said, n in found)


def test_probabilities(evaluation):
    """Each row is the softmax of one image's logits."""
    assert evaluation.probabilities.sum(dim=1).tolist() == pytest.approx([1] * 1000)
    row = torch.exp(evaluation.logits[7].double())
    assert evaluation.probabilities[7].tolist() == pytest.approx((row / row.sum()).tolist())


def test_interval():
    """84.5 % of 10,000 images: about 0.7 points to either side; it stays within 0 to 1."""
    labels = torch.zeros(10_000, dtype=torch.int64)
    logits = torch.zeros(10_000, 10)
    logits[:1550, 1] = 1  # 1,550 mistakes
    low, high = Evaluation(logits, labels, 0.0).interval
    assert (low, high) == pytest.approx((0.83778, 0.85197), abs=1e-5)
    low, high = Evaluation(torch.eye(10)[:1].repeat(5, 1), labels[:5], 0.0).interval
    assert 0 < low < high == pytest.approx(1)


def test_reliability(evaluation):
    """Groups and their means are those of scikit-learn's calibration curve."""
    confidence, accuracy, images = evaluation.reliability(10)
    probability = evaluation.probabilities.amax(dim=1)
    expected = calibration_curve(evaluation.correct, probability, n_bins=10)
    filled = images > 0
    assert accuracy[filled].tolist() == pytest.approx(expected[0].tolist())
    assert confidence[filled].tolist() == pytest.approx(expected[1].tolist())
    assert images.sum() == 1000
    assert confidence[~filled].isnan().all()


def test_reliability_at_the_edges():
    """A probability of exactly 1 is in the last group."""
    logits = torch.full((1, 10), -1e9)
    logits[0, 3] = 0
    assert Evaluation(logits, torch.tensor([3]), 0.0).reliability(5)[2].tolist() == [0, 0, 0, 0, 1]
