"""The lessons as they are committed: whole, clean, and of a size that a student can take in."""

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from helpers import run_python
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook, new_output

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LESSONS = [
    "01_loading_the_data",
    "02_building_the_model",
    "03_training",
    "04_evaluating",
    "05_exploring_predictions",
]
TRACES = {
    "an error": r"'output_type': 'error'",
    "a warning": r"'name': 'stderr'",
    "a path of a machine": r"(?<![\w.])/(home|root|tmp|work|Users|usr|opt|mnt|var)/|[A-Z]:\\",
    "the address of an object": r" at 0x[0-9a-f]{4,}",
    "the view of a widget": "widget-view",
    "the sketches": "sketches",
}


def read(name):
    """Return a lesson, its code cells and its text."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return notebook, code, text


def faults(notebook, code):
    """Return what is wrong with the outputs, one text a fault."""
    found = [
        f"{cell.id}: {trace}"
        for cell in code
        for trace, pattern in TRACES.items()
        if re.search(pattern, str(cell.outputs))
    ]
    if [cell.execution_count for cell in code] != [*range(1, len(code) + 1)]:
        found.append("not run from top to bottom in a fresh kernel")
    if "widgets" in notebook.metadata:
        found.append("state of widgets")
    return found


def test_the_lessons():
    """There are five lessons, in order, the assignment, and nothing else."""
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == [*LESSONS, "assignment"]


@pytest.mark.parametrize("name", [*LESSONS, "assignment"])
def test_outputs(name):
    """Each cell was run, in order, on the real images, and left no trace of a machine."""
    notebook, code, _ = read(name)
    nbformat.validate(notebook)
    assert faults(notebook, code) == []
    silent = [cell.id for cell in code if "print(" in cell.source and not cell.outputs]
    assert all("def " in cell.source for cell in code if cell.id in silent)


def test_the_guard_bites():
    """Each kind of fault is found."""
    outputs = [
        new_output("error", ename="E", evalue="", traceback=[]),
        new_output("stream", name="stderr", text="saved in /home/ada, <A object at 0x7fed002f>"),
        new_output("display_data", {"application/vnd.jupyter.widget-view+json": {}}),
        new_output("stream", text="drawn: sketches, not Fashion-MNIST"),
    ]
    code = [new_code_cell("x", id="x", execution_count=2, outputs=outputs)]
    expected = [f"x: {trace}" for trace in TRACES]
    expected += ["not run from top to bottom in a fresh kernel", "state of widgets"]
    assert faults(new_notebook(metadata={"widgets": {}}), code) == expected
    clean = [new_code_cell("print(1)", execution_count=1, outputs=[new_output("stream", text="1")])]
    assert faults(new_notebook(), clean) == []


@pytest.mark.parametrize("name", LESSONS)
def test_size(name):
    """25 to 35 cells, 700 to 1,200 words; code of at most 12 lines and 79 characters a line."""
    notebook, code, text = read(name)
    assert 25 <= len(notebook.cells) <= 35
    assert 700 <= sum(len(part.split()) for part in text) <= 1200
    for cell in code:
        lines = cell.source.splitlines()
        assert 1 <= len(lines) <= 12, cell.id
        assert max(map(len, lines)) <= 79, cell.id


@pytest.mark.parametrize("name", LESSONS)
def test_structure(name):
    """Objectives, time, needs; predictions; three exercises with folded answers; self-check."""
    _, code, text = read(name)
    assert text[0].startswith(f"# Lesson {LESSONS.index(name) + 1}: ")
    for heading in ("**You will be able to**", "**Time**", "**You need**"):
        assert heading in text[0]
    whole = "\n".join(text)
    assert "**Predict:**" in whole
    answer = r"<details><summary>Answer</summary>\n\n.+?\n\n</details>"
    assert 3 <= len(re.findall(answer, whole, re.DOTALL)) <= 5
    assert sum("self_check(" in cell.source for cell in code) == 1
    assert "**You can now**" in text[-1]


@pytest.mark.parametrize("name", [*LESSONS, "assignment"])
def test_links(name):
    """Links between lessons lead somewhere, and each lesson but the last leads to the next."""
    linked = re.findall(r"\]\(([\w.]+\.ipynb)\)", "\n".join(read(name)[2]))
    assert all((NOTEBOOKS / link).exists() for link in linked)
    if name in LESSONS[:-1]:
        assert f"{LESSONS[LESSONS.index(name) + 1]}.ipynb" in linked


@pytest.mark.parametrize("name", [*LESSONS, "assignment"])
def test_figures_have_a_caption(name):
    """Below each figure, a sentence in italics says what it shows: its alternative text."""
    for cell, following in pairwise(read(name)[0].cells):
        if "image/png" in str(cell.get("outputs")):
            assert re.match(r"\*[^*]+\.\*\n", following.source), cell.id


def test_lessons_2_and_3_leave_the_test_set_alone():
    """The test images are for lesson 4."""
    for name in LESSONS[1:3]:
        assert not any("training=False" in cell.source for cell in read(name)[1])


def run_nbval(folder, cells, **environment):
    """Return the verdict on each cell under the lessons' settings."""
    for name in ("conftest.py", "execute.py", "sanitize.cfg"):
        shutil.copy(NOTEBOOKS / name, folder)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "lesson.ipynb")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-v", "-p", "no:cacheprovider", "."],
        cwd=folder,
        env=os.environ | {"FMNIST_SOURCE": "sketches"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "lessons on: sketches" in result.stdout, result.stdout + result.stderr
    return re.findall(r"::Cell \d+ (PASSED|FAILED|ERROR)", result.stdout)


def test_what_is_compared(tmp_path):
    """Decimals may differ; whole numbers, words and errors may not."""
    cases = [
        ("print(1.234, '85.70%', -0.5)", "9.876 12.34% 0.5\n", "PASSED"),
        ("print('51411/60000(85.69%)')", "123/60000(1.23%)\n", "PASSED"),
        ("print(60000)", "10000\n", "FAILED"),
        ("print('Shirt: 90.00%')", "Coat: 90.00%\n", "FAILED"),
        ("print(1); assert False", "1\n", "FAILED"),
    ]
    cells = [
        new_code_cell(code, execution_count=1, outputs=[new_output("stream", text=saved)])
        for code, saved, _ in cases
    ]
    assert run_nbval(tmp_path, cells) == [verdict for _, _, verdict in cases]


def test_settings_of_the_machine(tmp_path):
    """A backend for figures or a locale set outside, as on CI machines, turns nothing red."""
    text = {"text/plain": "<Figure size 640x480 with 0 Axes>", "image/png": ""}
    code = "import matplotlib.pyplot as plt\nplt.figure()\nplt.show()"
    cell = new_code_cell(code, execution_count=1, outputs=[new_output("display_data", text)])
    assert run_nbval(tmp_path, [cell], MPLBACKEND="Agg") == ["PASSED"]
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert run_nbval(tmp_path, [cell], **ascii_only) == ["PASSED"]


@pytest.mark.parametrize(("saved", "checked"), ["01", "10"])
def test_progress_bars_are_not_compared(saved, checked, tmp_path, monkeypatch):
    """Run with a bar, as a browser does, and checked without one, or the other way: no settings."""
    code = """
from fmnist_lib._common import progress_bar
with progress_bar(3, desc="Training", unit="batch") as bar:
    bar.write("Train Epoch: 0")
"""
    notebook = new_notebook(cells=[new_code_cell(code)])
    monkeypatch.setenv("TQDM_DISABLE", saved)
    NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    monkeypatch.setenv("TQDM_DISABLE", checked)
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider"]
    result = run_python("-m", "pytest", *options, "lesson.ipynb", cwd=tmp_path)
    assert "1 passed" in result.stdout, result.stdout
