"""What the claims of lesson 5 measure."""

from functools import cache

import numpy as np
import torch
from common import criterion, loader, on_test_images, parts, trained
from torch import Tensor
from torch.utils.data import DataLoader, Subset
from torchvision.datasets import FashionMNIST

from fmnist_lib import CLASS_NAMES, build_model
from fmnist_lib.coursework.lessons import EXERCISES
from fmnist_lib.data import collate, normalise
from fmnist_lib.evaluation import evaluate, wilson_interval
from fmnist_lib.training import SGD, train_epoch

exercises = {name: exercise.solution for name, exercise in EXERCISES.items()}
"""What the blanks ask for, by name."""


def numbers(*values: int) -> Tensor:
    """Return labels as the lesson has them."""
    return torch.tensor(values)


@cache
def asked_again(source: str, seed: int) -> float:
    """Return the accuracy on the training images, asked after training, in percent."""
    return 100 * evaluate(trained(source, seed)[0], loader(source), criterion).accuracy


def accuracy(source: str, seed: int) -> float:
    """Return the accuracy on the test images, in percent."""
    return 100 * on_test_images(source, seed).accuracy


def half_width(source: str, seed: int) -> float:
    """Return half the width of its interval, in points."""
    share = on_test_images(source, seed).accuracy
    return 100 * 1.96 * (share * (1 - share) / 10_000) ** 0.5


def by_margin(share: float, count: int) -> tuple[float, float]:
    """Return the interval of the lesson."""
    half = exercises["margin"](share, count)
    return share - half, share + half


by_library = wilson_interval


def holding(seed: int, interval=by_margin, share: float = 0.84, count: int = 10_000) -> float:
    """Return how many percent of 10,000 intervals hold the share with which they were thrown."""
    thrown = np.random.default_rng(seed).binomial(count, share, 10_000) / count
    edges = [interval(float(found), count) for found in thrown]
    return 100 * sum(low <= share <= high for low, high in edges) / len(edges)


def off_by(source: str, seed: int) -> float:
    """Return how far the mean of batch accuracies is from the accuracy, in points."""
    result = on_test_images(source, seed)
    batches = result.correct.double().split(64)
    mean = torch.stack([batch.mean() for batch in batches]).mean().item()
    return 100 * abs(mean - result.accuracy)


@cache
def fold(source: str, seed: int) -> tuple[float, float, float]:
    """Train on 54,000 images; ask again about them, about the other 6,000, and the test images."""
    train, validation = parts(source)
    torch.manual_seed(seed)
    model = build_model()
    optimizer = SGD(model)
    batches = DataLoader(train, batch_size=64, shuffle=True, collate_fn=collate)
    for _ in range(5):
        train_epoch(model, batches, criterion, optimizer)
    unseen = DataLoader(validation, batch_size=500, collate_fn=collate)
    first, second, third = (
        100 * evaluate(model, images, criterion).accuracy
        for images in (batches, unseen, loader(source, False))
    )
    return first, second, third


def of_class(source: str, seed: int, name: str) -> float:
    """Return the accuracy on one class, in percent."""
    return 100 * on_test_images(source, seed).class_accuracy[CLASS_NAMES.index(name)].item()


def without(source: str, seed: int, names: tuple[str, ...] = ("Coat", "Shirt")) -> float:
    """Return the accuracy on all classes but some, in percent."""
    kept = [name for name in CLASS_NAMES if name not in names]
    return sum(of_class(source, seed, name) for name in kept) / len(kept)


def hardest(source: str, seed: int) -> str:
    """Return the class with the lowest accuracy."""
    return CLASS_NAMES[int(on_test_images(source, seed).class_accuracy.argmin())]


def called_by_their_names(source: str) -> bool:
    """Tell whether each row and column has the authors' name, and the counts of its images."""
    result = on_test_images(source, 0)
    names = zip(result.classes, FashionMNIST.classes, strict=True)  # "Boots" is "Ankle boot"
    counts = exercises["confusion_table"](result.labels, result.predictions)
    alike = all(name.rstrip("s").lower() in theirs.lower() for name, theirs in names)
    return alike and torch.equal(counts, result.confusion)


def diagonal_is_largest(source: str, seed: int) -> bool:
    """Tell whether each row of the confusion table is largest on the diagonal."""
    return on_test_images(source, seed).confusion.argmax(dim=1).tolist() == list(range(10))


def confused(source: str, seed: int) -> set[str]:
    """Return the classes of the three largest counts off the diagonal."""
    top = on_test_images(source, seed).most_confused(3)
    return {CLASS_NAMES[label] for kind in top for label in kind[:2]}


def sureness(source: str, seed: int) -> float:
    """Return the mean confidence on the test images, in percent."""
    return 100 * on_test_images(source, seed).probabilities.amax(dim=1).mean().item()


def of_the_surest(source: str, seed: int) -> float:
    """Return how many of the answers with more than 90 % are right, in percent."""
    result = on_test_images(source, seed)
    return 100 * result.correct[result.probabilities.amax(dim=1) > 0.9].double().mean().item()


def bend(source: str, seed: int, least: int = 100) -> float:
    """Return the largest gap of confidence and accuracy in a bin of some images, in points."""
    confidence, right, images = on_test_images(source, seed).reliability()
    return 100 * (confidence - right).abs()[images >= least].max().item()


def out_of_its_tenth(source: str, seed: int) -> int:
    """Return how many points of the reliability diagram lie outside of their tenth."""
    confidence, _, images = on_test_images(source, seed).reliability()
    places = (10 * confidence[images > 0]).ceil().long() - 1
    return int((places != images.nonzero().flatten()).sum())


def pixels(source: str, training: bool) -> Tensor:
    """Return the images as the network sees them, flat."""
    return normalise(loader(source, training).dataset.data).flatten(1)


@cache
def nearest(source: str) -> tuple[Tensor, Tensor]:
    """Return each test image's nearest training image, and the squared distance."""
    train = pixels(source, True)
    half = train.square().sum(dim=1) / 2
    places, values = [], []
    for test in pixels(source, False).split(500):
        best = (half - test @ train.T).min(dim=1)
        places.append(best.indices)
        values.append(2 * best.values + test.square().sum(dim=1))
    return torch.cat(places), torch.cat(values)


@cache
def without_twins(source: str, seed: int, others: bool = False) -> tuple[int, float]:
    """Train without the images closest to 2,500 test images; return how many, and the accuracy.

    With `others`, as many are left out at random.
    """
    places, distances = nearest(source)
    twins = places[distances.argsort()[:2500]].unique()
    keep = torch.ones(60_000, dtype=torch.bool)
    torch.manual_seed(seed)
    keep[torch.randperm(60_000)[: len(twins)] if others else twins] = False
    torch.manual_seed(seed)
    model = build_model()
    optimizer = SGD(model)
    kept = Subset(loader(source).dataset, keep.nonzero().flatten().tolist())
    batches = DataLoader(kept, batch_size=64, shuffle=True, collate_fn=collate)
    for _ in range(5):
        train_epoch(model, batches, criterion, optimizer)
    return len(twins), 100 * evaluate(model, loader(source, False), criterion).accuracy


def only_the_second_misses() -> bool:
    """Tell whether 5 of 10 agree with "70 % sure", and 6 of 10 don't with "90 % sure"."""
    return wilson_interval(0.5, 10)[1] > 0.7 and wilson_interval(0.6, 10)[1] < 0.9
