"""Recordings: snapshots beside a training loop by hand, and what ends a training early."""

import copy
import pickle
import signal

import pytest
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, IterableDataset

from fmnist_lib import build_model, train_model
from fmnist_lib.recording import Recording
from fmnist_lib.training import SGD


def states_by_hand(model, loader, epochs, lr=0.001):
    """Train with plain PyTorch, on one thread; return the state after each step, the losses."""
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, foreach=False)
    states, losses = [copy.deepcopy(model.state_dict())], []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            states.append(copy.deepcopy(model.state_dict()))
    torch.set_num_threads(threads)
    return states, losses


def plain_sgd(model, lr=0.001):
    """Return PyTorch's own optimizer."""
    return torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, foreach=False)


def normed():
    """Return a network with a BatchNorm, which has buffers."""
    layers = nn.Linear(784, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 10)
    return nn.Sequential(nn.Flatten(), *layers)


def same(state, expected):
    """Tell whether two states have the same tensors, bit for bit."""
    return state.keys() == expected.keys() and all(
        torch.equal(state[name], expected[name]) for name in expected
    )


@pytest.mark.parametrize("make", [build_model, normed])
def test_snapshots_are_those_of_a_loop_by_hand(make, loader):
    """After 0, 1, 2, 4, 8, ... steps and after the last, bit for bit; so are the losses."""
    model = make()
    states, losses = states_by_hand(copy.deepcopy(model), loader, 5)
    recording = Recording()
    train_model(
        model, loader, nn.CrossEntropyLoss(), 5, optimizer=plain_sgd(model), recording=recording
    )
    assert list(recording.snapshots) == [0, 1, 2, 4, 8, 16, 20]
    assert all(same(state, states[step]) for step, state in recording.snapshots.items())
    assert recording.losses == losses
    assert [step.epoch for step in recording.steps] == [i // 4 for i in range(20)]
    assert recording.steps_per_epoch == 4
    assert same(model.state_dict(), states[-1])


def test_recording_changes_nothing(loader, capsys):
    """With or without, the same lines and the same weights; shuffled in the same way."""
    ends = []
    for recording in (None, Recording()):
        torch.manual_seed(0)
        model = build_model().eval()
        shuffled = DataLoader(loader.dataset, 64, shuffle=True)
        train_model(model, shuffled, nn.CrossEntropyLoss(), 2, recording=recording)
        assert not model.training
        ends.append((capsys.readouterr().out, model.state_dict()))
    assert ends[0][0] == ends[1][0]
    assert same(ends[0][1], ends[1][1])


def test_snapshots_are_apart_from_the_model(loader):
    """They are detached copies on the CPU, which later training leaves alone."""
    model, recording = build_model(), Recording()
    train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
    before = copy.deepcopy(recording.snapshots)
    train_model(model, loader, nn.CrossEntropyLoss(), 1)
    for step, state in recording.snapshots.items():
        assert same(state, before[step])
        assert not any(part.requires_grad for part in state.values())
        assert {part.device.type for part in state.values()} == {"cpu"}


def test_a_model_elsewhere(loader):
    """Snapshots of a model on another device are copies on the CPU all the same."""
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    model, recording = build_model().cuda(), Recording()
    train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
    state = recording.snapshots[4]
    assert {part.device.type for part in state.values()} == {"cpu"}
    assert same(state, {name: part.cpu() for name, part in model.state_dict().items()})
    assert next(recording.model_after(1, model).parameters()).is_cuda


def test_model_after(loader):
    """A copy of the model gets the snapshot; the model itself stays as it is."""
    model, recording = normed(), Recording()
    train_model(model, loader, nn.CrossEntropyLoss(), 2, recording=recording)
    end = copy.deepcopy(model.state_dict())
    twin = recording.model_after(2, model)
    assert same(twin.state_dict(), recording.snapshots[2])
    assert same(model.state_dict(), end)
    assert not same(twin.state_dict(), end)
    twin(torch.zeros(3, 784))  # counts a batch in its own buffers
    assert not same(twin.state_dict(), recording.snapshots[2])
    with pytest.raises(ValueError, match=r"step must be one with a snapshot \(0, 1, 2, 4, 8\), go"):
        recording.model_after(3, model)
    with pytest.raises(ValueError, match="model must have the layers of the one that was recorded"):
        recording.model_after(2, build_model())
    with pytest.raises(TypeError, match="model must be a torch.nn.Module"):
        recording.model_after(2, build_model)


class Hoarder(nn.Module):
    """Keeps what its hidden layer gives, with its graph."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(784, 8), nn.Linear(8, 10)

    def forward(self, images):
        self.hidden = self.first(images.flatten(1)).relu()
        return self.last(self.hidden)


def test_model_that_keeps_a_result(loader):
    """A module of one's own may hold what its last batch left: copies need no graph."""
    model, recording = Hoarder(), Recording()
    train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
    hidden = model.hidden
    twin = recording.model_after(2, model)
    assert same(twin.state_dict(), recording.snapshots[2])
    assert model.hidden is hidden
    assert hidden.grad_fn is not None


def test_lazy_layers(loader):
    """They have no weights before the first batch: the recording begins after step 1."""
    model = nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.LazyLinear(10))
    recording = Recording()
    train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
    assert list(recording.snapshots) == [1, 2, 4]
    assert same(recording.snapshots[4], model.state_dict())


def test_a_stream(dataset):
    """A loader without a length records as well."""

    class Stream(IterableDataset):
        def __iter__(self):
            return iter(zip(dataset.images[:50], dataset.targets[:50].tolist(), strict=True))

    recording = Recording()
    train_model(
        build_model(), DataLoader(Stream(), 10), nn.CrossEntropyLoss(), 2, recording=recording
    )
    assert recording.steps_per_epoch == 5
    assert repr(recording) == "Recording(10 steps in 2 epochs, 6 snapshots)"


class Interrupted(SGD):
    """Stops as Ctrl-C does, in one step: before it, after it, or in the middle."""

    def __init__(self, model, step, when):
        super().__init__(model, lr=0.01)
        self.left, self.when = step, when

    def step(self):
        self.left -= 1
        if self.left == 0 and self.when == "before":
            signal.raise_signal(signal.SIGINT)
        if self.left == 0 and self.when == "middle":
            with torch.no_grad():
                self.parameters[0].add_(1)
            signal.raise_signal(signal.SIGINT)
        super().step()


@pytest.fixture
def ctrl_c():
    """Let the signal raise KeyboardInterrupt, also in a run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("make", "when", "kept"),
    [
        (build_model, "before", [0, 1, 2, 4, 6]),
        (build_model, "middle", [0, 1, 2, 4]),
        (normed, "before", [0, 1, 2, 4]),  # its buffers have seen the seventh batch
    ],
)
def test_interrupted(make, when, kept, loader, ctrl_c):
    """An interrupt in step 7 leaves six steps, and no snapshot of half a step."""
    model, recording = make(), Recording()
    start = copy.deepcopy(model)
    with pytest.raises(KeyboardInterrupt):
        train_model(
            model,
            loader,
            nn.CrossEntropyLoss(),
            3,
            optimizer=Interrupted(model, 7, when),
            recording=recording,
        )
    twin = Recording()
    train_model(
        start, loader, nn.CrossEntropyLoss(), 2, optimizer=SGD(start, lr=0.01), recording=twin
    )
    assert recording.losses == twin.losses[:6] != []
    assert list(recording.snapshots) == kept
    for step in {0, 1, 2, 4} & recording.snapshots.keys():
        assert same(recording.snapshots[step], twin.snapshots[step])
    if 6 in kept:
        assert same(recording.snapshots[6], model.state_dict())
    train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=Recording())


def test_nan_ends_it_before(loader):
    """When the loss is NaN, the last snapshot has the weights from before that step."""
    model, recording, calls = build_model(), Recording(), []

    def criterion(logits, labels):
        calls.append(len(labels))
        return F.cross_entropy(logits, labels) * (torch.nan if len(calls) > 2 + 3 else 1)

    with pytest.raises(FloatingPointError, match="the loss is nan"):
        train_model(model, loader, criterion, 3, recording=recording)
    assert list(recording.snapshots) == [0, 1, 2, 3]
    assert same(recording.snapshots[3], model.state_dict())
    assert all(part.isfinite().all() for part in recording.snapshots[3].values())


def test_one_recording_is_one_training(loader):
    """A second training is refused before it begins; one that never began leaves it empty."""
    model, recording = build_model(), Recording()
    with pytest.raises(ValueError, match="model must give"):
        train_model(
            nn.Sequential(nn.Flatten(), nn.Linear(784, 9)),
            loader,
            nn.CrossEntropyLoss(),
            1,
            recording=recording,
        )
    start = copy.deepcopy(model.state_dict())
    train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
    assert same(recording.snapshots[0], start)
    weights = copy.deepcopy(model.state_dict())
    with pytest.raises(
        ValueError, match=r"recording must be empty, got Recording\(4 steps in 1 ep"
    ):
        train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
    assert same(model.state_dict(), weights)
    assert len(recording.steps) == 4


@pytest.mark.parametrize("value", [Recording, True, []])
def test_what_is_no_recording(value, loader):
    """The class without its parentheses, and all else, is refused."""
    with pytest.raises(TypeError, match="recording must be a Recording, as in `recording = Rec"):
        train_model(build_model(), loader, nn.CrossEntropyLoss(), 1, recording=value)


@pytest.mark.filterwarnings("ignore:You are using `torch.load`:FutureWarning")  # PyTorch 2.4
def test_a_loop_of_your_own(loader):
    """`of` and `add` record five lines written by hand; the file of it can be kept."""
    model, recording = build_model(), Recording()
    optimizer = plain_sgd(model)
    with recording.of(model):
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            recording.add(0, loss)  # without .item(): no graph is kept
    assert {type(loss) for loss in recording.losses} == {float}
    assert repr(recording) == "Recording(4 steps in 1 epoch, 4 snapshots)"
    again = pickle.loads(pickle.dumps(recording))
    assert again.steps == recording.steps
    assert same(again.snapshots[4], model.state_dict())


def test_add_outside_of_a_training(loader):
    """A step that belongs to no training is refused, before or after one; nothing is noted."""
    recording = Recording()
    for count in (0, 4):
        with pytest.raises(ValueError, match=r"only inside `with recording.of\(model\):`"):
            recording.add(0, 1.5)
        assert len(recording.steps) == count
        if not count:
            train_model(build_model(), loader, nn.CrossEntropyLoss(), 1, recording=recording)
