"""Lesson 3, Learning: its blanks and its questions."""

import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake
from fmnist_lib.training import SGD


def loss_of(probabilities, label):
    """Return -ln of the probability of the right class."""
    return -math.log(probabilities[label])


def slope(loss, weight, h):
    """Return how much a loss changes, divided by the small change h of its weight."""
    return (loss(weight + h) - loss(weight)) / h


def one_step(weights, gradients, rate):
    """Return a list of weights after one step against their gradients."""
    new = []
    for i in range(len(weights)):
        new.append(weights[i] - rate * gradients[i])
    return new


def learn(model, loader, criterion, optimizer):
    """Let a model learn from each batch of a loader once."""
    for images, labels in loader:
        logits = model(images)
        loss = criterion(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def valley(w):
    """Return a loss with its lowest point at 3."""
    return (w - 3) ** 2


def wave(w):
    """Return another loss."""
    return w**3 - 2 * w


def without_zero_grad(model, loader, criterion, optimizer):
    """Learn, but never forget."""
    for images, labels in loader:
        criterion(model(images), labels).backward()
        optimizer.step()


def without_backward(model, loader, criterion, optimizer):
    """Learn, but compute no gradients."""
    for images, labels in loader:
        criterion(model(images), labels)
        optimizer.zero_grad()
        optimizer.step()


def without_step(model, loader, criterion, optimizer):
    """Learn, but never change a weight."""
    for images, labels in loader:
        optimizer.zero_grad()
        criterion(model(images), labels).backward()


def zero_grad_too_late(model, loader, criterion, optimizer):
    """Learn, but forget the gradients before the step."""
    for images, labels in loader:
        criterion(model(images), labels).backward()
        optimizer.zero_grad()
        optimizer.step()


def step_too_early(model, loader, criterion, optimizer):
    """Learn, but take the step before the gradients are there."""
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.zero_grad()
        optimizer.step()
        loss.backward()


def step_one_late(model, loader, criterion, optimizer):
    """Learn, but from the batch before."""
    for images, labels in loader:
        loss = criterion(model(images), labels)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()


def softmax_first(model, loader, criterion, optimizer):
    """Learn, but give probabilities to the criterion."""
    learn(model, loader, lambda logits, labels: criterion(logits.softmax(1), labels), optimizer)


def own_criterion(model, loader, criterion, optimizer):
    """Learn, but with a criterion that was not given."""
    learn(model, loader, nn.CrossEntropyLoss(), optimizer)


def last_batch_only(model, loader, criterion, optimizer):
    """Learn, but below the loop."""
    learn(model, list(loader)[-1:], criterion, optimizer)


def every_batch_twice(model, loader, criterion, optimizer):
    """Learn, in two passes."""
    learn(model, loader, criterion, optimizer)
    learn(model, loader, criterion, optimizer)


def _small_networks():
    """Return what `learn` takes, twice: other loaders, criteria and optimizers."""
    dice = torch.Generator().manual_seed(3)
    images, labels = torch.randn(10, 2, generator=dice), torch.arange(10) % 3 % 2
    loaders = [
        DataLoader(TensorDataset(images, labels), batch_size=4),
        [(images[i : i + 3], labels[i : i + 3]) for i in (0, 3, 6, 9)],
    ]
    criteria = [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(reduction="sum")]
    trials = []
    for loader, criterion, momentum in zip(loaders, criteria, (0.9, 0.0), strict=True):
        model = nn.Sequential(nn.Linear(2, 2))
        with torch.no_grad():
            for p in model.parameters():
                p.copy_(torch.randn(p.shape, generator=dice))
        trials.append((model, loader, criterion, SGD(model, lr=0.1, momentum=momentum)))
    return trials


def _refuse_other_images(_, given):
    """Refuse images that are not those of the small networks, (B, 2)."""
    if given[0].shape[1:] != (2,):
        raise ValueError(OTHER_IMAGES)


def _refuse_exchanged(_, given):
    """Refuse (labels, logits): the labels are the whole numbers."""
    if given[1].is_floating_point() and not given[0].is_floating_point():
        raise TypeError(EXCHANGED)


def _weights_after(function, model, loader, criterion, optimizer):
    """Return the weights that `function` leaves; if it changes none, say what was called."""
    model.register_forward_pre_hook(_refuse_other_images)
    criterion.register_forward_pre_hook(_refuse_exchanged)
    calls = {"backward": 0, "step": 0}
    take_step = optimizer.step

    def count_step():
        calls["step"] += 1
        return take_step()

    def count_backward(_):
        calls["backward"] += 1

    optimizer.step = count_step
    first = next(model.parameters())
    first.register_hook(count_backward)
    before = [p.detach().clone() for p in model.parameters()]
    function(model, loader, criterion, optimizer)
    after = [p.detach() for p in model.parameters()]
    if all(torch.equal(old, new) for old, new in zip(before, after, strict=True)):
        late = bool(calls["backward"] and calls["step"] and first.grad is not None)
        counts = f"{calls['backward']} x backward, {calls['step']} x step"
        return f"no weight changed: {counts}" + " before it" * late
    return torch.cat([p.flatten() for p in after])


OTHER_IMAGES = "These images are not from `loader`. Use the loader that you are given."
EXCHANGED = "Labels and logits are exchanged: the logits come first."

EXERCISES = [
    Exercise(
        loss_of,
        trials=lambda: [([0.7, 0.2, 0.1], 1), ([0.05, 0.6, 0.35], 0), ([0.25, 0.75], 1)],
        tolerance=1e-3,  # three decimals will do
        mistakes=[
            Mistake(
                lambda probabilities, label: math.log(probabilities[label]),
                "The sign is wrong: the loss is minus ln.",
            ),
            Mistake(
                lambda probabilities, label: -math.log(probabilities),
                "That is the whole list. Take one of it: `probabilities[label]`.",
            ),
            Mistake(
                lambda probabilities, label: probabilities[label],
                "That is the probability of the right class. The loss is -ln of it.",
            ),
            Mistake(
                lambda probabilities, label: 1 - probabilities[label],
                "That is 1 minus the probability of the right class. The loss is -ln of it.",
            ),
            Mistake(
                lambda probabilities, label: -math.log(max(probabilities)),
                "You took the largest probability. Take that of the right class, at index label.",
            ),
            Mistake(
                lambda probabilities, label: -math.log(probabilities[label - 1]),
                "That is the class before. Classes are counted from 0, as lists are.",
            ),
            Mistake(
                lambda probabilities, label: -sum(map(math.log, probabilities)),
                "That adds up the losses of all classes. Only that of the right class counts.",
            ),
            Mistake(
                lambda probabilities, label: [-math.log(share) for share in probabilities],
                "Those are the losses of all classes. Return that of the right one.",
            ),
            Mistake(
                lambda probabilities, label: -math.log10(probabilities[label]),
                "That is log10. ln is math.log.",
            ),
            Mistake(
                lambda probabilities, label: -math.log2(probabilities[label]),
                "That is log2. ln is math.log.",
            ),
            Mistake(
                lambda probabilities, label: round(loss_of(probabilities, label), 2),
                "Right, but rounded. Return the loss as it is.",
            ),
            Mistake(
                lambda probabilities, label: round(loss_of(probabilities, label)),
                "That is a whole number. Return the loss with its decimals.",
            ),
        ],
    ),
    Exercise(
        slope,
        trials=lambda: [(valley, 1, 0.5), (wave, 2, 0.1)],
        mistakes=[
            Mistake(
                lambda loss, weight, h: slope(valley, weight, h),
                "You measured the valley. Use `loss`, the function that you are given.",
            ),
            Mistake(
                lambda loss, weight, h: loss(weight + h) - loss(weight),
                "That is the change of the loss. Divide it by h.",
            ),
            Mistake(
                lambda loss, weight, h: (loss(weight) - loss(weight + h)) / h,
                "The sign is wrong: the loss at weight + h comes first.",
            ),
            Mistake(
                lambda loss, weight, h: (loss(weight) + h - loss(weight)) / h,
                "`h` belongs inside the parentheses: `loss(weight + h)`.",
            ),
            Mistake(
                lambda loss, weight, h: loss(weight + h) - loss(weight) / h,
                "Only one of the two losses is divided. Put the difference in parentheses.",
            ),
            Mistake(
                lambda loss, weight, h: (loss(weight + h) - loss(weight)) * h,
                "You multiplied by h. Divide by it.",
            ),
            Mistake(
                lambda loss, weight, h: (loss(weight) - loss(weight - h)) / h,
                "You looked from weight - h. Look from weight to weight + h.",
            ),
            Mistake(
                lambda loss, weight, h: (loss(weight + h) - loss(weight - h)) / (2 * h),
                "You looked to both sides, which works, too. Here look from weight to weight + h.",
            ),
        ],
    ),
    Exercise(
        one_step,
        trials=lambda: [
            ([1, 5, -2], [2, -10, 0.5], 0.1),
            ([0.5, -1.5], [3, 4], 0.25),
        ],
        mistakes=[
            Mistake(
                lambda weights, gradients, rate: [
                    w + rate * g for w, g in zip(weights, gradients, strict=True)
                ],
                "These weights went uphill. Subtract rate * gradient.",
            ),
            Mistake(
                lambda weights, gradients, rate: [
                    w - g for w, g in zip(weights, gradients, strict=True)
                ],
                "The rate is missing: subtract rate * gradient.",
            ),
            Mistake(
                lambda weights, gradients, rate: [rate * g for g in gradients],
                "That is how far each weight moves. Subtract it from the weight.",
            ),
            Mistake(
                lambda weights, gradients, rate: [-rate * g for g in gradients],
                "That is how each weight changes. Return the new weights.",
            ),
            Mistake(
                lambda weights, gradients, rate: [
                    rate * (w - g) for w, g in zip(weights, gradients, strict=True)
                ],
                "You multiplied the weight by the rate, too. Only the gradient gets it.",
            ),
            Mistake(
                lambda weights, gradients, rate: [
                    (w - rate) * g for w, g in zip(weights, gradients, strict=True)
                ],
                "Leave out the parentheses: `rate * gradients[i]` is what is subtracted.",
            ),
            Mistake(
                lambda weights, gradients, rate: [w - rate * g for w in weights for g in gradients],
                "Each weight has only its own gradient. One loop goes through both lists.",
            ),
            Mistake(
                lambda weights, gradients, rate: weights[-1] - rate * gradients[-1],
                "That is the last weight alone. Collect all of them in a list.",
            ),
        ],
    ),
    Exercise(
        learn,
        trials=_small_networks,
        outcome=_weights_after,
        shows="the weights afterwards",
        mistakes=[
            Mistake(
                without_zero_grad,
                "The old gradients are still there. Call zero_grad() in each turn of the loop.",
            ),
            Mistake(
                without_backward,
                "There are no gradients: backward was never called. Are its parentheses there?",
            ),
            Mistake(
                without_step,
                "The gradients are there, but step was never called. Are its parentheses there?",
            ),
            Mistake(
                zero_grad_too_late,
                "zero_grad stands between backward and step: it throws the new gradients away.",
            ),
            Mistake(
                step_too_early,
                "step comes before backward, when there are no gradients yet.",
            ),
            Mistake(
                step_one_late,
                "step comes too early, with the gradients of the batch before. Put it last.",
            ),
            Mistake(
                lambda model, loader, criterion, optimizer: criterion(
                    model, torch.zeros(4, dtype=torch.int64)
                ),
                "`model` is the network itself. Its logits are `model(images)`.",
            ),
            Mistake(
                lambda model, loader, criterion, optimizer: criterion(
                    torch.zeros(64, 10), torch.zeros(4, dtype=torch.int64)
                ),
                "These 64 logits are from an earlier cell. Get new ones: `model(images)`.",
            ),
            Mistake(
                lambda model, loader, criterion, optimizer: nn.CrossEntropyLoss(
                    torch.zeros(4, 2), torch.zeros(4)
                ),
                "That makes a new criterion. Ask the one you are given: `criterion(...)`.",
            ),
            Mistake(
                softmax_first,
                "The criterion got probabilities. It takes the logits as they are: no softmax.",
            ),
            Mistake(
                own_criterion,
                "With another criterion it goes wrong. Use the one that you were given.",
            ),
            Mistake(
                last_batch_only,
                "It learned from the last batch alone. Indent all five lines below the for.",
            ),
            Mistake(
                every_batch_twice,
                "It learned from each batch twice. One pass is one loop.",
            ),
        ],
    ),
]

QUESTIONS = {
    "loss_of_a_guess_among_two_classes": Question(
        0.6931, "Compute -ln(1/2) with math.log, and give two decimals.", 0.005
    ),
    "slope_from_two_losses": Question(
        -2, "Change of the loss / change of the weight. Did the loss rise or fall?", 0.001
    ),
    "weight_after_one_step": Question(1.6, "weight - learning rate x gradient."),
    "gradients_of_a_layer_from_3_to_2": Question(
        8, "One for each parameter: the weights and the biases."
    ),
    "method_that_forgets_old_gradients": Question(
        ("zero_grad",), "backward() adds to old gradients. Which of the five lines clears them?"
    ),
    "every_step_makes_the_loss_smaller": Question(
        ("no", "n", "false"), "What did the step with the learning rate 5 do?"
    ),
}
