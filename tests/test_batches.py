"""What training and evaluation share: checked batches, devices, modes, threads, the mean loss."""

import copy
import functools
import itertools
import re
from unittest.mock import Mock

import pytest
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, Subset, TensorDataset

from fmnist_lib import _loss, build_model, evaluate_model, predict_label, train_model
from fmnist_lib._batches import SMALL
from fmnist_lib.evaluation import evaluate
from fmnist_lib.prediction import compute_logits
from fmnist_lib.training import SGD, train_epoch

IMAGES, LABELS = torch.zeros(2, 784), torch.zeros(2, dtype=torch.int64)


def run(function, model, loader, criterion=F.cross_entropy):
    """Train for an epoch without a change, or evaluate, and return the result."""
    if function is evaluate:
        return evaluate(model, loader, criterion)
    return train_epoch(model, loader, criterion, torch.optim.SGD(model.parameters(), lr=0.0))


class Giving(nn.Module):
    """Gives what a function makes of the logits."""

    def __init__(self, change):
        super().__init__()
        self.model, self.change = build_model(), change

    def forward(self, images):
        return self.change(self.model(images))


both = pytest.mark.parametrize("function", [train_epoch, evaluate])


@both
@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (torch.zeros(2), TypeError, "must give pairs .images, labels., got Tensor"),
        ((IMAGES.byte(), LABELS), TypeError, r"floating point.* torch.uint8; .*data.normalise$"),
        ((IMAGES.int(), LABELS), TypeError, r"floating point, got Tensor \(2, 784\) torch.int32$"),
        (([0.0], LABELS), TypeError, "floating point, got list of 1 .float.$"),
        ((IMAGES, LABELS.float()), TypeError, "one integer label per image.*float32"),
        ((IMAGES[:1], LABELS), TypeError, r"\(1,\), got Tensor \(2,\)"),
        ((IMAGES, 5), TypeError, "one integer label per image.*got int"),
        ((IMAGES, LABELS + 10), ValueError, "labels 0 to 9, got 10 to 10"),
        ((IMAGES, LABELS - 1), ValueError, "labels 0 to 9, got -1 to -1"),
        ((IMAGES, LABELS.bool()), TypeError, "one integer label per image.*bool"),
        ((IMAGES, ("Bag", "Bag")), TypeError, r"_loader must give one .*got tuple of 2 \(str\)"),
        ((IMAGES, F.one_hot(LABELS, 10)), TypeError, r"\(2, 10\).*; labels.argmax\(dim=1\) turns"),
        ((IMAGES, LABELS, LABELS), TypeError, r"_loader must give pairs .*got tuple of 3 \(Tensor"),
        ({"x": IMAGES, "y": LABELS}, TypeError, "got dict with the keys 'x', 'y'; a torch.utils"),
        ((IMAGES[:0], LABELS[:0]), ValueError, r"one image or more.*got Tensor \(0, 784\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bad_batches(function, batch, error, message):
    """Each batch is checked, the first and the last; the message says what came and what may."""
    model = build_model()
    for batches in ([batch], [(IMAGES, LABELS), batch]):
        with pytest.raises(error, match=message):
            run(function, model, batches)
    with pytest.raises(ValueError, match="_loader is empty"):
        run(function, model, [])
    assert model.training


@pytest.mark.filterwarnings("ignore:Using a target size")
@both
def test_bad_model_and_criterion(function, loader):
    """The message names the argument and what came."""
    user = {evaluate: evaluate_model, train_epoch: functools.partial(train_model, T=1)}[function]
    for model, criterion, error, message in (
        ("net", F.cross_entropy, TypeError, "model must be a torch.nn.Module, got 'net'"),
        (build_model(), "cross entropy", TypeError, "criterion must be callable.*'cross entropy'"),
        (build_model(), nn.CrossEntropyLoss, TypeError, "with its parentheses, got <class"),
        (build_model()[:4], F.cross_entropy, ValueError, r"\(64, 10\), got Tensor \(64, 64\)"),
        (Giving(lambda z: (z, z)), F.cross_entropy, ValueError, r"model must .*got tuple of 2"),
        (Giving(lambda z: {"z": z}), F.cross_entropy, ValueError, "model must .*got dict with the"),
        (Giving(lambda z: None), F.cross_entropy, ValueError, "model must .*got NoneType"),
        (Giving(Tensor.long), F.cross_entropy, ValueError, "floating-point logits.*torch.int64"),
        (build_model(), lambda *_: torch.zeros(3), ValueError, r"must return .*Tensor \(3,\)"),
        (build_model(), lambda *_: 1.0, ValueError, "must return .*got float"),
        (build_model(), nn.MSELoss(), TypeError, r"int64 \(B,\).*MSELoss.*size of tensor a"),
        (build_model(), nn.Softmax(dim=1), TypeError, "must take logits.*got Softmax"),
        (build_model(), nn.BCEWithLogitsLoss(), TypeError, "must take logits.*got BCEWith"),
    ):
        with pytest.raises(error, match=message):
            user(model, loader, criterion)


@both
def test_pytorchs_own_message_stays(function, dataset):
    """PyTorch's error keeps its type and its words, and a note below names the batch."""
    model = build_model()
    wrong = [(dataset.images, dataset.targets), (torch.zeros(2, 3, 32, 32), LABELS)]
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied") as caught:
        run(function, model, wrong)
    [note] = caught.value.__notes__
    assert "batch 1 of" in note
    assert "images Tensor (2, 3, 32, 32) torch.float32" in note
    with pytest.raises(ValueError, match=r"shape \(1, 10\), got Tensor \(10,\)") as caught:
        run(function, Giving(Tensor.squeeze), DataLoader(dataset, 199))
    assert "batch 1 of" in caught.value.__notes__[0]
    model.register_forward_hook(Mock(side_effect=torch.OutOfMemoryError("out of memory")))
    with pytest.raises(torch.OutOfMemoryError, match="^out of memory"):
        run(function, model, wrong)


def test_normalisation_of_one_image(dataset):
    """The ValueError of a BatchNorm in training names the last batch, which holds one image."""
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 10))
    with pytest.raises(ValueError, match="Expected more than 1 value per channel") as caught:
        run(train_epoch, model, DataLoader(dataset, 199))
    assert caught.value.__notes__[0].startswith("It was batch 1 of train_loader, images Tensor (1,")


@both
def test_an_error_in_fetching_names_the_loader(function):
    """What fails between two batches is not blamed on the one before it."""
    sizes = [torch.zeros(1, 28, 28)] * 2 + [torch.zeros(1, 5, 5), torch.zeros(1, 28, 28)]
    loader = DataLoader([(image, 0) for image in sizes], batch_size=2)
    with pytest.raises(RuntimeError, match="stack expects each tensor to be equal size") as caught:
        run(function, build_model(), loader)
    [note] = caught.value.__notes__
    assert re.fullmatch("It came from (train|test)_loader.", note)
    pictures = [(Image.new("L", (28, 28)), 0)] * 2
    for samples, hint in (
        (pictures, r"; transforms.ToTensor\(\) makes .*"),
        ([(IMAGES, None)], ""),
    ):
        with pytest.raises(TypeError, match="default_collate") as caught:
            run(function, build_model(), DataLoader(samples, batch_size=2))
        assert re.fullmatch(f"It came from t.*_loader{hint}.", caught.value.__notes__[0])


@both
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_loss_that_is_not_finite(function, bad, loader):
    """A loss of NaN or infinity is an error that says what usually helps, and in which batch."""
    losses = iter([1, 1, 1, 1, bad, 1])  # two questions, then a loss for each batch
    with pytest.raises(FloatingPointError, match=f"loss is {bad}.*smaller learning rate") as caught:
        run(function, build_model(), loader, lambda *a: F.cross_entropy(*a) * next(losses))
    assert "batch 2 of" in caught.value.__notes__[0]


CRITERIA = {
    "mean": nn.CrossEntropyLoss(),
    "sum": nn.CrossEntropyLoss(reduction="sum"),
    "none": nn.CrossEntropyLoss(reduction="none"),
    "function": F.cross_entropy,
    "partial": functools.partial(F.cross_entropy),
    "partial sum": functools.partial(F.cross_entropy, reduction="sum"),
    "partial none": functools.partial(F.cross_entropy, reduction="none"),
    "lambda sum": lambda logits, labels: F.cross_entropy(logits, labels, reduction="sum"),
    "lambda none": lambda logits, labels: F.cross_entropy(logits, labels, reduction="none"),
}


@pytest.mark.parametrize(
    "loss",
    [
        nn.MultiMarginLoss(margin=0, reduction="none"),
        lambda z, y: z.amax(dim=1) - z[range(len(y)), y],
        lambda z, y: F.cross_entropy(z.mul_(-1), y, reduction="none"),
    ],
    ids=["margin", "perceptron", "in place"],
)
def test_other_criteria(loss, loader):
    """A loss that is 0 at even logits or changes them is reduced and counted as any other."""
    model = build_model()
    logits, labels = model(loader.dataset.images).detach(), loader.dataset.targets
    for reduce in (Tensor.sum, lambda each: each):
        for function in (train_epoch, evaluate):
            result = run(function, model, loader, lambda z, y, r=reduce: r(loss(z, y)))
            assert result.accuracy == pytest.approx((logits.argmax(1) == labels).double().mean())
            assert result.loss == pytest.approx(loss(logits.clone(), labels).mean().item())


@both
@pytest.mark.parametrize("name", CRITERIA)
def test_loss_and_accuracy_are_per_image(function, name, loader):
    """Neither depends on the reduction, and the short last batch weighs by its images."""
    model, dataset = build_model(), loader.dataset
    logits = model(dataset.images)
    result = run(function, model, loader, CRITERIA[name])
    loss = F.cross_entropy(logits, dataset.targets).item()
    assert result.loss == pytest.approx(loss, rel=1e-5)
    accuracy = (logits.argmax(dim=1) == dataset.targets).double().mean().item()
    assert result.accuracy == pytest.approx(accuracy, abs=1e-12)


def test_loss_under_class_weights(loader):
    """Sum and none are per image; a mean is PyTorch's weighted mean of each batch."""
    model, weights = build_model(), torch.arange(10.0)
    batches = [(model(x).detach(), y) for x, y in loader]
    for reduction, divisor in (("sum", len), ("none", len), ("mean", lambda y: weights[y].sum())):
        criterion = nn.CrossEntropyLoss(weights, reduction=reduction)
        each = [
            len(y) * F.cross_entropy(z, y, weights, reduction="sum") / divisor(y)
            for z, y in batches
        ]
        expected = (sum(each) / 200).item()
        assert evaluate(model, loader, criterion).loss == pytest.approx(expected, rel=1e-5)


@both
def test_softmax_at_the_end(function, loader, recwarn):
    """A model that ends in softmax is suspected, once a pass; log-softmax is fine."""
    with pytest.warns(UserWarning, match="model seems to end in softmax") as record:
        run(function, build_model().append(nn.Softmax(dim=1)), loader)
    assert [warning.filename for warning in record] == [__file__]
    run(function, build_model().append(nn.LogSoftmax(dim=1)), loader)
    assert not recwarn.list
    with pytest.warns(UserWarning, match="softmax"):
        predict_label(build_model().append(nn.Softmax(dim=1)), loader, 0)


@pytest.mark.parametrize(
    ("change", "given"),
    [
        (lambda x: x * 0.353 + 0.286, r"0.00 to 0.[89]\d"),
        (lambda x: (x * 0.353 + 0.286) * 255, r"0.00 to 2\d\d.00"),
        (lambda x: 1 - (x * 0.353 + 0.286), r"0.\d\d to 1.00"),
        (lambda x: x / 255, "-0.00 to 0.01"),
        (lambda x: x + 0.1 * torch.randn(x.shape), None),
        (lambda x: -0.8 + 0 * x, None),
    ],
    ids=["0..1", "0..255", "negative", "tiny", "noise", "black"],
)
def test_images_on_another_scale(change, given, dataset, recwarn):
    """Images far from those that the model learned from get a warning with both ranges."""
    model, loader = build_model(), DataLoader(dataset, 64)
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    images = change(dataset.images)
    predict_label(build_model(), images, 3)  # of this one nothing is known
    assert not recwarn.list
    for call in (
        lambda: predict_label(model, images, 3),
        lambda: evaluate(model, [(images, dataset.targets)], F.cross_entropy),
    ):
        call()
        if given is None:
            assert not recwarn.list
        else:
            warning = str(recwarn.pop(UserWarning).message)
            assert re.search(f"values from {given}, where model learned from -0.81 to 1", warning)
            assert ("convert_photo" in warning) == warning.startswith("test_images")
            assert not recwarn.list


def test_faint_images(dataset):
    """Images of 0 to 1 for a model that learned from 0 to 255: within its range, and suspected."""
    model, grey = build_model(), dataset.data.float()
    train_model(model, [(grey, dataset.targets)], F.cross_entropy, 1)
    with pytest.warns(
        UserWarning, match=r"from 0.00 to 0.\d\d, where model learned from 0.00 to 2"
    ):
        predict_label(model, grey / 255, 3)


def test_a_training_that_failed_is_not_remembered(dataset, recwarn):
    """What a model would have learned from is known once it has learned from a batch."""
    model, grey = build_model(), dataset.data.float()
    with pytest.raises(TypeError, match="criterion"):
        train_model(model, [(grey, dataset.targets)], nn.Softmax(dim=1), 1)
    predict_label(model, dataset.images, 3)
    assert not recwarn.list


def test_a_tensor_in_the_shape_that_the_model_learned(dataset, capsys):
    """A tensor of images goes to the model as a loader gave them; else with a channel."""
    shapes = []
    for shape in ((1, 28, 28), (28, 28), (28, 28, 1), (784,)):
        model = build_model()
        images = dataset.images.reshape(-1, *shape)
        train_model(model, DataLoader(TensorDataset(images, dataset.targets)), F.cross_entropy, 1)
        model.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape[1:])))
        for tensor in (dataset.images, dataset.images[:, 0], dataset.images.flatten(1)):
            predict_label(model, tensor, 7)
        assert shapes == [shape] * 3
        shapes.clear()
    model = build_model()
    model.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape[1:])))
    predict_label(model, dataset.images[:, 0], 7)
    predict_label(model, dataset.images.flatten(1), 7)
    assert shapes == [(1, 28, 28), (784,)]


def test_a_tensor_in_colour(dataset):
    """It is flattened only if its channels lie as in the images that the model learned from."""
    model, images = nn.Linear(3 * 784, 10), dataset.images.expand(-1, 3, -1, -1)
    train_model(model, [(images.flatten(1), dataset.targets)], F.cross_entropy, 1)
    predict_label(model, images, 7)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        predict_label(model, images.movedim(1, 3), 7)


def test_sum_of_log_probabilities(loader):
    """NLLLoss, after log-softmax, is asked as well as any other criterion."""
    model = build_model().append(nn.LogSoftmax(dim=1))
    mean, total = (evaluate(model, loader, nn.NLLLoss(reduction=r)).loss for r in ("mean", "sum"))
    assert mean == pytest.approx(total, rel=1e-5)


def test_subset_and_source(dataset):
    """A Subset of our dataset works with PyTorch's own collate, and its source is known."""
    loader = DataLoader(Subset(dataset, range(50)), batch_size=16)
    result = evaluate(build_model(), loader, nn.CrossEntropyLoss())
    assert (len(result.labels), result.source) == (50, "fashion-mnist")
    assert not result.logits.requires_grad


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32])
def test_integer_labels_of_any_width(dtype):
    """Labels need not be int64, though CrossEntropyLoss wants them so."""
    assert evaluate(build_model(), [(IMAGES, LABELS.to(dtype))], nn.CrossEntropyLoss()).loss > 0


@both
def test_images_follow_the_model_and_labels_the_logits(function, monkeypatch):
    """Images go to the device of the model, labels to the device of its logits."""
    monkeypatch.setattr(_loss, "check_logits", Mock())  # which looks at numbers; meta has none
    model = build_model().append(nn.Linear(10, 10, device="meta"))
    model[6].register_forward_pre_hook(lambda _, args: args[0].to("meta"))
    criterion = Mock(side_effect=InterruptedError)
    with pytest.raises(InterruptedError):
        run(function, model, [(IMAGES, LABELS)], criterion)
    assert [tensor.device.type for tensor in criterion.call_args.args] == ["meta", "meta"]

    model = build_model().to("meta")
    seen = []
    model.register_forward_pre_hook(lambda _, args: seen.append(args[0].device.type))
    model.register_forward_hook(lambda *_: torch.eye(10)[[0, 1]].requires_grad_())
    assert run(function, model, [(IMAGES, LABELS)]).accuracy == 0.5
    assert seen == ["meta"]


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


@both
@pytest.mark.parametrize("training", [True, False])
def test_mode_is_restored(function, training, loader):
    """Training uses train mode, evaluation eval mode; then each module is back in its own."""
    seen = []
    model = nn.Sequential(build_model(), nn.Dropout(0.5)).train(training)
    model[0][1].train(not training)
    before = [module.training for module in model.modules()]
    model.register_forward_hook(lambda module, *_: seen.append(module.training))
    run(function, model, loader)
    assert seen == [function is train_epoch] * 4
    assert [module.training for module in model.modules()] == before


def dense(*widths):
    """Return a dense network without activations."""
    layers = (nn.Linear(a, b) for a, b in itertools.pairwise(widths))
    return nn.Sequential(nn.Flatten(), *layers)


WIDE = SMALL // 794  # the largest hidden layer of a small network: 784 in, 10 out


@pytest.mark.parametrize(
    ("build", "threads"),
    [
        (build_model, 1),
        (lambda: dense(784, 10).append(nn.BatchNorm1d(10)).append(nn.Dropout(0.1)), 1),
        (lambda: dense(784, WIDE - 1, 10), 1),
        (lambda: dense(784, WIDE + 1, 10), 3),
        (lambda: nn.Sequential(nn.Conv2d(1, 2, 3), *dense(26 * 26 * 2, 10)), 3),
    ],
    ids=["build_model", "normalisation", "largest", "too large", "convolution"],
)
def test_threads(build, threads, dataset):
    """A small dense network runs on one thread, any other on all; then all is as before."""
    seen = []
    model = build()
    model.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    loader = DataLoader(dataset, batch_size=200)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        for call in (
            lambda: run(train_epoch, model, loader),
            lambda: run(evaluate, model, loader),
            lambda: compute_logits(model, dataset.images),
        ):
            call()
            assert torch.get_num_threads() == 3
        with pytest.raises(RuntimeError):
            run(train_epoch, model, [(torch.zeros(2, 5), LABELS)])
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert seen == [threads] * 3


def test_seeds_do_not_depend_on_the_threads(dataset):
    """With build_model, a seed gives the same figures whatever number of threads PyTorch has."""
    results = set()
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        torch.manual_seed(5)
        model, loader = build_model(), DataLoader(dataset, 64, shuffle=True)
        optimizer = SGD(model, lr=0.1)
        losses = [train_epoch(model, loader, F.cross_entropy, optimizer).loss for _ in range(4)]
        results.add((*losses, evaluate(model, DataLoader(dataset, 200), F.cross_entropy).loss))
    torch.set_num_threads(before)
    assert len(results) == 1


@pytest.mark.parametrize("generator", [None, torch.Generator()])
def test_evaluation_changes_nothing(generator, dataset):
    """Evaluating leaves weights, gradients and random numbers alone, also the loader's own."""
    model = build_model()
    loader = DataLoader(dataset, 64, shuffle=True, generator=generator)
    before = copy.deepcopy(model.state_dict())
    states = [g.get_state() for g in (torch.default_generator, generator) if g]
    evaluate_model(model, loader, nn.CrossEntropyLoss())
    predict_label(model, loader, 3)
    after = [g.get_state() for g in (torch.default_generator, generator) if g]
    assert all(map(torch.equal, states, after))
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())
    assert all(p.grad is None for p in model.parameters())
