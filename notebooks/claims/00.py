"""What lesson 0 claims."""

from itertools import pairwise

import torch
from common import loader, on_test_images, trained


def counts(source: str, training: bool) -> list[int]:
    """Return how many images each class has."""
    return torch.bincount(loader(source, training).dataset.targets, minlength=10).tolist()


def images(source: str) -> int:
    """Return how many images there are."""
    return sum(len(loader(source, training).dataset) for training in (True, False))


def equally_large(source: str) -> bool:
    """Tell whether all classes have as many images, in each set."""
    return all(len(set(counts(source, training))) == 1 for training in (True, False))


def always_the_same(source: str) -> float:
    """Return how many of 100 test images one and the same answer gets right, at best."""
    return 100 * max(counts(source, False)) / sum(counts(source, False))


def seen_before(source: str) -> int:
    """Return how many test images are, pixel for pixel, training images."""
    known = {image.numpy().tobytes() for image in loader(source).dataset.data}
    return sum(image.numpy().tobytes() in known for image in loader(source, False).dataset.data)


def grew(source: str, seed: int) -> bool:
    """Tell whether each epoch had a higher accuracy than the one before."""
    shares = [epoch.accuracy for epoch in trained(source, seed)[1]]
    return all(a < b for a, b in pairwise(shares))


def test_accuracy(source: str, seed: int) -> float:
    """Return the accuracy on the test images, in percent."""
    return 100 * on_test_images(source, seed).accuracy
