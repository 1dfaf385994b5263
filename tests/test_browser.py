"""Lesson 6, the time machine and the canvas in JupyterLab, in Chromium, by keyboard and mouse.

What the page shows is compared with what `predict_label` and `visualize_image` say in the same
kernel, for the same index or the same pixels. Screenshots go into the folder named by
FMNIST_SCREENSHOTS, or a temporary one.
"""

import base64
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from browsers import CHROMIUM, ERROR, LESSON, SHOWN, Kernel, arrived, require, running_lab, until

OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
CONTRAST = """element => {
    const rgba = (e, name) => getComputedStyle(e)[name].match(/[\\d.]+/g).map(Number);
    const over = ([r, g, b, a = 1], below) => [r, g, b].map((c, i) => a * c + (1 - a) * below[i]);
    const parents = [];
    for (let e = element; e; e = e.parentElement) parents.unshift(e);
    const ground = parents.reduce((c, e) => over(rgba(e, "backgroundColor"), c), [255, 255, 255]);
    const light = colour => colour
        .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const [a, b] = [over(rgba(element, "color"), ground), ground].map(light).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
}"""
FRAMES = """explorer => {
    window.frames_seen = [];
    const look = () => {
        const image = explorer.querySelector("img");
        frames_seen.push([explorer.offsetHeight, image?.complete && image.naturalWidth]);
        window.watching = requestAnimationFrame(look);
    };
    look();
}"""
EVALUATION = """
from fmnist_lib.evaluation import evaluate
result = evaluate(model, validation_loader, nn.CrossEntropyLoss())
"""


STATE = "[explorer.place, explorer.index, explorer.slider.value]"


class Lab:
    """The page with the lesson, all of whose cells have run, and its kernel."""

    def __init__(self, page, kernel, screenshots):
        self.page, self.screenshots = page, screenshots
        self.ask, self.agrees = kernel.ask, kernel.agrees
        self.explorer = page.locator(".fmnist-explorer")
        self.slider = self.explorer.get_by_role("slider")
        self.mistakes = self.ask("(~result.correct).nonzero().flatten().tolist()", EVALUATION)

    def control(self, role, name):
        return self.explorer.get_by_role(role, name=name, exact=True)

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def shown(self):
        """Return what the explorer shows at this moment."""
        return self.explorer.evaluate(SHOWN)

    def arrives(self, **expected):
        """Return what the explorer shows as soon as it is this; all parts of it must agree."""
        shown = arrived(self.shown, **expected)
        self.agrees(shown)
        return shown

    def go_to(self, index):
        self.control("spinbutton", "Index").fill(str(index))
        self.control("spinbutton", "Index").press("Enter")
        return self.arrives(index=index)

    def choose(self, **choices):
        """Set the filter, all images in their order unless said otherwise."""
        choices = {"Show": "all images", "True label": "any", "Order": "by index"} | choices
        for name, choice in choices.items():
            self.control("combobox", name).select_option(choice)
        return self.settled()

    def settled(self):
        """Return what is shown when kernel and page have agreed for a moment."""

        def agreed():
            before = self.ask(STATE)
            self.page.wait_for_timeout(100)
            shown = self.shown()
            state = [shown[name] for name in ("place", "index", "slider")]
            right = state == before == self.ask(STATE) and shown["index"] in (None, shown["field"])
            return right and shown

        return until(agreed)

    def show_files(self, wanted):
        """Open or close JupyterLab's file browser."""
        if self.page.locator(".jp-FileBrowser").first.is_visible() != wanted:
            command(self.page, "application:toggle-left-area")

    def picture(self, name):
        """Keep the page as a picture, and the explorer with a margin and without a focus."""
        self.page.screenshot(path=self.screenshots / f"{name}-page.png")
        self.page.evaluate("document.activeElement.blur()")
        self.page.mouse.move(1, 1)
        self.explorer.evaluate("e => e.scrollIntoView({block: 'center'})")
        box = {side: round(value) for side, value in self.explorer.bounding_box().items()}
        box |= {"x": box["x"] - 8, "y": box["y"] - 4}
        box |= {"width": box["width"] + 16, "height": box["height"] + 10}
        self.page.screenshot(path=self.screenshots / f"{name}.png", clip=box)


def command(page, name, **arguments):
    """Start a command of JupyterLab, as its menus do."""
    script = "([name, args]) => void jupyterapp.commands.execute(name, args)"
    page.evaluate(script, [name, arguments])


@pytest.fixture(scope="module")
def run_notebook(tmp_path_factory):
    """Return a function that writes a notebook, runs it in a browser, and returns the page."""
    require("chromium", CHROMIUM, "jupyterlab", "playwright")
    from playwright.sync_api import sync_playwright

    home, work = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work")
    flags = ["--no-sandbox", "--disable-gpu", OFFLINE]
    with running_lab(home, work) as address_of, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)

        def run(name, *sources, after=()):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(30_000)
            page.goto(address_of(name, *sources, after=after))
            page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            command(page, "notebook:run-all-cells")
            return page

        run.home, run.work = home, work
        yield run
        browser.close()


@pytest.fixture(scope="module")
def screenshots(run_notebook):
    """Return the folder for screenshots."""
    default = run_notebook.home / "screenshots"
    folder = Path(os.environ.get("FMNIST_SCREENSHOTS") or default).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def lesson(run_notebook, screenshots):
    """Return lesson 6 with all cells run, without an error."""
    page = run_notebook("lesson", after=LESSON)
    explorer, error = page.locator(".fmnist-explorer"), page.locator(ERROR).first
    explorer.or_(error).first.wait_for(state="attached", timeout=180_000)
    assert error.count() == 0, error.text_content()
    with closing(Kernel(run_notebook.home)) as kernel:
        yield Lab(page, kernel, screenshots)


@pytest.fixture
def lab(lesson):
    """Return the lesson at index 0 of all images, on a wide page in the light theme."""
    lesson.page.set_viewport_size({"width": 1280, "height": 900})
    lesson.show_files(False)
    lesson.explorer.scroll_into_view_if_needed()
    lesson.choose()
    lesson.go_to(0)
    return lesson


def test_lesson_runs_without_errors(lab):
    """All cells ran in the browser's own session: no error, nothing on stderr."""
    assert lab.page.locator(ERROR).count() == 0
    assert lab.explorer.count() == 1


def test_keyboard_moves_the_slider(lab):
    """Arrows, Home and End move the slider; all parts of the page follow and agree."""
    lab.slider.focus()
    for key, index in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 5999)):
        lab.press(key)
        lab.arrives(index=index, slider=index)
    lab.press("PageDown")
    assert lab.agrees(lab.settled()) < 5999
    lab.press("Home")
    lab.arrives(index=0)
    lab.press(*["ArrowRight"] * 40)  # in a burst
    lab.arrives(index=40)


def test_mouse_drags_the_slider(lab):
    """A fast drag shows whole images of one height on the way, and ends where the mouse ends."""
    lab.explorer.evaluate(FRAMES)
    box, track = lab.slider.bounding_box(), lab.explorer.locator(".noUi-target").bounding_box()
    mouse = lab.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    for x, steps in ((0.9, 30), (0.2, 20), (0.6, 40)):
        mouse.move(track["x"] + x * track["width"], box["y"], steps=steps)
    mouse.up()
    shown = lab.settled()
    assert 3300 < lab.agrees(shown) == shown["slider"] < 3900
    seen = lab.page.evaluate("cancelAnimationFrame(watching); frames_seen")
    assert len(seen) > 10
    assert {tuple(frame) for frame in seen} == {(shown["height"], 280)}


def test_number_field(lab):
    """A number typed into the field moves the slider, and a number too large goes to the end."""
    assert lab.go_to(4217)["slider"] == 4217
    lab.control("spinbutton", "Index").fill("123456")
    lab.control("spinbutton", "Index").press("Enter")
    lab.arrives(index=5999)


def test_mistakes_and_steps(lab):
    """The filter passes the mistakes; next and previous step through them."""
    lab.choose(Show="only mistakes")
    for name, number in (("Next →", 2), ("Next →", 3), ("← Previous", 2), ("← Previous", 1)):
        lab.control("button", name).click()
        place = f"Image {number} of {len(lab.mistakes):,} mistakes"
        shown = lab.arrives(place=place, index=lab.mistakes[number - 1])
        assert shown["verdict"].startswith("✗ wrong")
    lab.slider.focus()
    lab.press("End")
    lab.arrives(index=lab.mistakes[-1])


def test_filter_stays_near_the_image(lab):
    """With fewer images the slider becomes shorter; the image stays, or the next one comes."""
    lab.go_to(5000)
    expected = next(index for index in lab.mistakes if index >= 5000)
    lab.choose(Show="only mistakes")
    lab.arrives(index=expected, slider=lab.mistakes.index(expected))
    lab.choose()
    lab.arrives(index=expected, slider=expected)


def test_one_class_by_certainty(lab):
    """One class in the order of certainty, and a random step in it."""
    shirts = {"True label": "Shirt", "Show": "only mistakes", "Order": "most certain first"}
    shown = lab.choose(**shirts)
    assert re.fullmatch(r"Image 1 of [\d,]+ mistakes with the label Shirt", shown["place"])
    first = lab.agrees(shown)
    lab.control("button", "Random").click()
    shown = until(lambda: (now := lab.settled())["index"] != first and now)
    assert lab.agrees(shown) != first
    assert shown["truth"] == "Ground Truth Label: Shirt"
    coats = "(result.labels == 6) * (result.predictions == 4)"
    surest = lab.ask(f"({coats} * result.probabilities.amax(dim=1)).argmax().item()")
    assert lab.go_to(surest)["verdict"] == "✗ wrong: the model says Coat"
    lab.picture("explorer")


def test_keyboard_alone_reaches_everything(lab):
    """Tab goes through all controls in the order in which one reads them; keys work them."""
    lab.control("combobox", "Show").focus()
    name = "(e => e.labels?.[0]?.textContent || e.textContent || e.role)(document.activeElement)"
    reached = []
    for _ in range(8):
        reached.append(lab.page.evaluate(name))
        assert lab.page.evaluate("document.activeElement.matches(':focus-visible')")
        lab.press("Tab")
    for part, expected in enumerate(("Show", "True label", "Order", "slider", "Index")):
        assert reached[part].startswith(expected)
    assert reached[5:] == ["← Previous", "Next →", "Random"]
    lab.control("button", "Next →").focus()
    lab.press("Enter", "Space")
    lab.arrives(index=2)
    lab.control("combobox", "Show").focus()
    lab.press("ArrowDown")
    until(lambda: "mistakes" in lab.shown()["place"])


def test_letters_stay_in_the_panel(lab):
    """A letter at the slider edits no cell of the notebook; Ctrl and S still save it."""
    cells = lab.page.locator(".jp-Cell"), lab.page.locator(".jp-MarkdownCell")
    before = [kind.count() for kind in cells]
    lab.slider.focus()
    lab.press("a", "m", "Shift+M", "d", "d", "Control+s")
    lab.page.locator(".jp-mod-current:not(.jp-mod-dirty)").first.wait_for()
    assert [kind.count() for kind in cells] == before
    assert lab.slider.evaluate("e => e === document.activeElement")


def test_names_for_screen_readers(lab):
    """Every control has a role and a name; the picture has a text; the bars are a table."""
    for role, name in (
        ("combobox", "Show"),
        ("combobox", "True label"),
        ("combobox", "Order"),
        ("spinbutton", "Index"),
        ("button", "← Previous"),
        ("button", "Next →"),
        ("button", "Random"),
        ("status", None),
        ("table", "Probability of each class"),
        ("group", "Image 1 of 6,000 images"),
        ("img", lab.shown()["alt"]),
    ):
        assert lab.explorer.get_by_role(role, name=name).count() == 1
    # ipywidgets gives the slider a role and values, but no name; the field does the same with one
    assert lab.slider.get_attribute("aria-valuetext") == "0"
    assert lab.slider.get_attribute("aria-valuemax") == "5999.0"


@pytest.mark.parametrize(("width", "files"), [(1280, False), (900, False), (900, True)])
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_themes_and_widths(width, files, theme, lab):
    """It fits, keeps its height from image to image, and can be read in both themes.

    At 900 pixels this also holds beside JupyterLab's file browser.
    """
    lab.page.set_viewport_size({"width": width, "height": 900})
    command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    light = str(theme == "Light").lower()
    lab.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    lab.show_files(files)
    lab.explorer.scroll_into_view_if_needed()
    heights = set()
    for index in (0, 1, 12, 5999):
        shown = lab.go_to(index)
        heights.add(shown["height"])
        assert shown["overflow"] <= 0
        assert 450 < shown["width"] <= 760
        assert shown["bar"] > 100
    assert heights == {lab.choose(Show="only mistakes")["height"]}
    clipped = "e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1"
    for part in (".fmnist-card", ".place", ".verdict", ".truth", ".top"):
        assert not lab.explorer.locator(part).first.evaluate(clipped), part
    for part in (".place b", ".quiet >> nth=1", ".verdict", ".truth", ".top", "th >> nth=0"):
        assert lab.explorer.locator(part).first.evaluate(CONTRAST) >= 4.5, part
    assert lab.page.evaluate("document.documentElement.scrollWidth") <= width
    lab.picture(f"{theme.lower()}-{width}{'-files' * files}")


def test_picture_on_the_page_is_the_file(lab):
    """What the browser decodes are the pixels of image.png, not only its bytes."""
    shown = lab.go_to(3)
    pixels = lab.explorer.locator("img").evaluate(
        """image => {
            const canvas = new OffscreenCanvas(280, 280).getContext("2d");
            canvas.drawImage(image, 0, 0);
            const data = canvas.getImageData(0, 0, 280, 280).data;
            return Array.from({length: 784}, (_, i) =>
                data[4 * (280 * (10 * Math.floor(i / 28) + 5) + 10 * (i % 28) + 5)]);
        }"""
    )
    assert pixels == lab.ask("train.data[parts[1].indices[3]].flatten().tolist()")
    assert base64.b64decode(shown["picture"]).startswith(b"\x89PNG")


SETUP = """
import os, time, torch
from torch.utils.data import DataLoader, TensorDataset
from fmnist_lib import build_model, explore, get_data_loader, train_model

model = build_model()
loader = DataLoader(TensorDataset(torch.rand(20, 1, 28, 28), torch.arange(20) % 10))
"""
REPLAY = """
from fmnist_lib.recording import Recording
from fmnist_lib.widgets.timeline import replay

torch.manual_seed(0)
model, recording = build_model(), Recording()
train_model(model, get_data_loader(), torch.nn.CrossEntropyLoss(), T=1, recording=recording)
panel = replay(recording, model, get_data_loader(training=False), index=1)
panel
"""
TRAINING = """
def criterion(logits, labels):
    while not os.path.exists("go"):
        time.sleep(0.01)
    return torch.nn.functional.cross_entropy(logits, labels)

os.environ["TQDM_DISABLE"] = "0"
train_model(model, loader, criterion, T=1)
"""


@pytest.mark.proof
def test_training_leaves_no_dead_bar(run_notebook):
    """A bar shows while a model trains; saved, reopened or exported, nothing is left of it."""
    page = run_notebook("training", SETUP, TRAINING, "explore(model, loader)")
    page.get_by_text("Training:").wait_for()
    (run_notebook.work / "go").touch()
    page.locator(".fmnist-explorer").wait_for()
    command(page, "docmanager:save")
    until(lambda: "Train Epoch: 0" in (run_notebook.work / "training.ipynb").read_text())
    page.reload()
    page.locator(".fmnist-explorer").wait_for()
    for text, count in (("Train Epoch: 0", 1), ("Training:", 0), ("Error displaying", 0)):
        assert page.get_by_text(text).count() == count, text
    export = [sys.executable, "-m", "nbconvert", "--to", "html", "--stdout", "training.ipynb"]
    done = subprocess.run(export, cwd=run_notebook.work, capture_output=True, text=True, check=True)
    assert "Train Epoch: 0" in done.stdout
    assert "Training:" not in done.stdout


MACHINE = """panel => {
    const parts = [...panel.querySelectorAll("p, table, td, th, svg, img")];
    const edge = part => part.getBoundingClientRect().right;
    return {
        place: panel.querySelector(".place b").textContent,
        names: parts.map(part => part.alt ?? part.ariaLabel).filter(Boolean),
        drawn: [...panel.querySelectorAll("img")].every(i => i.complete && i.naturalWidth > 100),
        height: panel.offsetHeight, inside: parts.every(part => edge(part) <= edge(panel)),
        cut: parts.filter(part => part.scrollWidth > part.clientWidth + 1).map(p => p.textContent),
    };
}"""


@pytest.mark.proof
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_time_machine(theme, run_notebook, screenshots):
    """The keyboard goes back in time; at 900 pixels all fits and can be read."""
    page = run_notebook(f"replay-{theme}", SETUP, REPLAY)
    page.set_viewport_size({"width": 900, "height": 1000})
    command(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    light = str(theme == "Light").lower()
    page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    panel = page.locator(".fmnist-explorer")
    panel.wait_for(timeout=120_000)
    slider = panel.get_by_role("slider")
    for files in (True, False):
        if page.locator(".jp-FileBrowser").first.is_visible() != files:
            command(page, "application:toggle-left-area")
        heights = set()
        for key, place in (
            ("Home", "Before the first of 938 steps"),
            ("ArrowRight", "After step 1 of 938, in epoch 0"),
            ("End", "After step 938 of 938, in epoch 0"),
            ("ArrowLeft", "After step 512 of 938, in epoch 0"),
        ):
            slider.focus()
            page.keyboard.press(key)
            shown = arrived(lambda: panel.evaluate(MACHINE), place=place)
            assert shown["inside"]
            assert shown["cut"] == []
            heights.add(shown["height"])
            panel.evaluate("e => e.scrollIntoView({block: 'center'})")
            name = f"replay-{theme.lower()}{'-files' * files}-{key}.png"
            page.screenshot(path=screenshots / name)
        assert len(heights) == 1
    panel.get_by_role("button", name="← Previous").click()
    arrived(lambda: panel.evaluate(MACHINE), place="After step 256 of 938, in epoch 0")
    panel.get_by_role("spinbutton", name="Index").fill("12")
    page.keyboard.press("Enter")
    panel.get_by_role("img", name="Index 12: true label").wait_for()
    shown = arrived(lambda: panel.evaluate(MACHINE), place="After step 256 of 938, in epoch 0")
    names = ["Loss of the batches: 2", "Index 12: true label", "Probability"]
    names += ["After step 256 of 938, in epoch 0: the 784 weights", "Confusion table"]
    for name, expected in zip(shown["names"], names, strict=True):
        assert name.startswith(expected)
    for part in (".place b", ".place .quiet", ".verdict", "th", ".confusion td >> nth=1"):
        assert panel.locator(part).first.evaluate(CONTRAST) >= 4.5, part
    shades = panel.locator(".confusion tbody td")
    assert min(shades.nth(i).evaluate(CONTRAST) for i in range(100)) >= 4.5


PAINT = """
import torch
from torch.utils.data import DataLoader
from fmnist_lib import build_model, predict_label
from fmnist_lib.data import FashionDataset
from fmnist_lib.widgets.paint import paint

grey = torch.arange(10 * 784).reshape(10, 28, 28).remainder(251).byte()
model, loader = build_model(), DataLoader(FashionDataset(grey, torch.arange(10), "sketches"))
painted = paint(model, loader)
painted
"""
SAID = """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as text:
    predict_label(model, painted.images, 0)
"""
PAINTED = """card => {
    const all = name => [...card.querySelectorAll(name)].map(e => e.textContent);
    const data = card.querySelector("canvas").getContext("2d").getImageData(0, 0, 28, 28).data;
    return [Array.from({length: 784}, (_, i) => data[4 * i]), all(".top")[0].split("\\n"),
        all(".mark").indexOf("model"), all(".verdict")[0]];
}"""


@pytest.fixture(scope="module")
def painting(run_notebook):
    """Return a page with a canvas, its kernel, and a function that compares them."""
    page = run_notebook("paint", PAINT)
    card = page.locator(".fmnist-card.painted")
    card.wait_for()
    with closing(Kernel(run_notebook.home)) as kernel:

        def agreed():
            """Return the pixels, as soon as the page says what predict_label prints for them."""

            def look():
                pixels, *shown = card.evaluate(PAINTED)
                said = kernel.ask("[painted.image.flatten().tolist(), text.getvalue()]", SAID)
                lines = said[1].splitlines()
                best = lines[0].split(":")[0]
                label = kernel.ask(f"list(painted._names).index({best!r})")
                same = [pixels, *shown] == [said[0], lines, label, f"The model says {best}"]
                return same and [pixels]  # a list of one is true

            return until(look)[0]

        yield page, kernel, agreed


def test_strokes_are_answered_by_the_kernel(painting):
    """A fast stroke, undo and clear: canvas, kernel and bars end up with the same pixels."""
    page, _, agreed = painting
    canvas = page.get_by_role("application")
    canvas.scroll_into_view_if_needed()
    assert not any(agreed())
    first, box = (
        canvas.evaluate("e => e.closest('.fmnist-card').textContent"),
        canvas.bounding_box(),
    )
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for x, y in ((250, 40), (30, 250), (250, 250)):
        page.mouse.move(box["x"] + x, box["y"] + y, steps=40)
    page.mouse.up()
    pixels = agreed()
    assert pixels.count(255) > 150
    assert canvas.evaluate("e => e.closest('.fmnist-card').textContent") != first
    page.get_by_role("button", name="Clear").click()
    assert not any(agreed())
    page.get_by_role("button", name="Undo").click()
    assert agreed() == pixels


def test_start_from_an_image(painting):
    """The image of an index comes onto the canvas, from the page and from code; then one paints."""
    page, kernel, agreed = painting
    page.get_by_label("Index").fill("7")
    page.get_by_role("button", name="Start from this image").click()
    assert page.get_by_text("sketches, not Fashion-MNIST").is_visible()
    seven = kernel.ask("grey[7].flatten().tolist()")
    until(lambda: agreed() == seven)
    kernel.ask("0", "painted.image = grey[3]")
    assert agreed() == kernel.ask("grey[3].flatten().tolist()")
    page.get_by_role("button", name="Undo").click()
    assert agreed() == seven


def test_keys_paint_and_stay_on_the_canvas(painting):
    """Arrows and the space bar paint; no letter edits the notebook."""
    page, _, agreed = painting
    cells = page.locator(".jp-Cell").count()
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Brush").select_option("1")
    page.get_by_role("application").focus()
    for key in ("ArrowUp", "a", "d", "d", "Space"):
        page.keyboard.press(key)
    assert page.get_by_role("application").evaluate("e => e === document.activeElement")
    assert page.locator(".jp-Cell").count() == cells
    painted = [i for i, grey in enumerate(agreed()) if grey]
    assert len(painted) == 1


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_canvas_in_both_themes(theme, painting, run_notebook):
    """Its text and its controls can be read."""
    page, *_ = painting
    command(page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    light = str(theme == "Light").lower()
    page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    panel = page.locator(".fmnist-explorer")
    for part in (".place b", ".verdict", ".top", "th", "button", "select", "label"):
        assert panel.locator(part).first.evaluate(CONTRAST) >= 4.5, part
    folder = Path(os.environ.get("FMNIST_SCREENSHOTS") or run_notebook.work)
    page.screenshot(path=folder / f"paint-{theme.lower()}.png")


@pytest.mark.proof
@pytest.mark.parametrize("source", [SETUP + "explore(model, loader)", PAINT])
def test_restart_is_said(source, run_notebook):
    """Controls that have lost their kernel say so, in one sentence."""
    page = run_notebook("restart", source)
    explorer, said = (
        page.locator(".fmnist-explorer"),
        "e => getComputedStyle(e, '::before').content",
    )
    explorer.wait_for()
    assert explorer.evaluate(said) == "none"
    command(page, "notebook:restart-kernel")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    until(lambda: "run the cells again from the top" in explorer.evaluate(said))
