"""Lesson 4, Training: its blanks and its questions."""

from statistics import stdev

import torch

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake


def best_epoch(losses):
    """Return after how many epochs the loss was smallest."""
    return losses.index(min(losses)) + 1


def spread(accuracies):
    """Return the difference of the highest and the lowest accuracy."""
    return max(accuracies) - min(accuracies)


def distance(image, other):
    """Return the sum of the squared differences of two images."""
    return ((image - other) ** 2).sum()


def _image_pairs():
    """Return two pairs of small images; in the second, dark and bright differences cancel."""
    dice = torch.Generator().manual_seed(4)
    pairs = [([[1.0, 0.0], [2.0, 5.0]], [[1.0, 3.0], [0.0, 4.0]])]
    pairs += [tuple(torch.randint(-3, 9, (2, 3, 4), generator=dice).float().tolist())]
    return [(torch.tensor(image), torch.tensor(other)) for image, other in pairs]


def _first_rise(losses):
    for i in range(len(losses) - 1):
        if losses[i + 1] > losses[i]:
            return i + 1
    return len(losses)


EXERCISES = [
    Exercise(
        best_epoch,
        trials=lambda: [
            ([0.9, 0.5, 0.4, 0.7, 0.8],),
            ([0.8, 0.9, 0.6, 0.7, 0.3, 0.5],),
            ([2.1, 1.9, 1.4, 1.1, 1.2, 1.6, 1.3],),
            ([3.0, 2.0, 1.0],),
            ([0.4, 0.5, 0.9],),
        ],
        mistakes=[
            Mistake(
                lambda losses: losses.index(min(losses)),
                "That is its place counted from 0. After the first epoch, one epoch is done.",
            ),
            Mistake(min, "That is the smallest loss itself. Say after how many epochs it came."),
            Mistake(
                lambda losses: losses.index(max(losses)) + 1,
                "That is where the loss is largest.",
            ),
            Mistake(
                _first_rise,
                "That is where the loss rises for the first time. A later one can be smaller.",
            ),
            Mistake(
                lambda losses: next(
                    (i + 1 for i in range(len(losses) - 1) if losses[i + 1] > losses[i]), None
                ),
                "That is where the loss rises for the first time. A later one can be smaller.",
            ),
            Mistake(
                lambda losses: 1,
                "That is always 1. Begin with `best = losses[0]`; a sorted list has other places.",
            ),
            Mistake(len, "That is the number of all epochs."),
            Mistake(
                lambda losses: losses.index(min(losses)) + 2,
                "That is one too many. The first epoch is number 1.",
            ),
        ],
    ),
    Exercise(
        spread,
        trials=lambda: [
            ([81, 73, 84, 82],),
            ([84.3, 81.4, 81.4, 80.4],),
            ([61.5, 70.0, 71.8, 68.0, 66.2],),
        ],
        mistakes=[
            Mistake(
                lambda accuracies: min(accuracies) - max(accuracies),
                "The sign is wrong: take the lowest from the highest.",
            ),
            Mistake(
                max,
                "That is the highest itself. Take the lowest from it. (In a loop, the lowest must "
                "not begin at 0: begin with the first number.)",
            ),
            Mistake(min, "That is the lowest. Take it from the highest."),
            Mistake(
                lambda accuracies: accuracies[-1] - accuracies[0],
                "That is the last minus the first. The highest can stand anywhere in the list.",
            ),
            Mistake(
                lambda accuracies: max(accuracies[1:]) - min(accuracies[1:]),
                "That leaves out the first number. Its index is 0.",
            ),
            Mistake(
                lambda accuracies: (max(accuracies) - min(accuracies)) / 2,
                "That is half of it.",
            ),
            Mistake(stdev, "That is the standard deviation. Here, use the highest and the lowest."),
        ],
    ),
    Exercise(
        distance,
        trials=_image_pairs,
        mistakes=[
            Mistake(
                lambda image, other: (image - other).sum(),
                "Squares are missing: brighter and darker pixels cancel each other.",
            ),
            Mistake(
                lambda image, other: (image - other).abs().sum(),
                "These are differences without their sign. Square them instead.",
            ),
            Mistake(
                lambda image, other: ((image - other) ** 2).mean(),
                "That is the mean of the squares. Add them up instead.",
            ),
            Mistake(
                lambda image, other: ((image - other) ** 2).sum().sqrt(),
                "That is the root of it. Leave the root out.",
            ),
            Mistake(
                lambda image, other: (image - other).sum() ** 2,
                "Square each difference first, and then add them up.",
            ),
            Mistake(
                lambda image, other: (image**2 - other**2).sum(),
                "You square each image. Subtract first: square `(image - other)`, in brackets.",
            ),
            Mistake(
                lambda image, other: (image - other**2).sum(),
                "Only `other` is squared. Put brackets around the difference, before ** 2.",
            ),
            Mistake(
                lambda image, other: image - other**2,
                "Only `other` is squared: put brackets around the difference. Then add up.",
            ),
            Mistake(
                lambda image, other: sum((image - other) ** 2),
                "The rows are added up: a number for each column is left. Add up those, too.",
            ),
            Mistake(
                lambda image, other: sum(
                    (image[row, column] - other[row, column]) ** 2
                    for row in range(len(image))
                    for column in range(len(image))
                ),
                "len(image) counts the rows. The columns are len(image[0]).",
            ),
            Mistake(
                lambda image, other: (image - other) ** 2,
                "These are the squares, one for each pixel. Add them up.",
            ),
            Mistake(
                lambda image, other: ((image - other) ** 2).sum(dim=1),
                "There is still a number for each row. Add up all of them.",
            ),
        ],
    ),
]

QUESTIONS = {
    "steps_in_one_epoch": Question(540, "Each batch gives a step. How many batches are there?"),
    "when_training_loss_falls_and_validation_loss_rises": Question(
        ("overfitting", "overfit", "overfits", "overfitted", "learning by heart"),
        "Better and better on its own images alone. The word stands below the learning curves.",
    ),
    "set_that_chooses_the_learning_rate": Question(
        ("validation", "val"), "Which images were put aside at the beginning of this lesson?"
    ),
    "accuracy_on_new_images_after_random_labels_in_percent": Question(
        11, "Nothing about clothes was learned. How often is a pure guess right?", 6
    ),
    "spread_of_81_and_79_and_84_in_points": Question(5, "Take the lowest from the highest."),
    "mode_for_answers_only": Question(
        ("eval", "evaluation", "eval mode", "evaluation mode", "model.eval"),
        "In one mode a network learns. What is the other one called?",
    ),
}
