"""The main job, as a script and as `python -m fmnist_lib`."""

import io
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from helpers import run_python, use_terminal
from PIL import Image

import fmnist_lib
from fmnist_lib import __main__ as command
from fmnist_lib.data import load_dataset

JOB = """
from fmnist_lib import *
from torch import nn
train_loader = get_data_loader(); test_loader = get_data_loader(training=False)
model = build_model(); criterion = nn.CrossEntropyLoss()
train_model(model, train_loader, criterion, T=5)
evaluate_model(model, test_loader, criterion, show_loss=True)
predict_label(model, test_loader, 1)
visualize_image(test_loader, 1)
"""

OUTPUT = re.compile(
    r"(Train Epoch: [0-4]  Accuracy: \d{5}/60000\(\d\d\.\d\d%\)  Loss: \d\.\d{3}\n){5}"
    r"Average loss: \d\.\d{4}\n"
    r"Accuracy: \d\d\.\d\d%\n"
    r"Pullover: \d\d\.\d\d%\n"
    r"([A-Z][A-Za-z-]+: \d?\d\.\d\d%\n){2}"
    r"Ground Truth Label: Pullover\n"
)


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.proof) for seed in (2, 3, 4))]


@pytest.mark.parametrize("seed", SEEDS)
def test_main_job(seed, real_data, monkeypatch, tmp_path, capsys):
    """The user's script, verbatim, prints the formats, and figures within the spread of seeds."""
    monkeypatch.setenv("FMNIST_DATA", str(real_data))
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(seed)
    exec(JOB, {})
    out, err = capsys.readouterr()
    assert err == ""
    assert OUTPUT.fullmatch(out), out
    last, average, accuracy = out.splitlines()[4:7]
    assert 85.2 <= float(last.split("(")[1].split("%")[0]) <= 86.2
    assert 0.385 <= float(last.split()[-1]) <= 0.42
    assert 0.40 <= float(average.split()[-1]) <= 0.46
    assert 83.8 <= float(accuracy.split()[-1][:-1]) <= 85.2
    grey = load_dataset(training=False, data_dir=real_data).data[1].numpy()
    with Image.open("image.png") as picture:
        assert np.array_equal(np.asarray(picture)[::10, ::10], grey)


def test_command(tiny, capsys):
    """The command says which images these are, does the whole job, and gives status 0."""
    assert command.main(["--data-dir", str(tiny), "--epochs", "2", "--index", "3"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == f"Images: Fashion-MNIST (the official files in {str(tiny)!r})"
    starts = ["Train Epoch", "Train Epoch", "Average loss", "Accuracy"]
    assert [line.split(":")[0] for line in lines[1:5]] == starts
    assert len(lines) == 9
    assert lines[-1] == "Ground Truth Label: Dress"
    assert err == ""
    assert os.listdir() == ["image.png"]


def test_options(tiny, monkeypatch, capsys):
    """Seed (negative ones too), output file and epochs do what they say; a bar can be refused."""
    outputs = []
    for seed, output in (("1", "a.png"), ("1", "b.png"), (f"-{2**63}", "c.png")):
        terminal = use_terminal(monkeypatch)
        options = ["--data-dir", str(tiny), "--seed", seed, "--output", output, "--epochs", "1"]
        assert command.main([*options, "--no-progress"]) == 0
        assert terminal.getvalue() == ""
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] != outputs[2]
    assert sorted(os.listdir()) == ["a.png", "b.png", "c.png"]


def test_page(tiny, capsys):
    """With --page, the last line names the page that holds the trained network."""
    options = ["--data-dir", str(tiny), "--epochs", "1", "--page", "net.html"]
    assert command.main(options) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "Page: net.html"
    assert err == ""
    assert "of these 20 test images right" in Path("net.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--index", "20"], "index 20 is out of range; allowed: 0 to 19"),
        (["--index", "-1"], "index -1 is out of range; allowed: 0 to 19"),
        (["--output", "no/a.png"], "--output 'no/a.png' cannot be written: No such file"),
        (["--output", "a" * 300], f"--output {'a' * 300!r} cannot be written: "),
        (["--output", "."], "--output '.' cannot be written: it is a folder"),
        (["--page", "no/a.html"], "--page 'no/a.html' cannot be written: No such file"),
        (["--page", ""], "--page '' cannot be written: it is a folder"),
        (["--page", "./image.png"], "--page and --output must be two files, got './image.png'"),
        (["--output", "a\0"], r"--output 'a\x00' cannot be written: no file can have this name"),
    ],
)
def test_errors_come_before_the_training(options, message, tiny, capsys):
    """A wrong argument is one line on standard error and status 1, before anyone waits."""
    assert command.main(["--data-dir", str(tiny), *options]) == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"Error: {message}")
    assert "Train Epoch" not in out
    assert os.listdir() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--epochs", "0"], "argument --epochs: must be a whole number, 1 or more; got '0'"),
        (["--epochs", "2.5"], "must be a whole number, 1 or more; got '2.5'"),
        (["--index", "one"], "argument --index: invalid int value: 'one'"),
        (
            ["--seed", str(2**64)],
            f"argument --seed: must be a whole number of 64 bits; got '{2**64}'",
        ),
        (["--seed", "1.5"], "argument --seed: must be a whole number of 64 bits; got '1.5'"),
        (["--source", "mnist"], "argument --source: invalid choice"),
    ],
)
def test_wrong_options(options, message, capsys):
    """A wrong option gets an explanation and status 2."""
    with pytest.raises(SystemExit) as stop:
        command.main(options)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_help_and_version(capsys):
    """--help names every option and the exit status, --version the version."""
    for option in ("--help", "--version"):
        with pytest.raises(SystemExit, match="^0$"):
            command.main([option])
    text = " ".join(capsys.readouterr().out.split())
    for option in ("epochs", "index", "seed", "data-dir", "source", "output", "no-progress"):
        assert f"--{option}" in text
    assert "Exit status: 0 on success" in text
    assert text.endswith(f" fmnist_lib {fmnist_lib.__version__}")


def test_reader_that_leaves(tiny, monkeypatch, capsys):
    """`python -m fmnist_lib | head -1` ends in silence, with status 1."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:  # closing it flushes, which must not fail either
        monkeypatch.setattr(sys, "stdout", stdout)
        assert command.main(["--data-dir", str(tiny), "--epochs", "1"]) == 1
    assert capsys.readouterr().err == ""


closed = io.StringIO()
closed.close()


@pytest.mark.parametrize("stream", [None, closed, SimpleNamespace(write=len, flush=bool)])
def test_closed_streams(stream, tiny, monkeypatch):
    """Where nobody can read its lines, the job is done, and an error has its status."""
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    assert command.main(["--data-dir", str(tiny), "--epochs", "1"]) == 0
    assert os.listdir() == ["image.png"]
    monkeypatch.setattr(sys, "stderr", stream)
    assert command.main(["--data-dir", "nowhere"]) == 1


def test_stream_that_lacks_a_character(tiny, monkeypatch):
    """A path that standard output cannot encode is printed in ASCII."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    folder = tiny.rename(tiny.with_name("✓"))
    assert command.main(["--data-dir", str(folder), "--epochs", "1"]) == 0
    assert rb"\u2713" in sys.stdout.buffer.getvalue()


def test_sketches_are_announced(tiny, no_network, monkeypatch, capsys):
    """Without the real set: one warning, and the first line says that these are sketches."""
    small = load_dataset(data_dir=tiny)
    small.source, small.origin = "sketches", "drawn by fmnist_lib, because"
    monkeypatch.setattr("fmnist_lib.data._sketches", lambda *_: small)
    assert command.main(["--epochs", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Images: SKETCHES, NOT FASHION-MNIST (drawn by fmnist_lib, because")
    assert err.startswith("Warning: You can go on")
    assert "THESE ARE NOT" in err
    assert err.count("Warning") == 1


not_finite = FloatingPointError("the loss is nan")
not_finite.add_note("in batch 3")


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (KeyboardInterrupt(), 130, "Stopped.\n"),
        (not_finite, 1, "Error: the loss is nan\nin batch 3\n"),
        (RuntimeError("not enough memory: 9 bytes"), 1, "Error: not enough memory: 9 bytes\n"),
        (MemoryError(), 1, "Error: MemoryError\n"),
    ],
)
def test_stopped_training(error, status, text, tiny, monkeypatch, capsys):
    """Ctrl-C has a status of its own; an error is printed with its notes; no stack trace."""
    monkeypatch.setattr(fmnist_lib, "train_model", Mock(side_effect=error))
    assert command.main(["--data-dir", str(tiny)]) == status
    assert capsys.readouterr().err == text


def test_as_a_process(tmp_path):
    """`python -m fmnist_lib` runs from any folder and returns its status to the shell."""
    result = run_python("-m", "fmnist_lib", "--data-dir", "nowhere", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Error: data_dir names a folder that does not exist: 'nowhere'\n"


def test_lines_are_not_held_back():
    """Each line reaches a pipe or a file as soon as it is printed."""
    script = """
import runpy, sys
sys.argv = ["", "--version"]
try: runpy.run_module("fmnist_lib", run_name="__main__")
except SystemExit: print(sys.stdout.line_buffering)
"""
    result = run_python("-c", script)
    assert result.stdout.splitlines()[1:] == ["True"], result.stderr
