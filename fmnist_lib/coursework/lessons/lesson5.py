"""Lesson 5, Evaluating: its blanks and its questions."""

import math

import torch
from torch import Tensor

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake

PEOPLE = {"one answer": 66.7, "majority": (82.2, 37.5, 27.3, 94.6)}
"""How many answers of people about the 10,000 test images are right, in percent: of single ones,
and of the majority for each image: of all images, Coat, Shirt, and the other eight classes.

Counted from the 667,020 votes of Ishida et al., 2022, arXiv:2202.00395.
"""


def accuracy(predictions, labels):
    """Return the share of predictions that are equal to the labels."""
    right = 0
    for said, true in zip(predictions, labels, strict=True):
        if said == true:
            right += 1
    return right / len(labels)


def margin(share, count):
    """Return half the width of the 95 % interval of a share of `count` images."""
    return 1.96 * (share * (1 - share) / count) ** 0.5


def confusion_table(labels, predictions):
    """Return counts, (10, 10): row = true label, column = predicted label."""
    table = torch.zeros(10, 10, dtype=torch.int64)
    for true, said in zip(labels, predictions, strict=True):
        table[true, said] += 1
    return table


def class_accuracy(table):
    """Return the accuracy of each class from a confusion table."""
    shares = []
    for label in range(10):
        shares.append(table[label, label] / table[label].sum())
    return shares


def _answers(images: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return made labels and predictions; a wrong one is 2 classes too high, or 1 too low."""
    dice = torch.Generator().manual_seed(seed)
    labels = torch.randint(10, (images,), generator=dice)
    shift = torch.tensor([0, 0, 0, 0, 0, 0, 2, 2, 9])[torch.randint(9, (images,), generator=dice)]
    return labels, (labels + shift) % 10


def _for_accuracy() -> list[tuple[Tensor, Tensor]]:
    """Return 5 right answers of 8, and a set with a small second batch, mostly wrong."""
    few = torch.tensor([3, 1, 0, 7, 5, 6, 4, 2]), torch.tensor([3, 5, 0, 7, 2, 6, 4, 3])
    labels = torch.arange(70) % 10
    predictions = labels.clone()
    predictions[50:56] += 1
    predictions[65:69] += 1  # 60 of 70; in batches of 64, 58 of 64 and 2 of 6
    return [few, (predictions, labels)]


def _mean_of_batches(predictions, labels):
    pairs = zip(predictions.split(64), labels.split(64), strict=True)
    shares = [accuracy(*pair) for pair in pairs]
    return sum(shares) / len(shares)


def _poor_table() -> Tensor:
    """Return a confusion table in which one class is mostly taken for another."""
    table = 30 * torch.eye(10, dtype=torch.int64) + 1
    table[6, 6], table[6, 0] = 6, 9
    return table


def _table() -> Tensor:
    """Return a confusion table of classes that differ in size, with accuracies like 0.65."""
    table = torch.zeros(10, 10, dtype=torch.int64)
    images = [20, 10, 40, 20, 50, 10, 20, 40, 50, 20]
    right = [13, 8, 26, 19, 31, 9, 7, 38, 42, 17]
    for label, (size, good) in enumerate(zip(images, right, strict=True)):
        table[label, label] = good
        table[label, (label + 2) % 10] += (size - good + 1) // 2
        table[label, (label + 9) % 10] += (size - good) // 2
    return table


def _full_table() -> Tensor:
    """Return a table without a zero, with accuracies of many decimals."""
    table = torch.randint(1, 9, (10, 10), generator=torch.Generator().manual_seed(5))
    return table + 20 * torch.eye(10, dtype=torch.int64)


def _found_anywhere(predictions, labels):
    return sum(bool((labels == said).any()) for said in predictions) / len(labels)


def _pairs_seen(labels, predictions):
    return (confusion_table(labels, predictions) > 0).long()


def _each_with_each(labels, predictions):
    return torch.outer(labels.bincount(minlength=10), predictions.bincount(minlength=10))


def _only_mistakes(labels, predictions):
    return confusion_table(labels, predictions).fill_diagonal_(0)


def _only_right(labels, predictions):
    return confusion_table(labels, predictions).diag().diag()


def _as_shares(labels, predictions):
    table = confusion_table(labels, predictions)
    return table / table.sum(dim=1, keepdim=True).clamp(min=1)


EXERCISES = [
    Exercise(
        accuracy,
        trials=_for_accuracy,
        mistakes=[
            Mistake(
                lambda predictions, labels: (predictions == labels).sum(),
                "That is the number of right answers. Divide it by the number of images.",
            ),
            Mistake(
                lambda predictions, labels: 1 - accuracy(predictions, labels),
                "That is the share of wrong answers. Count where the two are equal.",
            ),
            Mistake(
                lambda predictions, labels: 100 * accuracy(predictions, labels),
                "That is in percent. Return the share, from 0 to 1.",
            ),
            Mistake(
                lambda predictions, labels: accuracy(predictions[labels], labels[labels]),
                "`for i in labels` takes labels for places. Use `for i in range(len(labels))`.",
            ),
            Mistake(
                _found_anywhere,
                "`in` looks at all labels. Compare each prediction with the label at its place.",
            ),
            Mistake(
                lambda predictions, labels: accuracy(predictions, labels) + 1 / len(labels),
                "That is one right answer too many. Begin to count at 0.",
            ),
            Mistake(
                lambda predictions, labels: predictions == labels,
                "That is True or False for each image. Count the right ones, and divide.",
            ),
            Mistake(
                lambda predictions, labels: (predictions == labels) / len(labels),
                "There is still a number for each image. Add them up before you divide.",
            ),
            Mistake(
                lambda predictions, labels: accuracy(predictions, labels) // 1,
                "That is 0. Is it `//` for `/`, `is` for `==`, or `right + 1` without `right =`?",
            ),
            Mistake(
                _mean_of_batches,
                "That is a mean of batches of 64. Count all right answers, and divide once.",
            ),
        ],
    ),
    Exercise(
        margin,
        trials=lambda: [(0.5, 100), (0.8, 400), (0.97, 50)],
        mistakes=[
            Mistake(
                lambda share, count: 1.96 * share * (1 - share) / count,
                "The square root is missing: put ** 0.5 after the bracket.",
            ),
            Mistake(
                lambda share, count: 1.96 * (share * (1 - share) / count) ** 1 / 2,
                "That halves. The root is ** 0.5, with two stars. (** 1 / 2 only halves, too.)",
            ),
            Mistake(
                lambda share, count: 1.96 * (share * (1 - share)) ** 0.5 / count,
                "Divide by count inside the bracket, before you take the root.",
            ),
            Mistake(
                lambda share, count: 1.96 * share * (1 - share) / count**0.5,
                "The root is only over count. Put brackets around the whole fraction.",
            ),
            Mistake(
                lambda share, count: (1.96 * share * (1 - share) / count) ** 0.5,
                "1.96 stands before the root, not inside it.",
            ),
            Mistake(
                lambda share, count: (share * (1 - share) / count) ** 0.5,
                "The factor 1.96 is missing.",
            ),
            Mistake(
                lambda share, count: 1.64 * (share * (1 - share) / count) ** 0.5,
                "With 1.64, only about 90 in 100 intervals are right. Use 1.96.",
            ),
            Mistake(
                lambda share, count: 1.96 * (share / count) ** 0.5,
                "The factor (1 - share) is missing.",
            ),
            Mistake(
                lambda share, count: 1.96 * (share * 1 - share / count) ** 0.5,
                "1 - share needs brackets of its own: share * (1 - share).",
            ),
            Mistake(
                lambda share, count: 2 * margin(share, count),
                "That is the whole width. The margin is half of it, for one side.",
            ),
            Mistake(
                lambda share, count: 100 * margin(share, count),
                "That is in points. Return a share: don't multiply by 100.",
            ),
            Mistake(
                lambda share, count: 1.96 * math.sqrt(share * (1 - share) * count),
                "Divide by count. You multiply by it.",
            ),
        ],
    ),
    Exercise(
        confusion_table,
        trials=lambda: [_answers(200), _answers(30, seed=2)],
        mistakes=[
            Mistake(
                lambda labels, predictions: confusion_table(predictions, labels),
                "Rows and columns are exchanged. The row is the true label.",
            ),
            Mistake(
                _pairs_seen,
                "Each number is 0 or 1. In a loop, add 1 for each image: use += and not =. "
                "`table[labels, predictions] += 1` adds to each place only once.",
            ),
            Mistake(
                _each_with_each,
                "Each label meets every prediction. One loop is enough: take both at one place.",
            ),
            Mistake(
                lambda labels, predictions: len(labels) * _pairs_seen(labels, predictions),
                "Each round counts all images. In the loop, take labels[i] and predictions[i].",
            ),
            Mistake(
                lambda labels, predictions: confusion_table(labels[:10], predictions[:10]),
                "Only ten images are counted. Use `for i in range(len(labels))`.",
            ),
            Mistake(
                lambda labels, predictions: confusion_table(labels[labels], predictions[labels]),
                "`for i in labels` takes labels for places. Use `for i in range(len(labels))`.",
            ),
            Mistake(
                lambda labels, predictions: confusion_table(labels, predictions[labels]),
                "`for i in labels` gives labels, not places. Use `for i in range(len(labels))`.",
            ),
            Mistake(
                _only_mistakes,
                "The right answers are missing. They are counted too, on the diagonal.",
            ),
            Mistake(
                _only_right,
                "Only right answers are counted. Mistakes are counted too, off the diagonal.",
            ),
            Mistake(_as_shares, "These are shares of a row. The table holds counts."),
        ],
        picture=True,
    ),
    Exercise(
        class_accuracy,
        trials=lambda: [(_table(),), (_full_table(),), (_poor_table(),)],
        mistakes=[
            Mistake(
                lambda table: table.diag() / table.sum(dim=0),
                "You divide by the sum of the column. The images of a class are its row.",
            ),
            Mistake(
                lambda table: table.diag() / table.sum(),
                "You divide by all images. Divide by the images of this class.",
            ),
            Mistake(
                lambda table: table.diag() / (table.sum(dim=1) - table.diag()),
                "You divide by the wrong answers. Divide by all images of the class.",
            ),
            Mistake(
                lambda table: table.diag() / table[3].sum(),
                "You always divide by the sum of row 3. Divide by that of row i: table[i].sum().",
            ),
            Mistake(
                lambda table: list(table / table.sum(dim=1, keepdim=True)),
                "These are whole rows. Only the right answers count: table[i, i].",
            ),
            Mistake(
                lambda table: table.diag() / 1000,
                "You divide by 1,000. Not every table has 1,000 images of a class: add up the row.",
            ),
            Mistake(
                lambda table: table.diag(),
                "These are counts. Divide each by the images of its class.",
            ),
            Mistake(
                lambda table: 100 * table.diag() / table.sum(dim=1),
                "That is in percent. Return shares, from 0 to 1.",
            ),
            Mistake(
                lambda table: 1 - table.diag() / table.sum(dim=1),
                "These are the shares of wrong answers. The right ones stand on the diagonal.",
            ),
        ],
    ),
]

QUESTIONS = {
    "images_in_the_test_set": Question(10_000, "Print len(test_loader.dataset)."),
    "accuracy_of_two_batches_in_percent": Question(90, "All right answers / all images."),
    "margin_of_400_images_in_points": Question(
        4.9, "Call margin(0.5, 400). A point is a hundredth. One decimal.", 0.05
    ),
    "sum_of_a_row_of_the_confusion_table": Question(1000, "Count all test images of a class."),
    "percent_right_when_calibrated_and_70_percent_sure": Question(
        70, "Calibrated means: right as often as sure."
    ),
    "mode_for_testing": Question(
        ("eval", "evaluation", "eval mode", "evaluation mode", "evaluate"),
        "It is not train mode. Its name stands in the cell of your first test accuracy.",
    ),
}
