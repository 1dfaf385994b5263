"""What lesson 2 claims, measured."""

import math
from functools import cache

import torch
from common import SGD, Evaluation, build_model, criterion, evaluate, loader, train_epoch
from torch import Tensor, nn


@cache
def untrained(source: str, seed: int) -> Evaluation:
    """Return what an untrained network answers on all training images."""
    torch.manual_seed(seed)
    return evaluate(build_model(), loader(source), criterion)


@cache
def first_logits(source: str, seed: int) -> Tensor:
    """Return an untrained network's logits for the first training image, (10,)."""
    torch.manual_seed(seed)
    with torch.no_grad():
        return build_model()(loader(source).dataset.images[:1])[0]


def same_again(source: str, seed: int) -> bool:
    """Tell whether an untrained network, asked twice about 64 images, gives the same answers."""
    torch.manual_seed(seed)
    model, images = build_model(), loader(source).dataset.images[:64]
    return torch.equal(model(images).argmax(dim=1), model(images).argmax(dim=1))


def favourite(source: str, seed: int) -> float:
    """Return the share of images that get an untrained network's most frequent answer."""
    return untrained(source, seed).predictions.bincount().max().item() / 60_000


@cache
def bent(source: str, seed: int) -> Evaluation:
    """Return what a network with a ReLU on its logits says about its images, once trained."""
    torch.manual_seed(seed)
    model = nn.Sequential(*build_model(), nn.ReLU())
    optimizer = SGD(model)
    for _ in range(5):
        train_epoch(model, loader(source), criterion, optimizer)
    return evaluate(model, loader(source), criterion)


def never_named(source: str, seed: int) -> int:
    """Return how many classes such a network never names."""
    return int((bent(source, seed).predictions.bincount(minlength=10) == 0).sum())


def replaced(seed: int, bend: bool) -> float:
    """Return the largest difference between two dense layers and the one that replaces them."""
    torch.manual_seed(seed)
    first, second = nn.Linear(784, 128), nn.Linear(128, 64)
    weight = second.weight @ first.weight
    bias = second.weight @ first.bias + second.bias
    x = torch.randn(100, 784)
    middle = first(x).relu() if bend else first(x)
    return (second(middle) - (x @ weight.T + bias)).abs().max().item()


def message_of(layer: nn.Module, images: Tensor) -> str:
    """Return the message when images go into a dense layer as they are."""
    try:
        layer(images)
    except RuntimeError as error:
        return str(error)
    return "no error"


def order_kept(seed: int) -> bool:
    """Tell whether softmax keeps the order of 1,000 times ten logits."""
    logits = torch.randn(1000, 10, generator=torch.Generator().manual_seed(seed))
    return torch.equal(logits.argsort(dim=1), logits.softmax(dim=1).argsort(dim=1))


def shares(*logits: float) -> list[float]:
    """Return the softmax of some logits, by hand."""
    powers = [math.exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]
