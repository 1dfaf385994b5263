"""A class: the table, the pages, and the commands `check` and `grade`."""

import csv
import json
import os
import re
from concurrent.futures import Future
from pathlib import Path

import nbformat
import pytest

from fmnist_lib import __main__ as command
from fmnist_lib.coursework import commands, grading
from fmnist_lib.coursework.grading import Graded, files_in, grade, page
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.coursework.report import Check, FunctionReport, Report
from fmnist_lib.coursework.rubric import RUBRIC
from fmnist_lib.coursework.submission import bubblewrap

RIGHT = (Path(__file__).parent / "students/right/s03.py").read_text(encoding="utf-8")
WRONG = RIGHT.replace("loss_sum += loss.item() * len(labels)", "loss_sum += loss.item()", 1)


@pytest.fixture(autouse=True)
def _sketches(monkeypatch, tmp_path_factory, tmp_path):
    """Keep the sketches, and work in an empty folder."""
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path_factory.getbasetemp() / "sketches"))
    monkeypatch.chdir(tmp_path)


def state(folder):
    """Return what is in a folder, with sizes and times."""
    return {p: (p.lstat().st_size, p.lstat().st_mtime_ns) for p in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the results of a class in which much is wrong, by file, and their folder."""
    base = tmp_path_factory.mktemp("class")
    folder = base / "handed in"
    (folder / "anna").mkdir(parents=True)
    (folder / ".ipynb_checkpoints").mkdir()
    texts = {
        "Jörg <b>Müller.py": RIGHT,
        "=1+1.py": WRONG,
        "anna/a.py": "",
        "anna/b.ipynb": nbformat.writes(nbformat.v4.new_notebook()),
        ".ipynb_checkpoints/b.ipynb": "{}",
        "answer.txt": "I have no time",
        "../secret.py": "secret",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "link.py").symlink_to(base / "secret.py")
    (folder / "circle.py").symlink_to(folder / "circle.py")
    os.mkfifo(folder / "pipe.py")
    before = state(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FMNIST_CACHE", str(tmp_path_factory.getbasetemp() / "sketches"))
        patch.chdir(base)
        assert command.main(["grade", str(folder), "--output", str(base / "results")]) == 0
    assert state(folder) == before
    assert sorted(p.name for p in base.iterdir()) == ["handed in", "results", "secret.py"]
    with (base / "results/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    return rows, base / "results"


def test_a_row_for_each_file(graded):
    """Each file has its points, in all and for each function, or a sentence that says why not."""
    rows, _ = graded
    assert {name: int(row["total"]) for name, row in rows.items()} == {
        **{"Jörg <b>Müller.py": 100, "'=1+1.py": 95, "anna/a.py": 0, "anna/b.ipynb": 0},
        **{"answer.txt": 0, "link.py": 0, "circle.py": 0, "pipe.py": 0},
    }
    right = [int(rows["Jörg <b>Müller.py"][name]) for name in FUNCTIONS]
    assert (right, rows["Jörg <b>Müller.py"]["why"]) == ([12, 14, 26, 20, 16, 12], "")
    assert rows["'=1+1.py"]["why"] == "train_model: batch losses over images."
    assert rows["'=1+1.py"]["student"] == "'=1+1"
    assert rows["anna/a.py"]["student"] == rows["anna/b.ipynb"]["student"] == "anna"
    assert rows["anna/a.py"]["why"].startswith("get_data_loader: not written yet.")
    assert rows["anna/a.py"]["why"].endswith("2 files of this student.")
    assert "must be a .py or an .ipynb file" in rows["answer.txt"]["why"]
    assert rows["link.py"]["why"] == "It is a link that leads out of the folder."
    assert rows["circle.py"]["why"].startswith("It was not read")
    assert "no regular file" in rows["pipe.py"]["why"]


def test_a_page_and_json_for_each_file(graded):
    """The page says what the check says; names can do no harm; the JSON has the same numbers."""
    rows, results = graded
    pages = [row["page"] for row in rows.values()]
    assert len(set(pages)) == len(pages)
    assert len([*results.iterdir()]) == 2 * len(rows) + 1
    text = (results / rows["'=1+1.py"]["page"]).read_text(encoding="utf-8")
    assert "mean of" in text or "divided" in text
    assert "<b>95 of 100 points.</b>" in text
    data = json.loads((results / "1_1.py.json").read_text(encoding="utf-8"))
    assert f"--seed {data['seed']}" in text
    assert data["functions"]["train_model"]["mistakes"][0]["id"] == "batch-losses-over-images"
    text = (results / rows["Jörg <b>Müller.py"]["page"]).read_text(encoding="utf-8")
    assert "<h1>Jörg &lt;b&gt;Müller.py</h1>" in text
    assert re.search(r"<html lang=.en.>.*<meta charset=.utf-8.>.*<title>", text, re.DOTALL)


def test_all_or_nothing(monkeypatch, tmp_path):
    """What goes wrong at the end leaves no half of the results."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/answer.txt").write_text("x")
    monkeypatch.setattr(grading, "_write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        grade(Path("in"), Path("out"))
    assert os.listdir() == ["in"]


def test_the_checkers_own_failure():
    """It is a row, too, and doesn't blame the student."""
    job = Future()
    job.set_exception(RuntimeError("no memory"))
    problem = grading._result(job, Path("a.py")).problem
    assert problem == "THE CHECKER FAILED, not the file: RuntimeError('no memory')"


def test_names_of_pages(tmp_path):
    """Names that differ in what a file name may not hold get pages of their own."""
    names = [
        "a?.py",
        "a!.py",
        "A_.py",
        "a_.py_",
        "..",
        "b/c.py",
        "b_c.py",
        "caf\udce9.py",
        "d" * 250,
    ]
    grading._write([Graded(Path(name), problem="x") for name in names], tmp_path)
    assert len([*tmp_path.glob("*.html")]) == len([*tmp_path.glob("*.json")]) == len(names)
    assert "caf\\udce9.py" in (tmp_path / "grades.csv").read_text(encoding="utf-8")


def test_files_in_order(tmp_path):
    """Hidden folders are no hand-ins."""
    for name in ("b.py", "a/x.py", ".git/x.py", "__pycache__/x.py", ".hidden.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert files_in(tmp_path) == [Path("a/x.py"), Path("b.py")]


# --- the command line ----------------------------------------------------------------------------


def report(points, **options):
    """Return a report of one function."""
    check = Check("it runs", points == 14, "" if points == 14 else "it fails", points, 14, "error")
    return Report({"build_model": FunctionReport("build_model", [check])}, 3, **options)


@pytest.mark.parametrize(("points", "status"), [(14, 0), (5, 1)])
def test_check(points, status, monkeypatch, capsys):
    """It prints what a terminal shows, and its status says whether all is right."""
    asked = {}
    made = report(points, notes=["Not run: 1 call."])
    monkeypatch.setattr(
        commands, "check_file", lambda path, **o: asked.update(o, path=path) or made
    )
    assert command.main(["check", "a b.py", "--hint", "2", "--seed", "9"]) == status
    assert asked == {"path": Path("a b.py"), "hint": 2, "seed": 9, "accepted": []}
    out, err = capsys.readouterr()
    assert out == made.text + "\n"
    assert out.endswith("Not run: 1 call.\n")
    assert err == ""


@pytest.mark.proof
def test_json_and_gradescope(capsys, tmp_path):
    """JSON alone is printed, with these keys; Gradescope gets a test for each function."""
    Path("work.py").write_text(WRONG, encoding="utf-8")
    arguments = ["check", "work.py", "--seed", "1", "--json", "--gradescope", "results.json"]
    assert command.main(arguments) == 1
    out, err = capsys.readouterr()
    data = json.loads(out)
    assert err == ""
    assert list(data) == ["points", "of", "seed", "sandbox", "functions"]
    assert (data["points"], data["of"], list(data["functions"])) == (95, 100, list(FUNCTIONS))
    assert data["sandbox"] == ("bubblewrap" if bubblewrap() else None)
    part = data["functions"]["train_model"]
    assert list(part) == ["points", "of", "checks", "mistakes"]
    assert (part["points"], part["of"]) == (21, 26)
    assert {"name": "it runs", "passed": True, "message": ""} in part["checks"]
    [mistake] = part["mistakes"]
    assert list(mistake) == ["id", "quantity", "explanation"]
    results = json.loads(Path("results.json").read_text(encoding="utf-8"))
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 95
    assert [test["max_score"] for test in results["tests"]] == [12, 14, 26, 20, 16, 12]
    assert mistake["explanation"] in results["tests"][2]["output"]


WRONG_USE = {
    "no file": (["check", "nowhere.py"], "FILE 'nowhere.py' was not read: No such file"),
    "another kind": (["check", "."], "must be a .py or an .ipynb file"),
    "no mistake": (["check", "a.py", "--accept", "none"], "--accept 'none' is no mistake"),
    "no folder": (["grade", "nowhere", "--output", "out"], "nowhere"),
    "empty": (["grade", "empty", "--output", "out"], "there is no file in"),
    "there already": (["grade", "full", "--output", "empty"], "exists already"),
    "inside": (["grade", "full", "--output", "full/out"], "can't lie in the folder"),
    "here": (["grade", ".", "--output", "../out"], "start it elsewhere"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use(arguments, message, capsys):
    """Wrong use has status 2, a sentence, and leaves nothing."""
    Path("empty").mkdir()
    Path("full").mkdir()
    Path("full/a.py").touch()
    assert command.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Error: ")
    assert message in err
    assert sorted(os.listdir()) == ["empty", "full"]


def test_a_sandbox_can_be_required(monkeypatch, capsys):
    """Without one, nothing is run."""
    monkeypatch.setattr(commands, "bubblewrap", lambda: False)
    assert command.main(["check", "a.py", "--require-sandbox"]) == 2
    assert "bubblewrap (bwrap) is not installed" in capsys.readouterr().err


def test_a_failed_checker_has_a_status(monkeypatch, capsys):
    """The teacher is told of a check that failed."""
    rows = [Graded(Path("a.py"), problem=f"{grading.FAILED}: no memory"), Graded(Path("b.py"))]
    monkeypatch.setattr(grading, "grade", lambda *_, **__: rows)
    assert command.main(["grade", "in", "--output", "out"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("2 files checked")
    assert err == "a.py: THE CHECKER FAILED, not the file: no memory\n"


def test_help(capsys):
    """Each command has a help; the main one names them."""
    for arguments in ([], ["check"], ["grade"]):
        with pytest.raises(SystemExit, match="0"):
            command.main([*arguments, "--help"])
        assert "Exit status" in capsys.readouterr().out


def test_the_page_for_teachers():
    """It says what each line is worth."""
    path = Path(__file__).parent.parent / "docs/teaching.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [
        (row[2].strip(), row[3].strip()) for row in (line.split("|") for line in lines) if row[3:]
    ]
    wanted = [(one.name, str(one.points)) for behaviours in RUBRIC.values() for one in behaviours]
    assert [row for row in told if row in wanted] == wanted
    assert sum(int(points) for _, points in wanted) == 100


def test_a_page_without_a_report():
    """What was not read has a page, too."""
    assert "<p>It was not read: too large.</p>" in page(
        Graded(Path("a.py"), problem="It was not read: too large.")
    )
