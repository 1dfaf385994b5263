"""The time machine: the panel, driven without a browser, and the answers behind it."""

import copy
import io
import re
import sys

import numpy as np
import pytest
import torch
from helpers import freed_with_its_panel, run_python
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset, default_collate

from fmnist_lib import build_model, predict_label, train_model, visualize_image
from fmnist_lib.data import FashionDataset
from fmnist_lib.evaluation import evaluate
from fmnist_lib.recording import Recording
from fmnist_lib.training import SGD
from fmnist_lib.widgets import timeline as module
from fmnist_lib.widgets.timeline import look_back, replay

STEPS = [0, 1, 2, 4, 8, 16, 32, 40]


def record(model, loader, epochs=10):
    """Return the recording of a training."""
    recording, optimizer = Recording(), SGD(model, lr=0.01)
    criterion = nn.CrossEntropyLoss()
    train_model(model, loader, criterion, epochs, optimizer=optimizer, recording=recording)
    return recording


@pytest.fixture
def model(loader):
    """Return a network that has learned for 40 steps."""
    model = build_model()
    model.recording = record(model, loader)
    return model


def card(panel):
    """Return the HTML below the buttons."""
    return panel._card.value


def pixels(png):
    """Return the pixels of a PNG file."""
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image)


def test_history(model, loader):
    """What each snapshot says, for the same images: each figure is that of `evaluate`."""
    history = look_back(model.recording, model, loader, images=150)
    assert history.indices == list(range(150))
    assert history.steps == STEPS
    assert (history.correct.shape, history.correct.dtype) == ((8, 150), torch.bool)
    assert history.class_accuracy.shape == (8, 10)
    part = DataLoader(Subset(loader.dataset, range(150)), 64)
    for place, step in enumerate(STEPS):
        expected = evaluate(
            model.recording.model_after(step, model), part, nn.CrossEntropyLoss(), name="loader"
        )
        assert torch.equal(history.correct[place], expected.correct)
        assert history.accuracy[place] == expected.accuracy
        torch.testing.assert_close(history.class_accuracy[place], expected.class_accuracy)
        assert history.evaluations[step].source == "fashion-mnist"
    assert len({tuple(row) for row in history.correct.tolist()}) > 4


def test_history_of_a_part(model, loader):
    """Indices are positions in the dataset; images of a pass, each once, in their order."""
    some = DataLoader(loader.dataset, 7, sampler=[190, 3, 77, 3])
    history = look_back(model.recording, model, some)
    assert history.indices == [3, 77, 190]
    whole = look_back(model.recording, model, loader)
    assert torch.equal(history.correct, whole.correct[:, [3, 77, 190]])


def test_nothing_is_changed(model, loader):
    """Weights, modes, random numbers and the recording are as before; images stay, too."""

    class InPlace(nn.Sequential):
        def forward(self, images):
            return super().forward(images.mul_(2))

    twin = InPlace(*model)
    states = [copy.deepcopy(part) for part in (twin.state_dict(), model.recording.snapshots)]
    twin.train()
    twin[2].eval()
    dice = torch.get_rng_state()
    first = look_back(model.recording, twin, loader)
    panel = replay(model.recording, twin, loader, index=5)
    panel.step = 0
    assert [module.training for module in twin] == [True, True, False, True, True, True]
    assert torch.equal(torch.get_rng_state(), dice)
    for state, before in zip(
        (twin.state_dict(), *model.recording.snapshots.values()),
        (states[0], *states[1].values()),
        strict=True,
    ):
        assert all(torch.equal(state[name], before[name]) for name in before)
    doubled = DataLoader(TensorDataset(loader.dataset.images * 2, loader.dataset.targets), 64)
    fresh = copy.deepcopy(model)  # which has not learned from other values
    assert torch.equal(first.correct, look_back(model.recording, fresh, doubled).correct)


def test_says_what_the_two_functions_print(model, loader, capsys, tmp_path):
    """At each snapshot: the three lines, the truth, ten bars, and the picture."""
    panel = replay(model.recording, model, loader, index=7)
    for step in (40, 0, 8):
        panel.step = step
        predict_label(model.recording.model_after(step, model), loader, 7)
        visualize_image(loader, 7, path=tmp_path / "image.png")
        *top, truth = capsys.readouterr().out.splitlines()
        assert panel.top == top
        assert truth in card(panel)
        said, share = top[0].split(": ")
        assert share in re.findall(r'class="share">(.*?)<', card(panel))
        assert card(panel).count('class="share"') == 10
        right = said == truth.removeprefix("Ground Truth Label: ")
        assert panel.verdict == ("✓ right" if right else f"✗ wrong: the model says {said}")
        assert panel.verdict in card(panel)
        assert panel.picture == (tmp_path / "image.png").read_bytes()


def test_controls(model, loader):
    """The slider, the buttons and the field; ends are ends."""
    panel = replay(model.recording, model, loader, images=100)
    assert (panel.step, panel.index) == (40, 0)
    assert panel.place == "After step 40 of 40, in epoch 9"
    panel.next.click()
    assert panel.step == 40
    panel.previous.click()
    assert (panel.step, panel.slider.value) == (32, 6)
    assert panel.place == "After step 32 of 40, in epoch 7"
    panel.slider.value = 0
    assert (panel.step, panel.place) == (0, "Before the first of 40 steps")
    panel.previous.click()
    assert panel.step == 0
    panel.next.click()
    assert panel.place == "After step 1 of 40, in epoch 0"
    accuracy = panel.history.accuracy[1].item()
    assert f"{accuracy:.2%} of 100 images right" in card(panel)
    panel.field.value = 150  # any image of the dataset, also one that was not among the 100
    assert panel.index == 150
    assert "Index 150: true label" in card(panel)
    assert panel.step == 1
    for control in (panel.slider, panel.field, panel.previous, panel.next):
        assert control.tooltip
        assert control.tabbable is not False


def test_confusion_table(model, loader):
    """It holds the counts of the snapshot, true labels in rows."""
    panel = replay(model.recording, model, loader)
    for step in (40, 2):
        panel.step = step
        table = re.search("<tbody>(.*?)</tbody>", card(panel).split('class="confusion"')[1])[1]
        counts = [
            [int(n) for n in re.findall(r">(\d+)<", row)] for row in table.split("</tr>")[:10]
        ]
        assert counts == panel.history.evaluations[step].confusion.tolist()
        shades = [int(shade, 16) for shade in re.findall("background:#.{6}(..)", table)]
        shares = [150 * count / max(sum(row), 1) for row in counts for count in row]
        assert shades == pytest.approx(shares, abs=0.51)


def test_loss_so_far(model, loader):
    """The curve ends at the snapshot, and is a mean of the batches since the point before."""
    losses = model.recording.losses
    curve = module._curve(losses)
    assert [at for at, _ in curve][:5] == [1, 2, 3, 4, 5]
    assert curve[-1][0] == 40
    assert {1, 2, 4, 8, 16, 32, 40} <= {at for at, _ in curve}
    at, last = [at for at, _ in curve], 0
    for step, loss in curve:
        assert loss == pytest.approx(np.mean(losses[last:step]))
        last = step
    panel = replay(model.recording, model, loader)
    for step in STEPS:
        panel.step = step
        points = re.search('polyline points="(.*?)"', card(panel))[1].split()
        assert len(points) == sum(a <= step for a in at)
        if step == 40:  # as far from 1 to 2 as from 2 to 4; a smaller loss is lower down
            places = dict(zip(at, (tuple(map(float, p.split(","))) for p in points), strict=True))
            assert places[2][0] - places[1][0] == pytest.approx(places[4][0] - places[2][0], 0.01)
            by_loss = [places[a][1] for a, _ in sorted(curve, key=lambda point: -point[1])]
            assert by_loss == sorted(by_loss)
    assert f'aria-label="Loss of the batches: {losses[0]:.2f} at first, ' in card(panel)
    panel.step = 0
    assert 'aria-label="Loss of the batches: none yet"' in card(panel)


def test_weights(model, loader):
    """Of the first layer, at the snapshot: red above 0, blue below, one scale for all."""
    panel = replay(model.recording, model, loader)
    limit = max(s["1.weight"].abs().max().item() for s in model.recording.snapshots.values())
    for step in (40, 0):
        panel.step = step
        drawn = pixels(panel.weights)
        assert drawn.shape == (5 * 30 - 2, 8 * 30 - 2, 3)
        unit = model.recording.snapshots[step]["1.weight"][9].reshape(28, 28).numpy()  # row 1
        red, _, blue = np.moveaxis(drawn[30:58, 30:58].astype(int), 2, 0)
        clear = np.abs(unit) > limit / 20
        assert np.array_equal((red > blue)[clear], (unit > 0)[clear])
        strength = 255 - drawn[30:58, 30:58, 1].astype(float)  # green falls with the weight
        expected = np.abs(unit) / limit * np.where(unit > 0, 255 - 24, 255 - 102)
        assert np.abs(strength - expected).max() < 1
    assert "Before the first of 40 steps: the 784 weights of the first 40 of 128 units" in card(
        panel
    )


@pytest.mark.parametrize(
    ("layers", "units"),
    [
        ([nn.Flatten(), nn.Linear(784, 10)], "10 units"),
        ([nn.Conv2d(1, 1, 3, padding=1), nn.Flatten(), nn.Linear(784, 10)], ""),
        ([nn.AvgPool2d(2), nn.Flatten(), nn.Linear(196, 10)], ""),
        ([nn.Flatten(), nn.LazyLinear(10)], "10 units"),
        ([nn.Flatten(), nn.BatchNorm1d(784), nn.Linear(784, 10)], ""),
    ],
)
def test_other_first_layers(layers, units, loader):
    """Only a layer whose weights are pictures of the pixels is drawn; all else works."""
    model = nn.Sequential(*layers)
    panel = replay(record(model, loader, 1), model, loader)
    assert bool(panel.weights) == bool(units)
    assert ('class="weights"' in card(panel)) == bool(units)
    assert f"the 784 weights of {units} as pictures" in card(panel) or not units
    panel.slider.value = 0
    assert card(panel).count('class="share"') == 10


def test_an_interrupted_training(loader):
    """A recording that ended early is gone through as far as it goes; one of one step, too."""
    model, recording = build_model(), Recording()
    with recording.of(model):
        recording.add(0, 2.5)
    panel = replay(recording, model, loader)
    assert (panel.history.steps, panel.slider.max) == ([0, 1], 1)
    lazy = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    panel = replay(record(lazy, DataLoader(loader.dataset, 200), 1), lazy, loader)
    assert (panel.history.steps, panel.slider.disabled) == ([1], True)
    panel.slider.value = 1  # a slider from 0 to 0 can't be drawn
    assert panel.place == "After step 1 of 1, in epoch 0"


def test_a_training_that_never_began(loader):
    """One that was stopped in its first step has one snapshot, and no loss."""
    model, recording = build_model(), Recording()
    with recording.of(model):
        pass
    panel = replay(recording, model, loader)
    assert panel.history.steps == [0]
    assert panel.place == "Before the first of 0 steps"
    assert 'aria-label="Loss of the batches: none yet"' in card(panel)


def test_losses_without_a_number(loader):
    """A loop of one's own may go on after NaN; the curve has the points that can be drawn."""
    model, recording = build_model(), Recording()
    with recording.of(model):
        for loss in (2.5, torch.nan, torch.inf, 2.0):
            recording.add(0, loss)
    panel = replay(recording, model, loader)
    assert 'aria-label="Loss of the batches: 2.50 at first, 2.00 now"' in card(panel)
    assert "nan" not in card(panel)


def test_a_training_that_ended_in_nan(loader):
    """Weights that give NaN end the history, with a warning."""
    model = build_model()
    recording = record(model, loader, 1)
    recording.snapshots[4]["5.bias"][0] = torch.nan
    with pytest.warns(UserWarning, match="After step 4 the model gives NaN: the history ends bef"):
        panel = replay(recording, model, loader)
    assert panel.history.steps == [0, 1, 2]
    assert panel.place == "After step 2 of 4, in epoch 0"
    recording.snapshots[0]["5.bias"][0] = torch.nan
    with pytest.raises(FloatingPointError):
        replay(recording, model, loader)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"recording": None}, TypeError, "recording must be a Recording"),
        ({"recording": Recording()}, ValueError, r"recording is empty: train_model\(..., record"),
        ({"model": None}, TypeError, "model must be a torch.nn.Module"),
        ({"model": nn.Flatten()}, ValueError, "model must have the layers of the one that was"),
        ({"data_loader": torch.zeros(3)}, TypeError, "data_loader must be a torch.utils.data.Data"),
        ({"data_loader": DataLoader([])}, IndexError, "index 0 is out of range; allowed: none"),
        ({"index": 200}, IndexError, "index 200 is out of range; allowed: 0 to 199"),
        ({"index": 1.0}, TypeError, "index must be an integer"),
        ({"images": 0}, ValueError, "images must be"),
        ({"images": 2.5}, TypeError, "images must be"),
    ],
)
def test_bad_arguments(arguments, error, message, model, loader):
    """What is wrong is named when the panel opens."""
    given = {"recording": model.recording, "model": model, "data_loader": loader}
    with pytest.raises(error, match=message):
        replay(**given | arguments)


def test_images_left_out_by_a_collate_function(model, dataset):
    """Where an index has no image, that is refused."""
    loader = DataLoader(dataset, 10, collate_fn=lambda samples: default_collate(samples[:9]))
    with pytest.raises(ValueError, match="data_loader must give one image for each index, got 180"):
        look_back(model.recording, model, loader)


def test_bad_values_of_the_panel(model, loader):
    """A step without a snapshot, and an index that isn't there, are refused; nothing moves."""
    panel = replay(model.recording, model, loader)
    with pytest.raises(ValueError, match=r"step must be one with a snapshot \(0, 1, .*40\), got 3"):
        panel.step = 3
    with pytest.raises(IndexError, match="allowed: 0 to 199"):
        panel.index = 200
    assert (panel.step, panel.index) == (40, 0)
    panel.index = 9
    assert panel.index == panel.field.value == 9


def test_an_image_that_fails_later(model, dataset, loader):
    """An error is shown in the card's place, and raised; each move asks again."""
    panel = replay(model.recording, model, loader)
    dataset.targets, targets = dataset.targets[:1], dataset.targets
    with pytest.raises(ValueError, match="cut both"):
        panel.index = 3
    assert re.search('<div role="alert">Index 3 cannot be shown. ValueError: ', card(panel))
    with pytest.raises(ValueError, match="cut both"):
        panel.step = 0
    dataset.targets = targets
    panel.step = 1
    assert "Index 3: true label" in card(panel)
    panel.index = 4
    assert "Index 4: true label" in card(panel)


def test_sketches_and_names_of_another_set(model, dataset):
    """Stand-ins are marked in words, also for those who don't see; names are text."""
    sketches = FashionDataset(dataset.data, dataset.targets, "sketches")
    panel = replay(model.recording, model, DataLoader(sketches, 64))
    assert card(panel).count("sketches, not Fashion-MNIST") == 3
    dataset.classes = [f"<b>{i}</b>" for i in range(10)]
    panel = replay(model.recording, model, DataLoader(dataset, 64))
    assert "sketch" not in card(panel)
    assert "<b>3</b>" not in card(panel)
    assert card(panel).count("&lt;b&gt;3&lt;/b&gt;") >= 3


def test_progress(model, loader, monkeypatch):
    """Opening shows a bar of the snapshots when asked to."""
    asked = []
    real = module.progress_bar

    def spy(*arguments, **options):
        asked.append((arguments, options))
        return real(*arguments, **{**options, "show": False})

    monkeypatch.setattr(module, "progress_bar", spy)
    replay(model.recording, model, loader, progress=True)
    assert asked == [((8,), {"desc": "Snapshots", "unit": "snapshot", "show": True})]


def test_without_ipywidgets(model, loader, monkeypatch):
    """The answers come without ipywidgets; the panel names what to install."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert look_back(model.recording, model, loader).steps == STEPS
    with pytest.raises(ImportError, match="replay needs ipywidgets: `pip install ipywidgets"):
        replay(model.recording, model, loader)


def test_without_matplotlib():
    """It is imported without ipywidgets, and opens without matplotlib."""
    script = """
import sys
sys.modules["matplotlib"] = None
import torch
from torch import nn
from torch.utils.data import DataLoader
from fmnist_lib import build_model, train_model
from fmnist_lib.data import FashionDataset
from fmnist_lib.recording import Recording
from fmnist_lib.widgets.timeline import replay
assert "ipywidgets" not in sys.modules
data = FashionDataset(torch.zeros(9, 28, 28).byte(), torch.zeros(9).byte(), "fashion-mnist")
model, recording, loader = build_model(), Recording(), DataLoader(data)
train_model(model, loader, nn.CrossEntropyLoss(), 1, recording=recording)
print(replay(recording, model, loader, index=3))
"""
    result = run_python("-c", script)
    assert result.stdout.endswith("Replay(6 snapshots, index 3)\n"), result.stderr


def test_shown_in_a_notebook(model, loader):
    """A notebook draws the panel; where it cannot, a short text stands, always the same."""
    panel = replay(model.recording, model, loader)
    bundle = panel._repr_mimebundle_()
    assert panel.place in bundle["text/html"]  # for an export, where no kernel runs
    assert bundle["text/plain"] == repr(panel) == "Replay(8 snapshots, index 0)"
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == panel._panel.model_id
    panel.close()
    assert panel._repr_mimebundle_() == {"text/plain": "Replay(8 snapshots, index 0)"}


def test_it_is_freed(model, loader):
    """close(), or the end of the last variable, frees the loader; one on show stays."""
    freed_with_its_panel(
        lambda: copy.copy(loader), lambda mine: replay(model.recording, model, mine)
    )
