"""Lesson 5 in a real JupyterLab, in a real browser, with the keyboard and the mouse.

JupyterLab listens on this machine only, and uses no setting or folder of the user's. What the
page shows is compared with what `predict_label` and `visualize_image` say in the same kernel, for
the same index. Screenshots go into the folder named by FMNIST_SCREENSHOTS, or a temporary one.

Without Playwright or Chromium the tests are skipped, unless FMNIST_REQUIRE_BROWSER is 1.
"""

import base64
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

LESSON = Path(__file__).parent.parent / "notebooks" / "05_exploring_predictions.ipynb"
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("FMNIST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
FOLDER = os.environ.get("FMNIST_DATA")
DATA = {"FMNIST_DATA": os.path.abspath(FOLDER)} if FOLDER else {"FMNIST_SOURCE": "sketches"}
ERROR = "[data-mime-type='application/vnd.jupyter.stderr']"  # errors and stderr are drawn so
SETTINGS = {"notification": {"fetchNews": "false", "checkForUpdates": False}}

ASK = """
import base64, json
lines = printed(predict_label, model, test_loader, {index})
lines += printed(visualize_image, test_loader, {index})
with open("image.png", "rb") as file:
    lines.append(base64.b64encode(file.read()).decode())
"""
SHOWN = """explorer => {
    const text = name => explorer.querySelector(name)?.textContent ?? null;
    const image = explorer.querySelector("img");
    return {
        place: text(".place b"), caption: text(".picture + p"), verdict: text(".verdict"),
        truth: text(".truth"), top: text(".top")?.split("\\n"), alt: image?.alt,
        picture: image?.src.split(",")[1], drawn: image?.complete && image.naturalWidth === 280,
        slider: Number(explorer.querySelector("[role=slider]").ariaValueNow),
        field: Number(explorer.querySelector("input[type=number]").value),
        width: explorer.clientWidth, height: explorer.offsetHeight,
        overflow: explorer.scrollWidth - explorer.clientWidth,
    };
}"""
CONTRAST = """element => {
    const light = text => text.match(/[\\d.]+/g).slice(0, 3)
        .map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    let below = element;
    while (/, 0\\)|transparent/.test(getComputedStyle(below).backgroundColor))
        below = below.parentElement;
    const [a, b] = [getComputedStyle(element).color, getComputedStyle(below).backgroundColor]
        .map(light).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
}"""


def until(condition, seconds=20.0):
    """Return the first true value of `condition()`, or fail after some seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not true after {seconds} s: {condition}"
        time.sleep(0.02)
    return value


@contextmanager
def running_server(home, work):
    """Run a JupyterLab on a free port of this machine: its address and token, until it stops."""
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    for name, values in SETTINGS.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values))
    folders = {
        "FMNIST_CACHE": "cache",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
    }
    own = {name: str(home / folder) for name, folder in folders.items()}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--expose-app-in-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
    with (
        open(home / "jupyterlab.log", "wb") as log,
        subprocess.Popen(
            command,
            cwd=work,
            env=os.environ | DATA | own | {"TQDM_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            [path] = until(
                lambda: (
                    process.poll() is not None or list((home / "runtime").glob("jpserver-*.json"))
                ),
                seconds=60,
            )
            yield json.loads(path.read_text())
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Lab:
    """The page with the lesson, all of whose cells have run, and its kernel."""

    def __init__(self, page, kernel, screenshots):
        self.page, self.kernel, self.screenshots = page, kernel, screenshots
        self.all = page.locator(".fmnist-explorer")
        self.explorer = self.all.first

    def control(self, role, name):
        return self.explorer.get_by_role(role, name=name, exact=True)

    @property
    def slider(self):
        return self.explorer.get_by_role("slider")

    def shown(self, number=0):
        """Return what an explorer shows at this moment."""
        return self.all.nth(number).evaluate(SHOWN)

    def arrived(self, index=None, place=None):
        """Return what is shown as soon as it is this index, or this place."""

        def look():
            shown = self.shown()
            right = shown["caption"] and shown["caption"].split()[1] == str(index)
            return shown if right or (place and shown["place"] == place) else None

        return until(look)

    def go_to(self, index):
        self.control("spinbutton", "Index").fill(str(index))
        self.control("spinbutton", "Index").press("Enter")
        return self.arrived(index)

    def choose(self, **choices):
        """Set the filter, all images in their order unless said otherwise."""
        choices = {"Show": "all images", "True label": "any", "Order": "by index"} | choices
        for name, choice in choices.items():
            self.control("combobox", name).select_option(choice)
        self.settle()

    def settle(self):
        """Wait until the kernel has answered all that the page has sent."""
        self.ask("None")
        self.page.wait_for_timeout(50)

    def ask(self, expression, before=""):
        """Return the value of an expression in the kernel."""
        code = {"value": f"__import__('json').dumps({expression})"}
        reply = self.kernel.execute(before, user_expressions=code, reply=True, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        value = reply["content"]["user_expressions"]["value"]["data"]["text/plain"]
        return json.loads(eval(value))

    def agrees(self, shown):
        """Check that all parts of the page say what the library says for the same index."""
        index = int(shown["caption"].split()[1])
        *top, truth, picture = self.ask("lines", ASK.format(index=index))
        assert shown["top"] == top
        assert shown["truth"] == truth
        assert shown["picture"] == picture
        assert shown["field"] == index
        name = truth.removeprefix("Ground Truth Label: ")
        assert shown["alt"].startswith(f"Index {index}: true label {name}, the model says {top[0]}")
        said = top[0].split(":")[0]
        wrong = f"✗ wrong: the model says {said}"
        assert shown["verdict"] == ("✓ right" if said == name else wrong)
        assert shown["drawn"]
        return index

    def screenshot(self, name):
        """Keep the whole page as a picture."""
        self.page.screenshot(path=self.screenshots / f"{name}.png")

    def picture(self, name):
        """Keep the explorer as a picture, with a margin and without a focus."""
        self.page.evaluate("document.activeElement.blur()")
        self.page.mouse.move(1, 1)
        self.explorer.evaluate("e => e.scrollIntoView({block: 'center'})")
        box = {side: round(value) for side, value in self.explorer.bounding_box().items()}
        box |= {"x": box["x"] - 8, "y": box["y"] - 4}
        box |= {"width": box["width"] + 16, "height": box["height"] + 10}
        self.page.screenshot(path=self.screenshots / f"{name}.png", clip=box)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Return the lesson in a browser, with all cells run, and a second explorer at its end."""
    reason = ""
    if not CHROMIUM:
        reason = f"no browser: none of {', '.join(NAMES)} is installed, FMNIST_CHROMIUM names none"
    for package in ("playwright", "jupyterlab"):
        if importlib.util.find_spec(package) is None:
            reason = f"the package {package} is not installed"
    if reason and os.environ.get("FMNIST_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)

    from jupyter_client import BlockingKernelClient
    from playwright.sync_api import sync_playwright

    home, work = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work")
    screenshots = Path(os.environ.get("FMNIST_SCREENSHOTS") or home / "screenshots").absolute()
    screenshots.mkdir(parents=True, exist_ok=True)
    lesson = json.loads(LESSON.read_text(encoding="utf-8"))
    for cell in lesson["cells"]:
        if cell["cell_type"] == "code":  # an output on the page is one of this run
            cell["outputs"], cell["execution_count"] = [], None
    explorer = next(cell for cell in lesson["cells"] if cell["id"] == "explorer")
    second = "second = explore(model, test_loader)\nsecond"
    lesson["cells"].append(explorer | {"id": "second", "source": second})
    (work / "lesson.ipynb").write_text(json.dumps(lesson), encoding="utf-8")

    with running_server(home, work) as info, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(30_000)
        page.goto(f"{info['url']}lab/tree/lesson.ipynb?token={info['token']}&reset")
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        command(page, "application:toggle-left-area")
        command(page, "notebook:run-all-cells")
        last, error = page.locator(".fmnist-explorer").nth(1), page.locator(ERROR).first
        last.or_(error).first.wait_for(state="attached", timeout=180_000)
        assert error.count() == 0, error.text_content()
        [connection] = (home / "runtime").glob("kernel-*.json")
        kernel = BlockingKernelClient(connection_file=str(connection))
        kernel.load_connection_file()
        kernel.start_channels()
        kernel.wait_for_ready(timeout=60)
        yield Lab(page, kernel, screenshots)
        kernel.stop_channels()
        browser.close()


def command(page, name, **arguments):
    """Run a command of JupyterLab, as its menus do."""
    page.evaluate("([name, args]) => jupyterapp.commands.execute(name, args)", [name, arguments])


@pytest.fixture(autouse=True)
def _first_image(lab):
    """Begin each test at index 0 of all images, on a wide page in the light theme."""
    lab.page.set_viewport_size({"width": 1280, "height": 900})
    lab.explorer.scroll_into_view_if_needed()
    lab.choose()
    lab.go_to(0)


def test_lesson_runs_without_errors(lab):
    """All cells ran in the browser's own session: no error, nothing on stderr."""
    lab.settle()
    assert lab.page.locator(ERROR).count() == 0
    assert lab.all.count() == 2
    lab.agrees(lab.shown())


def test_keyboard_moves_the_slider(lab):
    """Arrows, Home and End move the slider; all parts of the page follow and agree."""
    lab.slider.focus()
    for key, index in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 9999)):
        lab.page.keyboard.press(key)
        shown = lab.arrived(index)
        assert lab.agrees(shown) == shown["slider"] == index
    lab.page.keyboard.press("PageDown")
    lab.settle()
    assert lab.agrees(lab.shown()) < 9999
    lab.page.keyboard.press("Home")
    assert lab.agrees(lab.arrived(0)) == 0


def test_keys_in_a_burst(lab):
    """However fast the keys come, the last one counts."""
    lab.slider.focus()
    for _ in range(40):
        lab.page.keyboard.press("ArrowRight")
    assert lab.agrees(lab.arrived(40)) == 40


def test_mouse_drags_the_slider(lab):
    """A fast drag shows whole images of one height on the way, and ends where the mouse ends."""
    lab.explorer.evaluate(
        """explorer => {
            window.frames_seen = [];
            const look = () => {
                const image = explorer.querySelector("img");
                frames_seen.push([explorer.offsetHeight, image?.complete && image.naturalWidth]);
                window.watching = requestAnimationFrame(look);
            };
            look();
        }"""
    )
    box, track = lab.slider.bounding_box(), lab.explorer.locator(".noUi-target").bounding_box()
    mouse = lab.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    for x, steps in ((0.9, 30), (0.2, 20), (0.6, 40)):
        mouse.move(track["x"] + x * track["width"], box["y"], steps=steps)
    mouse.up()
    lab.settle()
    shown = until(lambda: (s := lab.shown())["slider"] == s["field"] and s)
    assert 5500 < lab.agrees(shown) == shown["slider"] < 6500
    seen = lab.page.evaluate("cancelAnimationFrame(watching); frames_seen")
    assert len(seen) > 10
    assert {tuple(frame) for frame in seen} == {(shown["height"], 280)}


def test_number_field(lab):
    """A number typed into the field moves the slider, and a number too large goes to the end."""
    shown = lab.go_to(4217)
    assert lab.agrees(shown) == shown["slider"] == 4217
    lab.control("spinbutton", "Index").fill("123456")
    lab.control("spinbutton", "Index").press("Enter")
    assert lab.agrees(lab.arrived(9999)) == 9999


def test_mistakes_and_steps(lab):
    """The filter passes the mistakes; next and previous step through them."""
    mistakes = lab.ask("(~result.correct).nonzero().flatten().tolist()")
    count = f"{len(mistakes):,}"
    lab.choose(Show="only mistakes")
    for name, number in (("Next →", 2), ("Next →", 3), ("← Previous", 2), ("← Previous", 1)):
        lab.control("button", name).click()
        shown = lab.arrived(place=f"Image {number} of {count} mistakes")
        assert lab.agrees(shown) == mistakes[number - 1]
        assert shown["verdict"].startswith("✗ wrong")
    lab.slider.focus()
    lab.page.keyboard.press("End")
    assert lab.agrees(lab.arrived(mistakes[-1])) == mistakes[-1]


def test_filter_stays_near_the_image(lab):
    """With fewer images the slider becomes shorter; the image stays, or the next one comes."""
    lab.go_to(5000)
    mistakes = lab.ask("(~result.correct).nonzero().flatten().tolist()")
    lab.choose(Show="only mistakes")
    expected = next(index for index in mistakes if index >= 5000)
    assert lab.agrees(lab.shown()) == expected
    assert lab.shown()["slider"] == mistakes.index(expected)
    lab.choose()
    assert lab.agrees(lab.shown()) == lab.shown()["slider"] == expected


def test_one_class_by_certainty(lab):
    """One class in the order of certainty, and a random step in it."""
    lab.choose(**{"True label": "Shirt", "Show": "only mistakes", "Order": "most certain first"})
    place = lab.shown()["place"]
    assert re.fullmatch(r"Image 1 of [\d,]+ mistakes with the label Shirt", place)
    first = lab.agrees(lab.shown())
    lab.control("button", "Random").click()
    lab.settle()
    assert lab.agrees(lab.shown()) != first
    assert lab.shown()["truth"] == "Ground Truth Label: Shirt"
    coats = "(result.labels == 6) * (result.predictions == 4)"
    surest = lab.ask(f"({coats} * result.probabilities.amax(dim=1)).argmax().item()")
    shown = lab.go_to(surest)
    assert lab.agrees(shown) == surest
    assert shown["verdict"] == "✗ wrong: the model says Coat"
    lab.picture("explorer")


def test_keyboard_alone_reaches_everything(lab):
    """Tab goes through all controls in the order in which one reads them; Enter presses."""
    lab.control("combobox", "Show").focus()
    reached = []
    for _ in range(8):
        reached.append(
            lab.page.evaluate(
                """() => {
                    const e = document.activeElement;
                    return e.labels?.[0]?.textContent || e.textContent || e.role;
                }"""
            )
        )
        assert lab.page.evaluate("document.activeElement.matches(':focus-visible')")
        lab.page.keyboard.press("Tab")
    for part, expected in enumerate(("Show", "True label", "Order", "slider", "Index")):
        assert reached[part].startswith(expected)
    assert reached[5:] == ["← Previous", "Next →", "Random"]
    lab.control("button", "Next →").focus()
    lab.page.keyboard.press("Enter")
    lab.page.keyboard.press("Space")
    assert lab.agrees(lab.arrived(2)) == 2
    lab.control("combobox", "Show").focus()
    for key in ("Space", "ArrowDown", "Enter"):  # opened first, or the notebook takes the arrow
        lab.page.keyboard.press(key)
    until(lambda: "mistakes" in lab.shown()["place"])


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
    ):
        assert lab.explorer.get_by_role(role, name=name).count() == 1
    # ipywidgets gives the slider a role and values, but no name; the field does the same with one
    assert lab.slider.get_attribute("aria-valuetext") == "0"
    assert lab.slider.get_attribute("aria-valuemax") == "9999.0"
    assert lab.control("img", lab.shown()["alt"]).count() == 1
    assert lab.explorer.get_by_role("group", name="Image 1 of 10,000 images").count() == 1


def test_two_explorers(lab):
    """What one explorer does leaves the other one as it is."""
    before = lab.shown(1)
    lab.choose(Show="only mistakes")
    lab.control("button", "Next →").click()
    lab.settle()
    assert lab.shown(1) == before
    assert before["place"] == "Image 1 of 10,000 images"


@pytest.mark.parametrize("width", [1280, 900])
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_themes_and_widths(width, theme, lab):
    """It fits, keeps its height from image to image, and can be read in both themes."""
    lab.page.set_viewport_size({"width": width, "height": 900})
    command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    light = str(theme == "Light").lower()
    lab.page.locator(f"body[data-jp-theme-light={light}]").wait_for(state="attached")
    lab.explorer.scroll_into_view_if_needed()
    heights = set()
    for index in (0, 1, 12, 9999):
        shown = lab.go_to(index)
        heights.add(shown["height"])
        assert shown["overflow"] <= 0
        assert 500 < shown["width"] <= 760
    lab.choose(Show="only mistakes")
    shown = lab.shown()
    assert heights == {shown["height"]}
    clipped = "e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1"
    for part in (".fmnist-card", ".place", ".verdict", ".truth", ".top"):
        assert not lab.explorer.locator(part).first.evaluate(clipped), part
    for part in (".place b", ".quiet >> nth=1", ".verdict", ".truth", ".top", "th >> nth=0"):
        assert lab.explorer.locator(part).first.evaluate(CONTRAST) >= 4.5, part
    page_width = lab.page.evaluate("document.documentElement.scrollWidth")
    assert page_width <= width
    lab.screenshot(f"{theme.lower()}-{width}")
    lab.picture(f"{theme.lower()}-{width}-explorer")


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
    assert pixels == lab.ask("test_loader.dataset.data[3].flatten().tolist()")
    assert base64.b64decode(shown["picture"]).startswith(b"\x89PNG")
