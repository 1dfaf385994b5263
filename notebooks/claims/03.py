"""What lesson 3 claims, measured."""

import math  # noqa: F401  (for the claims)
from functools import cache

import torch
from common import criterion, loader
from torch import nn

from fmnist_lib import build_model
from fmnist_lib.coursework.lessons.lesson3 import learn, loss_of, one_step, slope, valley
from fmnist_lib.coursework.lessons.lesson3 import without_zero_grad as forgetful
from fmnist_lib.evaluation import Evaluation, evaluate
from fmnist_lib.training import SGD, EpochResult, train_epoch


def fresh(seed: int) -> nn.Sequential:
    """Return an untrained network."""
    torch.manual_seed(seed)
    return build_model()


def batch(source: str, number: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Return 64 images and labels, in the set's order."""
    part, train = slice(64 * number, 64 * number + 64), loader(source).dataset
    return train.images[part], train.targets[part]


@cache
def untrained(source: str, seed: int) -> Evaluation:
    """Return what an untrained network answers on all training images."""
    return evaluate(fresh(seed), loader(source), criterion)


def descent(rate: float, steps: int = 10) -> list[float]:
    """Return the path of a weight in the valley, from 0, with slopes measured as in the lesson."""
    path = [0.0]
    for _ in range(steps):
        path += one_step([path[-1]], [slope(valley, path[-1], 0.001)], rate)
    return path


@cache
def gaps(source: str, seed: int) -> list[float]:
    """Return how far measured slopes are from the computed one, for h of 0.1, 0.01, 0.001."""
    model = fresh(seed).double()
    images, labels = batch(source)
    weights, images = model[5].weight, images.double()
    start = weights[9, 0].item()

    def loss_with(value: float) -> float:
        with torch.no_grad():
            weights[9, 0] = value
        return criterion(model(images), labels).item()

    criterion(model(images), labels).backward()
    computed = weights.grad[9, 0].item()
    return [abs(slope(loss_with, start, h) - computed) for h in (0.1, 0.01, 0.001)]


def change(source: str, seed: int, rate: float, number: int = 0) -> float:
    """Return how one step changes the loss of the batch that it follows."""
    model, (images, labels) = fresh(seed), batch(source, number)
    before = criterion(model(images), labels)
    before.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= rate * p.grad
        return (criterion(model(images), labels) - before).item()


@cache
def rises(source: str, rate: float, seeds: range) -> int:
    """Count the cases, five seeds with six batches each, in which a step makes the loss larger."""
    return sum(change(source, seed, rate, n) > 0 for seed in seeds for n in range(6))


@cache
def taught(source: str, seed: int, momentum: float, clear: bool) -> nn.Sequential:
    """Return a network after one pass of the lesson's loop, or of the one without zero_grad."""
    model = fresh(seed)
    loop = learn if clear else forgetful
    loop(model, loader(source), criterion, SGD(model, lr=0.001, momentum=momentum))
    return model


@cache
def learned(source: str, seed: int, momentum: float, clear: bool) -> Evaluation:
    """Return what such a network answers on the images that it learned from."""
    return evaluate(taught(source, seed, momentum, clear), loader(source), criterion)


def percent(source: str, seed: int, momentum: float, clear: bool) -> float:
    """Return its accuracy on them."""
    return 100 * learned(source, seed, momentum, clear).accuracy


@cache
def twin(source: str, seed: int) -> tuple[nn.Sequential, EpochResult]:
    """Return a network after one pass of the library's loop, and what its line says."""
    model = fresh(seed)
    result = train_epoch(model, loader(source), criterion, SGD(model, lr=0.001, momentum=0.9))
    return model, result


def apart(model: nn.Module, other: nn.Module) -> float:
    """Return the largest difference of two networks' parameters."""
    pairs = zip(model.parameters(), other.parameters(), strict=True)
    return max((p - q).abs().max().item() for p, q in pairs)


def after_steps(source, seed, make_optimizer, loop=learn, steps: int = 20) -> nn.Sequential:
    """Return a network after some batches, with an optimizer of its own."""
    model = fresh(seed)
    batches = [batch(source, number) for number in range(steps)]
    loop(model, batches, criterion, make_optimizer(model))
    return model


def sum_differs_from_momentum(source: str, seed: int) -> float:
    """Return how far apart no zero_grad and a momentum of 1 are after 20 steps."""
    never = after_steps(source, seed, lambda m: SGD(m, lr=0.001, momentum=0.0), forgetful)
    one = after_steps(source, seed, lambda m: SGD(m, lr=0.001, momentum=1.0))
    return apart(never, one)


def mean_of_64_differs(source: str, seed: int) -> float:
    """Return the difference between the mean of 64 losses by hand and the criterion's."""
    images, labels = batch(source)
    logits = fresh(seed)(images)
    rows, total = logits.softmax(dim=1).tolist(), 0.0
    for i in range(64):
        total += loss_of(rows[i], int(labels[i]))
    return abs(total / 64 - criterion(logits, labels).item())
