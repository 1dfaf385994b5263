"""The lessons as a student or a teacher gets them, made from the notebooks of the project."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat

from fmnist_lib._common import atomic_write

STUB = "...  # your code"
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
FOLD = "<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def sources() -> list[Path]:
    """Return the notebooks of the project: beside the package, or in it if it was installed."""
    package = Path(__file__).parent.parent
    for folder in (package.parent / "notebooks", package / "notebooks"):
        if found := sorted(folder.glob("*.ipynb")):
            return found
    raise FileNotFoundError("the notebooks are not part of this installation")


def write_lessons(
    folder: Path, *, teacher: bool = False, html: bool = False
) -> tuple[list[Path], list[Path]]:
    """Write the notebooks into a folder; a file that is there stays as it is.

    Parameters
    ----------
    folder : pathlib.Path
        Made if it isn't there.
    teacher : bool
        Whether solutions, outputs, and notes for the teacher stay in.
    html : bool
        Whether to write web pages in place of notebooks.

    Returns
    -------
    written, kept : list of pathlib.Path
        The new files, and those that were there.
    """
    written, kept = [], []
    for source in sources():
        target = folder / source.with_suffix(".html" if html else ".ipynb").name
        if target.exists():
            kept.append(target)
            continue
        notebook = nbformat.read(source, as_version=4)
        if not teacher:
            notebook = student_edition(notebook)
        text = (web_page if html else nbformat.writes)(notebook) + "\n"
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as file:
            file.write(text.encode())
        written.append(target)
    return written, kept


def web_page(notebook: Any) -> str:
    """Return a notebook as HTML that needs no network; its links lead to web pages, too."""
    from nbconvert import HTMLExporter

    page = deepcopy(notebook)
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(".ipynb)", ".html)")
    title = page.cells[0].source.split("\n")[0].removeprefix("# ")
    exporter = HTMLExporter()  # type: ignore[no-untyped-call]
    text, _ = exporter.from_notebook_node(page, {"metadata": {"name": title}})
    return re.sub(
        r'<script src="https:[^>]*>\s*</script>', "", text
    )  # for formulas: there are none


def student_edition(notebook: Any) -> Any:
    """Return a notebook without solutions, outputs and notes for the teacher.

    A cell with a solution gets a stub in its place, as nbgrader's ClearSolutions puts it. In the
    folded cell below it, the output that is to be expected comes first, the solution last. Folded
    is also the text below an answer, so that nobody reads it before guessing.
    """
    edition = deepcopy(notebook)
    edition.cells = []
    solved: Any = None
    told = False
    for original in notebook.cells:
        cell = deepcopy(original)
        if "teacher" in cell.metadata.get("tags", ()):
            continue
        if cell.cell_type == "code":
            solved = original if BEGIN in cell.source else None
            told = "reveal(" in cell.source or "answer" in cell.metadata.get("tags", ())
            cell.source, cell.outputs, cell.execution_count = cleared(cell.source), [], None
        elif solved and cell.source.startswith("<details>"):
            _add_solution(cell, solved)
            solved = None
        elif told:
            cell.source = _answer_folded(cell.source)
            told = False
        edition.cells.append(cell)
    return edition


def cleared(source: str) -> str:
    """Return the source of a cell with a stub in place of each solution."""
    lines, inside = [], False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
            lines.append(line[: len(line) - len(line.lstrip())] + STUB)
        elif END in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def _answer_folded(source: str) -> str:
    """Fold what a text says about an answer: all up to its next heading or question."""
    answer = re.split(r"^(?:#|\*\*)", source, maxsplit=1, flags=re.MULTILINE)[0]
    if not answer.strip():
        return source
    return (
        FOLD.format(title="Read this after the run", text=answer.strip())
        + "\n\n"
        + source[len(answer) :]
    )


def _add_solution(cell: Any, solved: Any) -> None:
    """Put the expected output before the hints of a folded cell, and the solution after them."""
    texts = []
    for number, output in enumerate(solved.outputs):
        if output.output_type == "stream":
            texts.append(f"```text\n{output.text.rstrip()}\n```")
        elif image := output.get("data", {}).get("image/png"):
            name = f"expected{number}.png"
            cell.setdefault("attachments", {})[name] = {"image/png": image}
            texts.append(f"![the expected picture](attachment:{name})")
    code = "\n".join(line for line in solved.source.split("\n") if "### " not in line)
    parts = [FOLD.format(title="Expected output", text="\n\n".join(texts))] if texts else []
    parts += [cell.source, FOLD.format(title="Solution", text=f"```python\n{code}\n```")]
    cell.source = "\n\n".join(parts)
