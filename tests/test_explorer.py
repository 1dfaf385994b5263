"""The index slider, driven without a browser."""

import copy
import io
import random
import re
import sys

import numpy as np
import pytest
import torch
from helpers import freed_with_its_panel
from PIL import Image
from torch import nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    RandomSampler,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    default_collate,
)

from fmnist_lib import CLASS_NAMES, build_model, explore, predict_label, visualize_image
from fmnist_lib.data import FashionDataset, collate
from fmnist_lib.widgets import explorer as module


class Reader(nn.Module):
    """Reads the class from the brightest row: right for the images of `dataset`.

    Rows are weighted so that the certainty differs from image to image; images whose first
    pixel is brighter than the threshold are read wrong.
    """

    def __init__(self, wrong_above=9.0):
        super().__init__()
        self.wrong_above = wrong_above
        self.asked = []  # the number of images in each call

    def forward(self, images):
        self.asked.append(len(images))
        rows = images.reshape(-1, 28, 28)[:, 2:22].mean(dim=2).reshape(-1, 10, 2).mean(dim=2)
        wrong = images.reshape(-1, 784)[:, 0] > self.wrong_above
        return torch.where(wrong[:, None], rows.roll(1, dims=1), rows) * 8


@pytest.fixture
def mistaken():
    """Return a model that is wrong for some of the images, not for most."""
    return Reader(wrong_above=0.0)


def printed(capsys, function, *arguments, **options):
    """Return the lines that a function prints."""
    capsys.readouterr()
    function(*arguments, **options)
    return capsys.readouterr().out.splitlines()


def card(explorer):
    """Return the HTML below the controls."""
    return explorer._card.value


def test_says_what_the_two_functions_print(loader, capsys, tmp_path):
    """Text and picture are those of predict_label and visualize_image, to the last byte."""
    model, path = build_model(), tmp_path / "image.png"
    explorer = explore(model, loader)
    for index in (0, 1, 63, 64, 199, 7):
        explorer.slider.value = index
        assert explorer.index == explorer.field.value == index
        assert printed(capsys, predict_label, model, loader, index) == explorer.top
        assert printed(capsys, visualize_image, loader, index, path=path) == [explorer.truth]
        assert explorer.picture == path.read_bytes()
        shown = re.findall(r"<pre[^>]*>(.*?)</pre>", card(explorer), flags=re.DOTALL)
        assert shown == [explorer.truth, "\n".join(explorer.top)]


def test_picture_is_the_original(dataset, loader):
    """The picture is a grey PNG whose squares of 10 x 10 pixels are the dataset's values."""
    explorer = explore(Reader(), loader)
    explorer.index = 12
    with Image.open(io.BytesIO(explorer.picture)) as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (280, 280))
        pixels = np.asarray(picture)
    assert np.array_equal(pixels, np.kron(dataset.data[12].numpy(), np.ones((10, 10), np.uint8)))


def test_picture_and_a_model_that_works_in_place(loader):
    """It is drawn as the loader gives it, not as the model leaves it."""
    dataset = TensorDataset(loader.dataset.images, loader.dataset.targets)
    pictures = [
        explore(nn.Sequential(nn.ReLU(inplace), build_model()), DataLoader(dataset)).picture
        for inplace in (False, True)
    ]
    assert pictures[0] == pictures[1]


def test_right_and_wrong_in_words_and_sign(loader, mistaken):
    """Verdict, bars and alternative text tell right from wrong without a colour."""
    explorer = explore(mistaken, loader)
    verdicts = set()
    for index in range(200):
        explorer.index = index
        truth = explorer.truth.removeprefix("Ground Truth Label: ")
        said = explorer.top[0].split(":")[0]
        right = said == truth
        assert explorer.verdict == ("✓ right" if right else f"✗ wrong: the model says {said}")
        marks = [m for m in re.findall(r'class="mark">(.*?)<', card(explorer)) if m]
        assert sorted(marks) == (["✓ true label, model"] if right else ["true label", "✗ model"])
        alt = f"Index {index}: true label {truth}, the model says {explorer.top[0]}"
        assert re.findall(r'<img class="picture" alt="(.*?)"', card(explorer)) == [alt]
        verdicts.add(right)
    assert verdicts == {True, False}


def test_a_bar_for_each_class(loader):
    """Ten bars in the order of the labels, as long as the ten probabilities."""
    model = build_model()
    explorer = explore(model, loader)
    explorer.index = 5
    html = card(explorer)
    shares = model(loader.dataset.images[5:6]).detach().softmax(dim=1)[0]
    expected = [f"{share:.2%}" for share in shares.tolist()]
    assert re.findall(r'<th scope="row">(.*?)</th>', html) == list(CLASS_NAMES)
    assert re.findall(r"width:(.*?);", html) == expected
    assert re.findall(r'class="share">(.*?)<', html) == expected


def test_every_control_is_labelled(loader):
    """Every control has a name, and a text that says what it does."""
    explorer = explore(Reader(), loader)
    fields = [explorer.show, explorer.label, explorer.order, explorer.slider, explorer.field]
    buttons = [explorer.previous, explorer.next, explorer.random]
    names = [control.description for control in fields + buttons]
    assert names == [
        *("Show", "True label", "Order", "Image", "Index", "← Previous", "Next →", "Random")
    ]
    assert all(control.tooltip for control in fields + buttons)


def test_only_core_widgets(loader):
    """All parts belong to ipywidgets itself, which every notebook program knows how to draw."""

    def below(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from below(child)

    parts = list(below(explore(Reader(), loader)._panel))
    assert len(parts) > 10
    assert {part._model_module for part in parts} == {"@jupyter-widgets/controls"}


def test_ends(loader):
    """The slider, the field and the buttons stop at both ends."""
    explorer = explore(Reader(), loader)
    for control in (explorer.slider, explorer.field):
        control.value = 10**6
        assert (explorer.index, explorer.place) == (199, "Image 200 of 200 images")
        explorer.next.click()
        assert explorer.index == 199
        control.value = -5
        assert (explorer.index, explorer.place) == (0, "Image 1 of 200 images")
        explorer.previous.click()
        assert explorer.index == 0


def test_burst_of_changes_ends_at_the_last(loader, capsys):
    """However fast the slider moves, at the end all parts speak of the last image."""
    model = build_model()
    explorer = explore(model, loader)
    for value in [*range(0, 200, 3), 5, 5, 150, 42]:
        explorer.slider.value = value
    assert (explorer.index, explorer.field.value) == (42, 42)
    assert explorer.top == printed(capsys, predict_label, model, loader, 42)
    assert "Index 42" in card(explorer)


def test_messages_of_the_browser(loader):
    """A move sends text, picture and bars in one message, and never sets the slider back."""
    explorer = explore(Reader(), loader)
    sent = []
    for control in (explorer.slider, explorer.field, explorer._card):
        name = control.model_id
        control._send = lambda message, name=name, **_: sent.append((name, message))
    explorer.slider.set_state({"value": 17})
    states = [(name, message["state"]) for name, message in sent if message["method"] == "update"]
    assert explorer.index == 17
    assert explorer.slider.model_id not in [name for name, _ in states]
    assert (explorer.field.model_id, {"value": 17}) in states
    [shown] = [state["value"] for name, state in states if name == explorer._card.model_id]
    for text in ("Index 17", "Image 18 of 200 images", explorer.truth, *explorer.top):
        assert text in shown


def test_slider_of_the_browser_is_never_beyond_its_end(loader, mistaken):
    """When the filter changes, each message alone leaves the slider with a value in its range."""
    explorer = explore(mistaken, loader)
    explorer.index = 150
    state = {"value": 150, "max": 199}
    lengths = set()

    def receive(message, **_):
        if message["method"] == "update":
            assert len(message["state"]) == 1
            state.update(message["state"])
            assert state["value"] <= state["max"]
            lengths.add(state["max"])

    explorer.slider._send = receive
    for show, label in (("only mistakes", "any"), ("all images", "Bag"), ("all images", "any")):
        explorer.show.value, explorer.label.value = show, label
        assert state["value"] == explorer.slider.value
        assert state["max"] == explorer.slider.max
    assert len(lengths) == 3


def test_only_mistakes(loader, mistaken):
    """The filter passes exactly the mistakes, and says how many there are."""
    explorer = explore(mistaken, loader)
    wrong = []
    for index in range(200):
        explorer.index = index
        if explorer.verdict.startswith("✗"):
            wrong.append(index)
    explorer.show.value = "only mistakes"
    assert explorer.count == len(wrong) > 2
    seen = []
    for place in range(explorer.count):
        explorer.slider.value = place
        assert explorer.place == f"Image {place + 1} of {len(wrong)} mistakes"
        seen.append(explorer.index)
    assert seen == wrong
    explorer.show.value = "only right answers"
    assert explorer.place.endswith(f"of {200 - len(wrong)} right answers")


def test_only_one_class(dataset, loader):
    """The filter by label passes that label alone, also together with the mistakes."""
    explorer = explore(Reader(), loader)
    for label, name in enumerate(CLASS_NAMES):
        explorer.label.value = name
        expected = (dataset.targets == label).nonzero().flatten().tolist()
        assert explorer._chosen.tolist() == expected
        assert explorer.place.endswith(f"of {len(expected)} images with the label {name}")


def test_order_by_certainty(loader):
    """Sorted, the first probability falls or rises from image to image, from the first on."""
    explorer = explore(build_model(), loader)
    explorer.index = 50
    for order, sign in (("most certain first", -1), ("least certain first", 1)):
        explorer.order.value = order
        assert explorer.place == "Image 1 of 200 images"
        shares = []
        for place in range(200):
            explorer.slider.value = place
            shares.append(float(explorer.top[0].split(": ")[1].removesuffix("%")))
        assert shares == sorted(shares, key=lambda share: sign * share)
        assert sorted(explorer._chosen.tolist()) == list(range(200))


def test_filter_stays_at_the_image(loader, mistaken):
    """A change of the filter keeps the image where it can, and else goes to the next."""
    explorer = explore(mistaken, loader)
    explorer.show.value = "only mistakes"
    explorer.slider.value = 3
    index = explorer.index
    explorer.show.value = "all images"
    assert explorer.index == explorer.slider.value == index
    explorer.show.value = "only mistakes"
    assert (explorer.index, explorer.slider.value) == (index, 3)
    explorer.show.value = "only right answers"
    assert explorer.index == next(i for i in explorer._chosen.tolist() if i > index)


def test_index_that_the_filter_hides(loader, mistaken):
    """The next image in the direction of the move is shown, and this is said."""
    explorer = explore(mistaken, loader)
    explorer.show.value = "only mistakes"
    chosen = explorer._chosen.tolist()
    gap = next(place for place, index in enumerate(chosen[1:]) if index > chosen[place] + 2)
    low, high = chosen[gap], chosen[gap + 1]
    explorer.index = low
    explorer.field.value = low + 1
    assert explorer.index == explorer.field.value == high
    assert f"Index {low + 1} is not one of them; this is the nearest." in card(explorer)
    explorer.field.value = high - 1
    assert explorer.index == explorer.field.value == low
    explorer.field.value = low
    assert "not one of them" in card(explorer)  # nothing moved
    explorer.next.click()
    assert "not one of them" not in card(explorer)
    explorer.index = chosen[-1]
    explorer.field.value = 199
    assert explorer.index == explorer.field.value == chosen[-1]


def test_filter_that_matches_nothing(loader):
    """Without an image all is empty, and says so; then all is there again."""
    explorer = explore(Reader(), loader)
    explorer.index = 20
    explorer.show.value = "only mistakes"
    assert explorer.place == "No image: there are no mistakes"
    assert (explorer.index, explorer.count) == (None, 0)
    assert (explorer.picture, explorer.truth, explorer.top, explorer.verdict) == (b"", "", [], "")
    assert "there are no mistakes" in card(explorer)
    assert explorer.slider.disabled
    for button in (explorer.previous, explorer.next, explorer.random):
        button.click()
    explorer.index = 5
    explorer.slider.value = 1
    explorer.label.value = "Bag"
    assert explorer.place == "No image: there are no mistakes with the label Bag"
    explorer.label.value, explorer.show.value = "any", "all images"
    assert explorer.place.endswith("of 200 images")
    assert not explorer.slider.disabled
    assert explorer.index == 20
    explorer.index = 21
    assert explorer.index == explorer.field.value == 21


def test_one_image_only(dataset):
    """A single image is shown; there is nowhere to go."""
    explorer = explore(Reader(), DataLoader(Subset(dataset, [8])))
    assert explorer.place == "Image 1 of 1 image"
    assert explorer.slider.disabled
    explorer.slider.value = 1
    for button in (explorer.previous, explorer.next, explorer.random):
        button.click()
    explorer.index = 0
    assert (explorer.index, explorer.slider.value) == (0, 0)
    assert explorer.truth == f"Ground Truth Label: {CLASS_NAMES[dataset.targets[8]]}"


def test_random_goes_elsewhere_and_leaves_seeds_alone(loader):
    """The random button never stays, reaches far, and draws no number of the notebook's."""
    explorer = explore(Reader(), loader)
    before = random.getstate(), torch.get_rng_state()
    seen = [explorer.index]
    for _ in range(100):
        explorer.random.click()
        assert explorer.index != seen[-1]
        seen.append(explorer.index)
    assert len(set(seen)) > 40
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


@pytest.mark.parametrize("training", [True, False])
def test_mode_is_left(training, loader):
    """Dropout does not act, and the mode of the model is restored."""
    model = nn.Sequential(build_model(), nn.Dropout(0.9)).train(training)
    explorer = explore(model, loader)
    explorer.index = 4
    first = explorer.top
    explorer.index = 5
    explorer.index = 4
    assert explorer.top == first
    assert all(part.training is training for part in model.modules())


def test_two_explorers_do_not_disturb_each_other(loader, mistaken):
    """Each has its own place, filter and text."""
    one, two = explore(Reader(), loader), explore(mistaken, loader)
    one.index, two.index = 3, 30
    before = card(one)
    two.show.value = "only mistakes"
    two.slider.value = 0
    assert (one.index, one.place, card(one)) == (3, "Image 4 of 200 images", before)
    one.slider.value = 100
    assert two.place.startswith("Image 1 of ")


def test_all_images_are_asked_once():
    """Opening asks about the loader's batches; then only the image on show is asked about."""
    data = torch.randint(0, 256, (250, 28, 28), dtype=torch.uint8)
    dataset = FashionDataset(data, torch.arange(250) % 10, "fashion-mnist")
    model = Reader(wrong_above=0.0)
    explorer = explore(model, DataLoader(dataset, batch_size=100, collate_fn=collate))
    assert model.asked == [100, 100, 50, 1]
    model.asked.clear()
    explorer.index = 10
    assert model.asked == [1]
    explorer.show.value, explorer.label.value = "only mistakes", "Bag"
    explorer.order.value = "most certain first"
    assert model.asked == [1] * 4
    model.asked.clear()
    for place in range(1, 21):
        explorer.slider.value = place
    assert model.asked == [1] * 20


@pytest.mark.parametrize("kind", ["stock", "shuffled", "subset", "lists", "foreign"])
def test_any_loader(kind, dataset, capsys, tmp_path):
    """Any map-style loader: an index counts in the order of its dataset."""
    loader = {
        "stock": lambda: DataLoader(dataset, batch_size=7),
        "shuffled": lambda: DataLoader(dataset, shuffle=True, collate_fn=collate),
        "subset": lambda: DataLoader(Subset(dataset, range(150, 60, -1)), batch_size=9),
        "lists": lambda: DataLoader(
            TensorDataset(dataset.images, dataset.targets),
            batch_size=None,
            sampler=BatchSampler(RandomSampler(dataset), 64, drop_last=False),
        ),
        "foreign": lambda: DataLoader(TensorDataset(dataset.images, dataset.targets)),
    }[kind]()
    model = build_model()
    explorer = explore(model, loader)
    assert explorer.place == f"Image 1 of {len(loader.dataset)} images"
    explorer.index = 77
    assert printed(capsys, predict_label, model, loader, 77) == explorer.top
    path = tmp_path / "image.png"
    assert printed(capsys, visualize_image, loader, 77, path=path) == [explorer.truth]
    assert explorer.picture == path.read_bytes()
    explorer.show.value = "only mistakes"
    for place in (0, explorer.count - 1):
        explorer.slider.value = place
        assert explorer.verdict.startswith("✗")


def test_the_images_of_a_sampler(dataset):
    """The slider passes what a pass of the loader gives, each once, in the dataset's order."""
    loader = DataLoader(dataset, 2, sampler=SubsetRandomSampler([9, 4, 150, 4]), drop_last=True)
    explorer = explore(Reader(), loader)
    assert (explorer.place, explorer.index) == ("Image 1 of 3 images", 4)
    explorer.index = 150
    assert (explorer.place, explorer.index) == ("Image 3 of 3 images", 150)
    explorer.index = 8
    assert (explorer.index, explorer.slider.value) == (4, 0)
    assert "Index 8 is not one of them" in card(explorer)
    assert explorer.truth == f"Ground Truth Label: {CLASS_NAMES[dataset.targets[4]]}"


class Endless:
    """Gives batches of indices without end, as samplers that keep workers alive do."""

    def __iter__(self):
        while True:
            yield [5, 3]

    def __len__(self):
        return 2


def test_a_sampler_that_never_ends(dataset):
    """A pass is as long as the loader says."""
    explorer = explore(Reader(), DataLoader(dataset, batch_sampler=Endless()))
    assert (explorer.place, explorer.index) == ("Image 1 of 2 images", 3)


def test_images_left_out_by_a_collate_function(dataset):
    """Where an index has no image, places and indices would part: that is refused."""
    loader = DataLoader(dataset, 10, collate_fn=lambda samples: default_collate(samples[:9]))
    with pytest.raises(ValueError, match="one image for each index, got 180 for 200"):
        explore(Reader(), loader)


def test_it_is_freed(loader):
    """close(), or the end of the last variable, frees the loader; one on show stays."""
    freed_with_its_panel(lambda: copy.copy(loader), lambda mine: explore(Reader(), mine))


def test_closed_as_the_last_line(loader):
    """A closed one is shown as text."""
    explorer = explore(Reader(), loader)
    explorer.close()
    assert explorer._repr_mimebundle_() == {"text/plain": "Explorer(200 images, index 0)"}


def test_names_and_markup_of_another_set(dataset):
    """The set's own names are used, as text."""
    dataset.classes = [f"<b>{i}</b>" for i in range(10)]
    explorer = explore(Reader(wrong_above=0.0), DataLoader(dataset))
    label = int(dataset.targets[0])
    assert explorer.truth == f"Ground Truth Label: <b>{label}</b>"
    assert "<b>" not in card(explorer).partition("</b>")[2]
    assert f"&lt;b&gt;{label}&lt;/b&gt;" in card(explorer)
    explorer.label.value = "<b>3</b>"
    assert explorer.index in (dataset.targets == 3).nonzero()


def test_sketches_are_marked(dataset):
    """Images that are not the real ones say so beside the picture and in its text."""
    sketches = FashionDataset(dataset.data, dataset.targets, "sketches")
    for data in (sketches, Subset(sketches, [1, 2, 3])):
        explorer = explore(Reader(), DataLoader(data))
        assert card(explorer).count("sketches, not Fashion-MNIST") == 2
    assert "sketch" not in card(explore(Reader(), DataLoader(dataset)))


class Faulty(TensorDataset):
    """Refuses image 3 the second time, with a message that looks like HTML."""

    asked = 0

    def __getitem__(self, index):
        if index == 3:
            self.asked += 1
            if self.asked > 1:
                raise OSError("<b>disk</b> & network")
        return super().__getitem__(index)


def test_errors_are_shown_and_raised(dataset):
    """What goes wrong stands in the panel, as text, and is raised; the next image is fine."""
    explorer = explore(Reader(), DataLoader(Faulty(dataset.images, dataset.targets)))
    explorer.slider.value = 2
    with pytest.raises(OSError, match="disk"):
        explorer.slider.value = 3
    assert "Index 3 cannot be shown. OSError: &lt;b&gt;disk&lt;/b&gt; &amp; network" in card(
        explorer
    )
    assert 'role="alert"' in card(explorer)
    assert (explorer.index, explorer.field.value, explorer.picture) == (3, 3, b"")
    assert (explorer.truth, explorer.top, explorer.verdict) == ("", [], "")
    explorer.next.click()
    assert explorer.index == 4
    assert explorer.truth in card(explorer)
    assert "cannot be shown" not in card(explorer)


def test_model_that_went_on_learning(loader):
    """A model that has changed answers as it is now, and the panel says that it has changed."""
    model = build_model()
    explorer = explore(model, loader)
    explorer.index = 5
    assert "has changed" not in card(explorer)
    nn.init.normal_(model[5].bias, std=5)
    explorer.index = 6
    assert "The model or the image has changed: run this cell again." in card(explorer)
    shares = model(loader.dataset.images[6:7]).detach().softmax(dim=1)
    assert explorer.top[0].endswith(f"{shares.max():.2%}")


class Stream(IterableDataset):
    def __iter__(self):
        yield torch.zeros(1, 28, 28), 0


@pytest.mark.parametrize(
    ("model", "data_loader", "error", "message"),
    [
        (build_model(), torch.zeros(3, 28, 28), TypeError, "data_loader must be .*got Tensor"),
        (build_model(), DataLoader(Stream()), TypeError, "data_loader is over an IterableDataset"),
        (build_model(), DataLoader([]), ValueError, "data_loader is empty"),
        (
            None,
            DataLoader([(torch.zeros(28, 28), 0)]),
            TypeError,
            "model must be a torch.nn.Module",
        ),
        (nn.Flatten(), DataLoader([(torch.zeros(28, 28), 0)]), ValueError, r"\(1, 10\), got"),
    ],
    ids=["tensor", "iterable", "empty", "no model", "wrong logits"],
)
def test_bad_arguments(model, data_loader, error, message):
    """What cannot be explored is refused when the explorer opens."""
    with pytest.raises(error, match=message):
        explore(model, data_loader)


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (200, IndexError, "index 200 is out of range; allowed: 0 to 199"),
        (-1, IndexError, "index -1 is out of range"),
        (1.0, TypeError, r"index must be an integer, got 1.0 \(float\)"),
    ],
)
def test_bad_index(index, error, message, loader):
    """An index from code is checked as everywhere, and nothing moves."""
    explorer = explore(Reader(), loader)
    explorer.index = 7
    with pytest.raises(error, match=message):
        explorer.index = index
    assert explorer.index == 7


def test_without_ipywidgets(loader, monkeypatch):
    """The library is there without ipywidgets; the explorer names what to install."""
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match="pip install ipywidgets"):
        explore(build_model(), loader)


def test_shown_in_a_notebook(loader):
    """A notebook draws the panel; where it cannot, a short text stands, always the same."""
    explorer = explore(Reader(), loader)
    bundle = explorer._repr_mimebundle_()
    assert explorer.verdict in bundle["text/html"]  # for an export, where no kernel runs
    assert bundle["text/plain"] == repr(explorer) == "Explorer(200 images, index 0)"
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == explorer._panel.model_id
    explorer.close()
    assert explorer.slider.comm is explorer._panel.comm is None  # no part of it stays


def test_progress(loader, monkeypatch):
    """The one pass over all images shows its progress when asked to."""
    asked = []
    real = module.progress_bar

    def spy(*arguments, **options):
        asked.append((arguments, options))
        return real(*arguments, **{**options, "show": False})

    monkeypatch.setattr(module, "progress_bar", spy)
    explore(Reader(), loader, progress=True)
    assert asked == [((4,), {"desc": "Model", "unit": "batch", "show": True})]
