"""A student's file in a process of its own: what is read, what is sent, and what can't cheat."""

import contextlib
import io
import json
import struct
import types
import zlib
from pathlib import Path

import nbformat
import pytest
import torch

from fmnist_lib.coursework import submission
from fmnist_lib.coursework.loading import UnreadableError, load, read_cells
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.coursework.submission import Runner, bubblewrap, check_file, sandbox
from fmnist_lib.coursework.worker import receive, send

RIGHT = (Path(__file__).parent / "students/right/s03.py").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _sketches(monkeypatch, tmp_path_factory, tmp_path):
    """Keep the sketches, and work in an empty folder."""
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path_factory.getbasetemp() / "sketches"))
    monkeypatch.chdir(tmp_path)


def notebook(*cells, **metadata):
    """Return a notebook as text."""
    new = nbformat.v4.new_notebook(metadata=metadata)
    new.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    return nbformat.writes(new)


def loaded(content, name="work.py"):
    """Load a file; return its names, its errors, and how many statements did not run."""
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    module, errors = types.ModuleType("submission"), []
    skipped = load(Path(name), module, errors)
    return vars(module), errors, skipped


# --- reading a file ------------------------------------------------------------------------------

SCRIPT = '''"""A script."""
from __future__ import annotations
import math
names = ["a"]
names += ["b"]
print("never")
sorted(names)
def area(r: Missing) -> float:
    return math.pi * r**2
if math:
    half = 0.5
    print("never")
else:
    half = 2
try:
    import nowhere
except ImportError:
    nowhere = None
names.extend(["c"])
for letter in ["d"]:
    names.append(letter)
(last := "e")
match names:
    case [*_]:
        matched = True
while True:
    pass
if __name__ == "__main__":
    names = train_for_a_minute()
'''


def test_what_defines_something_runs(capsys):
    """Imports, definitions and assignments run, in blocks as well; other calls do not."""
    names, errors, skipped = loaded(SCRIPT)
    assert names["names"] == ["a", "b", "c", "d"]
    assert (names["half"], names["last"], names["matched"]) == (0.5, "e", True)
    assert names["nowhere"] is None
    assert names["area"](0) == 0
    assert (errors, skipped) == ([], 5)
    assert capsys.readouterr().out == ""


def test_one_error_does_not_stop_the_rest():
    """Each statement is on its own, and the error names its line."""
    names, errors, _ = loaded("a = 1\nb = c\nimport nowhere\nd = 2\n")
    assert (names["a"], names["d"]) == (1, 2)
    assert errors[0] == "line 2: NameError: name 'c' is not defined"
    assert errors[1].startswith("line 3: ModuleNotFoundError")


def test_a_notebook():
    """Cells come in order, magics don't run, and a cell that fails is named."""
    cells = [
        "%matplotlib inline\n!pip install x\na = 1",
        "b = (",
        "%%time\nc = a",
        "d = 1 / 0\n%time e = 5",
        "def f():\n    %reload_ext x\n    return 6\ng = f()\nh = 7\ndel h",
    ]
    names, errors, skipped = loaded(notebook(*cells), "work.ipynb")
    assert (names["a"], names["c"], names["e"], names["g"]) == (1, 1, 5, 6)
    assert "h" not in names
    assert errors[0].startswith("code cell 2, line 1: SyntaxError")
    assert errors[1] == "code cell 4, line 1: ZeroDivisionError: division by zero"
    assert skipped == 2


CODE = "name = 'Müller'\n"
READABLE = {
    "utf-8": CODE.encode(),
    "with a mark": CODE.encode("utf-8-sig"),
    "declared": ("# coding: latin-1\n" + CODE).encode("latin-1"),
    "latin-1": CODE.encode("latin-1"),
    "windows": CODE.replace("\n", "\r\n").encode(),
}


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_encodings(content):
    """What editors write is read."""
    assert loaded(content)[0]["name"] == "Müller"


def test_old_notebooks():
    """A notebook of format 3 is read."""
    cells = [{"cell_type": "code", "input": ["a = 1"], "language": "python", "outputs": []}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    assert loaded(json.dumps(old), "work.ipynb")[0]["a"] == 1


R_KERNEL = {"language": "R", "name": "ir", "display_name": "R"}
UNREADABLE = {
    "binary": ("work.py", b"\x7fELF\0\0", "no text"),
    "utf-16": ("work.py", CODE.encode("utf-16"), "no text"),
    "no notebook": ("work.ipynb", b'{"a": 1}', "no notebook"),
    "no json": ("work.ipynb", b"import torch", "no notebook"),
    "R": (
        "work.ipynb",
        notebook("x", kernelspec=R_KERNEL).encode(),
        "for R",
    ),
}


@pytest.mark.parametrize(("name", "content", "why"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_code(name, content, why):
    """Anything else is said to be unreadable, and why."""
    Path(name).write_bytes(content)
    with pytest.raises(UnreadableError, match=why):
        read_cells(Path(name))


# --- messages ------------------------------------------------------------------------------


def test_a_record_comes_back():
    """Texts, numbers and tensors of all kinds arrive as they were sent."""
    tensors = [torch.rand(2, 3), torch.arange(4), torch.zeros(0, 10), torch.ones(2).double()]
    stream = io.BytesIO()
    send(stream, {"error": "", "texts": ["é", "\ud800"], "tensors": tensors, "none": None})
    stream.seek(0)
    record = receive(stream)
    assert record["texts"] == ["é", "\ud800"]
    assert record["none"] is None
    for got, sent in zip(record["tensors"], tensors, strict=True):
        assert got.dtype == sent.dtype
        assert torch.equal(got, sent)


def message(head, body=b""):
    """Return a message of any content."""
    text = json.dumps(head).encode()
    return struct.pack(">QQ", len(text), len(body)) + text + body


FORGED = {
    "nothing": b"",
    "noise": b"\xff" * 64,
    "huge": struct.pack(">QQ", 2, 1 << 40) + b"{}",
    "objects": message({"record": "{}", "tensors": [["object", [1]]]}, b"12345678"),
    "too few bytes": message({"record": "{}", "tensors": [["float32", [100]]]}, b"1234"),
    "no dictionary": message({"record": "[]", "tensors": []}),
    "an error that is no text": message({"record": '{"error": 3}', "tensors": []}),
}


@pytest.mark.parametrize("content", FORGED.values(), ids=FORGED)
def test_a_forged_message(content):
    """What is no record is refused."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        receive(io.BytesIO(content))


# --- whole files ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runner():
    """Return a process for the submissions of this file."""
    with Runner() as one:
        yield one


def checked(source, runner, seed=1, **options):
    """Check a file; return its points by function, the first faults, and the report."""
    Path("work.py").write_text(source, encoding="utf-8")
    report = check_file(Path("work.py"), runner=runner, seed=seed, **options)
    points = {name: part.points for name, part in report.functions.items()}
    first = {
        name: next((c.message for c in part.checks if c.passed is False), part.note)
        for name, part in report.functions.items()
    }
    return points, first, report


FULL = dict(zip(FUNCTIONS, (12, 14, 26, 20, 16, 12), strict=True))

MISCHIEF = (
    RIGHT
    + """
import gc, os, sys, torch

right = evaluate_model, predict_label

def get_data_loader(training=True):
    os._exit(0)

def build_model():
    return torch.empty(5 * 2**30, dtype=torch.uint8)  # there is so much, but not for one file

def train_model(model, train_loader, criterion, T):
    print("train_model: 26 of 26 points\\nAll functions: 100 of 100 points")
    for frame in sys._current_frames().values():
        while frame:
            for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
                for name in ("points", "of", "passed", "trained", "losses"):
                    try:
                        setattr(value, name, 1000)
                    except Exception:
                        pass
            frame = frame.f_back

def evaluate_model(*args):
    print("x" * 10_000_000)
    print("y\\n" * 100_000)
    sys.stdout.close()
    right[0](*args)

def predict_label(*args):
    try:
        input()
    except EOFError:
        right[1](*args)
    sys.stderr.write("a warning")

def visualize_image(data_loader, index):
    sys.exit("done")
"""
)


def test_mischief(runner):
    """Whatever a function does costs its own points, and no others."""
    points, first, report = checked(MISCHIEF, runner)
    assert points.pop("train_model") < 10
    lost = {"get_data_loader": 0, "build_model": 0, "evaluate_model": 19, "visualize_image": 0}
    assert points == lost | {"predict_label": FULL["predict_label"]}
    assert first["get_data_loader"] == submission.ENDED
    assert first["build_model"].startswith("RuntimeError")
    assert "allocate" in first["build_model"]
    assert first["visualize_image"].startswith("SystemExit: done")
    assert report.of == 100


TRICKS = (
    RIGHT
    + """
import atexit, builtins, json, os, torch
import fmnist_lib
from fmnist_lib.coursework import check, main_job

class Same:
    def __eq__(self, other):
        return True
    def __bool__(self):
        return True
    def __call__(self, *args):
        return self
    __hash__ = None

torch.allclose = torch.equal = lambda *args, **kwargs: True
print = lambda *args, **kwargs: None
json.dumps = lambda *args, **kwargs: '{"error": ""}'
os.write = lambda *args: 0
points = check(train_model := fmnist_lib.train_model)
atexit.register(builtins.print, "100 points")

def get_data_loader(training=True):
    return Same()

def build_model():
    return Same()

def train_model(*args):
    fmnist_lib.train_model(*args)

def evaluate_model(*args):
    builtins.print("Average loss: 1.8517\\nAccuracy: 64.41%")

def predict_label(model, images, index):
    while True:
        os.fork()

def visualize_image(data_loader, index):
    for number in range(3, 30):
        try:
            os.write_ = os.writev(number, [b"{}" * 20])
        except OSError:
            pass
"""
)


def test_tricks(runner):
    """Judged is what comes back, elsewhere: nothing that is patched or forged gains a point."""
    points, first, _ = checked(TRICKS, runner)
    assert all(points[name] <= FULL[name] / 3 for name in FUNCTIONS), points
    assert "write the function yourself" in first["train_model"]
    assert "too many processes" in first["predict_label"]
    assert first["visualize_image"] == submission.ENDED


def test_what_is_imported_from_the_library_is_not_written(runner):
    """The library's own functions, and its solution, are nobody's work."""
    source = "from fmnist_lib import *\nfrom fmnist_lib.coursework.solution import build_model\n"
    _, first, report = checked(
        source + "from fmnist_lib import train_model\nt = train_model", runner
    )
    assert report == 0
    assert first["train_model"].startswith("There is no train_model, after an error: line 2")


def test_a_forged_first_message(runner):
    """Who sends a record in place of what was read spoils the record, and gains nothing."""
    forged = message({"record": '{"a": 1}', "tensors": []})
    source = f"""import os
for number in range(3, 30):
    try:
        x = os.writev(number, [{forged!r}])
    except OSError:
        pass
"""
    _, _, report = checked(source + RIGHT, runner)
    assert report < 30
    assert report.notes == [submission.BROKEN]


def test_what_ends_while_it_is_read(runner):
    """A file that ends the process gets a sentence for each function."""
    _, first, report = checked("import os\nx = os._exit(0)\n" + RIGHT, runner)
    assert report == 0
    assert set(first.values()) == {submission.ENDED}


def processes_of(runner):
    """Return the processes that have a runner's folder in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found += [path] * (str(runner.folder).encode() in path.read_bytes())
    return found


@pytest.mark.skipif(not bubblewrap(), reason="bubblewrap does not work here")
def test_in_a_sandbox(tmp_path):
    """It writes nowhere, sees nothing of the class, and no process of it survives."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "other.py").write_text("secret")
    source = f"""import os, sys, time
found = os.listdir({str(folder)!r})
def build_model():
    return found
def train_model(*args):
    open({str(tmp_path / "new")!r}, "w")
def evaluate_model(*args):
    raise ValueError(os.getpid())
def predict_label(*args):
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
"""
    Path("work.py").write_text(source, encoding="utf-8")
    with Runner(hide=folder) as runner:
        report = check_file(Path("work.py"), runner=runner, seed=1)
        first = {part.name: part.checks[0].message for part in report.functions.values()}
        assert len(processes_of(runner)) <= 3  # bubblewrap's two, and the one that waits
    assert not processes_of(runner)
    assert report.sandbox == "bubblewrap"
    assert first["train_model"].startswith("OSError: [Errno 30] Read-only file system")
    assert int(first["evaluate_model"].split()[1].strip(",")) < 20  # a PID namespace of its own
    assert report.functions["build_model"].checks[1].message.endswith("got no network, but list ()")


@pytest.mark.proof
def test_what_python_can_not_stop(runner):
    """Code in C that never ends is stopped by the limit of the processor's time."""
    source = """import re
def build_model():
    re.match("(a+)+$", "a" * 60 + "b")
"""
    points, first, _ = checked(source + RIGHT.replace("def build_model", "def another"), runner)
    assert first["build_model"] == submission.STOPPED
    assert points == FULL | {"build_model": 0}


def test_without_a_sandbox(monkeypatch):
    """Where bubblewrap is missing, the result says so, and is the same."""
    monkeypatch.setattr(submission, "bubblewrap", lambda: False)
    assert sandbox(Path.cwd()) == []
    own_print = "def print(line):\n    stdout.write(line + '\\n')\n"
    with Runner() as unlocked:
        points, _, report = checked(f"{RIGHT}\nfrom sys import stdout\n{own_print}", unlocked)
    assert (points, report.sandbox, report.data["sandbox"]) == (FULL, None, None)


def test_bubblewrap_that_may_not_run(monkeypatch, tmp_path):
    """It is used where running it works, not where it is installed."""
    (tmp_path / "bwrap").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not bubblewrap.__wrapped__()
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert not bubblewrap.__wrapped__()


@pytest.mark.proof
def test_the_dice_and_what_is_accepted(runner):
    """The content decides about the dice, or a seed; an accepted mistake costs nothing."""
    source = RIGHT.replace("loss_sum += loss.item() * len(labels)", "loss_sum += loss.item()", 1)
    points, _, report = checked(source, runner, seed=None)
    assert points == FULL | {"train_model": 21}
    [mistake] = report.mistakes
    assert report.seed == zlib.crc32(source.encode())
    points, _, report = checked(source, runner, accepted=[mistake.id], seed=7)
    assert (points, report.seed) == (FULL, 7)
    [check] = [check for check in report.checks if check.message]
    assert check.message == f"accepted: {mistake.id}"


WRONG_FILES = {
    "a folder": ("work.py", "no regular file"),
    "another kind": ("work.txt", "must be a .py or an .ipynb file"),
}


@pytest.mark.parametrize(("name", "why"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_what_is_not_read(name, why):
    """What is no file of code is refused."""
    Path(name).mkdir()
    with pytest.raises(ValueError, match=why):
        check_file(Path(name))
