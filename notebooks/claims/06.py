"""What lesson 6 claims, measured."""

import io
from contextlib import redirect_stdout
from functools import cache
from itertools import permutations
from tempfile import TemporaryDirectory

import torch
from common import criterion, parts
from torch import nn
from torch.utils.data import DataLoader, Subset

from fmnist_lib import build_model, explore, predict_label, visualize_image
from fmnist_lib._common import CLASS_NAMES
from fmnist_lib.coursework.lessons.lesson6 import mistakes, surest_mistake, top_three
from fmnist_lib.data import collate
from fmnist_lib.evaluation import Evaluation, evaluate
from fmnist_lib.training import SGD, train_epoch


def larger():
    """Return a network with twice as many units in both hidden layers."""
    layers = nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    return nn.Sequential(nn.Flatten(), *layers)


def trained(build, source: str, seed: int, epochs: int) -> Evaluation:
    """Train on the 54,000 images; return the answers on the 6,000."""
    training, validation = parts(source)
    train = DataLoader(training, batch_size=64, shuffle=True, collate_fn=collate)
    torch.manual_seed(seed)
    model = build()
    optimizer = SGD(model)
    for _ in range(epochs):
        train_epoch(model, train, criterion, optimizer)
    return evaluate(model, DataLoader(validation, batch_size=64, collate_fn=collate), criterion)


@cache
def first(source: str, seed: int) -> Evaluation:
    """Return what the lesson's network answers after five epochs."""
    return trained(build_model, source, seed, 5)


@cache
def longer(source: str, seed: int) -> Evaluation:
    """Return what it answers after fifteen."""
    return trained(build_model, source, seed, 15)


@cache
def with_more_units(source: str, seed: int) -> Evaluation:
    """Return what the larger network answers."""
    return trained(larger, source, seed, 5)


def gone(after, source: str, seed: int) -> float:
    """Return how many of the first network's mistakes are gone, in percent."""
    before = ~first(source, seed).correct
    return 100 * (before & after(source, seed).correct).sum().item() / before.sum().item()


def new(after, source: str, seed: int) -> int:
    """Return how many mistakes are new."""
    return int((first(source, seed).correct & ~after(source, seed).correct).sum())


def fewer(after, source: str, seed: int) -> float:
    """Return how many mistakes fewer there are, in percent of those before."""
    before, now = (int((~e.correct).sum()) for e in (first(source, seed), after(source, seed)))
    return 100 * (before - now) / before


def among_seeds(measure, source: str) -> list[float]:
    """Measure for each pair of seeds what a change from one to the other does."""
    return [
        measure(lambda source, _, other=other: first(source, other), source, seed)
        for seed, other in permutations(range(5), 2)
    ]


def surest(source: str, seed: int) -> float:
    """Return how sure the network is of its surest mistake, in percent."""
    result = first(source, seed)
    confidences = result.probabilities.amax(dim=1)
    return 100 * confidences[surest_mistake(confidences, result.correct)].item()


def wrong_among_sure(source: str, seed: int) -> float:
    """Return how many of the answers above 90 % are wrong, in percent."""
    result = first(source, seed)
    sure = result.probabilities.amax(dim=1) > 0.9
    return 100 * (sure & ~result.correct).sum().item() / sure.sum().item()


def hesitating(source: str, seed: int) -> int:
    """Return how many answers have less than 40 %."""
    return int((first(source, seed).probabilities.amax(dim=1) < 0.4).sum())


def spread_of_the_least_certain(source: str, seed: int) -> float:
    """Return the largest of its three probabilities minus the smallest, in points."""
    probabilities = first(source, seed).probabilities
    three = top_three(probabilities[probabilities.amax(dim=1).argmin()])
    return 100 * (three[0][1] - three[2][1])


def missed(name: str, source: str, seed: int) -> int:
    """Return how many images with this label are mistakes."""
    result = first(source, seed)
    places, wanted = mistakes(result.predictions, result.labels), CLASS_NAMES.index(name)
    return int((result.labels[places] == wanted).sum())


def sure_of_the_boots(source: str, seed: int) -> float:
    """Return what the network gives to Boots for the image with index 1, in percent."""
    return 100 * first(source, seed).probabilities[1, CLASS_NAMES.index("Boots")].item()


def alone(seed: int) -> bool:
    """Tell whether softmax over a single image gives 1 to each of its ten logits."""
    logits = 10 * torch.randn(1, 10, generator=torch.Generator().manual_seed(seed))
    return bool((logits.softmax(dim=0) == 1).all())


def printed(function, *arguments, **options) -> str:
    """Return what a function prints."""
    with redirect_stdout(io.StringIO()) as text:
        function(*arguments, **options)
    return text.getvalue().strip()


def counts_from_0_again(source: str) -> bool:
    """Tell whether explorer and functions mean the same image of a part, here of a part of one."""
    _, validation = parts(source)
    part, model = Subset(validation, [7, 1, 5]), build_model()
    small, whole = (DataLoader(images, batch_size=2) for images in (part, validation))
    explorer, alike = explore(model, small, progress=False), []
    with TemporaryDirectory() as folder:
        for index, place in enumerate(part.indices):
            explorer.index = index
            top = printed(predict_label, model, small, index)
            truth = printed(visualize_image, small, index, path=f"{folder}/image.png")
            alike += [top == printed(predict_label, model, whole, place)]
            alike += [top == "\n".join(explorer.top), truth == explorer.truth]
            alike += [truth == f"Ground Truth Label: {CLASS_NAMES[validation[place][1]]}"]
    return all(alike)
