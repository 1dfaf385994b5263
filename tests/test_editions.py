"""A student's copy of the lessons: nothing solved, nothing lost, nothing overwritten."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from helpers import run_python
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from fmnist_lib.__main__ import main
from fmnist_lib.coursework.editions import (
    BEGIN,
    END,
    STUB,
    cleared,
    sources,
    student_edition,
    web_page,
    write_lessons,
)

NAMES = [path.stem for path in sources()]
AFTER = "<details><summary>Read this after the run</summary>\n\n"


def read(path):
    """Return a notebook."""
    return nbformat.read(path, as_version=4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # in what nbgrader imports
@pytest.mark.parametrize("path", sources(), ids=NAMES)
def test_as_nbgrader(path):
    """The code is what nbgrader's own ClearSolutions makes with the same stub."""
    from nbgrader.preprocessors import ClearSolutions

    theirs, _ = ClearSolutions(code_stub={"python": STUB}).preprocess(read(path), {})
    code = [
        [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        for notebook in (student_edition(read(path)), theirs)
    ]
    assert code[0] == code[1]


@pytest.mark.parametrize("path", sources(), ids=NAMES)
def test_no_solution_survives(path):
    """No line of a solution stands in a code cell, and no output, note or mark is left."""
    notebook, edition = read(path), student_edition(read(path))
    code = [cell for cell in edition.cells if cell.cell_type == "code"]
    left = {line.strip() for cell in code for line in cell.source.split("\n")}
    outside = {line.strip() for c in notebook.cells for line in cleared(c.source).split("\n")}
    for cell in notebook.cells:
        for solution in re.findall(f"{BEGIN}\n(.*?)[^\n]*{END}", cell.source, re.DOTALL):
            lines = {line.strip() for line in solution.split("\n")}
            assert lines & left <= outside | {""}
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert not any("SOLUTION" in cell.source for cell in code)
    assert not any("For the teacher" in cell.source for cell in edition.cells)
    nbformat.validate(edition)


def solved_notebook():
    """Return a notebook with a blank: text, code, hints; a note; a picture."""
    source = f"def f(x):\n    ### {BEGIN}\n    return x + 1\n    ### {END}\n\n\nf = checked(f)"
    picture = new_output("display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<F>"})
    outputs = [new_output("stream", text="✓ f: right\n"), picture]
    return new_notebook(
        cells=[
            new_markdown_cell("Add one.", id="what"),
            new_markdown_cell("**For the teacher** · Wait.", metadata={"tags": ["teacher"]}),
            new_code_cell(
                source, id="blank", outputs=outputs, execution_count=3, metadata={"a": 1}
            ),
            new_markdown_cell("<details><summary>Hint</summary>\n\nPlus.\n\n</details>", id="h"),
            new_markdown_cell("<details><summary>Other</summary>\n\nx\n\n</details>", id="other"),
        ]
    )


def test_the_folded_cell():
    """Expected output, hints, solution, in this order, in the cell below the blank alone."""
    notebook = solved_notebook()
    what, blank, folded, other = student_edition(notebook).cells
    assert blank.source == f"def f(x):\n    {STUB}\n\n\nf = checked(f)"
    assert (blank.outputs, blank.execution_count, blank.metadata) == ([], None, {"a": 1})
    titles = re.findall("<summary>(.*?)</summary>", folded.source)
    assert titles == ["Expected output", "Hint", "Solution"]
    assert "```text\n✓ f: right\n```" in folded.source
    assert "```python\ndef f(x):\n    return x + 1\n\n\nf = checked(f)\n```" in folded.source
    assert folded.attachments == {"expected1.png": {"image/png": "iVBORw0KGgo="}}
    assert "attachment:expected1.png" in folded.source
    assert (what.source, other.source.count("summary")) == ("Add one.", 2)
    assert notebook == solved_notebook() | {"cells": notebook.cells}
    assert BEGIN in notebook.cells[2].source, "the original is left as it was"


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        ("It is 3.\n\nSo odd.", f"{AFTER}It is 3.\n\nSo odd.\n\n</details>\n\n"),
        ("It is 3.\n\n## Next\n\nb", f"{AFTER}It is 3.\n\n</details>\n\n## Next\n\nb"),
        ("It is 3.\n\n**Predict 2:** b?", f"{AFTER}It is 3.\n\n</details>\n\n**Predict 2:** b?"),
        ("## Next\n\nb", "## Next\n\nb"),
    ],
)
def test_what_tells_an_answer_is_folded(below, expected):
    """The text below an answer is folded, up to the next heading or question; no other text is."""
    cells = [
        new_code_cell('from fmnist_lib.coursework import reveal\n\npredict("1", None)'),
        new_markdown_cell("Before it."),
        new_code_cell('reveal("1", 3)'),
        new_markdown_cell("Ask.", metadata={"tags": ["teacher"]}),
        new_markdown_cell(below),
        new_markdown_cell("After it."),
    ]
    edition = student_edition(new_notebook(cells=cells))
    texts = [cell.source for cell in edition.cells if cell.cell_type == "markdown"]
    assert texts == ["Before it.", expected, "After it."]


def test_what_a_cell_without_a_question_tells():
    """A cell marked as an answer has the text below it folded, too."""
    for tags, folded in ((["answer"], True), (["other"], False)):
        cells = [new_code_cell("draw()", metadata={"tags": tags}), new_markdown_cell("It falls.")]
        [_, below] = student_edition(new_notebook(cells=cells)).cells
        assert below.source.startswith(AFTER) == folded


def test_only_links_lead_to_web_pages():
    """A link to a notebook leads to its page; a notebook's name in the text stays."""
    text = "# A\n\n[next](b.ipynb), or open b.ipynb. [far](https://a.org/c.html)"
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    page = web_page(notebook)
    assert notebook.cells[0].source == text, "the original is left as it was"
    assert re.findall('href="([^#]*?)"', page.partition("<main")[2]) == [
        "b.html",
        "https://a.org/c.html",
    ]
    assert "or open b.ipynb." in page


@pytest.mark.parametrize("path", sources(), ids=NAMES)
def test_no_answer_beside_its_question(path):
    """In a student's copy, what follows an answer is a heading, a question, or folded."""
    cells = student_edition(read(path)).cells
    for answer, below in pairwise(cells):
        if "reveal(" in answer.source and below.cell_type == "markdown":
            assert below.source.startswith(("#", "**", "<details>"))


def test_command(tmp_path, capsys):
    """`lessons FOLDER` writes each lesson; a second time it changes nothing, whatever is there."""
    folder = tmp_path / "a" / "mine"
    assert main(["lessons", str(folder)]) == 0
    assert sorted(path.stem for path in folder.iterdir()) == NAMES
    assert capsys.readouterr().out.count("new: ") == len(NAMES)
    worked_in = folder / f"{NAMES[0]}.ipynb"
    worked_in.write_text("my work", encoding="utf-8")
    (folder / f"{NAMES[1]}.ipynb").unlink()
    assert main(["lessons", str(folder)]) == 0
    out = capsys.readouterr().out
    assert f"new: {folder / NAMES[1]}.ipynb" in out
    assert out.count("kept as it is: ") == len(NAMES) - 1
    assert worked_in.read_text(encoding="utf-8") == "my work"
    assert sorted(path.stem for path in folder.iterdir()) == NAMES, "no file of any other kind"


def test_teacher(tmp_path):
    """A teacher's copy is the notebook itself, with solutions, outputs and notes."""
    write_lessons(tmp_path, teacher=True)
    for path in sources():
        assert read(tmp_path / path.name) == read(path)


def test_web_pages_without_nbconvert(tmp_path, monkeypatch, capsys):
    """One sentence says what is needed, and nothing is written."""
    monkeypatch.setitem(sys.modules, "nbconvert", None)
    assert main(["lessons", str(tmp_path / "here"), "--html"]) == 2
    assert 'the lessons need the extra "notebooks"' in capsys.readouterr().err
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize("teacher", [True, False])
def test_web_pages(tmp_path, teacher):
    """Each lesson is a page with its title; its links lead to the other pages, not to notebooks."""
    written, _ = write_lessons(tmp_path, teacher=teacher, html=True)
    assert [path.name for path in written] == [f"{name}.html" for name in NAMES]
    pages = {path.name: path.read_text(encoding="utf-8") for path in written}
    links = {link for text in pages.values() for link in re.findall('href="([^"#:]+)"', text)}
    assert links <= pages.keys()
    assert not [text for text in pages.values() if "<script src" in text]
    lesson = pages["05_evaluating.html"]
    assert "<title>Lesson 5: Evaluating</title>" in lesson
    assert 'href="06_exploring.html"' in lesson
    assert ("For the teacher" in lesson) == teacher
    assert ("Accuracy: 84." in lesson) == teacher


def test_folder_that_cannot_be_made(tmp_path, capsys):
    """The error names the argument, the value and the reason."""
    (tmp_path / "file").touch()
    assert main(["lessons", str(tmp_path / "file")]) == 1
    assert f"FOLDER {str(tmp_path / 'file')!r}: " in capsys.readouterr().err


@pytest.mark.proof
def test_without_nbformat(tmp_path):
    """Without the extra "notebooks", one sentence says what is needed."""
    code = (
        "import sys; sys.modules['nbformat'] = None\n"
        "from fmnist_lib.__main__ import main; sys.exit(main(['lessons', 'here']))"
    )
    result = run_python("-c", code, cwd=tmp_path)
    assert result.returncode == 2
    assert 'the lessons need the extra "notebooks"' in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "here").exists()


def without_extras(notebook):
    """Return a notebook without its Extra code: a heading, a line or a comment says so."""
    cells, extra = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.split("\n"):
                if line.startswith("#"):
                    extra = "Extra" in line
                extra = extra or line.startswith("*Extra")
        if cell.cell_type == "markdown" or not (extra or "# Extra" in cell.source):
            cells.append(cell)
    return new_notebook(cells=cells, metadata=notebook.metadata)


def test_what_is_left_out():
    """An Extra goes up to the next heading, wherever in a cell that stands."""
    texts = [
        *("## A", "### B\n\n*Extra, about 2 minutes*\n\nb", "More of it.", "So b.\n\n## C\n\nc"),
        *("## Extra: d", "### E\n\n*Core, about 2 minutes*", "## Extra: F"),
    ]
    pairs = [(new_markdown_cell(text), new_code_cell(str(i))) for i, text in enumerate(texts)]
    notebook = without_extras(new_notebook(cells=[cell for pair in pairs for cell in pair]))
    assert [cell.source for cell in notebook.cells if cell.cell_type == "markdown"] == texts
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert code == ["0", "3", "5"]
    commented = new_notebook(cells=[new_code_cell("x = 1  # Extra: x")])
    assert without_extras(commented).cells == []


@pytest.mark.proof
@pytest.mark.parametrize("name", [name for name in NAMES if name[0].isdigit()])
def test_an_extra_can_be_left_out(name, tmp_path, monkeypatch):
    """A lesson without its Extra cells runs from its top to its end."""
    monkeypatch.setenv("FMNIST_SOURCE", "sketches")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    [path] = [path for path in sources() if path.stem == name]
    notebook = without_extras(student_edition(read(path)))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()


@pytest.mark.proof
@pytest.mark.parametrize("name", [name for name in NAMES if name != "assignment"])
def test_nobody_is_stuck(name, tmp_path, monkeypatch):
    """With every blank empty and no guess made, a lesson runs from its top to its end."""
    monkeypatch.setenv("FMNIST_SOURCE", "sketches")
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    [path] = [path for path in sources() if path.stem == name]
    edition = student_edition(read(path))
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(edition, timeout=120, kernel_name="python3", resources=resources).execute()
    code = [cell for cell in edition.cells if cell.cell_type == "code"]
    outputs = [(cell.source, str(cell.outputs)) for cell in code]
    blanks = [output for source, output in outputs if STUB in source]
    assert all("not yet\\nThe lesson goes on with the library" in out for out in blanks)
    assert not any("'name': 'stderr'" in output for _, output in outputs if "○" not in output)
    assert not Path(tmp_path, "my_predictions.json").exists()
