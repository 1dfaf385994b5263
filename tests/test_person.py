"""A person names images: the panel, driven without a browser."""

import copy
import io
import random
import re
import sys

import numpy as np
import pytest
import torch
from helpers import freed_with_its_panel, run_python
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Subset, SubsetRandomSampler, TensorDataset, default_collate

from fmnist_lib import CLASS_NAMES, build_model
from fmnist_lib.data import FashionDataset
from fmnist_lib.evaluation import wilson_interval
from fmnist_lib.widgets.person import guess_images


class Reader(nn.Module):
    """Reads the class from the brightest row; wrong where the first pixel is bright."""

    def __init__(self, wrong_above=9.0):
        super().__init__()
        self.wrong_above = wrong_above

    def forward(self, images):
        rows = images.reshape(-1, 28, 28)[:, 2:22].mean(dim=2).reshape(-1, 10, 2).mean(dim=2)
        wrong = images.reshape(-1, 784)[:, 0] > self.wrong_above
        return torch.where(wrong[:, None], rows.roll(1, dims=1), rows) * 8


def card(panel):
    """Return the HTML above the buttons."""
    return panel._card.value


def labels_of(panel, dataset):
    """Return the true labels in the order shown."""
    return [int(dataset.targets[index]) for index in panel.indices]


def answer(panel, labels):
    """Press a button for each label."""
    for label in labels:
        panel.buttons[label].click()


def test_one_at_a_time(dataset, loader):
    """Each answer leads to the next image, whose picture is the dataset's."""
    panel = guess_images(Reader(), loader)
    assert len(set(panel.indices)) == len(panel.indices) == 30
    for number, index in enumerate(panel.indices):
        assert panel.place == f"Image {number + 1} of 30"
        assert panel.place in card(panel)
        with Image.open(io.BytesIO(panel.picture)) as picture:
            pixels = np.asarray(picture)[::10, ::10]
        assert np.array_equal(pixels, dataset.data[index].numpy())
        panel.buttons[number % 10].click()
    assert panel.guesses == [number % 10 for number in range(30)]
    assert (panel.place, panel.picture) == ("All 30 images named", b"")
    assert all(button.disabled for button in panel.buttons)


def test_nothing_is_given_away_before_the_end(dataset, loader):
    """Until the last answer, the panel is the same whether one is right or wrong."""
    one, two = (guess_images(Reader(), loader, 10) for _ in range(2))
    for label in labels_of(one, dataset)[:-1]:
        answer(one, [label])
        answer(two, [(label + 1) % 10])
        assert (one.result, two.result) == ("", "")
        said = re.escape(CLASS_NAMES[label]), re.escape(CLASS_NAMES[(label + 1) % 10])
        assert re.sub(f"You said {said[0]}", "", card(one)) == re.sub(
            f"You said {said[1]}", "", card(two)
        )
        for sign in "✓✗":
            assert sign not in card(one)
    answer(one, [labels_of(one, dataset)[-1]])
    assert "You: 10 of 10 right" in one.result


def test_the_end(dataset, loader):
    """Both accuracies with their intervals, and who missed what, in text."""
    panel = guess_images(Reader(wrong_above=0.0), loader, 40, seed=3)
    labels = labels_of(panel, dataset)
    first = dataset.images[panel.indices].reshape(-1, 784)[:, 0]
    network = [not wrong for wrong in (first > 0).tolist()]
    person = [number % 3 > 0 for number in range(40)]
    answer(panel, [(y + (not ok)) % 10 for y, ok in zip(labels, person, strict=True)])
    expected = []
    for name, right in (("You", person), ("The network", network)):
        low, high = wilson_interval(sum(right) / 40, 40)
        expected.append(
            f"{name}: {sum(right)} of 40 right, {sum(right) / 40:.1%} "
            f"(95 % interval {low:.1%} to {high:.1%})"
        )
    lines = panel.result.splitlines()
    assert lines[:2] == expected
    counts = [
        sum((a, b) == missed for a, b in zip(person, network, strict=True))
        for missed in ((False, False), (False, True), (True, False))
    ]
    assert min(counts) > 0
    heads = ["Missed by both: {}", "Missed by you alone: {}", "Missed by the network alone: {}"]
    for line, head, count in zip(lines[2:], heads, counts, strict=True):
        assert line.startswith(head.format(count) + " (index ")
        assert line.count(",") == min(count, 8) - (count <= 8)
    assert panel.result in card(panel)
    shares = [f"{sum(right) / 40:.1%}" for right in (person, network)]
    assert re.findall(r'class="share">(.*?)<', card(panel)) == shares
    assert re.findall(r"width:(.*?);", card(panel)) == shares


def test_nobody_missed_any(dataset, loader):
    """A count of 0 names no index."""
    panel = guess_images(Reader(), loader, 5)
    answer(panel, labels_of(panel, dataset))
    assert panel.result.splitlines()[2:] == [
        "Missed by both: 0",
        "Missed by you alone: 0",
        "Missed by the network alone: 0",
    ]


def test_the_end_stays(dataset, loader):
    """Buttons pressed after the end change nothing."""
    panel = guess_images(Reader(), loader, 2)
    answer(panel, labels_of(panel, dataset))
    before = card(panel), panel.result
    answer(panel, [0, 1])
    assert (card(panel), panel.result, len(panel.guesses)) == (*before, 2)


def test_the_seed_decides(loader):
    """The same seed draws the same images, another one others; the notebook's dice lie still."""
    before = random.getstate(), torch.get_rng_state()
    drawn = [guess_images(Reader(), loader, seed=seed).indices for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    whole = guess_images(Reader(), loader, 200).indices
    assert sorted(whole) == list(range(200)) != whole


def test_every_button_is_labelled(loader):
    """Ten buttons with the names of the classes, each with a text that says what it means."""
    panel = guess_images(Reader(), loader)
    assert [button.description for button in panel.buttons] == list(CLASS_NAMES)
    assert all(button.tooltip for button in panel.buttons)
    assert not any(button.disabled or button.tabbable is False for button in panel.buttons)


def test_alternative_text_is_no_answer(dataset, loader):
    """The picture has an alternative text, without the label."""
    panel = guess_images(Reader(), loader)
    alt = f"Image 1 of 30, index {panel.indices[0]}"
    assert re.findall(r'<img class="picture" alt="(.*?)"', card(panel)) == [alt]


def test_any_loader(dataset):
    """Of a Subset, or of a sampler of a part; whatever the batches are."""
    part = Subset(dataset, range(150, 60, -1))
    for loader, count in (
        (DataLoader(part, batch_size=7), 90),
        (DataLoader(dataset, 2, sampler=SubsetRandomSampler([9, 4, 150])), 3),
        (DataLoader(TensorDataset(dataset.images, dataset.targets), shuffle=True), 4),
    ):
        panel = guess_images(Reader(), loader, count)
        truth = [int(loader.dataset[index][1]) for index in panel.indices]
        answer(panel, truth)
        assert f"You: {count} of {count} right, 100.0%" in panel.result
        assert f"The network: {count} of {count} right, 100.0%" in panel.result


def test_names_and_markup_of_another_set(dataset):
    """The set's own names are used, as text."""
    dataset.classes = [f"<b>{i}</b>" for i in range(10)]
    panel = guess_images(Reader(), DataLoader(dataset))
    panel.buttons[3].click()
    assert panel.buttons[3].description == "<b>3</b>"
    assert "You said &lt;b&gt;3&lt;/b&gt;." in card(panel)


def test_sketches_are_marked(dataset):
    """Images that are not the real ones say so beside the picture, in its text, and at the end."""
    sketches = FashionDataset(dataset.data, dataset.targets, "sketches")
    panel = guess_images(Reader(), DataLoader(sketches), 1)
    assert card(panel).count("sketches, not Fashion-MNIST") == 2
    panel.buttons[0].click()
    assert panel.place == "One image named"
    assert card(panel).count("sketches, not Fashion-MNIST") == 1
    assert "sketch" not in card(guess_images(Reader(), DataLoader(dataset)))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"count": 0}, ValueError, "count must be 1 to 200, got 0"),
        ({"count": 201}, ValueError, "count must be 1 to 200, got 201"),
        ({"count": 3.0}, TypeError, r"count must be an integer, got 3.0 \(float\)"),
        ({"count": True}, TypeError, "count must be an integer"),
        ({"seed": None}, TypeError, "seed must be an integer, got None"),
        ({"model": None}, TypeError, "model must be a torch.nn.Module"),
        ({"model": nn.Flatten()}, ValueError, r"\(30, 10\), got"),
        ({"data_loader": torch.zeros(3)}, TypeError, "data_loader must be a torch.utils.data.Data"),
        ({"data_loader": DataLoader([])}, ValueError, "data_loader is empty"),
    ],
)
def test_bad_arguments(arguments, error, message, loader):
    """What is wrong is named when the panel opens."""
    with pytest.raises(error, match=message):
        guess_images(**{"model": Reader(), "data_loader": loader} | arguments)


def test_images_left_out_by_a_collate_function(dataset):
    """Where an index has no image, that is refused."""
    loader = DataLoader(dataset, 10, collate_fn=lambda samples: default_collate(samples[:9]))
    with pytest.raises(ValueError, match="one image for each index, got 27 for 30"):
        guess_images(Reader(), loader)


def test_an_image_that_fails_later(dataset, loader):
    """An error is shown in the picture's place, and raised (a click logs it); the buttons stop."""
    panel = guess_images(Reader(), loader, 3)
    dataset.data = dataset.data[:1]
    with pytest.raises(ValueError, match="cut both"):
        panel._guess(0)
    assert re.search('<div role="alert">Index .* cannot be shown. ValueError: ', card(panel))
    assert all(button.disabled for button in panel.buttons)


def test_without_ipywidgets(loader, monkeypatch):
    """The library is there without ipywidgets; the panel names what to install."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="guess_images needs ipywidgets: `pip install ipywidgets"):
        guess_images(build_model(), loader)


def test_without_matplotlib():
    """It is imported without ipywidgets, and opens without matplotlib."""
    script = """
import sys
sys.modules["matplotlib"] = None
import torch
from torch.utils.data import DataLoader
from fmnist_lib import build_model
from fmnist_lib.data import FashionDataset
from fmnist_lib.widgets.person import guess_images
assert "ipywidgets" not in sys.modules
data = FashionDataset(torch.zeros(9, 28, 28).byte(), torch.zeros(9).byte(), "fashion-mnist")
panel = guess_images(build_model(), DataLoader(data), 2)
panel.buttons[0].click()
panel.buttons[1].click()
print(panel.result.splitlines()[0])
"""
    result = run_python("-c", script)
    assert result.stdout.startswith("You: 1 of 2 right, 50.0%"), result.stderr


def test_shown_in_a_notebook(loader):
    """A notebook draws the panel; where it cannot, a short text stands, always the same."""
    panel = guess_images(Reader(), loader)
    bundle = panel._repr_mimebundle_()
    assert panel.place in bundle["text/html"]  # for an export, where no kernel runs
    assert bundle["text/plain"] == repr(panel) == "GuessImages(30 images)"
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == panel._panel.model_id
    assert repr(guess_images(Reader(), loader, 1)) == "GuessImages(1 image)"
    panel.close()
    assert panel._repr_mimebundle_() == {"text/plain": "GuessImages(30 images)"}


def test_it_is_freed(loader):
    """close(), or the end of the last variable, frees the loader; one on show stays."""
    freed_with_its_panel(lambda: copy.copy(loader), lambda mine: guess_images(Reader(), mine))
