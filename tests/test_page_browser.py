"""The page of a network in Chromium, opened as a file, with the network off.

What it says is compared with PyTorch's answers to the same pixels. Screenshots go into the folder
named by FMNIST_SCREENSHOTS, if it is set.
"""

import os
from pathlib import Path

import pytest
import torch
from browsers import CHROMIUM, require, until
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib import CLASS_NAMES, build_model, get_data_loader, train_model
from fmnist_lib.data import collate, normalise
from fmnist_lib.evaluation import evaluate
from fmnist_lib.prediction import compute_logits
from fmnist_lib.widgets.page import export_page

SHOWN = """() => {
    const texts = name => [...document.querySelectorAll(name)].map(e => e.textContent);
    const [, card] = document.querySelectorAll(".fmnist-card"), shares = texts(".share");
    const canvas = card.querySelector("canvas").getContext("2d");
    const data = canvas.getImageData(0, 0, 28, 28).data;
    return {
        place: texts(".place b")[0], index: Number(document.querySelector("[type=number]").value),
        verdict: texts(".verdict"), truth: texts(".truth")[0],
        top: texts(".top").map(lines => lines.split("\\n")),
        shares: [shares.slice(0, 10), shares.slice(10)].map(all => all.map(parseFloat)),
        painted: Array.from({length: 784}, (_, i) => data[4 * i]),
    };
}"""
ALL = """() => { // what the page says about each of its images
    const slider = document.querySelector("[type=range]"), rows = [];
    const [card] = document.querySelectorAll(".fmnist-card");
    for (slider.value = 0; rows.length <= slider.max; slider.value++) {
        slider.dispatchEvent(new Event("input"));
        rows.push([card.querySelector(".verdict").textContent,
            [...card.querySelectorAll(".share")].map(e => parseFloat(e.textContent) / 100)]);
    }
    return rows;
}"""


class Page:
    """An open page, its model and its loader."""

    def __init__(self, tab, model, loader):
        self.tab, self.model, self.loader = tab, model, loader
        self.canvas = tab.get_by_role("application", name="Canvas of 28")

    def control(self, role, name):
        return self.tab.get_by_role(role, name=name)

    def shown(self):
        return self.tab.evaluate(SHOWN)

    def painted(self):
        """Return the pixels of the canvas, having compared the bars beside it with PyTorch."""
        shown = self.shown()
        pixels = torch.tensor(shown["painted"], dtype=torch.uint8).reshape(28, 28)
        shares = compute_logits(self.model, normalise(pixels[None]))[0].softmax(dim=0)
        assert (torch.tensor(shown["shares"][1]) / 100 - shares).abs().max() <= 0.002
        assert shown["verdict"][1] == f"The model says {CLASS_NAMES[shares.argmax()]}"
        assert shown["top"][1][0].startswith(f"{CLASS_NAMES[shares.argmax()]}: ")
        return pixels

    def agrees(self):
        """Compare the page's answers to all its images with PyTorch's."""
        result = evaluate(self.model, self.loader, nn.CrossEntropyLoss())
        said = self.tab.evaluate(ALL)
        shares = torch.tensor([shares for _, shares in said])
        assert shares.shape == result.probabilities.shape
        assert (shares - result.probabilities).abs().max() <= 0.002
        names = [CLASS_NAMES[label] for label in result.predictions.tolist()]
        for (verdict, _), name, right in zip(said, names, result.correct.tolist(), strict=True):
            assert verdict == ("✓ right" if right else f"✗ wrong: the model says {name}")
        return result


@pytest.fixture(scope="module")
def browser():
    """Return a Chromium."""
    require("chromium", CHROMIUM, "playwright", "axe_playwright_python")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that exports a model and opens the page; no error may come of it."""
    contexts, problems = [], []

    def open_page(model, loader, *, width=1280, images=1000, **options):
        path = export_page(model, loader, tmp_path / "page.html", images=images)
        size = {"width": width, "height": 800}
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        context.set_offline(True)
        tab = context.new_page()
        tab.set_default_timeout(10_000)
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda message: problems.append(message.text))
        tab.on("request", lambda r: problems.append(r.url) if r.url != path.as_uri() else None)
        tab.goto(path.as_uri())
        tab.get_by_text("Only mistakes (").wait_for()
        return Page(tab, model, loader)

    open_page.problems = problems
    yield open_page
    for context in contexts:
        context.close()
    allowed = "data:,", "Canvas2D: Multiple readback"  # the icon, and what the tests do
    assert [problem for problem in problems if not problem.startswith(allowed)] == []


def learned(model, loader):
    """Train a model until it is right for the 200 images, and return it."""
    optimizer = torch.optim.Adam(model.parameters(), 0.002)
    train_model(model, loader, nn.CrossEntropyLoss(), 5, optimizer=optimizer)
    return model


@pytest.fixture
def trained(loader):
    """Return the lessons' network, right for four fifths of the images of `loader`."""
    model, labels = learned(build_model(), loader), loader.dataset.targets
    labels[::5] = (labels[::5] + 1) % 10  # now it has mistakes
    return model


@pytest.fixture
def page(open_page, trained, loader):
    """Return a wide page with 200 images."""
    return open_page(trained, loader)


def convolutional():
    """Return a network with each layer and option that a page can compute."""
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 4, (3, 5), padding="same"), nn.BatchNorm2d(4), nn.ReLU()),
        nn.MaxPool2d(3, stride=2, padding=1),
        nn.Sequential(nn.Conv2d(4, 6, 4, stride=(2, 1), padding=(1, 0), bias=False), nn.ReLU()),
        nn.MaxPool2d(2, ceil_mode=True),
        nn.Sequential(nn.BatchNorm2d(6, affine=False), nn.Dropout(0.5)),
        *(nn.Flatten(), nn.LazyLinear(20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 10)),
    )


def out_of_reach():
    """Return a network one of whose weights half precision can't hold."""
    model = build_model()
    nn.init.constant_(model[1].weight[0, :1].data, 1e5)
    return model


@pytest.mark.parametrize("build", [build_model, convolutional, out_of_reach])
def test_answers_are_those_of_pytorch(build, open_page, dataset):
    """The network in the page says what PyTorch says about each image."""
    loader = DataLoader(dataset, 50, collate_fn=collate)
    result = open_page(learned(build(), loader), loader).agrees()
    assert len(result.predictions.unique()) > 5


def test_equal_answers(open_page, loader):
    """Of classes that are equally probable, the first ones are named, as in PyTorch."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    for values in model.parameters():
        nn.init.zeros_(values)
    assert open_page(model, loader).shown()["top"][1] == [
        *("T-shirt: 10.00%", "Trouser: 10.00%", "Pullover: 10.00%"),
    ]


@pytest.mark.proof
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ten_thousand_answers(seed, real_data, open_page):
    """All answers to the 10,000 test images are PyTorch's, each share within 0.002."""
    torch.manual_seed(seed)
    loaders = [get_data_loader(training, data_dir=real_data) for training in (True, False)]
    model = build_model()
    train_model(model, loaders[0], nn.CrossEntropyLoss(), 3)
    result = open_page(model, loaders[1], images=10_000).agrees()
    assert len(result.labels) == 10_000


def test_slider_field_and_filter(page):
    """Keys move the slider; a number goes to its index; the filter passes the mistakes alone."""
    result = evaluate(page.model, page.loader, nn.CrossEntropyLoss())
    wrong = (~result.correct).nonzero().flatten().tolist()
    slider, field = page.control("slider", "Image"), page.control("spinbutton", "Index")
    slider.focus()
    for key, index in (("ArrowRight", 1), ("End", 199), ("ArrowLeft", 198), ("Home", 0)):
        page.tab.keyboard.press(key)
        assert page.shown()["index"] == index
    assert page.shown()["truth"] == f"Ground Truth Label: {CLASS_NAMES[result.labels[0]]}"
    field.fill("77")
    field.press("Enter")
    assert page.shown()["place"] == "Image 78 of 200 images"
    page.control("checkbox", f"Only mistakes ({len(wrong)})").check()
    assert page.shown()["index"] == next(index for index in wrong if index >= 77)
    slider.focus()
    page.tab.keyboard.press("Home")
    for number, index in enumerate(wrong, 1):
        shown = page.shown()
        assert shown["place"] == f"Image {number} of {len(wrong)} mistakes"
        assert shown["index"] == index
        assert shown["verdict"][0].startswith("✗ wrong")
        page.tab.keyboard.press("ArrowRight")


def test_picture_is_the_image(page):
    """The pixels drawn are the dataset's, and its text says what one sees and hears."""
    page.control("spinbutton", "Index").fill("12")
    page.control("spinbutton", "Index").press("Enter")
    page.control("button", "Paint over this image").click()
    assert torch.equal(page.painted(), page.loader.dataset.data[12])
    name = CLASS_NAMES[page.loader.dataset.targets[12]]
    alt = f"Index 12: true label {name}, the model says {page.shown()['top'][0][0]}"
    assert page.control("img", alt).count() == 1


def test_mouse_paints(page):
    """A stroke is a line without gaps in the brush's grey; undo and clear take it back."""
    page.canvas.scroll_into_view_if_needed()
    box, mouse = page.canvas.bounding_box(), page.tab.mouse
    page.control("combobox", "Brush").select_option("2")
    page.control("slider", "Grey").fill("200")
    before = page.painted()
    mouse.move(box["x"] + 25, box["y"] + 15)
    mouse.down()
    mouse.move(box["x"] + 255, box["y"] + 15)
    page.painted()
    mouse.move(box["x"] + 255, box["y"] + 255, steps=3)
    mouse.up()
    mouse.move(box["x"] + 5, box["y"] + 255)  # nothing is pressed
    pixels = page.painted()
    assert set(pixels.unique().tolist()) == {0, 200}
    assert (pixels[1, 2:26] == 200).all()
    assert (pixels[1:26, 25] == 200).all()
    assert not pixels[3:, :22].count_nonzero()
    page.control("button", "Undo").click()
    assert torch.equal(page.painted(), before)
    assert page.control("button", "Undo").is_disabled()
    mouse.click(box["x"] + 100, box["y"] + 100)
    assert page.painted().count_nonzero() > 3
    page.control("button", "Clear").click()
    assert not page.painted().count_nonzero()
    page.control("button", "Undo").click()
    assert page.painted().count_nonzero() > 3


def test_finger_paints(open_page, trained, loader):
    """A finger on a phone paints, and the page stays where it is."""
    page = open_page(trained, loader, width=360, has_touch=True, is_mobile=True)
    page.canvas.scroll_into_view_if_needed()
    box, place = page.canvas.bounding_box(), page.tab.evaluate("scrollY")
    touch = page.tab.context.new_cdp_session(page.tab)
    for kind, y in (
        ("Start", 0.1),
        *(("Move", 0.1 + step / 10) for step in range(8)),
        ("End", None),
    ):
        points = (
            []
            if y is None
            else [{"x": box["x"] + box["width"] / 2, "y": box["y"] + y * box["height"]}]
        )
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    column = until(lambda: (pixels := page.painted())[22, 14].item() and [pixels[:, 14]])[0]
    assert (column[3:23] == 255).all()
    assert page.tab.evaluate("scrollY") == place
    before = page.painted()
    second = {"pointerId": 9, "pointerType": "touch", "clientX": box["x"] + 9}
    page.canvas.dispatch_event(
        "pointerdown", second | {"clientY": box["y"] + 9, "isPrimary": False}
    )
    assert torch.equal(page.painted(), before)


def test_keys_paint(page):
    """Arrows move, the space bar paints, and both together draw; the page does not scroll."""
    page.control("combobox", "Brush").select_option("1")
    page.canvas.focus()
    place = page.tab.evaluate("scrollY")
    press, down, up = page.tab.keyboard.press, page.tab.keyboard.down, page.tab.keyboard.up
    press("ArrowDown")
    assert not page.painted().count_nonzero()
    press("Space")
    assert page.painted().nonzero().tolist() == [[15, 14]]
    press("ArrowLeft")
    down("Space")
    press("ArrowLeft")
    press("ArrowUp")
    up("Space")
    press("ArrowUp")
    assert page.painted().nonzero().tolist() == [[14, 12], [15, 12], [15, 13], [15, 14]]
    for _ in range(30):
        press("ArrowLeft")
    press("Space")
    assert page.painted()[13, 0] == 255
    assert page.tab.evaluate("scrollY") == place
    down("Space")
    press("Tab")
    assert page.canvas.evaluate("e => e !== document.activeElement")
    up("Space")  # which the canvas doesn't hear
    page.canvas.focus()
    before = page.painted()
    press("ArrowDown")
    assert torch.equal(page.painted(), before)


@pytest.mark.proof
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_for_everybody(width, scheme, open_page, trained, loader, tmp_path):
    """It fits the screen, and axe-core has nothing to say against it, in both colour schemes."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(trained, loader, width=width, color_scheme=scheme)
    page.control("checkbox", "Only mistakes").check()
    page.control("button", "Paint over this image").click()
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    for part in page.tab.locator(".fmnist-card, .picture, table, .controls > *").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    screenshots = Path(os.environ.get("FMNIST_SCREENSHOTS") or tmp_path)
    page.tab.screenshot(path=screenshots / f"page-{scheme}-{width}.png", full_page=True)
    ground = page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    found = Axe().run(page.tab)
    assert found.response["passes"]
    assert found.response["violations"] == []


def test_policy_is_in_force(open_page, trained, loader):
    """The browser runs no other script, follows no event attribute, and sends nothing."""
    page = open_page(trained, loader)
    for inject in (
        "const e = document.createElement('script'); e.textContent = 'window.ran = 1'",
        "const e = document.createElement('button'); e.setAttribute('onclick', 'window.ran = 1')",
        "const e = document.createElement('style'); e.textContent = 'body {opacity: 0.5}'",
    ):
        page.tab.evaluate(f"() => {{ {inject}; document.body.append(e); e.click(); }}")
    assert page.tab.evaluate("window.ran ?? getComputedStyle(document.body).opacity") == "1"
    send = "fetch('data:,').then(() => 'sent', error => error.name)"
    assert page.tab.evaluate(send) == "TypeError"
    assert sum("Content Security Policy" in problem for problem in open_page.problems) >= 4
    open_page.problems.clear()


def test_names_are_text(open_page, trained, dataset):
    """A class can have any name: none ends the page's data or becomes a part of the page."""
    names = ["</script><script>window.ran = 1</script>", "<!--<script>", "<b>Coat</b>", "é\u2028"]
    dataset.classes = [*names, *CLASS_NAMES[4:]]
    page = open_page(trained, DataLoader(dataset, 64))
    heads = page.tab.locator(".fmnist-card").first.get_by_role("rowheader").all_text_contents()
    assert heads == dataset.classes
    assert page.tab.evaluate("window.ran") is None
    assert page.tab.evaluate("document.querySelectorAll('script, th b').length") == 2


def test_sketches_are_marked(open_page, trained, dataset):
    """The mark stands in the text and at each picture."""
    dataset.source = "sketches"
    page = open_page(trained, DataLoader(dataset, 64))
    assert page.tab.get_by_text("These images are sketches, not Fashion-MNIST.").is_visible()
    assert page.tab.get_by_text("Index 0 sketches, not Fashion-MNIST").is_visible()
    assert page.control("img", "sketches, not Fashion-MNIST").count() == 1
