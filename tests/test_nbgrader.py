"""The assignment in the hands of nbgrader: the student's version, hand-ins, points, feedback."""

import csv
import os
import re
import subprocess
import sys
from copy import deepcopy
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from conftest import REAL_DATA
from test_notebooks import read

from fmnist_lib.coursework import main_job
from fmnist_lib.coursework.mistakes import mistakes_in
from fmnist_lib.coursework.rubric import RUBRIC

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not find_spec("nbgrader"), reason="nbgrader is not installed"),
]

POINTS = {name: sum(behaviour.points for behaviour in RUBRIC[name]) for name in RUBRIC}
MISTAKES = {  # function: student, mistake of the catalogue, points lost
    "get_data_loader": ("ada", "sets-exchanged", 5),
    "build_model": ("ben", "activation-at-the-end", 5),
    "train_model": ("cleo", "mean-of-batch-losses", 5),
    "evaluate_model": ("dan", "eval-mode-missing", 2),
    "predict_label": ("eva", "softmax-missing", 4),
    "visualize_image": ("finn", "transposed", 4),
}


def wrong_version(function, mistake):
    """Return the mistake with this name, and the first wrong version of a function with it."""
    return next(pair for pair in mistakes_in(function) if pair[0].name == mistake)


def place(notebook, function, part):
    """Return the place of the cell with a function's "code" or "check"."""
    return [cell.id for cell in notebook.cells].index(f"{function.replace('_', '-')}-{part}")


def hand_ins(source, released):
    """Return by student what is handed in: the released version, filled in more or less well."""
    solved = deepcopy(released)
    for cell, right in zip(solved.cells, source.cells, strict=True):
        if right.metadata.nbgrader.solution:
            cell.source = right.source
    notebooks = {"empty": released, "solved": solved}
    notebooks |= {student: deepcopy(solved) for student in ("deleted", "a-copied")}
    for function, (student, mistake, _) in MISTAKES.items():
        notebooks[student] = deepcopy(solved)
        cell = notebooks[student].cells[place(solved, function, "code")]
        for old, new in wrong_version(function, mistake)[1].items():
            assert cell.source.count(old) == 1
            cell.source = cell.source.replace(old, new.replace("LOADER", "train_loader"))
    check = place(solved, "train_model", "check")
    del notebooks["deleted"].cells[check]
    notebooks["a-copied"].cells.insert(check, deepcopy(solved.cells[check]))
    notebooks["a-copied"].cells[check].id = "copy"
    return notebooks


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a course in which all have handed in, and nbgrader has graded them."""
    folder, base = tmp_path_factory.mktemp("course"), tmp_path_factory.getbasetemp()
    images = {"FMNIST_DATA": str(REAL_DATA)} if REAL_DATA else {"FMNIST_SOURCE": "sketches"}
    settings = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    environment = os.environ | images | dict.fromkeys(settings, str(folder / "settings"))
    environment["FMNIST_CACHE"] = str(base / "sketches")
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def nbgrader(*arguments):  # it calls alembic by its name
        command = [sys.executable, "-m", "nbgrader", *arguments]
        options = {"capture_output": True, "text": True, "timeout": 900}
        return subprocess.run(command, cwd=folder, env=environment, **options)

    def path(step, student="."):
        return folder / step / student / "six" / "assignment.ipynb"

    def put(notebook, *where):
        path(*where).parent.mkdir(parents=True)
        nbformat.write(notebook, path(*where))

    source, _, _ = read("assignment")
    put(source, "source")
    nbgrader("generate_assignment", "six").check_returncode()
    released = nbformat.read(path("release"), as_version=4)
    for student, notebook in hand_ins(source, released).items():
        put(notebook, "submitted", student)
    stopped = nbgrader("autograde", "six")
    assert not (folder / "autograded").exists()
    patient, others = "--Execute.timeout=300", "--CourseDirectory.student_id_exclude=a-copied"
    nbgrader("autograde", "six", patient, others).check_returncode()
    nbgrader("generate_feedback", "six").check_returncode()
    nbgrader("export").check_returncode()
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        grades = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    return SimpleNamespace(path=path, released=released, stopped=stopped, grades=grades)


def feedback(course, student):
    """Return the text of a feedback, and the points of each function in it."""
    html = course.path("feedback", student).with_suffix(".html").read_text(encoding="utf-8")
    row = r'<a href="#([\w-]+)-check">Test cell</a> \(Score: ([\d.]+) / ([\d.]+)\)'
    points = {
        name.replace("-", "_"): (float(p), float(of)) for name, p, of in re.findall(row, html)
    }
    return unescape(html), points


def test_cells():
    """Each function has a cell to write in and a check, its last expression, worth its points."""
    notebook, _, _ = read("assignment")
    for function, points in POINTS.items():
        code, check = (notebook.cells[place(notebook, function, p)] for p in ("code", "check"))
        assert code.source.startswith(f"def {function}(")
        assert (code.metadata.nbgrader.solution, code.metadata.nbgrader.grade) == (True, False)
        assert check.source == f"check({function})"
        assert (check.metadata.nbgrader.grade, check.metadata.nbgrader.points) == (True, points)
    unlocked = [cell for cell in notebook.cells if not cell.metadata.nbgrader.locked]
    assert len(unlocked) == len(POINTS)


def test_the_students_version(course):
    """It holds no line of a solution and no output; untouched, it runs without an error."""
    stub = ["    # YOUR CODE HERE", "    raise NotImplementedError()"]
    written = [cell for cell in course.released.cells if cell.metadata.nbgrader.solution]
    assert [cell.source.splitlines()[1:] for cell in written] == [stub] * len(POINTS)
    assert not any(cell.get("outputs") for cell in course.released.cells)
    run = nbformat.read(course.path("autograded", "empty"), as_version=4)
    code = [cell for cell in run.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    assert not re.search("'error'|stderr", str([cell.outputs for cell in code]))
    assert code[-1].outputs[0].text == "get_data_loader is not written yet.\n"


def test_grades(course):
    """All right: 100 points; nothing written: 0; a mistake costs what the rubric says."""
    expected = {student: 100 - lost for student, _, lost in MISTAKES.values()}
    expected |= {"solved": 100, "deleted": 100 - 26, "empty": 0, "a-copied": 0}
    assert course.grades == expected


def test_feedback(course):
    """The feedback holds the points of each function, and why the others are lost."""
    text, points = feedback(course, "solved")
    assert points == {name: (of, of) for name, of in POINTS.items()}
    assert "It looks like this:" not in text
    text, points = feedback(course, "empty")
    assert points == {name: (0, of) for name, of in POINTS.items()}
    assert text.count("<p>It is not written yet.</p>") == len(POINTS)
    for function, (student, name, lost) in MISTAKES.items():
        text, points = feedback(course, student)
        reached, of = points[function]
        assert (reached, of) == (POINTS[function] - lost, POINTS[function])
        section = text.partition(f"<h4>{function}: {reached:.0f} of {of:.0f} points</h4>")[2]
        told = section.partition("</section>")[0]
        assert f"It looks like this: {wrong_version(function, name)[0].explanation}" in told


def test_a_deleted_test_cell(course):
    """Its points are lost, without a word; the others stay."""
    _, points = feedback(course, "deleted")
    assert points == {name: (of, of) for name, of in POINTS.items() if name != "train_model"}


def test_a_copied_cell(course):
    """It stops nbgrader, whoever comes next, until that student is left out: issue 1083 there."""
    assert course.stopped.returncode != 0
    log = course.stopped.stdout + course.stopped.stderr
    assert "Cell with id 'train-model-check' exists multiple times!" in log
    assert not course.path("feedback", "a-copied").exists()


def test_the_main_job_passes_errors_on():
    """Only a function of the assignment may be unwritten."""
    with pytest.raises(NotImplementedError, match="elsewhere"), main_job():
        raise NotImplementedError("elsewhere")
