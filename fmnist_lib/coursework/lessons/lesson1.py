"""Lesson 1, Data: its blanks and its questions."""

import torch

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake


def mean_of(numbers):
    """Return the mean of a list of numbers."""
    return sum(numbers) / len(numbers)


def normalise(pixels, mean, std):
    """Return how many standard deviations each pixel lies above the mean."""
    return (pixels - mean) / std


def batch_sizes(images, size):
    """Return the sizes of all batches, a list; the last one may be smaller."""
    sizes = [size] * (images // size)
    rest = images % size
    if rest > 0:
        sizes = [*sizes, rest]
    return sizes


def negative(image):
    """Return an image with black and white exchanged."""
    return 255 - image


def first_index(labels, wanted):
    """Return where a label stands for the first time."""
    for i in range(len(labels)):
        if labels[i] == wanted:
            return i
    return None


def _last_index(labels, wanted):
    return max(i for i, label in enumerate(labels) if label == wanted)


def _gives_up(labels, wanted):
    return 0 if labels[0] == wanted else None


def _rounded_up(images, size):
    return -(-images // size)


def _ring():
    """Return an image, uint8 (28, 28), of a grey ring with a white corner."""
    image = torch.zeros(28, 28, dtype=torch.uint8)
    image[6:22, 6:22] = 180
    image[11:17, 11:17] = 60
    image[:3, :9] = 255
    return image


EXERCISES = [
    Exercise(
        mean_of,
        trials=lambda: [
            ([2, 4, 9],),
            ([10, 0, 3, 4, 8, 1, 6, 5, 9, 7],),
            ([2.5, -1, 2.5, 4.2],),  # one comes twice
            ([1, 1, 2],),  # a third
        ],
        mistakes=[
            Mistake(sum, "That is the sum. Divide it by how many numbers there are."),
            Mistake(
                lambda numbers: sum(numbers) // len(numbers),
                "What comes after the point is missing. Divide with `/`, and don't round.",
            ),
            Mistake(
                lambda numbers: sum(numbers) / 10,
                "There aren't always ten numbers. Divide by `len(numbers)`.",
            ),
            Mistake(
                lambda numbers: sum(numbers) / 3,
                "There aren't always three numbers. Divide by `len(numbers)`.",
            ),
            Mistake(
                lambda numbers: numbers[-1] / len(numbers),
                "Only the last number is in it. Add each number to what you have so far.",
            ),
            Mistake(
                lambda numbers: sum(numbers[1:]) / len(numbers),
                "The first number is left out. Its index is 0.",
            ),
            Mistake(
                lambda numbers: sum(numbers[:-1]) / len(numbers),
                "The last number is left out. `range(len(numbers))` stops in time.",
            ),
            Mistake(
                lambda numbers: sum(numbers) / numbers,
                "That divides by the list. Divide by how many numbers it has: `len(numbers)`.",
            ),
            Mistake(
                lambda numbers: numbers / len(numbers),
                "That divides the list. Add it up first: `sum(numbers)`.",
            ),
            Mistake(
                lambda numbers: numbers[len(numbers) // 2],
                "That is the number in the middle. The mean is the sum divided by the count.",
            ),
            Mistake(
                lambda numbers: sum(numbers) / (len(numbers) - 1),
                "That is too large. Divide by how many numbers there are, not by one less.",
            ),
        ],
    ),
    Exercise(
        normalise,
        trials=lambda: [
            (torch.tensor([0.0, 0.5, 1.0]), 0.25, 0.5),
            (torch.tensor([2.0, 5.0, 9.0]), 5.0, 3.0),
        ],
        mistakes=[
            Mistake(
                lambda pixels, mean, std: pixels - mean / std,
                "Python divides before it subtracts. Put the subtraction in parentheses.",
            ),
            Mistake(
                lambda pixels, mean, std: pixels / std - mean,
                "Here the division comes first. Subtract the mean first, then divide.",
            ),
            Mistake(
                lambda pixels, mean, std: (pixels - mean) * std,
                "That multiplies by the standard deviation. Divide by it.",
            ),
            Mistake(
                lambda pixels, mean, std: (pixels - std) / mean,
                "Mean and standard deviation have changed places.",
            ),
            Mistake(
                lambda pixels, mean, std: pixels - mean,
                "The mean is subtracted. Now divide by the standard deviation.",
            ),
            Mistake(
                lambda pixels, mean, std: pixels / std,
                "Subtract the mean before you divide.",
            ),
            Mistake(
                lambda pixels, mean, std: (mean - pixels) / std,
                "The signs are the wrong way round. It is pixels minus mean.",
            ),
            Mistake(
                lambda pixels, mean, std: (pixels / 255 - mean) / std,
                "The pixels are scaled already. Leave out the division by 255.",
            ),
            Mistake(
                lambda pixels, mean, std: (pixels - pixels.mean()) / pixels.std(),
                "Take the `mean` and the `std` that are given, not those of these pixels.",
            ),
        ],
    ),
    Exercise(
        batch_sizes,
        trials=lambda: [(10, 4), (12, 4), (3, 5), (7, 3)],
        mistakes=[
            Mistake(
                lambda images, size: [size] * (images // size),
                "The images that are left are missing. They make a last, smaller batch.",
            ),
            Mistake(
                lambda images, size: [size] * (images // size) + [images % size],
                "There is a batch of 0 images. Add the last batch only if images are left.",
            ),
            Mistake(
                lambda images, size: [size] * _rounded_up(images, size),
                "The last batch is too large. It holds only the images that are left.",
            ),
            Mistake(
                lambda images, size: (
                    [images % size] * (images % size > 0) + [size] * (images // size)
                ),
                "The small batch comes last, not first.",
            ),
            Mistake(
                lambda images, size: [size] * (images / size),
                "How often must be a whole number: divide with `//`.",
            ),
            Mistake(
                lambda images, size: [size] * images // size,
                "Here `*` comes first. Put `images // size` in parentheses.",
            ),
            Mistake(
                lambda images, size: [size] + images % size,
                "A list takes one more number with `append`, not with `+`.",
            ),
            Mistake(
                _rounded_up,
                "That is how many batches there are. Return a list of their sizes.",
            ),
            Mistake(
                lambda images, size: images // size,
                "That is how many full batches there are. Return a list of all sizes.",
            ),
        ],
    ),
    Exercise(
        negative,
        trials=lambda: [(_ring(),), (_ring().clamp(max=200),)],
        mistakes=[
            Mistake(
                lambda image: 1 - image,
                "White is 255 here, not 1. Count from 255.",
            ),
            Mistake(
                lambda image: -image,
                "Black, 0, has stayed 0: after 255, these numbers begin again. Count from 255.",
            ),
            Mistake(
                lambda image: image.max() - image,
                "The largest pixel isn't always 255, but white is. Count from 255.",
            ),
            Mistake(
                lambda image: image - 255,
                "It is the wrong way round: 255 minus the image.",
            ),
            Mistake(
                lambda image: image.flip(0),
                "That is the image upside down. Change the numbers, not their places.",
            ),
        ],
        picture=True,
    ),
    Exercise(
        first_index,
        trials=lambda: [
            ([5, 9, 0, 9, 2, 9], 9),
            ([4, 1, 7, 7], 7),
            ([3, 8, 3], 3),  # in the first place
            ([6, 2, 4], 4),  # in the last
        ],
        mistakes=[
            Mistake(
                _gives_up,
                "You give up at the first label that differs. Put `return None` below the loop.",
            ),
            Mistake(
                lambda labels, wanted: labels.index(wanted, 1) if wanted in labels[1:] else None,
                "The first label is left out: `range(len(labels))` begins at 0.",
            ),
            Mistake(
                lambda labels, wanted: labels.index(wanted) if wanted in labels[:-1] else None,
                "The last label is left out. `range(len(labels))` stops in time.",
            ),
            Mistake(_last_index, "That is where it stands for the last time. Stop at the first."),
            Mistake(
                lambda labels, wanted: [labels.index(wanted)],
                "That is a list, or a tensor, with the right index in it. Return the index itself.",
            ),
            Mistake(
                lambda labels, wanted: labels.index(wanted) + 1,
                "That is one too many. The first index is 0.",
            ),
            Mistake(
                lambda labels, wanted: labels.count(wanted),
                "That is how often it comes. Return where it stands.",
            ),
            Mistake(
                lambda labels, wanted: wanted,
                "That is the label itself. Return where it stands.",
            ),
        ],
    ),
]

QUESTIONS = {
    "pixels_in_one_image": Question(784, "Each image has 28 rows, and each row 28 pixels."),
    "index_of_the_last_training_image": Question(59_999, "60,000 images, counted from 0."),
    "accuracy_of_always_the_same_answer_in_percent": Question(
        10, "All classes are equally large. How much of the set is each, in percent?"
    ),
    "last_batch_of_the_test_set": Question(
        16, "156 batches of 64 images are full. How many of the 10,000 are left?"
    ),
    "black_normalised": Question(-0.8102, "(0 - MEAN) / STD, with two decimals.", 0.005),
    "set_to_learn_from": Question(("training", "train"), "Which images are for practice?"),
}
