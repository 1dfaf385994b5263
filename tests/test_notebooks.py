"""The lessons as they are committed: whole, clean, and of a size that a student can take in."""

import copy
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LESSONS = [
    "01_loading_the_data",
    "02_building_the_model",
    "03_training",
    "04_evaluating",
    "05_exploring_predictions",
]
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|tmp|work|Users|usr|opt|mnt|var)/|[A-Z]:\\")


def read(name):
    """Return a lesson."""
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def source_of(notebook, kind):
    """Return the sources of all cells of one kind."""
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def faults(notebook):
    """Return what is wrong with the code cells and their outputs, one text a fault."""
    found = []
    counts = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        counts.append(cell.execution_count)
        if len(cell.source.splitlines()) > 15:
            found.append(f"{cell.id}: longer than 15 lines")
        if not cell.source.strip():
            found.append(f"{cell.id}: empty")
        if "print(" in cell.source and not cell.outputs and "def " not in cell.source:
            found.append(f"{cell.id}: prints, but has no output")
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"{cell.id}: error output")
            if output.get("name") == "stderr":
                found.append(f"{cell.id}: stderr output")
            text = "\n".join([output.get("text", ""), *map(str, output.get("data", {}).values())])
            if MACHINE_PATH.search(text):
                found.append(f"{cell.id}: path of a machine")
            if re.search(r" at 0x[0-9a-f]{4,}", text):
                found.append(f"{cell.id}: address of an object")
    if counts != [*range(1, len(counts) + 1)]:
        found.append("not run from top to bottom in a fresh kernel")
    if "widgets" in notebook.metadata:
        found.append("state of widgets")
    return found


def test_the_lessons():
    """There are five lessons, in order, and nothing else."""
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == LESSONS


@pytest.mark.parametrize("name", LESSONS)
def test_outputs(name):
    """Each cell was run, in order, without an error, a warning or a trace of a machine."""
    notebook = read(name)
    nbformat.validate(notebook)
    assert faults(notebook) == []


@pytest.mark.parametrize("name", LESSONS)
def test_made_on_the_real_images(name):
    """No committed output says that it is about the sketches."""
    for cell in read(name).cells:
        assert "sketches" not in str(cell.get("outputs", ""))


@pytest.mark.parametrize("name", LESSONS)
def test_size(name):
    """25 to 35 cells and 700 to 1,200 words; short cells, one thought each."""
    notebook = read(name)
    words = sum(len(text.split()) for text in source_of(notebook, "markdown"))
    assert 25 <= len(notebook.cells) <= 35
    assert 700 <= words <= 1200


@pytest.mark.parametrize("name", LESSONS)
def test_structure(name):
    """Objectives, time, needs; predictions; three exercises with folded answers; self-check."""
    notebook = read(name)
    text = source_of(notebook, "markdown")
    number = LESSONS.index(name) + 1
    assert text[0].startswith(f"# Lesson {number}: ")
    for heading in ("**You will be able to**", "**Time**", "**You need**"):
        assert heading in text[0]
    whole = "\n".join(text)
    assert "**Predict:**" in whole
    answers = re.findall(
        r"<details><summary>Answer</summary>\n\n.+?\n\n</details>", whole, re.DOTALL
    )
    assert 3 <= len(answers) <= 5
    assert sum("self_check(" in code for code in source_of(notebook, "code")) == 1
    assert "**You can now**" in text[-1]


@pytest.mark.parametrize("name", LESSONS)
def test_links(name):
    """Links between lessons lead somewhere, and each lesson but the last leads to the next."""
    text = "\n".join(source_of(read(name), "markdown"))
    linked = re.findall(r"\]\(([\w.]+\.ipynb)\)", text)
    assert all((NOTEBOOKS / link).exists() for link in linked)
    if name != LESSONS[-1]:
        assert f"{LESSONS[LESSONS.index(name) + 1]}.ipynb" in linked


@pytest.mark.parametrize("name", LESSONS)
def test_figures_have_a_sentence(name):
    """After each figure, text follows that says what it shows."""
    cells = read(name).cells
    for cell, following in pairwise(cells):
        data = [key for output in cell.get("outputs", []) for key in output.get("data", {})]
        if "image/png" in data:
            assert following.cell_type == "markdown", cell.id


def test_only_the_training_lesson_and_later_ones_use_the_test_set():
    """Lessons 2 and 3 do not look at the test images: that is for lesson 4."""
    for name in LESSONS[1:3]:
        assert not any("training=False" in code for code in source_of(read(name), "code"))


@pytest.fixture
def notebook():
    """Return a sound notebook of two code cells."""
    cells = [
        nbformat.v4.new_code_cell("x = 1", execution_count=1, id="first"),
        nbformat.v4.new_code_cell(
            "print(x)",
            execution_count=2,
            id="second",
            outputs=[nbformat.v4.new_output("stream", name="stdout", text="1\n")],
        ),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def spoil(notebook, **changes):
    """Return a copy whose second cell, or its output, is changed."""
    notebook = copy.deepcopy(notebook)
    cell = notebook.cells[1]
    for name, value in changes.items():
        if name == "text":
            cell.outputs[0].text = value
        elif name == "name":
            cell.outputs[0].name = value
        elif name == "metadata":
            notebook.metadata = value
        else:
            cell[name] = value
    return notebook


def test_a_sound_notebook_has_no_faults(notebook):
    """The guard lets a sound notebook through."""
    assert faults(notebook) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"execution_count": None}, "not run from top to bottom"),
        ({"execution_count": 7}, "not run from top to bottom"),
        ({"outputs": []}, "second: prints, but has no output"),
        ({"source": "x\n" * 16}, "second: longer than 15 lines"),
        ({"source": ""}, "second: empty"),
        ({"name": "stderr"}, "second: stderr output"),
        ({"text": "saved in /home/ada/lessons"}, "second: path of a machine"),
        ({"text": "C:\\Users\\ada"}, "second: path of a machine"),
        (
            {"text": "<torch.utils.data.DataLoader object at 0x7fed002f>"},
            "second: address of an object",
        ),
        (
            {"outputs": [nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]},
            "second: error output",
        ),
        ({"metadata": {"widgets": {}}}, "state of widgets"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_guard_bites(changes, fault, notebook):
    """Each fault is found."""
    assert any(found.startswith(fault) for found in faults(spoil(notebook, **changes)))


def run_nbval(folder, notebook, *, seconds=30):
    """Run one notebook under the lessons' settings and return the finished process."""
    settings = (NOTEBOOKS / "conftest.py").read_text(encoding="utf-8")
    settings = settings.replace("SECONDS = 30", f"SECONDS = {seconds}")
    (folder / "conftest.py").write_text(settings, encoding="utf-8")
    (folder / "sanitize.cfg").write_bytes((NOTEBOOKS / "sanitize.cfg").read_bytes())
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(notebook, folder / "lesson.ipynb")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", "."],
        cwd=folder,
        env=os.environ | {"FMNIST_SOURCE": "sketches"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_slow_lesson_is_red(notebook, tmp_path):
    """A lesson over the limit of time fails the run, though each cell is right."""
    result = run_nbval(tmp_path, notebook, seconds=0)
    assert result.returncode == 1
    assert "lessons over 0 s" in result.stdout
    assert "2 passed" in result.stdout


@pytest.mark.parametrize(
    ("code", "saved", "status"),
    [
        ("print(1.234, '85.70%', -0.5)", "9.876 12.34% 0.5\n", 0),
        ("print('51411/60000(85.69%)')", "123/60000(1.23%)\n", 0),
        ("print(60000)", "10000\n", 1),
        ("print('Shirt: 90.00%')", "Coat: 90.00%\n", 1),
        ("assert False, 'broken'", "", 1),
    ],
)
def test_what_is_compared(code, saved, status, notebook, tmp_path):
    """Decimals may differ, whole numbers, words and errors may not."""
    notebook.cells[1].source = code
    notebook.cells[1].outputs[0].text = saved
    if not saved:
        notebook.cells[1].outputs = []
    result = run_nbval(tmp_path, notebook)
    assert result.returncode == status, result.stdout
    assert "lessons on: sketches" in result.stdout
