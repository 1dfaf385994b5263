"""What lesson 4 claims, measured: its trainings, just as the lesson runs them."""

import time
from copy import deepcopy
from functools import cache

import torch
from common import SGD, build_model, criterion, evaluate, parts, train_epoch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset


@cache
def loaders(source):
    """Return the loaders of the training, the validation, and 1,000 validation images."""
    train, validation = parts(source)
    check = Subset(validation, range(1000))
    shuffled = DataLoader(train, batch_size=64, shuffle=True)
    return shuffled, DataLoader(validation, batch_size=64), DataLoader(check, batch_size=64)


def further(model, source, epochs):
    """Return a copy of a network, trained on, and the result of its last epoch."""
    model = deepcopy(model)
    optimizer = SGD(model)
    for _ in range(epochs):
        result = train_epoch(model, loaders(source)[0], criterion, optimizer)
    return model, result


@cache
def network(source, seed, epochs):
    """Return a network after 1, 5 or 20 epochs, and the result of the last one."""
    if epochs == 20:
        return further(network(source, seed, 5)[0], source, 15)
    torch.manual_seed(seed)
    return further(build_model(), source, epochs)


@cache
def linear(source, seed, epochs):
    """Return a network without hidden layers after some epochs."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    return further(model, source, epochs)[0]


@cache
def small(source, seed, count, lr, epochs, dice=False):
    """Return the losses that `train_small` of the lesson gives, and accuracies in percent.

    Those are on its own images, on the 1,000, and on them after each epoch, there with how sure
    the network is of its mistakes, on average.
    """
    part = Subset(parts(source)[0], range(count))
    if dice:
        torch.manual_seed(seed)
        labels = torch.randint(10, (count,))
        train = parts(source)[0]
        part = TensorDataset(train.dataset.images[train.indices[:count]], labels)
    torch.manual_seed(seed)
    model, training, validation, epoch_by_epoch = build_model(), [], [], []
    loader, optimizer = DataLoader(part, batch_size=64, shuffle=True), SGD(model, lr=lr)
    for _ in range(epochs):
        train_epoch(model, loader, criterion, optimizer)
        training.append(evaluate(model, loader, criterion).loss)
        if not dice:
            result = evaluate(model, loaders(source)[2], criterion)
            sure = result.probabilities.amax(dim=1)[~result.correct].mean().item()
            validation.append(result.loss)
            epoch_by_epoch.append((100 * result.accuracy, 100 * sure))
    own = evaluate(model, DataLoader(part, batch_size=64), criterion).accuracy
    other = evaluate(model, loaders(source)[2], criterion).accuracy
    return training, validation, 100 * own, 100 * other, epoch_by_epoch


def gap_after_an_epoch(source, seed):
    """Return how far training images, asked again, and validation images are apart, in points."""
    model, _ = network(source, seed, 1)
    first, second = (evaluate(model, part, criterion).accuracy for part in loaders(source)[:2])
    return 100 * abs(first - second)


def gain_over_the_line(source, seed):
    """Return by how many points the validation images beat the first epoch's line."""
    model, line = network(source, seed, 1)
    return 100 * (evaluate(model, loaders(source)[1], criterion).accuracy - line.accuracy)


def rise(source, seed):
    """Return by how much the validation loss rises from its smallest value to the end."""
    losses = small(source, seed, 500, 0.01, 60)[1]
    return losses[-1] - min(losses)


def best_and_end(source, seed):
    """Return what changes from the best epoch to the end: accuracy, and sureness of mistakes."""
    _, losses, _, _, found = small(source, seed, 500, 0.01, 60)
    best, end = found[losses.index(min(losses))], found[-1]
    return end[0] - best[0], end[1] - best[1]


def lead_of_the_good_rate(source, seed):
    """Return by how much the loss with 0.02 is below those with 0.0005 and 0.2."""
    slow, good, large = (small(source, seed, 3000, lr, 4)[1][-1] for lr in (0.0005, 0.02, 0.2))
    return min(slow, large) - good


def spread_of_seeds(source, seeds):
    """Return the highest minus the lowest accuracy of the seeds, in points."""
    found = [small(source, seed, 3000, 0.02, 4)[3] for seed in seeds]
    return max(found) - min(found)


def right_of(model, source, part):
    """Return the accuracy on validation images, all (1) or 1,000 (2), in percent."""
    return 100 * evaluate(model, loaders(source)[part], criterion).accuracy


@cache
def rows(source):
    """Return known images and labels, and 1,000 new ones, an image a row."""
    train, validation = parts(source)
    images, labels = train.dataset.images.flatten(1), train.dataset.targets
    new = validation.indices[:1000]
    return images[train.indices], labels[train.indices], images[new], labels[new]


@cache
def looked_up(source):
    """Return how many percent of 1,000 images are looked up right, and the seconds it takes."""
    known, labels, new, true = rows(source)
    start = time.perf_counter()
    nearest = torch.cdist(new, known).argmin(dim=1)
    seconds = time.perf_counter() - start
    return 100 * (labels[nearest] == true).float().mean().item(), seconds


def class_mean(source):
    """Return how many percent of 1,000 images have the nearest class mean."""
    known, labels, new, true = rows(source)
    means = torch.stack([known[labels == label].mean(dim=0) for label in range(10)])
    return 100 * (torch.cdist(new, means).argmin(dim=1) == true).float().mean().item()


def most_of_one_class(source):
    """Return how many percent of 1,000 images the most frequent class has, and the least."""
    counts = torch.bincount(rows(source)[3], minlength=10) / 10
    return max(counts.max().item() - 10, 10 - counts.min().item())


def times_as_fast(source, seed):
    """Return how much faster the network answers 1,000 images than looking them up."""
    model, new = network(source, seed, 5)[0].eval(), rows(source)[2]
    start = time.perf_counter()
    with torch.no_grad():
        model(new).argmax(dim=1)
    seconds = time.perf_counter() - start
    return looked_up(source)[1] / seconds


def apart_after_five(source, seed):
    """Return how far the network, the linear layer and the look-up are apart, in points."""
    found = [right_of(network(source, seed, 5)[0], source, 2), looked_up(source)[0]]
    found.append(right_of(linear(source, seed, 5), source, 2))
    return max(found) - min(found)


def lead_after_five(source, seed):
    """Return the network's lead over the better of the two, in points."""
    others = right_of(linear(source, seed, 5), source, 2), looked_up(source)[0]
    return right_of(network(source, seed, 5)[0], source, 2) - max(others)


def lead_after_twenty(source, seed):
    """Return the network's lead over the linear layer on all validation images, in points."""
    model = network(source, seed, 20)[0]
    return right_of(model, source, 1) - right_of(linear(source, seed, 20), source, 1)


def gain_of_fifteen(source, seed):
    """Return what 15 epochs more bring on all validation images, in points."""
    return sum(k * right_of(network(source, seed, n)[0], source, 1) for n, k in ((20, 1), (5, -1)))


def same_answers(source, seed):
    """Tell whether a network that takes the weights of another answers the same."""
    model, new = network(source, seed, 5)[0], build_model()
    new.load_state_dict(model.state_dict())
    return torch.equal(model(rows(source)[2]), new(rows(source)[2]))


def modes_alike(source, seed):
    """Tell whether our network answers the same in train mode and in eval mode."""
    torch.manual_seed(seed)
    model, images = build_model(), rows(source)[2][:100]
    return torch.equal(model.train()(images), model.eval()(images))
