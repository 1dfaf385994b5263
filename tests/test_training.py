"""Training and evaluation."""

import functools
import re
import signal

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, Subset, TensorDataset

from fmnist_lib import build_model, evaluate_model, train_model
from fmnist_lib.training import SGD, compute_logits, evaluate, train_epoch

LINE = r"Train Epoch: (\d+)  Accuracy: (\d+)/(\d+)\((\d+\.\d\d)%\)  Loss: (\d+\.\d{3})"


class Fixed(nn.Module):
    """Gives the same logits for every image; its one parameter changes nothing."""

    def __init__(self, logits):
        super().__init__()
        self.logits = torch.as_tensor(logits)
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, images):
        return self.logits.expand(len(images), -1) + 0 * self.weight


def images_and_labels(count, label=0):
    """Return black images that all have one label."""
    return TensorDataset(torch.zeros(count, 1, 28, 28), torch.full((count,), label))


def weights(model):
    """Return copies of a model's parameters."""
    return [p.detach().clone() for p in model.parameters()]


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
    model = build_model()
    twin = build_model()
    twin.load_state_dict(model.state_dict())
    expected = textbook(twin, loader, 3)
    train_model(model, loader, nn.CrossEntropyLoss(), T=3)
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"Train Epoch: {e}  Accuracy: {c}/{n}({100 * c / n:.2f}%)  Loss: {loss:.3f}"
        for e, (c, n, loss) in enumerate(expected)
    ]
    for ours, theirs in zip(weights(model), weights(twin), strict=True):
        torch.testing.assert_close(ours, theirs)


def test_returns_none(loader, capsys):
    """Both functions print and return nothing."""
    model = build_model()
    assert train_model(model, loader, nn.CrossEntropyLoss(), 1) is None
    assert evaluate_model(model, loader, nn.CrossEntropyLoss()) is None
    assert capsys.readouterr().err == ""


def test_learns(loader):
    """After enough epochs, images that are easy to tell apart are told apart."""
    model = build_model()
    train_model(model, loader, nn.CrossEntropyLoss(), T=80)
    assert evaluate(model, loader, nn.CrossEntropyLoss()).accuracy > 0.95


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_equals_torch(momentum):
    """Our steps are those of torch.optim.SGD, up to the rounding of one operation a step."""
    ours, theirs = build_model(), build_model()
    theirs.load_state_dict(ours.state_dict())
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


CRITERIA = {
    "mean": nn.CrossEntropyLoss(),
    "sum": nn.CrossEntropyLoss(reduction="sum"),
    "none": nn.CrossEntropyLoss(reduction="none"),
    "function": F.cross_entropy,
    "partial sum": functools.partial(F.cross_entropy, reduction="sum"),
    "partial none": functools.partial(F.cross_entropy, reduction="none"),
}


@pytest.mark.parametrize("name", CRITERIA)
def test_loss_is_per_image_for_every_reduction(name, loader):
    """The accumulated loss / images does not depend on the reduction or the last short batch."""
    model = build_model()
    x, y = loader.dataset.images, loader.dataset.targets
    expected = F.cross_entropy(model(x), y).item()
    assert evaluate(model, loader, CRITERIA[name]).loss == pytest.approx(expected, rel=1e-5)
    still = torch.optim.SGD(model.parameters(), lr=0.0)
    result = train_epoch(model, loader, CRITERIA[name], still)
    assert result.loss == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ["sum", "none", "partial sum"])
def test_training_does_not_depend_on_the_reduction(name, loader):
    """A step follows the mean over the batch, whatever the reduction."""
    first, second = build_model(), build_model()
    second.load_state_dict(first.state_dict())
    train_model(first, loader, CRITERIA["mean"], 1)
    train_model(second, loader, CRITERIA[name], 1)
    for a, b in zip(weights(first), weights(second), strict=True):
        torch.testing.assert_close(a, b)


def test_accuracy_counts_images_not_batches(capsys):
    """A short last batch weighs by its images: 100 right of 101 is 99.01 %, not 50 %."""
    labels = torch.tensor([3] * 100 + [4])
    loader = DataLoader(TensorDataset(torch.zeros(101, 1, 28, 28), labels), batch_size=100)
    model = Fixed([0.0, 0, 0, 5, 0, 0, 0, 0, 0, 0])
    evaluate_model(model, loader, nn.CrossEntropyLoss(), show_loss=False)
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Accuracy: 99.01%"
    assert "Accuracy: 100/101(99.01%)" in second


def test_format_of_evaluation(capsys):
    """The loss has four decimals and comes first; show_loss=False leaves it out."""
    loader = DataLoader(images_and_labels(3), batch_size=2)
    model = Fixed([0.0] * 10)
    evaluate_model(model, loader, nn.CrossEntropyLoss(), show_loss=True)
    evaluate_model(model, loader, nn.CrossEntropyLoss(), False)
    assert capsys.readouterr().out == "Average loss: 2.3026\nAccuracy: 100.00%\nAccuracy: 100.00%\n"


@pytest.mark.parametrize("training", [True, False])
def test_mode_is_left_as_it_was(training, loader):
    """Each module is back in its own mode after training and after evaluation."""
    model = nn.Sequential(build_model(), nn.Dropout(0.5)).train(training)
    model[0][1].train(not training)
    before = [module.training for module in model.modules()]
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    assert [module.training for module in model.modules()] == before
    evaluate_model(model, loader, nn.CrossEntropyLoss())
    assert [module.training for module in model.modules()] == before


def test_trains_in_train_mode_and_evaluates_in_eval_mode(loader):
    """Dropout acts while training, and not while evaluating."""
    seen = []
    model = build_model().eval()
    model.register_forward_hook(lambda module, *_: seen.append(module.training))
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    evaluate_model(model, loader, nn.CrossEntropyLoss())
    assert seen == [True] * 4 + [False] * 4


def test_evaluation_changes_nothing(loader):
    """Evaluating leaves weights and gradients alone."""
    model = build_model()
    before = weights(model)
    evaluate_model(model, loader, nn.CrossEntropyLoss())
    assert all(torch.equal(a, b) for a, b in zip(before, weights(model), strict=True))
    assert all(p.grad is None for p in model.parameters())


def test_images_follow_the_model(loader):
    """Images go to the device of the model, labels to the device of its logits."""

    class Elsewhere(Fixed):
        def __init__(self):
            super().__init__([0.0] * 10)
            self.weight = nn.Parameter(torch.zeros((), device="meta"))

        def forward(self, images):
            assert images.device.type == "meta"
            return torch.zeros(len(images), 10)

    share = (loader.dataset.targets == 0).double().mean().item()
    assert evaluate(Elsewhere(), loader, nn.CrossEntropyLoss()).accuracy == pytest.approx(share)


@pytest.mark.parametrize("function", [train_epoch, evaluate])
def test_labels_follow_the_logits(function, loader):
    """The criterion gets labels on the device of the logits."""

    class Elsewhere(Fixed):
        def forward(self, images):
            return torch.zeros(len(images), 10, device="meta") + 0 * self.weight.to("meta")

    def criterion(logits, labels):
        raise InterruptedError(labels.device.type)

    model = Elsewhere([0.0])
    more = [SGD(model)] if function is train_epoch else []
    with pytest.raises(InterruptedError, match="meta"):
        function(model, loader, criterion, *more)


@pytest.mark.parametrize(("device", "backend"), [("cuda", torch.cuda), ("mps", torch.backends.mps)])
def test_accelerator(device, backend, loader, capsys):
    """On an accelerator, where there is one, the job runs and the model stays there."""
    if not backend.is_available():
        pytest.skip(f"no {device} device")
    model = build_model().to(device)
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    evaluate_model(model, loader, nn.CrossEntropyLoss())
    assert next(model.parameters()).device.type == device
    assert "Accuracy" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        {"shuffle": True},
        {"num_workers": 2},
        {"drop_last": True},
        {"batch_size": None, "sampler": [[0, 1, 2], [3, 4]]},
    ],
    ids=str,
)
def test_any_map_style_loader(options, dataset, capsys):
    """Loaders of any make work, and the counts are those of the images they gave."""
    plain = TensorDataset(dataset.images, dataset.targets)
    loader = DataLoader(plain, **({"batch_size": 64} | options))
    images = sum(len(y) for _, y in loader)
    train_model(build_model(), loader, nn.CrossEntropyLoss(), 1)
    assert f"/{images}(" in capsys.readouterr().out
    assert len(evaluate(build_model(), loader, nn.CrossEntropyLoss()).labels) == images


def test_subset_and_source(dataset):
    """A Subset of our dataset works with PyTorch's own collate, and its source is known."""
    loader = DataLoader(Subset(dataset, range(50)), batch_size=16)
    result = evaluate(build_model(), loader, nn.CrossEntropyLoss())
    assert (len(result.labels), result.source) == (50, "fashion-mnist")


def test_own_optimizer(loader):
    """An optimizer by keyword is the one that steps."""
    model, twin = build_model(), build_model()
    twin.load_state_dict(model.state_dict())
    train_model(
        model,
        loader,
        nn.CrossEntropyLoss(),
        1,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.01),
    )
    adam = torch.optim.Adam(twin.parameters(), lr=0.01)
    train_epoch(twin, loader, nn.CrossEntropyLoss(), adam)
    assert all(torch.equal(a, b) for a, b in zip(weights(model), weights(twin), strict=True))


@pytest.mark.parametrize("labels_dtype", [torch.uint8, torch.int32])
def test_integer_labels_of_any_width(labels_dtype):
    """Labels need not be int64, though CrossEntropyLoss wants them so."""
    dataset = TensorDataset(torch.zeros(4, 28, 28), torch.tensor([0, 1, 2, 3]).to(labels_dtype))
    assert evaluate(build_model(), DataLoader(dataset, 2), nn.CrossEntropyLoss()).loss > 0


@pytest.mark.parametrize(
    ("epochs", "error"),
    [(0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError), ("3", TypeError)],
)
def test_bad_number_of_epochs(epochs, error, loader):
    """T must be a whole number of at least 1; the message names it and the value."""
    with pytest.raises(error, match=rf"T must be .*{re.escape(str(epochs))}"):
        train_model(build_model(), loader, nn.CrossEntropyLoss(), epochs)


@pytest.mark.parametrize("function", [train_epoch, evaluate])
@pytest.mark.parametrize(
    ("batches", "error", "message"),
    [
        ([], ValueError, "_loader is empty"),
        ([torch.zeros(2)], TypeError, "must give batches .images, labels., got Tensor"),
        ([(torch.zeros(2, 784).int(), torch.zeros(2).long())], TypeError, "floating-point.*int32"),
        ([([0.0], torch.zeros(1).long())], TypeError, "floating-point tensor, got list"),
        ([(torch.zeros(2, 784), torch.zeros(2))], TypeError, "one integer label an image.*float32"),
        ([(torch.zeros(2, 784), torch.zeros(3).long())], TypeError, r"\(2,\), got .*\(3,\)"),
        ([(torch.zeros(2, 784), 5)], TypeError, "one integer label an image.*got 5"),
        ([(torch.zeros(2, 784), torch.tensor([0, 10]))], ValueError, "labels 0 to 9, got 0 to 10"),
        ([(torch.zeros(2, 784), torch.tensor([-1, 3]))], ValueError, "labels 0 to 9, got -1 to 3"),
        ([(torch.zeros(2, 3, 32, 32), torch.zeros(2).long())], ValueError, r"\(2, 3, 32, 32\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_batches(function, batches, error, message):
    """What a loader gives is checked, and the message says what is allowed and what came."""
    model = build_model()
    more = [SGD(model)] if function is train_epoch else []
    with pytest.raises(error, match=message):
        function(model, batches, nn.CrossEntropyLoss(), *more)
    assert model.training


@pytest.mark.parametrize("function", [train_model, evaluate_model])
def test_bad_model_and_criterion(function, loader):
    """The message names the argument and what came."""
    more = [1] if function is train_model else []
    with pytest.raises(TypeError, match=r"model must be a torch.nn.Module, got 'net'"):
        function("net", loader, nn.CrossEntropyLoss(), *more)
    with pytest.raises(TypeError, match="criterion must be callable.*'cross entropy'"):
        function(build_model(), loader, "cross entropy", *more)
    with pytest.raises(TypeError, match=r"with its parentheses, got <class"):
        function(build_model(), loader, nn.CrossEntropyLoss, *more)
    with pytest.raises(ValueError, match=r"logits of shape \(64, 10\), got \(64, 7\)"):
        function(nn.Sequential(nn.Flatten(), nn.Linear(784, 7)), loader, F.cross_entropy, *more)
    with pytest.raises(ValueError, match=r"criterion must return .*got \(3,\)"):
        function(build_model(), loader, lambda logits, labels: torch.zeros(3), *more)


def test_nothing_to_train(loader):
    """A model without trainable parameters is refused."""
    with pytest.raises(ValueError, match="model must have a parameter to train"):
        train_model(build_model().requires_grad_(False), loader, nn.CrossEntropyLoss(), 1)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_loss_that_is_not_finite_stops_training(bad, dataset, capsys):
    """The error names the epoch, no step is taken on such a loss, and the mode is restored."""
    model = build_model().eval()
    optimizer = SGD(model)
    seen = []

    def criterion(logits, labels):
        seen.append(weights(model))
        return F.cross_entropy(logits, labels) * (bad if len(seen) == 6 else 1)

    loader = DataLoader(dataset, batch_size=50)  # 4 batches: the 6th is epoch 1, batch 1
    with pytest.raises(FloatingPointError, match=r"Epoch 1: the loss became (nan|inf) in batch 1"):
        train_model(model, loader, criterion, 3, optimizer=optimizer)
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert all(torch.equal(a, b) for a, b in zip(seen[-1], weights(model), strict=True))
    assert not model.training


def test_huge_learning_rate_ends_in_the_clear_error(loader):
    """A run that diverges says so."""
    model = build_model()
    with pytest.raises(FloatingPointError, match="A smaller learning rate"):
        train_model(model, loader, nn.CrossEntropyLoss(), 50, optimizer=SGD(model, lr=1e6))


def test_nan_logits_are_no_evaluation(loader):
    """An accuracy of NaN logits would be a wrong number."""
    with pytest.raises(FloatingPointError, match="NaN logits"):
        evaluate(Fixed([float("nan")] * 10), loader, nn.CrossEntropyLoss())


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


def test_compute_logits(dataset):
    """Logits for any batch: on the CPU, without gradient, in eval mode."""
    model = nn.Sequential(build_model(), nn.Dropout(0.9))
    logits = compute_logits(model, dataset.images)
    torch.testing.assert_close(logits, model[0](dataset.images).detach())
    assert not logits.requires_grad
    assert model.training
