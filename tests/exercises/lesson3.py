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


def loss_of_all(probabilities, label):
    return -torch.tensor(probabilities).log()


def loss_with_three_decimals(probabilities, label):
    return round(-math.log(probabilities[label]), 3)


def loss_of_the_whole_list(probabilities, label):
    return -math.log(probabilities)


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


def slope_with_h_outside(loss, weight, h):
    return (loss(weight) + h - loss(weight)) / h


def slope_of_a_number(loss, weight, h):
    loss = loss(weight)
    return (loss(weight + h) - loss) / h


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


def step_of_lists(weights, gradients, rate):
    return weights - rate * gradients


def step_in_parentheses(weights, gradients, rate):
    return [(w - rate) * g for w, g in zip(weights, gradients, strict=True)]


def step_of_all_pairs(weights, gradients, rate):
    new = []
    for weight in weights:
        for gradient in gradients:
            new.append(weight - rate * gradient)
    return new


def step_over_gradients(weights, gradients, rate):
    for i in range(len(gradients)):
        gradients[i] = weights[i] - rate * gradients[i]
    return gradients


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


def learn_from_none(model, loader, criterion, optimizer):
    for images, labels in loader:
        optimizer.zero_grad(set_to_none=True)
        criterion(model(images), labels).backward()
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


def learn_without_gradients(model, loader, criterion, optimizer):
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward  # noqa: B018
        optimizer.step()


def learn_from_the_lesson(model, loader, criterion, optimizer):
    train_loader = [(torch.zeros(4, 1, 28, 28), torch.zeros(4, dtype=torch.int64))]
    for images, labels in train_loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def learn_from_the_network(model, loader, criterion, optimizer):
    for _, labels in loader:
        logits = model
        loss = criterion(logits, labels)
        loss.backward()


def learn_from_old_logits(model, loader, criterion, optimizer):
    logits = torch.randn(64, 10)
    for _, labels in loader:
        criterion(logits, labels).backward()


def learn_with_a_new_criterion(model, loader, criterion, optimizer):
    for images, labels in loader:
        loss = torch.nn.CrossEntropyLoss(model(images), labels)
        loss.backward()


def learn_upwards(model, loader, criterion, optimizer):
    for images, labels in loader:
        logits = model(images)
        loss = criterion(logits, labels)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()


def learn_swapped(model, loader, criterion, optimizer):
    for images, labels in loader:
        loss = criterion(labels, model(images))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


EXAMPLES = {
    "loss_of": (
        [loss_by_torch, loss_of_the_inverse, loss_with_three_decimals],
        [
            (loss_summed, "adds up the losses of all classes"),
            (loss_of_all, "Return that of the right one"),
            (loss_of_the_whole_list, "Take one of it: `probabilities[label]`"),
        ],
    ),
    "slope": (
        [slope_in_steps, slope_as_tensor],
        [
            (slope_of_minus_h, "difference"),
            (slope_with_h_outside, "`h` belongs inside the parentheses"),
            (slope_of_a_number, "in the line: return (loss(weight + h) - loss) / h"),
        ],
    ),
    "one_step": (
        [step_by_zip, step_by_tensors, step_by_numpy],
        [
            (step_in_place, "Right values, but your function changes `weights`"),
            (step_over_gradients, "Right values, but your function changes `gradients`"),
            (step_in_parentheses, "Leave out the parentheses"),
            (step_of_all_pairs, "Each weight has only its own gradient"),
            (step_of_lists, "with a whole list"),
            (step_without_return, "It returns nothing"),
        ],
    ),
    "learn": (
        [learn_and_return, learn_and_clear, learn_with_model_zero_grad, learn_from_none],
        [
            (learn_cleared_once, "in each turn of the loop"),
            (learn_step_below, "the last batch alone"),
            (learn_without_calls, "step was never called. Are its parentheses there?"),
            (learn_without_gradients, "backward was never called. Are its parentheses there?"),
            (learn_from_the_lesson, "These images are not from `loader`"),
            (learn_from_the_network, "Its logits are `model(images)`"),
            (learn_from_old_logits, "These 64 logits are from an earlier cell"),
            (learn_with_a_new_criterion, "That makes a new criterion"),
            (learn_upwards, "step comes too early"),
            (learn_swapped, "the logits come first"),
        ],
    ),
}
