"""Lesson 6 in a real JupyterLab, and a network's page, in Firefox, over plain WebDriver BiDi.

Firefox of Debian is driven by neither Selenium nor Playwright; the protocol is at
https://www.w3.org/TR/webdriver-bidi/.
"""

import json
import re
import subprocess
from contextlib import closing, contextmanager
from functools import partial

import pytest
import torch
from browsers import ERROR, LESSON, SHOWN, Kernel, arrived, find, require, running_lab, until
from test_page_browser import ALL, learned
from test_page_browser import SHOWN as PAGE

from fmnist_lib import build_model
from fmnist_lib.prediction import compute_logits
from fmnist_lib.widgets.page import export_page

FIREFOX = find("firefox-esr", "firefox")
OFFLINE = """
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
"""
KEYS = {"←": "\ue012", "→": "\ue014", "End": "\ue010", "Home": "\ue011", "Enter": "\ue007"}
EXPLORER = "document.querySelector('.fmnist-explorer')"


class Firefox:
    """A tab of Firefox."""

    def __init__(self, address):
        import websocket

        self.socket = websocket.create_connection(f"{address}/session", suppress_origin=True)
        self.number = 0
        self.call("session.new", capabilities={})
        self.tab = self.call("browsingContext.create", type="tab")["context"]
        self.call("browsingContext.activate", context=self.tab)

    def call(self, method, **parameters):
        """Send a command and return its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while (reply := json.loads(self.socket.recv())).get("id") != self.number:
            pass  # an event
        assert reply["type"] == "success", reply
        return reply["result"]

    def open(self, address):
        """Load a page."""
        self.call("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def evaluate(self, expression):
        """Return the value of a JavaScript expression."""
        result = self.call(
            "script.evaluate",
            expression=f"JSON.stringify({expression} ?? null)",
            target={"context": self.tab},
            awaitPromise=False,
        )
        assert result["type"] == "success", result
        return json.loads(result["result"]["value"])

    def press(self, *keys):
        """Press keys, at the element that has the focus."""
        kinds = [(kind, KEYS.get(key, key)) for key in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": kind, "value": value} for kind, value in kinds]
        keyboard = {"type": "key", "id": "keyboard", "actions": actions}
        self.call("input.performActions", context=self.tab, actions=[keyboard])


@contextmanager
def running_firefox(profile):
    """Run a Firefox that reaches this machine alone, until the end of the block."""
    (profile / "user.js").write_text(OFFLINE)
    command = [FIREFOX, "--headless", "--no-remote", "--remote-debugging-port=0"]
    command += ["--profile", str(profile)]
    with (
        open(log := profile / "log", "w") as file,
        subprocess.Popen(command, stdout=file, stderr=file) as process,
    ):
        try:
            address = until(lambda: re.search(r"ws://[\d.:]+(?=\n)", log.read_text()), seconds=60)
            firefox = Firefox(address[0])
            yield firefox
            firefox.socket.close()
        finally:
            process.terminate()


@pytest.mark.proof
def test_lesson_in_firefox(tmp_path):
    """All cells run without an error; keys and buttons move the slider, and all parts agree."""
    require("firefox", FIREFOX, "jupyterlab", "websocket")
    home, work, profile = (tmp_path / name for name in ("home", "work", "profile"))
    for folder in (home, work, profile):
        folder.mkdir()
    with running_lab(home, work) as address_of, running_firefox(profile) as firefox:
        firefox.open(address_of("lesson", after=LESSON))
        until(lambda: firefox.evaluate("/ \\| Idle/.test(document.body.innerText)"), seconds=60)
        firefox.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
        ready = f"document.querySelector(`.fmnist-explorer, {ERROR}`) !== null"
        until(lambda: firefox.evaluate(ready), seconds=180)
        with closing(Kernel(home)) as kernel:
            kernel.ask("None")  # all cells have run
            slider, back, on = "[role=slider]", "button:nth-of-type(1)", "button:nth-of-type(2)"
            for part, keys, index in (
                (slider, ["Home"], 0),
                (slider, ["→", "→", "→"], 3),
                (slider, ["End", "←", "a", "m"], 5998),
                (back, ["Enter"], 5997),
                (on, [" ", "Enter"], 5999),
            ):
                firefox.evaluate(f"{EXPLORER}.querySelector('{part}').focus()")
                firefox.press(*keys)
                look = partial(firefox.evaluate, f"({SHOWN})({EXPLORER})")
                kernel.agrees(arrived(look, index=index, slider=index, overflow=0))
        assert firefox.evaluate("document.querySelectorAll('.jp-Cell').length") == len(LESSON)
        assert firefox.evaluate(f"document.querySelectorAll(`{ERROR}`).length") == 0


@pytest.mark.proof
def test_page_in_firefox(loader, tmp_path):
    """The page gives PyTorch's answers; the space bar and the arrows paint."""
    require("firefox", FIREFOX, "websocket")
    (profile := tmp_path / "profile").mkdir()
    model = learned(build_model(), loader)
    path = export_page(model, loader, tmp_path / "page.html")
    with running_firefox(profile) as firefox:
        firefox.open(path.as_uri())
        until(lambda: firefox.evaluate("/Only mistakes \\(/.test(document.body.innerText)"))
        said = torch.tensor([shares for _, shares in firefox.evaluate(f"({ALL})()")])
        shares = compute_logits(model, loader.dataset.images).softmax(dim=1)
        assert (said - shares).abs().max() <= 0.002
        firefox.evaluate("document.querySelector('.board canvas').focus()")
        before = firefox.evaluate(f"({PAGE})()")
        firefox.press("→", " ", "→")
        after = firefox.evaluate(f"({PAGE})()")
        assert sum(map(bool, before["painted"])) == 0
        assert sum(map(bool, after["painted"])) > 5
        assert after["shares"][1] != before["shares"][1]
