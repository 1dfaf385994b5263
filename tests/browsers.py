"""Shared by the tests in browsers: a JupyterLab, the lesson to open in it, and its kernel.

JupyterLab listens on this machine only, and uses no setting or folder of the user's. Where a
browser or a package is missing the tests are skipped, unless FMNIST_REQUIRE_BROWSER is 1.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LESSON = nbformat.read(NOTEBOOKS / "06_exploring.ipynb", as_version=4).cells
METADATA = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
FOLDER = os.environ.get("FMNIST_DATA")
DATA = {"FMNIST_DATA": os.path.abspath(FOLDER)} if FOLDER else {"FMNIST_SOURCE": "sketches"}
ERROR = "[data-mime-type='application/vnd.jupyter.stderr']"  # errors and stderr are drawn so
SHOWN = """explorer => {
    const text = name => explorer.querySelector(name)?.textContent ?? null;
    const image = explorer.querySelector("img");
    return {
        place: text(".place b"), index: Number(text(".picture + p")?.split(" ")[1]),
        verdict: text(".verdict"), truth: text(".truth"), top: text(".top")?.split("\\n"),
        alt: image?.alt, picture: image?.src.split(",")[1],
        drawn: image?.complete && image.naturalWidth === 280,
        slider: Number(explorer.querySelector("[role=slider]").ariaValueNow),
        field: Number(explorer.querySelector("input[type=number]").value),
        bar: explorer.querySelector(".bar div")?.clientWidth,
        width: explorer.clientWidth, height: explorer.offsetHeight,
        overflow: explorer.scrollWidth - explorer.clientWidth,
    };
}"""
PRINTED = """
import base64, contextlib, io
from fmnist_lib import predict_label, visualize_image
with contextlib.redirect_stdout(io.StringIO()) as text:
    predict_label(model, validation_loader, {index})
    visualize_image(validation_loader, {index})
with open("image.png", "rb") as file:
    picture = base64.b64encode(file.read()).decode()
"""


def find(*names):
    """Return the path of the first of these programs that is installed; None if none is."""
    return next(filter(None, map(shutil.which, names)), None)


def require(browser, path, *packages):
    """Skip the test where the browser or a package is missing, or fail it."""
    missing = [name for name in packages if not find_spec(name)]
    missing += [] if path else [browser]
    if missing:
        fail = os.environ.get("FMNIST_REQUIRE_BROWSER") == "1"
        (pytest.fail if fail else pytest.skip)(f"not installed: {', '.join(missing)}")


def until(condition, seconds=20.0):
    """Return the first true value of `condition()`, or fail after some seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not true after {seconds} s: {condition}"
        time.sleep(0.02)
    return value


def arrived(look, **expected):
    """Return what `look` gives as soon as the picture is drawn and all is as expected."""

    def ready():
        shown = look()
        return shown if expected.items() | {("drawn", True)} <= shown.items() else None

    return until(ready)


CHROMIUM = os.environ.get("FMNIST_CHROMIUM") or find(
    *("chromium", "chromium-browser", "google-chrome")
)


@contextmanager
def running_lab(home, work):
    """Run a JupyterLab on a free port until the end of the block.

    It gives a function that writes a notebook of code cells, after those of a lesson, none of
    which has run, and returns the address of a page that opens it.
    """
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    silent = '{"fetchNews": "false", "checkForUpdates": false}'
    (settings / "notification.jupyterlab-settings").write_text(silent)
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
            files = (home / "runtime").glob
            until(lambda: any(f.stat().st_size for f in files("jpserver-*.json")), seconds=60)
            info = json.loads(next(files("jpserver-*.json")).read_text())

            def address_of(name, *sources, after=()):
                cells = [*after, *map(nbformat.v4.new_code_cell, sources)]
                for cell in cells:
                    if cell.cell_type == "code":  # an output on the page is one of this run
                        cell.outputs, cell.execution_count = [], None
                notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
                nbformat.write(notebook, work / f"{name}.ipynb")
                page = f"lab/workspaces/{name}/tree/{name}.ipynb"
                return f"{info['url']}{page}?token={info['token']}"

            yield address_of
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


class Kernel:
    """The kernel that started last, asked beside the page."""

    def __init__(self, home):
        from jupyter_client import BlockingKernelClient

        files = (home / "runtime").glob("kernel-*.json")
        connection = max(files, key=lambda file: file.stat().st_mtime)
        self.client = BlockingKernelClient(connection_file=str(connection))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def close(self):
        self.client.stop_channels()

    def ask(self, expression, before=""):
        """Return the value of an expression; all that the page has sent is done by then."""
        code = {"value": f"__import__('json').dumps({expression})"}
        reply = self.client.execute(before, user_expressions=code, reply=True, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        value = reply["content"]["user_expressions"]["value"]["data"]["text/plain"]
        return json.loads(eval(value))

    def agrees(self, shown):
        """Check that all parts of the page say what the library says; return the index."""
        index = shown["index"]
        printed = self.ask("[*text.getvalue().splitlines(), picture]", PRINTED.format(index=index))
        *top, truth, picture = printed
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
