"""Right and wrong ways to fill the blanks of lesson 3."""

import math

import torch


def loss_by_torch(probabilities, label):
    return -torch.log(torch.tensor(probabilities))[label]


def loss_of_the_inverse(probabilities, label):
    share = probabilities[label]
    return round(math.log(1 / share), 6)


def loss_summed(probabilities, label):
    return -sum(math.log(p) for p in probabilities)


def slope_in_steps(loss, weight, h):
    before = loss(weight)
    after = loss(weight + h)
    rise = after - before
    return rise / h


def slope_as_tensor(loss, weight, h):
    weight = torch.tensor(weight)
    return (loss(weight + h) - loss(weight)) / h


def slope_of_minus_h(loss, weight, h):
    return (loss(weight - h) - loss(weight)) / h


def step_by_zip(weights, gradients, rate):
    return tuple(w - g * rate for w, g in zip(weights, gradients, strict=True))


def step_in_place(weights, gradients, rate):
    for i, gradient in enumerate(gradients):
        weights[i] -= rate * gradient
    return weights


def step_by_tensors(weights, gradients, rate):
    return torch.tensor(weights) - rate * torch.tensor(gradients)


def step_by_numpy(weights, gradients, rate):
    import numpy as np

    return np.array(weights) - rate * np.array(gradients)


def step_uphill(weights, gradients, rate):
    new = []
    for i in range(len(weights)):
        new.append(weights[i] + rate * gradients[i])
    return new


def step_of_lists(weights, gradients, rate):
    return weights - rate * gradients


def step_without_return(weights, gradients, rate):
    new = []
    for i in range(len(weights)):
        new.append(weights[i] - rate * gradients[i])


def learn_and_return(model, loader, criterion, optimizer):
    total = 0
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


def learn_and_clear(model, loader, criterion, optimizer):
    for batch in loader:
        criterion(model(batch[0]), batch[1]).backward()
        optimizer.step()
        optimizer.zero_grad()


def learn_with_model_zero_grad(model, loader, criterion, optimizer):
    model.train()
    for i, (x, y) in enumerate(loader):  # noqa: B007
        loss = criterion(model(x), y)
        model.zero_grad(set_to_none=False)
        loss.backward()
        optimizer.step()


def learn_cleared_once(model, loader, criterion, optimizer):
    optimizer.zero_grad()
    for images, labels in loader:
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()


def learn_step_below(model, loader, criterion, optimizer):
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
    optimizer.step()


def learn_without_calls(model, loader, criterion, optimizer):
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step  # noqa: B018


def learn_cleared_too_late(model, loader, criterion, optimizer):
    for images, labels in loader:
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()


def learn_with_own_criterion(model, loader, criterion, optimizer):
    cross_entropy = torch.nn.CrossEntropyLoss()
    for images, labels in loader:
        loss = cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def learn_swapped(model, loader, criterion, optimizer):
    for images, labels in loader:
        loss = criterion(labels, model(images))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


EXAMPLES = {
    "loss_of": (
        [loss_by_torch, loss_of_the_inverse],
        [
            (loss_summed, "difference"),
            (lambda p, label: math.log(p[label]), "The sign is wrong"),
        ],
    ),
    "slope": (
        [slope_in_steps, slope_as_tensor],
        [
            (slope_of_minus_h, "difference"),
            (lambda loss, w, h: loss(w + h) - loss(w), "Divide it by h"),
        ],
    ),
    "step": (
        [step_by_zip, step_in_place, step_by_tensors, step_by_numpy],
        [
            (step_uphill, "went uphill"),
            (step_of_lists, "TypeError"),
            (step_without_return, "It returns nothing"),
        ],
    ),
    "learn": (
        [learn_and_return, learn_and_clear, learn_with_model_zero_grad],
        [
            (learn_cleared_once, "in each turn of the loop"),
            (learn_step_below, "the last batch alone"),
            (learn_without_calls, "step was never called"),
            (learn_cleared_too_late, "throws the new gradients away"),
            (learn_with_own_criterion, "Use the one that you were given"),
            (learn_swapped, "it stops with an error"),
        ],
    ),
}
