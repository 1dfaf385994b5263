"""What lesson 1 claims about the images, and about a training without normalised pixels."""

from functools import cache

import torch
from common import criterion, loader
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, TensorDataset

from fmnist_lib import CLASS_NAMES, build_model
from fmnist_lib.coursework.lessons import EXERCISES
from fmnist_lib.data import MEAN, STD
from fmnist_lib.training import SGD, train_epoch

EIGHT = [2, 4, 4, 4, 5, 5, 7, 9]
mean_of, normalise, batch_sizes = (
    EXERCISES[name].solution for name in ("mean_of", "normalise", "batch_sizes")
)


def dataset(source, training=True):
    """Return a set of images."""
    return loader(source, training).dataset


def black_share(source, name=None):
    """Return the share of training pixels that are 0; of all, or of one class."""
    images = of_class(source, name) if name else dataset(source).data
    return (images == 0).double().mean().item()


def of_class(source, name):
    """Return the training images of a class."""
    train = dataset(source)
    return train.data[train.targets == CLASS_NAMES.index(name)]


def darkest(source):
    """Return the class with the smallest mean of its pixels."""
    return min(CLASS_NAMES, key=lambda name: of_class(source, name).double().mean())


def off(source):
    """Return how far MEAN and STD are from those of the scaled training images."""
    scaled = dataset(source).data.double() / 255
    return max(abs(scaled.mean().item() - MEAN), abs(scaled.std().item() - STD))


def class_sizes(source, training=True):
    """Return how many images each class has."""
    return torch.bincount(dataset(source, training).targets, minlength=len(CLASS_NAMES)).tolist()


def squares():
    """Return the squared distances of the eight numbers from their mean."""
    return [(number - mean_of(EIGHT)) ** 2 for number in EIGHT]


def eight_normalised():
    """Return the eight numbers, normalised with their own mean and standard deviation."""
    return normalise(torch.tensor(EIGHT), mean_of(EIGHT), mean_of(squares()) ** 0.5)


def first_labels(source, training):
    """Return the labels of the first batch, in two passes."""
    batches = loader(source, training)
    return [next(iter(batches))[1].tolist() for _ in range(2)]


@cache
def accuracies(source, raw, seeds):
    """Return the training accuracy in the third epoch, in percent, for each seed."""
    images = dataset(source)
    data = TensorDataset(images.data.float().unsqueeze(1), images.targets)
    batches = loader(source)
    if raw:  # in batches of 64, as the library's loader
        batches = DataLoader(
            data, batch_size=None, sampler=BatchSampler(RandomSampler(data), 64, drop_last=False)
        )
    found = []
    for seed in seeds:
        torch.manual_seed(seed)
        model = build_model()
        optimizer = SGD(model)
        results = [train_epoch(model, batches, criterion, optimizer) for _ in range(3)]
        found.append(100 * results[-1].accuracy)
    return found


def apart(source, seeds):
    """Return how far apart the accuracies with normalised pixels are, in points."""
    found = accuracies(source, False, seeds)
    return max(found) - min(found)
