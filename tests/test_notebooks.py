"""The lessons as they are committed: whole, clean, and of a size that a student can take in."""

import json
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

from fmnist_lib.coursework import beginners
from fmnist_lib.coursework.lessons import EXERCISES, lesson3

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
LESSONS = [
    "00_start_here",
    "01_data",
    "02_model",
    "03_learning",
    "04_training",
    "05_evaluating",
    "06_exploring",
    "07_your_own_clothes",
]
ALL = [*LESSONS, "assignment", "glossary"]
TEACHER = "**For the teacher**"
FOLDED = r"<details><summary>{}</summary>\n\n.+?\n\n</details>"
TRACES = {
    "an error": r"'output_type': 'error'",
    "a warning": r"'name': 'stderr'",
    "a path of a machine": r"(?<![\w.])/(home|root|tmp|work|Users|usr|opt|mnt|var)/|[A-Z]:\\",
    "the address of an object": r" at 0x[0-9a-f]{4,}",
    "the view of a widget": "widget-view",
    "the sketches": "sketches",
}


def read(name):
    """Return a lesson, its code cells, and its text without the notes for the teacher."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return notebook, code, [part for part in text if not part.startswith(TEACHER)]


def blanks(notebook):
    """Return the places of the cells in which a student writes a function."""
    return [i for i, cell in enumerate(notebook.cells) if "BEGIN SOLUTION" in cell.source]


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
    """There are eight lessons, in order, the assignment, the glossary, and nothing else."""
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == ALL


@pytest.mark.parametrize("name", ALL)
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


@pytest.mark.proof
def test_a_lesson_is_executed_in_an_empty_folder(tmp_path):
    """Predictions and files that lie beside a lesson don't come into its outputs."""
    shutil.copy(NOTEBOOKS / "execute.py", tmp_path)
    (tmp_path / "my_predictions.json").write_text('{"1": {"guess": "3", "sure": 70}}')
    code = (
        'from fmnist_lib.coursework import predict, reveal\nreveal("1", 3)\nopen("a", "w").close()'
    )
    nbformat.write(new_notebook(cells=[new_code_cell(code)]), tmp_path / "a.ipynb")
    run_python("execute.py", "a.ipynb", cwd=tmp_path)
    [cell] = nbformat.read(tmp_path / "a.ipynb", as_version=4).cells
    assert cell.outputs[0].text == "○ 1: it is 3. You made no guess.\n"
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", LESSONS)
def test_size(name):
    """At most 48 cells and 1,200 words; code of at most 16 lines and 72 characters a line."""
    notebook, code, text = read(name)
    least = 10 if name == LESSONS[0] else 25
    assert least <= len(notebook.cells) <= 48
    assert sum(len(part.split()) for part in text) <= 1200
    for cell in code:
        lines = cell.source.splitlines()
        assert 1 <= len(lines) <= 16, cell.id
        assert max(map(len, lines)) <= 72, cell.id


@pytest.mark.parametrize("name", LESSONS)
def test_structure(name):
    """Objectives, time, needs; a self-check with an instruction; what one can do now."""
    notebook, code, text = read(name)
    assert text[0].startswith(f"# Lesson {LESSONS.index(name)}: ")
    for heading in ("**You will be able to**", "**Time**", "**You need**"):
        assert heading in text[0]
    assert "**You can now**" in text[-1]
    assert not any("assert" in cell.source for cell in code)
    if name == LESSONS[0]:
        return
    for cell, before in zip(notebook.cells[1:], notebook.cells, strict=False):
        if "self_check(" in cell.source:
            assert "## Self-check" in before.source
    assert sum("self_check(" in cell.source for cell in code) == 1


@pytest.mark.parametrize("name", LESSONS)
def test_predictions(name):
    """Each prediction is asked for before its answer, with a number of this lesson, once."""
    _, code, _ = read(name)
    source = "\n".join(cell.source for cell in code)
    asked = re.findall(r'^predict\("([\d.]+)", None, sure=None[,)]', source, re.M)
    assert asked == [f"{LESSONS.index(name)}.{i + 1}" for i in range(len(asked))]
    assert 3 <= len(asked) <= 8 or name == LESSONS[0]
    for number in asked:
        ask, answer = source.index(f'predict("{number}"'), source.index(f'reveal("{number}"')
        assert ask < answer
        assert source.count(f'reveal("{number}"') == 1


@pytest.mark.parametrize("name", LESSONS)
def test_blanks(name):
    """Two or three core blanks, up to three extra ones: what to do, the cell, two folded hints."""
    notebook, _, _ = read(name)
    kinds = []
    for i in blanks(notebook):
        before, cell, after = notebook.cells[i - 1 : i + 2]
        kind = re.search(r"^\*(Core|Extra), about \d+ minutes?\*$", before.source, re.M)
        assert kind, before.source
        kinds.append(kind[1])
        solution = re.search("### BEGIN SOLUTION\n(.*)### END SOLUTION", cell.source, re.S)[1]
        assert 1 <= len(solution.strip().splitlines()) <= 8
        [function] = re.findall(r"^def (\w+)\(", cell.source, re.M)
        assert cell.source.endswith(f"{function} = checked({function})")
        assert f"✓ {function}: right" in str(cell.outputs)
        folded = [re.findall(FOLDED.format(f"Hint {n}[^<]*"), after.source, re.S) for n in (1, 2)]
        assert list(map(len, folded)) == [1, 1], after.source
        assert after.source.startswith("<details>")
        assert after.source.count("<details>") == 2
    assert kinds.count("Core") in ([1] if name == LESSONS[0] else [2, 3])
    assert kinds.count("Extra") <= 3


@pytest.mark.parametrize("name", LESSONS)
def test_hints_are_keyed_to_the_check(name):
    """What a hint says that the check says, the check can say: of this function, or of any."""
    notebook, _, _ = read(name)
    outcomes = ["not yet", "TypeError", "no weight changed", lesson3.OTHER_IMAGES]  # of `learn`
    general = [
        *outcomes,
        *(beginners.IN_THE_LOOP, beginners.NO_RETURN, beginners.PRINTS, beginners.WHOLE_LIST),
    ]
    for i in blanks(notebook):
        [function] = re.findall(r"^def (\w+)\(", notebook.cells[i].source, re.M)
        said = general + [mistake.hint for mistake in EXERCISES[function].mistakes]
        quoted = re.findall(
            '<summary>Hint [12]:[^<]*"([^<]+)"</summary>', notebook.cells[i + 1].source
        )
        assert len(quoted) == 2, function
        assert [text for text in quoted if not any(text in hint for hint in said)] == []


@pytest.mark.parametrize("name", LESSONS)
def test_wide_margins_are_those_of_percentages(name):
    """`reveal` takes a share for a percentage where the margin is 1 or more."""
    source = "\n".join(cell.source for cell in read(name)[0].cells if cell.cell_type == "code")
    for question, margin in re.findall(r'reveal\(\s*"([\d.]+)".*within=([\d.]+)', source):
        if float(margin) >= 1:
            asked = re.search(rf'predict\("{question}".*# (.*)', source)[1]
            assert "percent" in asked or "points" in asked, asked


@pytest.mark.parametrize("name", LESSONS)
def test_answers_stand_alone(name):
    """An answer has a cell of its own, below a cell to type in, below its question."""
    notebook, _, _ = read(name)
    for i, cell in enumerate(notebook.cells):
        if "<summary>Answer</summary>" in cell.source:
            assert re.fullmatch(FOLDED.format("Answer"), cell.source, re.S), cell.source
            assert notebook.cells[i - 1].cell_type == "code"
            assert notebook.cells[i - 2].cell_type == "markdown"


@pytest.mark.parametrize("name", ALL)
def test_links(name):
    """Links between lessons lead somewhere, and each lesson but the last leads to the next."""
    linked = re.findall(r"\]\(([\w.]+\.ipynb)\)", "\n".join(read(name)[2]))
    assert all((NOTEBOOKS / link).exists() for link in linked)
    if name in LESSONS[:-1]:
        assert f"{LESSONS[LESSONS.index(name) + 1]}.ipynb" in linked


@pytest.mark.parametrize("name", ALL)
def test_figures_have_a_caption(name):
    """Below each figure, a sentence in italics says what it shows: its alternative text."""
    for cell, following in pairwise(read(name)[0].cells):
        drawn_by_check = "BEGIN SOLUTION" in cell.source  # beside its own text
        drawn = any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
        if drawn and not drawn_by_check:
            assert re.match(r"\*[^*]+\.\*\n", following.source), cell.id


def test_glossary():
    """Text alone: 25 words, each in one or two sentences, with a link to its lesson."""
    _, code, text = read("glossary")
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \| (.+) \|$", "\n".join(text), re.M)
    assert not code
    assert len({word for word, _, _ in rows}) == len(rows) == 25
    for word, meaning, lesson in rows:
        assert 1 <= len(re.findall(r"[.](?: |$)", meaning)) <= 2, word
        number, file = re.fullmatch(r"\[(\d)\]\((\w+)\.ipynb\)", lesson).groups()
        assert LESSONS[int(number)] == file, word


def test_lessons_before_the_evaluation_leave_the_test_set_alone():
    """The test images are for lesson 5."""
    for name in LESSONS[2:5]:
        assert not any("training=False" in cell.source for cell in read(name)[1])


def run_nbval(folder, cells, **environment):
    """Return the verdict on each cell under the lessons' settings."""
    result = run_lesson(folder, cells, **environment)
    return re.findall(r"::Cell \d+ (PASSED|FAILED|ERROR)", result)


def run_lesson(folder, cells, **environment):
    """Return what pytest says about a lesson under the lessons' settings."""
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
    return result.stdout


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


@pytest.mark.proof
def test_settings_of_the_machine(tmp_path):
    """A backend for figures or a locale set outside, as on CI machines, turns nothing red."""
    text = {"text/plain": "<Figure size 640x480 with 0 Axes>", "image/png": ""}
    code = "import matplotlib.pyplot as plt\nplt.figure()\nplt.show()"
    cell = new_code_cell(code, execution_count=1, outputs=[new_output("display_data", text)])
    assert run_nbval(tmp_path, [cell], MPLBACKEND="Agg") == ["PASSED"]
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert run_nbval(tmp_path, [cell], **ascii_only) == ["PASSED"]


@pytest.mark.proof
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


@pytest.mark.proof
def test_predictions_pass_twice(tmp_path):
    """A lesson with guesses gives the same outputs in an empty folder and the second time."""
    saved = (
        "1.1: you say 84, and you are 70 % sure.\n",
        "✓ 1.1: it is 84.2. You said 84: right (within 5).\n",
    )
    code = (
        "from fmnist_lib.coursework import predict, reveal\npredict('1.1', 84, sure=70)",
        "reveal('1.1', 84.2, within=5)",
    )
    cells = [
        new_code_cell(source, execution_count=1, outputs=[new_output("stream", text=text)])
        for source, text in zip(code, saved, strict=True)
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "lesson.ipynb")
    options = ["--nbval", "--nbval-current-env", "-p", "no:cacheprovider"]
    for _ in range(2):
        result = run_python("-m", "pytest", *options, "lesson.ipynb", cwd=tmp_path)
        assert "2 passed" in result.stdout, result.stdout
    kept = json.loads((tmp_path / "my_predictions.json").read_text(encoding="utf-8"))
    assert kept == {"1.1": {"guess": "84", "sure": 70, "right": True}}


@pytest.mark.proof
def test_guards_run_last(tmp_path):
    """What a guard asserts about the variables of its lesson turns the lesson red."""
    (tmp_path / "guards").mkdir()
    cell = new_code_cell("x = 1", execution_count=1)
    for guard, verdicts in (("assert x == 1", []), ("assert x == 2", ["FAILED"])):
        (tmp_path / "guards" / "lesson.py").write_text(guard, encoding="utf-8")
        result = run_lesson(tmp_path, [cell])
        assert re.findall(r"::guards (FAILED)", result) == verdicts
        assert "::guards" in result
