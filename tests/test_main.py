"""The main job, as a script and as `python -m fmnist_lib`."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from helpers import write
from PIL import Image

from fmnist_lib import __main__ as command
from fmnist_lib import download
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


@pytest.mark.parametrize("seed", range(5))
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


@pytest.fixture
def tiny(tiny_files, tmp_path, monkeypatch):
    """Return a folder of small official files, and work in an empty folder."""
    folder = write(tiny_files, tmp_path / "data")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return str(folder)


def test_command(tiny, capsys):
    """The command says which images these are, does the whole job, and gives status 0."""
    assert command.main(["--data-dir", tiny, "--epochs", "2", "--index", "3"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == f"Images: Fashion-MNIST (the official files in {tiny!r})"
    assert [line.split(":")[0] for line in lines[1:5]] == [
        "Train Epoch",
        "Train Epoch",
        "Average loss",
        "Accuracy",
    ]
    assert len(lines) == 9
    assert lines[-1] == "Ground Truth Label: Dress"
    assert err == ""
    assert os.listdir() == ["image.png"]


def test_options(tiny, capsys):
    """Seed, output file and epochs do what they say."""
    outputs = []
    for seed, output in (("1", "a.png"), ("1", "b.png"), ("2", "c.png")):
        options = ["--data-dir", tiny, "--seed", seed, "--output", output, "--epochs", "1"]
        assert command.main([*options, "--no-progress"]) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] != outputs[2]
    assert sorted(os.listdir()) == ["a.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--index", "20"], "index 20 is out of range; allowed: 0 to 19"),
        (["--index", "-1"], "index -1 is out of range; allowed: 0 to 19"),
        (["--data-dir", "nowhere"], "data_dir names a folder that does not exist: 'nowhere'"),
        (["--output", "no/image.png"], "--output 'no/image.png' lies in a folder that does not"),
        (["--output", "."], "--output '.' is a folder"),
    ],
)
def test_errors_come_before_the_training(options, message, tiny, capsys):
    """What is wrong is said in one line on standard error, with status 1, before anyone waits."""
    assert command.main(["--data-dir", tiny, *options]) == 1
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
        (["--source", "mnist"], "argument --source: invalid choice"),
        (["--nonsense"], "unrecognized arguments"),
    ],
)
def test_wrong_options(options, message, capsys):
    """A wrong option is explained, with status 2."""
    with pytest.raises(SystemExit) as stop:
        command.main(options)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_help(capsys):
    """--help names every option and its default."""
    with pytest.raises(SystemExit) as stop:
        command.main(["--help"])
    assert stop.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in ("epochs", "index", "seed", "data-dir", "source", "output", "no-progress"):
        assert f"--{option}" in text
    assert "Exit status: 0 when all went well" in text


def test_sketches_are_announced(tiny, monkeypatch, capsys):
    """Without the real set: one warning, and the first line says that these are sketches."""
    small = load_dataset(data_dir=tiny)
    small.source, small.origin = "sketches", "drawn by fmnist_lib, because"
    monkeypatch.setattr("fmnist_lib.data._sketches", lambda *_: small)
    monkeypatch.setattr(download, "MIRRORS", ("http://127.0.0.1:9/",))
    assert command.main(["--epochs", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Images: SKETCHES, NOT FASHION-MNIST (drawn by fmnist_lib, because")
    assert err.startswith("Warning: THESE ARE NOT THE FASHION-MNIST IMAGES")
    assert err.count("Warning") == 1


def test_status_when_the_real_set_is_out_of_reach(monkeypatch, capsys):
    """--source fashion-mnist without network is status 1 and says how to go on."""
    monkeypatch.setattr(download, "MIRRORS", ("http://127.0.0.1:9/",))
    assert command.main(["--source", "fashion-mnist"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "http://127.0.0.1:9/: connection failed" in err
    assert "FMNIST_SOURCE=sketches" in err


def test_interrupt_is_status_130(tiny, monkeypatch, capsys):
    """Ctrl-C while training ends with status 130 and no stack trace."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "train_model", interrupted)
    assert command.main(["--data-dir", tiny]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


def test_as_a_process(tiny_files, tmp_path):
    """`python -m fmnist_lib` runs from any folder and returns its status to the shell."""
    result = subprocess.run(
        [sys.executable, "-m", "fmnist_lib", "--data-dir", "nowhere"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "Error: data_dir names a folder that does not exist: 'nowhere'\n"
