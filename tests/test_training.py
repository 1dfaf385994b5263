"""Training: weights, counts and loss beside plain PyTorch."""

import re
import signal
from unittest.mock import Mock

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, IterableDataset

from fmnist_lib import build_model, explore, predict_label, train_model, visualize_image
from fmnist_lib.evaluation import evaluate
from fmnist_lib.training import SGD, train_epoch


def weights(model):
    """Return copies of a model's parameters."""
    return [p.detach().clone() for p in model.parameters()]


def twins():
    """Return two models with the same weights."""
    first, second = build_model(), build_model()
    second.load_state_dict(first.state_dict())
    return first, second


def textbook(model, loader, epochs):
    """Train with plain PyTorch and return (correct, images, loss) of each epoch."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9, foreach=False)
    results = []
    for _ in range(epochs):
        correct = images = loss_sum = 0
        for x, y in loader:
            optimizer.zero_grad()
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
            correct += (logits.argmax(1) == y).sum().item()
            loss_sum += F.cross_entropy(logits, y, reduction="sum").item()
            images += len(y)
        results.append((correct, images, loss_sum / images))
    return results


def test_prints_what_plain_pytorch_computes(loader, capsys):
    """Weights, counts and loss are those of a textbook loop with torch.optim.SGD."""
    model, twin = twins()
    expected = textbook(twin, loader, 3)
    assert train_model(model, loader, nn.CrossEntropyLoss(), T=3) is None
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"Train Epoch: {e}  Accuracy: {c}/{n}({100 * c / n:.2f}%)  Loss: {loss:.3f}"
        for e, (c, n, loss) in enumerate(expected)
    ]
    assert err == ""
    for ours, theirs in zip(weights(model), weights(twin), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_learns(loader):
    """After enough epochs, images that are easy to tell apart are told apart."""
    model = build_model()
    train_model(model, loader, nn.CrossEntropyLoss(), T=80)
    assert evaluate(model, loader, nn.CrossEntropyLoss()).accuracy > 0.95


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_equals_torch(momentum):
    """Our steps are those of torch.optim.SGD, up to the rounding of one operation a step."""
    ours, theirs = twins()
    optimizers = [
        SGD(ours, lr=0.01, momentum=momentum),
        torch.optim.SGD(theirs.parameters(), lr=0.01, momentum=momentum, foreach=False),
    ]
    for model in (ours, theirs):
        model[5].bias.requires_grad_(False)
    for _ in range(5):
        images = torch.randn(8, 1, 28, 28)
        for model, optimizer in zip((ours, theirs), optimizers, strict=True):
            optimizer.zero_grad()
            model(images).square().mean().backward()
            optimizer.step()
    for a, b in zip(weights(ours), weights(theirs), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-7)
    assert torch.equal(ours[5].bias, theirs[5].bias)


def test_zero_grad():
    """Gradients are forgotten; or set to 0, as torch.optim.SGD can."""
    model = nn.Linear(2, 1)
    optimizer = SGD(model)
    optimizer.zero_grad(set_to_none=False)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert torch.equal(model.weight.grad, torch.zeros(1, 2))
    optimizer.zero_grad()
    assert model.weight.grad is None


def test_seeded_runs_repeat(dataset, capsys):
    """The same seed gives the same weights and the same lines, shuffling included."""
    outcomes = []
    for _ in range(2):
        torch.manual_seed(7)
        model = build_model()
        loader = DataLoader(dataset, batch_size=64, shuffle=True)
        train_model(model, loader, nn.CrossEntropyLoss(), T=2)
        outcomes.append((capsys.readouterr().out, weights(model)))
    assert outcomes[0][0] == outcomes[1][0]
    assert all(torch.equal(a, b) for a, b in zip(outcomes[0][1], outcomes[1][1], strict=True))


@pytest.mark.parametrize("reduction", ["sum", "none"])
def test_training_does_not_depend_on_the_reduction(reduction, loader):
    """A step follows the mean over the batch, whatever the reduction."""
    first, second = twins()
    train_model(first, loader, nn.CrossEntropyLoss(), 1)
    train_model(second, loader, nn.CrossEntropyLoss(reduction=reduction), 1)
    for a, b in zip(weights(first), weights(second), strict=True):
        torch.testing.assert_close(a, b)


def test_own_optimizer(loader):
    """An optimizer by keyword is the one that steps."""
    model, twin = twins()
    ours, theirs = (torch.optim.Adam(m.parameters(), lr=0.01) for m in (model, twin))
    train_model(model, loader, nn.CrossEntropyLoss(), 1, optimizer=ours)
    train_epoch(twin, loader, nn.CrossEntropyLoss(), theirs)
    assert all(torch.equal(a, b) for a, b in zip(weights(model), weights(twin), strict=True))
    assert theirs.state


@pytest.mark.parametrize(
    ("epochs", "error"),
    [(0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError), ("3", TypeError)],
)
def test_bad_number_of_epochs(epochs, error, loader):
    """T must be a whole number of at least 1; the message names it and the value."""
    with pytest.raises(error, match=rf"T must be .*{re.escape(str(epochs))}"):
        train_model(build_model(), loader, nn.CrossEntropyLoss(), epochs)


def test_nothing_to_train(loader):
    """A model without trainable parameters is refused."""
    with pytest.raises(ValueError, match="model must have a parameter to train"):
        train_model(build_model().requires_grad_(False), loader, nn.CrossEntropyLoss(), 1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_loss_that_is_not_finite_stops_training(bad, dataset, capsys):
    """The error names epoch and batch, and no step follows such a loss."""
    model = build_model().eval()
    seen = []

    def criterion(logits, labels):
        if torch.is_grad_enabled():  # a batch, not a question about the reduction
            seen.append(weights(model))
        return F.cross_entropy(logits, labels) * (bad if len(seen) == 6 else 1)

    loader = DataLoader(dataset, batch_size=50)  # 4 batches: the 6th is epoch 1, batch 1
    with pytest.raises(FloatingPointError, match=f"the loss is {bad}") as caught:
        train_model(model, loader, criterion, 3, optimizer=SGD(model))
    assert "batch 1 of train_loader" in caught.value.__notes__[0]
    assert caught.value.__notes__[1] == "It was epoch 1."
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert all(torch.equal(a, b) for a, b in zip(seen[-1], weights(model), strict=True))
    assert not model.training


def test_huge_learning_rate_ends_in_the_clear_error(loader):
    """A run that diverges says so."""
    model = build_model()
    with pytest.raises(FloatingPointError, match="a smaller learning rate usually helps"):
        train_model(model, loader, nn.CrossEntropyLoss(), 50, optimizer=SGD(model, lr=1e6))


def test_interrupt_leaves_the_model_usable(loader):
    """Ctrl-C in an epoch ends it; the model is in its mode and can be used and trained on."""
    model = build_model().eval()
    calls = []

    def interrupt_third(logits, labels):
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return F.cross_entropy(logits, labels)

    # a run in the background ignores Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            train_model(model, loader, interrupt_third, 5)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not model.training
    assert evaluate(model, loader, nn.CrossEntropyLoss()).loss < 10
    train_model(model, loader, nn.CrossEntropyLoss(), 1)


def scheduled(optimizer):
    """Return an optimizer that has a scheduler."""
    StepLR(optimizer, 1)
    return optimizer


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda m: torch.optim.Adam, TypeError, "must be a torch.optim.Optimizer, .* got <class"),
        (lambda m: "adam", TypeError, "must be a torch.optim.Optimizer, .* got 'adam'"),
        (lambda m: m.parameters(), TypeError, "must be a torch.optim.Optimizer, .* got <generator"),
        (lambda m: torch.optim.LBFGS(m.parameters()), TypeError, "closure; LBFGS needs one"),
        (lambda m: scheduled(torch.optim.LBFGS(m.parameters())), TypeError, "closure; LBFGS needs"),
        (lambda m: torch.optim.Adam(build_model().parameters()), ValueError, "of this model"),
        (lambda m: SGD(build_model()), ValueError, "of this model that can be trained"),
        (lambda m: torch.optim.SGD(m[1].requires_grad_(False).parameters()), ValueError, "trained"),
    ],
    ids=[
        *("class", "word", "parameters", "closure", "scheduled closure"),
        *("other model", "other, ours", "frozen"),
    ],
)
def test_optimizer_that_cannot_train(make, error, message):
    """It is refused before the first batch is asked for."""
    model = build_model()
    with pytest.raises(error, match=f"optimizer .*{message}"):
        train_model(model, iter([]), nn.CrossEntropyLoss(), 1, optimizer=make(model))


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda m: torch.optim.Adam(m[1].parameters()),
        lambda m: torch.optim.AdamW([{"params": m[5].parameters()}, {"params": m[1].bias}]),
        lambda m: SGD(m, lr=0.1),
        lambda m: scheduled(torch.optim.Adam(m.parameters())),
        lambda m: Mock(step=SGD(m, lr=0.1).step, param_groups=[{"lr": 0.1}]),
    ],
)
def test_optimizer_of_a_part(optimizer, loader):
    """A part of the model may be trained."""
    model = build_model()
    before = weights(model)
    train_model(model, loader, nn.CrossEntropyLoss(), 1, optimizer=optimizer(model))
    assert not all(map(torch.equal, before, weights(model)))


def test_lazy_layers(loader, capsys):
    """Layers that learn their size from the first batch train as with torch.optim.SGD."""
    out = []
    for make in (None, lambda m: torch.optim.SGD(m.parameters(), lr=0.001, momentum=0.9)):
        torch.manual_seed(0)
        model = nn.Sequential(nn.LazyConv2d(2, 5), nn.Flatten(), nn.LazyLinear(10))
        train_model(model, loader, nn.CrossEntropyLoss(), 2, optimizer=make and make(model))
        out.append((capsys.readouterr().out, weights(model)))
    assert out[0][0] == out[1][0]
    for ours, theirs in zip(out[0][1], out[1][1], strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
def test_gradients_switched_off_elsewhere(off, loader):
    """Training works under no_grad, and leaves it in force; evaluation works without."""
    model, twin = twins()
    with off():
        train_model(model, loader, nn.CrossEntropyLoss(), 1)
        assert not torch.is_grad_enabled()
    train_model(twin, loader, nn.CrossEntropyLoss(), 1)
    assert all(map(torch.equal, weights(model), weights(twin)))


class Stream(IterableDataset):
    def __init__(self, dataset):
        self.dataset = dataset

    def __iter__(self):
        yield from (self.dataset[i] for i in range(len(self.dataset)))


def test_stream(dataset, loader, capsys):
    """A loader over a stream, which has no length, trains as one over a set."""
    out = []
    for source in (loader, DataLoader(Stream(dataset), batch_size=64)):
        torch.manual_seed(0)
        train_model(build_model(), source, nn.CrossEntropyLoss(), 2, progress=True)
        out.append(capsys.readouterr().out)
    assert out[0] == out[1]


def test_a_generator_lasts_one_epoch(loader):
    """The second epoch says why there is nothing left."""
    with pytest.raises(
        ValueError, match="train_loader is empty.*a generator gives its batches onl"
    ):
        train_model(build_model(), (batch for batch in loader), nn.CrossEntropyLoss(), 2)
    with pytest.raises(TypeError, match="train_loader must be a torch.*DataLoader, got NoneType"):
        train_model(build_model(), None, nn.CrossEntropyLoss(), 2)


@pytest.mark.parametrize("training", [True, False])
def test_frozen_normalisation(training, loader):
    """A part in eval mode stays so in a model in train mode, and trains in one in eval mode."""
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 10)).train(training)
    model[1].eval()
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    assert (int(model[1].num_batches_tracked) == 0) is training
    assert not model[1].training


def test_an_evaluation_between_two_trainings(dataset, capsys):
    """It changes nothing in the second one."""
    out = []
    for evaluates in (False, True):
        torch.manual_seed(3)
        model, loader = build_model(), DataLoader(dataset, 64, shuffle=True)
        for _ in range(2):
            train_model(model, loader, nn.CrossEntropyLoss(), 1)
            if evaluates:
                evaluate(model, loader, nn.CrossEntropyLoss())
        out.append((capsys.readouterr().out, weights(model)[0].sum().item()))
    assert out[0] == out[1]


@pytest.mark.parametrize("generator", [None, torch.Generator()])
def test_another_default_device(generator, dataset, capsys, tmp_path):
    """A DataLoader that shuffles works, whatever torch.set_default_device says."""
    model, loader = build_model(), DataLoader(dataset, 64, shuffle=True, generator=generator)
    torch.set_default_device("meta")
    try:
        train_model(model, loader, nn.CrossEntropyLoss(), 1)
        assert evaluate(model, loader, nn.CrossEntropyLoss()).loss > 0
        for images in (loader, dataset.images):
            predict_label(model, images, 3)
        visualize_image(loader, 3, path=tmp_path / "image.png")
        assert explore(model, loader).count == 200
    finally:
        torch.set_default_device("cpu")
