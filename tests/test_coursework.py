"""The check of a student's functions: right ones, wrong ones, and whatever else they do."""

import contextlib
import io
import os
import random
import sys
import threading
import types
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers import run_python

from fmnist_lib.coursework import check, reading, sandbox, solution, trials, versions
from fmnist_lib.coursework.compare import compare, same
from fmnist_lib.coursework.made import World, make_pictures, stand_in
from fmnist_lib.coursework.mistakes import BOTH, FUNCTIONS, MISTAKES, STEP, build, mistakes_in
from fmnist_lib.coursework.quantities import what_is_shown
from fmnist_lib.coursework.report import WORDS, show
from fmnist_lib.coursework.rubric import RUBRIC
from fmnist_lib.coursework.trials import bytes_of
from fmnist_lib.coursework.versions import alike, versions_for

STUDENTS = Path(__file__).parent / "students"
RIGHT = sorted(STUDENTS.glob("right/*.py"))
WRONG = sorted(STUDENTS.glob("wrong/*.py"))


@pytest.fixture(autouse=True)
def _sketches(monkeypatch, tmp_path_factory, tmp_path):
    """Keep the sketches, and work in an empty folder."""
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path_factory.getbasetemp() / "sketches"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def quick(monkeypatch):
    """Give a student's code half a second."""
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 0.5)
    monkeypatch.setattr(sandbox, "WAITING_SECONDS", 0.5)


def student(path):
    """Return a student's file as a module; its datasets are small."""
    module = types.ModuleType("student")
    with stand_in(World(0).pictures):
        exec(compile(path.read_text(encoding="utf-8"), path, "exec"), vars(module))
    return module


def header(path, word):
    """Return the parts of the comments at the top of a student's file that begin with a word."""
    lines = path.read_text(encoding="utf-8").splitlines()[:4]
    return [line.removeprefix(word).strip() for line in lines if line.startswith(word)]


def function(source, **names):
    """Return the one function that a text defines."""
    names |= {"torch": torch}
    before = set(names)
    exec(source, names)
    return names[(set(names) - before - {"__builtins__"}).pop()]


def faults(report):
    """Return what is not right, by function and quantity."""
    return {
        (name, one.quantity)
        for name, part in report.functions.items()
        for one in part.checks
        if not one.passed
    }


def found(report):
    """Return the mistakes named, by function."""
    return {(name, d.id) for name, part in report.functions.items() for d in part.mistakes}


def tried(work, **options):
    """Check with the same dice each time, which saves most of the time."""
    return check(work, seed=1, **options)


# --- right ones ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_right_solution(seed, capfd):
    """The right solution has all points, whatever the dice; nothing goes to standard error."""
    report = check(solution, seed=seed)
    assert (report, report.of, faults(report)) == (100, 100, set())
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("path", RIGHT, ids=lambda path: path.stem)
def test_right_in_another_style(path):
    """Whoever is right has all points, and whoever is off in format loses no others."""
    report = tried(student(path))
    off = ", ".join(header(path, "# format only:"))
    assert faults(report) == {(name, "format") for name in off.split(", ") if name}
    assert found(report) == set()


def test_the_library_itself():
    """The library's own functions do what the assignment asks."""
    import fmnist_lib

    names = [name for name in FUNCTIONS if name != "get_data_loader"]  # it needs no stand-in
    assert [tried(getattr(fmnist_lib, name)) for name in names] == [14, 26, 20, 16, 12]


# --- wrong ones ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_version_is_recognised(name):
    """Each wrong version of the catalogue is named, alone, and explains all that is wrong."""
    for mistake, edits in mistakes_in(name):
        report = tried(build(name, edits))
        [part] = report.functions.values()
        explained = {d.quantity for d in part.mistakes}
        wrong = {one.quantity for one in part.checks if one.passed is False}
        assert found(report) == {(name, mistake.name)}, edits
        assert wrong == explained, (mistake.name, edits)
        assert report < report.of


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_mistakes_in_another_style(path):
    """One, two or three mistakes of students are named, each one, and no others."""
    wanted = {tuple(line.split(" | ")[:2]) for line in header(path, "# mistake:")}
    assert found(tried(student(path))) == wanted


@pytest.mark.proof
def test_two_mistakes_in_one_figure():
    """Two mistakes that make one wrong figure together are both named."""
    edits = [
        next(m.versions[0] for m in MISTAKES if m.name == name)
        for name in ("batch-losses-over-images", "softmax-before-criterion")
    ]
    report = tried(build("train_model", *edits))
    assert {"batch-losses-over-images", "softmax-before-criterion"} == {
        d.id for d in report.mistakes
    }
    edits = [next(m.versions[0] for m in MISTAKES if m.name == name) for name in WEIGHTS]
    report = tried(build("train_model", *edits))
    assert {d.id for d in report.mistakes if d.quantity == "weights"} == {*WEIGHTS}


WEIGHTS = ["zero-grad-missing", "momentum-missing"]


@pytest.mark.proof
def test_another_training_costs_the_weights_alone():
    """Figures are compared with those beside the same training, even one of no known kind."""
    report = tried(build("train_model", {"lr=0.001": "lr=0.0173"}))
    assert faults(report) == {("train_model", "weights")}
    assert found(report) == set()
    mean = {STEP: "loss_sum += loss.item()", "loss_sum / total": "loss_sum / len(LOADER)"}
    report = tried(build("train_model", {"lr=0.001": "lr=0.0173"}, mean))
    assert found(report) == {("train_model", "mean-of-batch-losses")}


def test_a_factor_is_named():
    """A figure that no version explains is compared: 7 times too large."""
    report = tried(build("evaluate_model", {STEP: f"{STEP} * 7"}))
    [wrong] = [one for one in report.checks if one.passed is False]
    assert wrong.message.endswith("that is 7 times too large")
    assert report.mistakes == []


@pytest.mark.proof
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "get_data_loader"])
def test_made_data_tell_all_versions_apart(name):
    """Whatever the seed, no two mistakes give the same figure, and round() prints all decimals."""
    for seed in range(3):
        made = versions_for(name, seed)
        assert list(alike(made.right, made.wrong)) == []
        figures = [n for q in ("percent", "loss") for n in made.right.get(q, []) if q]
        assert name not in BOTH or all(str(number)[-1] != "0" for number in figures)
        sizes = [len(labels) for _, labels in made.world.loader()]
        assert len({*sizes[:-1]}) == 1
        assert sizes[-1] < sizes[0] / 2
        assert made.world.indices[0] == 1
        assert max(made.world.indices) > sizes[0]
        assert made.world.indices[1] > 9


def test_versions_that_look_alike_are_reported():
    """The comparison that throws the dice again sees a version that changes nothing."""
    made = versions_for("build_model", 0)
    mistake, edits, _ = made.wrong[0]
    same_again = [(mistake, edits, made.right)]
    assert list(alike(made.right, same_again)) == [mistake.name]
    twice = [(m, {}, made.wrong[-1][2]) for m in (made.wrong[-1][0], other_of(made))]
    assert any(" and " in line for line in alike(made.right, twice))


def other_of(made):
    """Return a mistake that changes the same quantity as the last one, under another name."""
    last = made.wrong[-1][0]
    return type(last)(**vars(last) | {"name": "another"})


# --- what is not written, and what fails ---------------------------------------------------------


@pytest.mark.parametrize("body", ["...", "pass", "raise NotImplementedError", '"""To do."""'])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_stub_is_not_written_yet(name, body):
    """A stub is no error: nothing is run, nothing is diagnosed."""
    report = tried(function(f"def {name}(*args):\n    {body}"))
    assert report == 0
    assert {one.passed for one in report.checks} == {None}
    assert report.mistakes == []
    assert "not written yet" in report.text


def test_a_module_with_gaps():
    """A function that is missing is not written yet; the others are judged."""
    module = types.ModuleType("student")
    module.build_model = solution.build_model
    report = tried(module)
    assert (report, report.of) == (14, 100)
    assert report.functions["train_model"].note == "It is not written yet."


def test_an_error_is_told_with_its_line():
    """An error is told once, with the student's own line; all that depends on it is not run."""
    report = tried(function_in_a_file("def evaluate_model(m, l, c, show=True):\n    l.foo()\n"))
    [wrong] = [one for one in report.checks if one.passed is False]
    assert "'FashionLoader' object has no attribute 'foo'" in wrong.message
    assert wrong.message.endswith("in the line `l.foo()`")
    assert {one.passed for one in report.checks} == {False, None}


def function_in_a_file(source):
    """Return the one function of a file that is imported."""
    path = Path("work.py")
    path.write_text(source, encoding="utf-8")
    names = {}
    exec(compile(source, str(path.absolute()), "exec"), names)
    return next(value for name, value in names.items() if name in FUNCTIONS)


ENDLESS = {
    "computing": "while True: pass",
    "swallowing": "while True:\n        try:\n            while True: pass\n        except: pass",
    "waiting": "import time; time.sleep(4)",
}


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.usefixtures("quick")
def test_what_never_ends_is_stopped(name):
    """A function that never ends is stopped by its time, and told so; one that sleeps is left."""
    body, before = ENDLESS[name], {*threading.enumerate()}
    report = tried(function(f"def build_model():\n    {body}"))
    assert report == 0
    assert "stopped after" in report.checks[0].message
    assert name == "waiting" or {*threading.enumerate()} <= before


@pytest.mark.usefixtures("quick")
def test_all_calls_together_have_the_time():
    """Three calls that take most of the time each are stopped, too."""
    source = """def evaluate_model(*args):
    import time
    start = time.process_time()
    while time.process_time() < start + 0.3:
        pass
"""
    assert tried(function(source)).checks[0].message.startswith("It was stopped")


MISCHIEF = {
    "input": ("input()", "EOFError"),
    "exit": ("import sys; sys.exit(3)", "SystemExit"),
    "error": ("1 / 0", "ZeroDivisionError"),
    "deep": ("return build_model()", "RecursionError"),
}


@pytest.mark.parametrize(("body", "error"), MISCHIEF.values(), ids=MISCHIEF)
def test_what_ends_badly(body, error, capfd):
    """Whatever a function does ends in a line, not in a traceback."""
    report = tried(function(f"def build_model():\n    {body}"))
    assert report.checks[0].message.startswith(error)
    assert report.mistakes == []
    assert capfd.readouterr().err == ""


NETWORKS = {
    "zero weights": "[torch.nn.init.zeros_(p) for one in layers for p in one.parameters()]",
    "last layer first": "layers[5], layers[3] = layers[5], layers[3]",
    "called once before": "torch.nn.Sequential(*layers)(torch.zeros(1, 784))",
}


@pytest.mark.parametrize("line", NETWORKS.values(), ids=NETWORKS)
def test_a_network_is_judged_by_what_it_computes(line):
    """Its own weights, and what was done to it before, don't matter."""
    source = f"""def build_model():
    layers = list(right())
    {line}
    return torch.nn.Sequential(*layers)
"""
    assert tried(function(source, right=solution.build_model)) == 14


def test_a_copy_of_the_criterion_counts():
    """Who copies what is handed over uses it all the same."""
    source = """def evaluate_model(model, loader, criterion, show_loss=True):
    import copy
    right(copy.deepcopy(model), loader, copy.deepcopy(criterion), show_loss)
"""
    assert tried(function(source, right=solution.evaluate_model)) == 20


def test_another_criterion_of_its_type_counts():
    """Who makes a criterion of the same type, with another reduction, uses what was given."""
    source = """def evaluate_model(model, loader, criterion, show_loss=True):
    right(model, loader, type(criterion)(weight=None), show_loss)
"""
    assert tried(function(source, right=solution.evaluate_model)) == 20


def test_a_second_forward_is_no_second_pass():
    """The images may go through the network twice for each batch."""
    twice = {"logits = model(images)": "model(images); logits = model(images)"}
    assert tried(build("train_model", twice)) == 26


def test_who_holds_the_stream_prints_all_the_same(monkeypatch):
    """`from sys import stdout` is no way past the check."""
    source = """def evaluate_model(*args):
    import contextlib, io
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        right(*args)
    stdout.write(text.getvalue())
"""
    assert tried(function(source, right=solution.evaluate_model, stdout=sys.stdout)) == 20


def test_the_dataset_is_like_that_of_torchvision():
    """A student may prepare a picture with the dataset's own transform."""
    source = """def predict_label(model, images, index):
    from PIL import Image
    data = images.dataset
    image = data.transform(Image.fromarray(data.data[index].numpy()))
    right(model, image.expand(index + 1, 1, 28, 28), index)
"""
    assert tried(function(source, right=solution.predict_label)) == 16


@pytest.mark.parametrize(("a", "b", "points"), [(0.13, 0.31, 16), (0, 1, 16), (0, 1 / 255, 8)])
def test_any_normalisation_of_the_pixels(a, b, points):
    """A student may normalise the dataset's pixels as the loader of their own did, or not at all.

    Raw grey values of 0 to 255 are what no loader gives.
    """
    source = """def predict_label(model, images, index):
    image = (images.dataset.data[index] / 255 - a) / b
    right(model, image.expand(index + 1, 1, 28, 28), index)
"""
    assert tried(function(source, right=solution.predict_label, a=a, b=b)) == points


def test_layers_are_found_in_any_order():
    """The order in which a class defines its layers doesn't matter."""
    source = """def build_model():
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.c = torch.nn.Linear(64, 10)
            self.b = torch.nn.Linear(128, 64)
            self.a = torch.nn.Linear(784, 128)

        def forward(self, x):
            return self.c(self.b(self.a(x.flatten(1)).relu()).relu())

    return Net()
"""
    assert tried(function(source)) == 14


def test_other_transforms_are_open():
    """A training set that is mirrored at random, or in negative, is still Fashion-MNIST's."""
    source = """def get_data_loader(training=True):
    from torchvision import datasets, transforms as t
    steps = [t.RandomHorizontalFlip(1.0), t.ToTensor(), t.Normalize(0.5, -0.5)]
    data = datasets.FashionMNIST("x", training, t.Compose(steps))
    return torch.utils.data.DataLoader(data, batch_size=9, shuffle=training)
"""
    assert tried(function(source)) == 12


@pytest.mark.parametrize("value", ["3", "object()", "lambda images: 3", "lambda images: images"])
def test_no_network(value):
    """What is no network, or gives no logits, is said so."""
    report = tried(function(f"def build_model():\n    return {value}"))
    assert report == 1
    assert report.checks[1].message.startswith("expected shape (5, 10), got ")


def test_the_whole_set_is_no_work_of_the_student(monkeypatch):
    """The images are there before the clock of a student's code runs."""
    loaded = []
    monkeypatch.setattr(trials, "whole_set", lambda training: loaded.append(training) or WHOLE)
    monkeypatch.setattr(
        trials, "stand_in", lambda _: contextlib.nullcontext(loaded.append("start"))
    )
    trials.try_get_data_loader(lambda *_: 1 / 0, World(0))
    assert loaded == [True, False, "start"]


WHOLE = torch.zeros(9, 28, 28).byte(), torch.zeros(9).long()


@pytest.mark.proof
def test_nothing_is_left_behind(tmp_path):
    """Folder, files, dice, threads, figures and streams are as they were."""
    import matplotlib.pyplot as plt

    source = """def visualize_image(loader, index):
    import matplotlib.pyplot as plt, os, random, numpy, sys, warnings
    random.seed(1); numpy.random.seed(1); torch.manual_seed(1); torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64); os.environ["NEW"] = "1"
    torch.set_grad_enabled(False); warnings.simplefilter("error"); print("!", file=sys.stderr)
    os.makedirs("more"); os.chdir("more"); open("file.txt", "w").close()
    plt.figure(); plt.plot([1, 2]); plt.show(); plt.savefig("image.png")
    print("Ground Truth Label: Coat")
"""
    figure = plt.figure()
    threads = torch.get_num_threads()
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    tried(function(source))
    after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    assert before[:2] == after[:2]
    assert torch.equal(before[2], after[2])
    assert (Path.cwd(), list(tmp_path.iterdir())) == (tmp_path, [])
    assert (torch.get_num_threads(), torch.is_grad_enabled()) == (threads, True)
    assert plt.get_fignums() == [figure.number]
    assert (torch.get_default_dtype(), os.environ.get("NEW")) == (torch.float32, None)


# --- what comes back -----------------------------------------------------------------------------


def test_what_comes_back():
    """The report is a number, for graders; its attributes hold all that is shown."""
    report = tried(build("train_model", {", momentum=0.9": ", momentum=0.0"}))
    assert isinstance(report, float)
    assert (repr(report), report.of, report.points, report.seed) == ("20.0", 26, 20, 1)
    [part] = report.functions.values()
    assert (part.name, part.points, part.of) == ("train_model", 20, 26)
    assert sum(one.points for one in report.checks) == 20
    [diagnosis] = report.mistakes
    assert (diagnosis.id, diagnosis.quantity) == ("momentum-missing", "weights")
    assert (
        diagnosis.explanation == "The steps have no momentum: each one forgets the steps before it."
    )


def test_the_same_code_meets_the_same_data():
    """The dice come from the code; another seed throws them anew."""
    one, two = (check(build_of(line)) for line in ("x = 1", "x = 1"))
    other = check(build_of("x = 2"))
    assert one.seed == two.seed != other.seed
    assert check(build_of("x = 1"), seed=4).seed == 4


def build_of(line):
    """Return a function whose source is known, with one more line."""
    return function_in_a_file(f"def predict_label(model, images, index):\n    {line}\n    pass\n")


def test_hints_come_on_request():
    """A hint is shown when asked for, and changes nothing else."""
    work = build("evaluate_model", {"    model.eval()\n": ""})
    none, short, full = (tried(work, hint=level) for level in (0, 1, 2))
    assert none == short == full
    assert "Hint" not in none.text
    assert "In which mode is the network when it has just been trained?" in short.text
    assert "Call model.eval() before the loop over the batches." in full.text
    wrong = build("evaluate_model", {STEP: f"{STEP} * 7"})
    assert "Over how many images" in tried(wrong, hint=1).text


def test_the_text():
    """In a terminal each behaviour has its line, with the points lost."""
    report = tried(build("build_model", {"nn.Linear(784, 128)": "nn.Linear(784, 128, bias=False)"}))
    assert report.text.startswith("build_model: ")
    report = tried(build("evaluate_model", {"    model.eval()\n": ""}))
    lines = report.text.splitlines()
    assert lines[0] == "evaluate_model: 18 of 20 points"
    assert "  ✓ it leaves the weights as they are" in lines
    at = lines.index("  ✗ it evaluates in eval mode (2 points lost)")
    assert lines[at + 1].strip() == "expected eval mode, got train mode"
    assert lines[at + 2].strip().startswith("It looks like this: The network is in train mode")


def test_the_html_says_it_in_words():
    """In a notebook a list says right and wrong in words, and escapes what students print."""
    work = function('def predict_label(m, t, i):\n    print("<b>Coat</b>: 3.2%")')
    report = tried(work)
    assert all(word in report.html for word in WORDS.values() if word != "not run")
    assert "<b>NAME" not in report.html
    assert "&lt;b&gt;NAME" in report.html
    assert report.html.count("<li>") == len(report.checks)


def test_in_a_notebook(monkeypatch):
    """IPython gets HTML and text; a terminal prints text, with what signs it has."""
    shown = []
    report = tried(solution.build_model)
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: object()
    ipython.display = types.SimpleNamespace(display=lambda data, raw: shown.append(data))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    show(report)
    assert shown == [{"text/plain": report.text, "text/html": report.html}]
    monkeypatch.setattr(ipython, "get_ipython", lambda: None)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    show(report)
    sys.stdout.flush()
    assert sys.stdout.buffer.getvalue().startswith(b"build_model: 14 of 14 points\n  ? it runs")


BAD = {
    "number": (
        dict(work=3),
        TypeError,
        "work must be one of the functions get_data_loader, .*; got 3",
    ),
    "class": (dict(work=dict), TypeError, "work must be"),
    "model": (dict(work=torch.nn.Flatten()), TypeError, "work must be"),
    "hint": (dict(work=solution, hint=3), ValueError, "hint must be 0, 1 or 2, got 3"),
    "bool": (dict(work=solution, hint=True), ValueError, "hint must be 0, 1 or 2, got True"),
    "seed": (dict(work=solution, seed="x"), TypeError, "seed must be an integer, got 'x'"),
}


@pytest.mark.parametrize(("options", "error", "match"), BAD.values(), ids=BAD)
def test_bad_arguments(options, error, match):
    """A wrong argument is named before anything runs."""
    with pytest.raises(error, match=match):
        check(**options)


def test_without_torchvision(monkeypatch):
    """Where torchvision is missing, only the check of the loaders needs it, and says so."""
    monkeypatch.setitem(sys.modules, "torchvision", None)
    assert check(solution.train_model, seed=99) == 26
    monkeypatch.setattr(versions, "_versions_for", versions._versions_for.__wrapped__)
    with pytest.raises(ImportError, match="the check of get_data_loader needs torchvision"):
        check(solution.get_data_loader)


def test_a_function_is_known_by_its_name_outside():
    """A decorator that loses the name, and a lambda, are found where they are defined."""
    names = {}
    exec(
        "def plain(f):\n    def wrapper(*args):\n        return f(*args)\n    return wrapper\n"
        "def right(): from fmnist_lib.coursework.solution import build_model as b; return b()\n"
        "build_model = plain(right)\n",
        names,
    )
    assert tried(names["build_model"]) == 14


# --- the catalogue -------------------------------------------------------------------------------


def test_the_catalogue_is_complete():
    """Each mistake has a text for everything, short enough to read, and explains quantities."""
    quantities = {b.quantity for rubric in RUBRIC.values() for b in rubric}
    names = [mistake.name for mistake in MISTAKES]
    assert len({*names}) == len(names)
    for mistake in MISTAKES:
        texts = (mistake.symptom, mistake.explanation, *mistake.hints)
        assert all(text and text[-1] in ".?!:" and len(text.split()) <= 80 for text in texts)
        assert {*mistake.quantities} <= quantities
        assert mistake.lesson in range(7)
        assert {*mistake.functions} <= {*FUNCTIONS}
        for name in mistake.functions:
            assert any(m is mistake for m, _ in mistakes_in(name)), (mistake.name, name)
    assert [sum(b.points for b in rubric) for rubric in RUBRIC.values()] == [12, 14, 26, 20, 16, 12]
    assert all(len(h.split()) <= 80 for r in RUBRIC.values() for b in r for h in b.hints)


def test_a_version_must_change_the_solution():
    """A catalogue whose text has gone from the solution fails at once."""
    with pytest.raises(ValueError, match="must hold this text exactly once: gone"):
        build("train_model", {"gone": ""})


# --- reading -------------------------------------------------------------------------------------

LINES = {  # what is printed -> epoch, count, percent, loss
    "Train Epoch: 0  Accuracy: 41070/60000(68.45%)  Loss: 0.915": "0 41070/60000 68.45 0.915",
    "Train Epoch: 1\tAccuracy: 1/2(50%)\tLoss: .5": "1 1/2 50 0.5",
    "epoch 2 - loss 1.2e-1, acc: 3/4 (75.0 %)": "2 3/4 75.0 0.12",
    "Epoch [3/5] Loss = tensor(0.2, grad_fn=<X>) Accuracy: tensor(7)/9 (7.00%)": "3 7/9 7.00 0.2",
    "Train Epoch: 4  Accuracy: 41,070/60,000(68.45%)  Average Loss: nan": "4 41070/60000 68.45 NaN",
    "Epoch 7: accuracy 9/10 (90.0%) Loss (mean of 10 images): 0.5": "7 9/10 90.0 0.5",
    "Epoch 6: accuracy 9/10 (90.0%) \033[1mloss:\033[0m 0.25": "6 9/10 90.0 0.25",
    "Epoch 5: accuracy 9/10 (90.00) loss np.float64(0.1)": "5 9/10 90.00 0.1",
}


@pytest.mark.parametrize(("text", "wanted"), LINES.items())
def test_reading_a_training_line(text, wanted):
    """Numbers are found whatever stands around them."""
    [(epoch, part)] = reading.epochs(text)
    count = "/".join(map(str, reading.count(part)))
    figures = [*reading.percent(part), *reading.loss(part)]
    assert " ".join([str(epoch), count, *map(str, figures)]) == wanted


AROUND = {  # what some print around the lines that count
    "Epoch 1/2\nTrain Epoch: 0  Accuracy: 7/9(77.78%)  Loss: 0.5\nepoch took 3.1 s": [0],
    "Training for 2 epochs, lr 0.001\nEpoch 0: loss 0.5 acc 7/9\nAfter 2 epochs: acc 8/9": [0],
    "Train Epoch: 0 [0/9 (0%)]\tLoss: 0.9\nTrain Epoch: 0  Accuracy: 7/9(77.78%)": [0],
    "loss 0.5 accuracy 7/9\nloss 0.4 accuracy 8/9": [None, None],
    "Epoch 0: acc 1/9\rEpoch 0: acc 7/9\nEpoch 1 accuracy this epoch: 8/9": [0, 1],
}


def test_lines_without_the_word_epoch():
    """Where no epoch is named, each line with an accuracy is one, read whole."""
    parts = [part for _, part in reading.epochs("start\nloss 0.5 accuracy 7/9\nloss 0.4 acc 8/9")]
    assert [reading.loss(part) for part in parts] == [[Decimal("0.5")], [Decimal("0.4")]]
    assert [reading.count(part)[0] for part in parts] == [7, 8]


@pytest.mark.parametrize(("text", "wanted"), AROUND.items())
def test_only_lines_with_an_accuracy_count(text, wanted):
    """Headings, times and progress are no epochs."""
    assert [number for number, _ in reading.epochs(text)] == wanted


def test_lines_about_classes_are_no_evaluation():
    """What is told about single classes is not the accuracy."""
    text = "Evaluating accuracy...\nAverage loss (test) is 0.5\nAccuracy: 80%\nAccuracy of Coat: 9%"
    kept = reading.evaluation(text)
    assert [name for name, _ in reading.figures(kept)] == ["loss", "accuracy"]
    assert (reading.loss(kept), reading.percent(kept)) == ([Decimal("0.5")], [Decimal("80")])


RANKINGS = {
    "Pullover: 92.45%\nShirt: 6.20%\nCoat: 1.23%": "Pullover 92.45 Shirt 6.20 Coat 1.23",
    "T-shirt/top: 9.1%, Ankle Boot: 8%; TROUSERS 1.50 %": "T-shirt 9.1 Boots 8 Trouser 1.50",
    "Pull-over: 9%\npants: 8%\nTee: 1%": "Pullover 9 Trouser 8 T-shirt 1",
    "1. tshirt (0.5)\n2. Ankle boots (0.25)": "T-shirt 0.5 Boots 0.25",
    "Prediction: Coat\n1. (0.95) Coat (4)\n2. bags: 3%": "Coat 0.95 Bag 3",
    "Coat\n92.45%\nBag\n3.10%": "Coat 92.45 Bag 3.10",
    "92.45% Dress\n3.1% sneakers": "Dress 92.45 Sneaker 3.1",
    "tensor(1.5) Coat": "Coat 1.5",
    "nothing": "",
}


@pytest.mark.parametrize(("text", "wanted"), RANKINGS.items())
def test_reading_a_ranking(text, wanted):
    """Class names are found in any spelling, each with its number."""
    pairs = reading.ranking(text)
    assert " ".join(f"{name} {number}" for name, [number] in pairs) == wanted


def test_the_form_of_a_text():
    """The form keeps blanks and decimals, and nothing else."""
    assert reading.form("Coat: 1.23%\nBag:  12.3%\nCoat: 9.87%\n") == ("NAME:  N.#%", "NAME: N.##%")


@pytest.mark.parametrize(
    ("got", "right", "agree"),
    [
        ("0.915", "0.9151", True),
        ("0.914", "0.915", True),
        ("0.913", "0.915", False),
        ("84.5", "84.48", True),
        ("84", "84.48", True),
        ("83", "84.48", False),
        ("17", "18", False),
        ("nan", "0.5", False),
        ("NaN", "NaN", True),
    ],
)
def test_printed_numbers_agree_to_their_last_decimal(got, right, agree):
    """A number is as exact as it is printed."""
    assert same(Decimal(got), Decimal(right)) is agree


def test_a_difference_in_words():
    """Lists are shown as a reader would write them."""
    text = compare("show_loss", [True, True, True], [True, False, True])
    assert text == "expected loss, no loss, loss, got loss, loss, loss"
    assert compare("file", ["no file"] * 3, ["image.png"] * 3) == "expected image.png, got no file"
    weights = compare("weights", torch.zeros(3), torch.tensor([3.0, 4.0, 0.0]))
    assert weights == "expected a change of 5.0000 in all weights together, got no change"


# --- pictures ------------------------------------------------------------------------------------


def drawn(picture, **options):
    """Save a picture as a figure with axes, a title and a colour bar."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=options.pop("size", (6.4, 4.8)))
    figure.colorbar(ax.imshow(picture.numpy(), **options))
    ax.set_title("Ankle Boot")
    figure.savefig("image.png")


def enlarged(picture, times=1, **options):
    """Save a picture as it is or enlarged."""
    from PIL import Image

    Image.fromarray(picture.numpy().repeat(times, 0).repeat(times, 1)).save("image.png")


WAYS = {
    "as it is": lambda p: enlarged(p),
    "enlarged": lambda p: enlarged(p, 9),
    "grey figure": lambda p: drawn(p, cmap="gray"),
    "viridis figure": lambda p: drawn(p),
    "wide figure": lambda p: drawn(p, cmap="gray", size=(9, 4)),
    "stretched figure": lambda p: drawn(p, cmap="gray", aspect="auto"),
    "smooth figure": lambda p: drawn(p, interpolation="bilinear", cmap="gray"),
}
CHANGES = {
    "the image": lambda p: p,
    "the image, inverted": lambda p: 255 - p,
    "the image, transposed": lambda p: p.T,
    "the image, mirrored": lambda p: p.flip(1),
    "the image, upside down": lambda p: p.flip(0),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_is_found(way, change):
    """A picture is known in any size and in a figure, and so is what was done to it."""
    pictures = make_pictures(40, torch.Generator().manual_seed(1))
    way(CHANGES[change](pictures[17]).contiguous())
    assert what_is_shown(bytes_of(Path("image.png")), pictures, 17) == change


def test_another_picture():
    """The neighbours, other images, none of them, and what is no picture at all."""
    pictures = make_pictures(40, torch.Generator().manual_seed(1))
    names = {18: "the next image", 16: "the image before", 3: "another image"}
    for index, name in names.items():
        enlarged(pictures[index], 3)
        assert what_is_shown(bytes_of(Path("image.png")), pictures, 17) == name
    enlarged(torch.zeros(28, 28, dtype=torch.uint8))
    assert what_is_shown(bytes_of(Path("image.png")), pictures, 17) == "none of the images"
    Path("image.png").write_text("no picture", encoding="utf-8")
    assert what_is_shown(bytes_of(Path("image.png")), pictures, 17) == "no image"


def test_a_long_output():
    """Its last part is kept, and the stream stays open."""
    stream = sandbox.Tail()
    stream.write("start" + "x" * 1_000_000 + "middle")
    stream.close()
    stream.write("end")
    assert stream.getvalue().endswith("xmiddleend")
    assert len(stream.getvalue()) < 200_000


def test_a_huge_picture():
    """A picture of more pixels than anybody draws is not looked at."""
    from PIL import Image

    Image.new("1", (5000, 4000)).save("image.png")
    found = what_is_shown(bytes_of(Path("image.png")), make_pictures(20, torch.Generator()), 17)
    assert found == "a picture of 5000 x 4000 pixels"


@pytest.mark.proof
def test_a_loader_of_real_images(real_data, monkeypatch):
    """On a machine with the real set, it stands in; in any normalisation it is known."""
    script = """
from fmnist_lib.coursework import check, solution
from fmnist_lib.coursework.made import whole_set
assert check(solution.get_data_loader) == 12
print(len(whole_set(True)[0]), int(whole_set(False)[1][1]), whole_set(False)[0].sum().item())
"""
    environment = os.environ | {"FMNIST_DATA": str(real_data)}
    result = run_python("-c", script, env=environment)
    assert result.stdout.splitlines()[-1] == "60000 2 573469082", result.stderr
    assert result.stderr == ""
