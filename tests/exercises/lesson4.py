"""Right and wrong ways to fill the blanks of lesson 4."""

import numpy as np
import torch


def best_by_loop(losses):
    best = 0
    for i in range(len(losses)):
        if losses[i] < losses[best]:
            best = i
    return best + 1


def best_by_enumerate(losses):
    for epoch, loss in enumerate(losses, start=1):
        if loss == min(losses):
            return epoch
    return None


def best_of_tensor(losses):
    return torch.tensor(losses).argmin() + 1


def best_from_zero(losses):
    return int(np.argmin(losses))


def first_rise(losses):
    for i in range(1, len(losses)):
        if losses[i] > losses[i - 1]:
            return i - 1
    return None


def spread_sorted(accuracies):
    ordered = sorted(accuracies)
    return ordered[-1] - ordered[0]


def spread_numpy(accuracies):
    return np.ptp(accuracies)


def spread_by_loop(accuracies):
    low = high = accuracies[0]
    for accuracy in accuracies:
        low, high = min(low, accuracy), max(high, accuracy)
    return high - low


def spread_from_zero(accuracies):
    low, high = 0, 0
    for accuracy in accuracies:
        low, high = min(low, accuracy), max(high, accuracy)
    return high - low


def spread_either_or(accuracies):
    low, high = 100, 0
    for accuracy in accuracies:
        if accuracy < low:
            low = accuracy
        elif accuracy > high:
            high = accuracy
    return high - low


def spread_without_the_first(accuracies):
    low, high = 100, 0
    for i in range(1, len(accuracies)):
        low, high = min(low, accuracies[i]), max(high, accuracies[i])
    return high - low


def spread_ends(accuracies):
    return accuracies[-1] - accuracies[0]


def distance_by_loops(image, other):
    total = 0
    for row in range(len(image)):
        for column in range(len(image[row])):
            total += (image[row][column] - other[row][column]) ** 2
    return total


def distance_item(image, other):
    difference = (image - other).flatten()
    return torch.dot(difference, difference).item()


def distance_numpy(image, other):
    return np.sum((image.numpy() - other.numpy()) ** 2)


def distance_torch(image, other):
    return torch.sum(torch.square(image - other))


def distance_of_rows(image, other):
    return sum((image - other) ** 2)


def distance_without_brackets(image, other):
    return (image - other**2).sum()


def distance_of_a_square(image, other):
    total = 0
    for row in range(len(image)):
        for column in range(len(image)):
            total = total + (image[row, column] - other[row, column]) ** 2
    return total


def distance_root(image, other):
    return torch.dist(image, other)


EXAMPLES = {
    "best_epoch": (
        [best_by_loop, best_by_enumerate, best_of_tensor],
        [
            (best_from_zero, "counted from 0"),
            (first_rise, "not right yet"),
            (lambda losses: losses.index(max(losses)) + 1, "where the loss is largest"),
            (min, "the smallest loss itself"),
            (len, "all epochs"),
        ],
    ),
    "spread": (
        [spread_sorted, spread_numpy, spread_by_loop],
        [
            (spread_ends, "the last minus the first"),
            (max, "That is the highest"),
            (spread_from_zero, "must not begin at 0"),
            (spread_either_or, "not right yet"),
            (spread_without_the_first, "leaves out the first"),
            (lambda accuracies: accuracies[2] - min(accuracies), "not right yet"),
            (lambda accuracies: round(max(accuracies) - min(accuracies)), "not right yet"),
            (lambda accuracies: int(max(accuracies) - min(accuracies)), "not right yet"),
            (np.std, "difference"),
        ],
    ),
    "distance": (
        [distance_by_loops, distance_item, distance_numpy, distance_torch],
        [
            (distance_of_rows, "Add up those, too"),
            (distance_without_brackets, "Only `other` is squared"),
            (lambda image, other: image - other**2, "Then add up"),
            (lambda image, other: (image**2 - other**2).sum(), "Subtract first"),
            (distance_of_a_square, "The columns are len(image[0])"),
            (distance_root, "the root of it"),
            (lambda image, other: (image - other).sum(), "Squares are missing"),
        ],
    ),
}
