"""What the claims of several lessons need: the sets, the split, trained networks, all cached."""

from functools import cache

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, random_split

from fmnist_lib import build_model, get_data_loader
from fmnist_lib.evaluation import Evaluation, evaluate
from fmnist_lib.training import SGD, EpochResult, train_epoch

criterion = nn.CrossEntropyLoss()


@cache
def loader(source: str, training: bool = True) -> DataLoader:
    """Return the library's loader of a set."""
    return get_data_loader(training, source=source, progress=False)


@cache
def parts(source: str) -> tuple[Subset, Subset]:
    """Return 54,000 training images and 6,000 validation images, split as in the lessons."""
    generator = torch.Generator().manual_seed(0)
    train, validation = random_split(loader(source).dataset, [54_000, 6_000], generator)
    return train, validation


@cache
def trained(source: str, seed: int, epochs: int = 5) -> tuple[nn.Module, list[EpochResult]]:
    """Return a network trained on all training images as `train_model` does it, and its epochs."""
    torch.manual_seed(seed)
    model = build_model()
    optimizer = SGD(model)
    train = loader(source)
    results = [train_epoch(model, train, criterion, optimizer) for _ in range(epochs)]
    return model, results


@cache
def on_test_images(source: str, seed: int, epochs: int = 5) -> Evaluation:
    """Return what such a network answers on the test images."""
    return evaluate(trained(source, seed, epochs)[0], loader(source, False), criterion)
