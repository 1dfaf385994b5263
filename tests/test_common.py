"""Progress bars, atomic writes, sources."""

import os
import sys
from types import SimpleNamespace

import nbformat
import pytest
from helpers import Terminal, use_terminal
from nbclient import NotebookClient
from torch import nn

from fmnist_lib import build_model, train_model
from fmnist_lib._common import atomic_write, progress_bar


def job(loader, **options):
    """Train a new model for two epochs."""
    train_model(build_model(), loader, nn.CrossEntropyLoss(), 2, **options)


def test_bar_in_a_terminal_leaves_the_lines_alone(loader, capsys, monkeypatch):
    """The bar goes to standard error and vanishes; standard output has just the lines."""
    terminal = use_terminal(monkeypatch)
    job(loader)
    assert "Training" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:14] for line in lines] == ["Train Epoch: 0", "Train Epoch: 1"]


def test_bar_can_be_turned_off(loader, monkeypatch):
    """progress=False and TQDM_DISABLE=1 both keep a terminal quiet."""
    terminal = use_terminal(monkeypatch)
    job(loader, progress=False)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    job(loader)
    assert terminal.getvalue() == ""
    monkeypatch.setenv("TQDM_DISABLE", "0")
    job(loader)
    assert terminal.getvalue() != ""


def test_no_bar_without_a_terminal(loader, capsys):
    """Written to a file or a pipe, nothing but the lines appears, unless a bar is asked for."""
    job(loader)
    assert capsys.readouterr().err == ""
    job(loader, progress=True)
    assert "Training" in capsys.readouterr().err


closed = Terminal()
closed.close()


@pytest.mark.parametrize("progress", [None, True])
@pytest.mark.parametrize("stream", [None, closed, SimpleNamespace(write=len, flush=bool)])
def test_bar_without_a_proper_stream(stream, progress, loader, monkeypatch, capsys):
    """A standard error that is missing (pythonw), closed or a mere writer stops no training."""
    monkeypatch.setattr(sys, "stderr", stream)
    job(loader, progress=progress)
    assert capsys.readouterr().out.count("Train Epoch") == 2
    monkeypatch.setattr(sys, "stdout", None)
    job(loader, progress=progress)


def test_bar_in_a_notebook(monkeypatch):
    """A Jupyter kernel is no terminal, and has a bar all the same; plain IPython has none."""
    import IPython

    for shell, shown in (("ZMQInteractiveShell", True), ("TerminalInteractiveShell", False)):
        monkeypatch.setattr(IPython, "get_ipython", type(shell, (), {}))
        with progress_bar(3, desc="", unit="") as bar:
            assert bar.disable is not shown


def test_bar_leaves_nothing_in_a_saved_notebook():
    """The bar is there while it runs; saved, the notebook holds no widget and no "0%"."""
    source = """
from fmnist_lib._common import progress_bar
with progress_bar(3, desc="Training", unit="batch") as bar:
    shown = bar.container.children[0].value
    bar.write("Train Epoch: 0")
"""
    cells = [nbformat.v4.new_code_cell(text) for text in (source, "print(shown)")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    first, second = (cell.outputs for cell in notebook.cells)
    assert [output.get("data", output.get("text")) for output in first] == [
        {},
        "Train Epoch: 0\n",
    ]
    assert "Training" in second[0].text


def test_atomic_write_gives_the_usual_mode(tmp_path):
    """A new file has the mode that any new file has."""
    with atomic_write(tmp_path / "a") as file:
        file.write(b"1")
    (tmp_path / "b").write_bytes(b"1")
    assert (tmp_path / "a").read_bytes() == b"1"
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_atomic_write_stays_behind_a_link(tmp_path):
    """A link's target is written, there or not, and keeps its mode; the link stays one."""
    path, target = tmp_path / "link", tmp_path / "file"
    path.symlink_to("file")
    for content, mode in ((b"1", 0o600), (b"2", 0o660)):
        with atomic_write(path) as file:
            file.write(content)
        assert path.is_symlink()
        assert target.read_bytes() == content
        target.chmod(mode)
    with atomic_write(path):
        pass
    assert target.stat().st_mode & 0o777 == mode


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="not on Windows")
@pytest.mark.parametrize(
    ("name", "make", "error"),
    [
        ("file", lambda path: path.touch(0o444), PermissionError),
        ("folder", os.mkdir, IsADirectoryError),
        ("fifo", getattr(os, "mkfifo", None), OSError),  # and no device: a fault would harm it
        ("no/folder", lambda path: None, FileNotFoundError),
        ("null\0", lambda path: None, OSError),
        ("circle", lambda path: path.symlink_to("circle"), OSError),
    ],
)
def test_atomic_write_refuses(name, make, error, tmp_path):
    """Only a regular file that may be written is replaced; the error names the path."""
    path = tmp_path / name
    make(path)
    before = os.listdir(tmp_path)
    with pytest.raises(error, match=f"/{name.split('/')[0]}".strip("\0")), atomic_write(path):
        pass
    assert os.listdir(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="the whole path may have 260 characters there")
def test_atomic_write_under_the_longest_name(tmp_path):
    """Any name that the file system takes will do."""
    name = "é" * 127 + "x"  # 255 bytes
    with atomic_write(tmp_path / name):
        pass
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_atomic_write_that_fails(error, tmp_path):
    """The earlier content stays, and no other file."""
    (tmp_path / "a").write_bytes(b"old")

    def fail():
        with atomic_write(tmp_path / "a") as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
