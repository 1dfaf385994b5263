"""Evaluation: its lines, and its figures beside independent implementations."""

import copy
import math

import pytest
import torch
from helpers import Fixed
from sklearn import metrics
from sklearn.calibration import calibration_curve
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from fmnist_lib import evaluate_model
from fmnist_lib.evaluation import Evaluation, evaluate


@pytest.fixture
def evaluation():
    """Return 1,000 images of nine classes, none of the tenth, about half classified correctly."""
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


def test_a_copy_is_another_evaluation(evaluation):
    """Two evaluations can be compared: each is equal to itself alone."""
    assert evaluation == evaluation
    assert evaluation != copy.copy(evaluation)


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


def test_no_mistakes(evaluation):
    """Only mistakes that were made are told."""
    logits = torch.eye(10)[[0, 1, 1, 3]]
    assert Evaluation(logits, logits.argmax(dim=1), 0.0).most_confused() == []
    assert Evaluation(logits, torch.tensor([0, 1, 2, 3]), 0.0).most_confused() == [(2, 1, 1)]


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
    """Bins and their means are those of scikit-learn's calibration curve, each in its place."""
    confidence, accuracy, images = evaluation.reliability(10)
    probability = evaluation.probabilities.amax(dim=1)
    expected = calibration_curve(evaluation.correct, probability, n_bins=10)
    filled = images > 0
    assert accuracy[filled].tolist() == pytest.approx(expected[0].tolist())
    assert confidence[filled].tolist() == pytest.approx(expected[1].tolist())
    assert images.tolist() == torch.histc(probability, 10, 0, 1).tolist()
    assert confidence[~filled].isnan().all()


def test_reliability_by_hand():
    """Each image is in the bin of its confidence; a probability of exactly 1 is in the last."""
    shares = torch.tensor([0.2, 0.45, 0.55, 0.7, 0.7, 1.0]).double()
    rest = (1 - shares) / 9
    logits = rest.repeat(10, 1).T.log()
    logits[:, 3] = shares.log()
    labels = torch.tensor([3, 3, 0, 3, 0, 3])
    confidence, accuracy, images = Evaluation(logits, labels, 0.0).reliability(4)
    assert images.tolist() == [1, 1, 3, 1]
    assert accuracy.tolist() == pytest.approx([1, 1, 1 / 3, 1])
    assert confidence.tolist() == pytest.approx([0.2, 0.45, 1.95 / 3, 1])


def images_with_labels(*labels):
    """Return a loader of black images in batches of 2."""
    return DataLoader(
        TensorDataset(torch.zeros(len(labels), 1, 28, 28), torch.tensor(labels)), batch_size=2
    )


def test_format(capsys):
    """The loss has four decimals and comes first; show_loss=False leaves it out."""
    model, loader = Fixed([0.0] * 10), images_with_labels(0, 0, 1)
    assert evaluate_model(model, loader, nn.CrossEntropyLoss(), show_loss=True) is None
    evaluate_model(model, loader, nn.CrossEntropyLoss(), False)
    out, err = capsys.readouterr()
    assert out == "Average loss: 2.3026\nAccuracy: 66.67%\nAccuracy: 66.67%\n"
    assert err == ""


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nan_logits_are_no_evaluation(bad):
    """An accuracy of NaN logits would be a wrong number, whatever the criterion makes of them."""
    with pytest.raises(FloatingPointError, match="NaN or infinite logits"):
        evaluate(Fixed([bad] * 10), images_with_labels(0), lambda *_: torch.tensor(1.0))
