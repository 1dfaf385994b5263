"""A class: a table of points, and a page and the JSON for each file that was handed in."""

import csv
import html
import io
import json
import multiprocessing
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path

import torch

from fmnist_lib._common import progress_bar
from fmnist_lib.coursework.made import whole_set
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.coursework.report import FunctionReport, Report
from fmnist_lib.coursework.rubric import RUBRIC
from fmnist_lib.coursework.submission import Runner, check_file

FAILED = "THE CHECKER FAILED, not the file"

HIDDEN = ("__pycache__", ".")  # begin the names of folders that hold nothing that was handed in


@dataclass
class Graded:
    """A file that was handed in: its report, or why there is none."""

    path: Path  # in the folder
    report: Report | None = None
    problem: str = ""

    @property
    def why(self) -> str:
        """Where the points were lost, in words."""
        if self.report is None:
            return self.problem
        parts = [_why(part) for part in self.report.functions.values() if part.points < part.of]
        return " ".join(part for part in parts if part)


def _why(part: FunctionReport) -> str:
    """Return why a function lost points: its mistakes, and what is wrong without one."""
    if part.checks[0].passed is None:  # a stub
        return f"{part.name}: not written yet."
    explained = {d.quantity for d in part.mistakes}
    faults = [*dict.fromkeys(d.id.replace("-", " ") for d in part.mistakes)]
    rest = [c for c in part.checks if c.passed is False and c.quantity not in explained]
    faults += [c.message if c.quantity == "error" else f"not {c.name}" for c in rest]
    return f"{part.name}: {'; '.join(faults).rstrip('.')}."


def files_in(folder: Path) -> list[Path]:
    """Return all files below a folder, in the order of their names, hidden ones aside."""
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not any(part.startswith(HIDDEN) for part in inside.parts) and not (
            path.is_dir() and not path.is_symlink()
        ):
            found.append(inside)
    return found


def grade(
    folder: Path,
    output: Path,
    *,
    accepted: Collection[str] = (),
    seed: int | None = None,
    progress: bool | None = None,
) -> list[Graded]:
    """Check each file in a folder, and write the results into another one.

    Parameters
    ----------
    folder : Path
        What was handed in: `.py` and `.ipynb` files, in folders as well. Nothing in it is changed.
    output : Path
        The folder of results; it must not exist yet. It is there at the end, complete, or not at
        all: `grades.csv`, and for each file a page and its JSON.
    accepted, seed
        As for `check_file`.
    progress : bool, optional
        Show a progress bar. By default, in terminals.

    Returns
    -------
    list of Graded
        One for each file, whatever happened to it.

    Raises
    ------
    OSError, ValueError
        `folder` or `output` won't do; the message says why.
    """
    folder = folder.resolve(strict=True)
    output = output.absolute()
    if output.exists() or output.is_symlink():
        raise ValueError(f"{str(output)!r} exists already: name a new folder")
    if output.resolve().is_relative_to(folder):
        raise ValueError("the results can't lie in the folder of what was handed in")
    if Path.cwd().is_relative_to(folder):
        raise ValueError("start it elsewhere: Python would import what was handed in as torch.py")
    paths = files_in(folder)
    if not paths:
        raise ValueError(f"there is no file in {str(folder)!r}")
    for training in (True, False):
        whole_set(training)  # drawn once, if it must be, and not in each process
    output.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(prefix=".fmnist_lib-", dir=output.parent))
    try:
        graded = list(_all(folder, paths, accepted, seed, progress))
        graded.sort(key=lambda one: paths.index(one.path))
        _write(graded, half)
        half.chmod(0o777 & ~_umask())
        half.rename(output)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return graded


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _all(
    folder: Path,
    paths: list[Path],
    accepted: Collection[str],
    seed: int | None,
    progress: bool | None,
) -> Iterator[Graded]:
    """Check all files, two at a time on two cores, and yield each when it is done."""
    spawn = multiprocessing.get_context("spawn")  # PyTorch has threads, which a fork loses
    workers = min(len(paths), os.cpu_count() or 1)
    bar = progress_bar(len(paths), desc="Checking", unit="file", show=progress)
    others = {*multiprocessing.active_children()}
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as rooms,
        bar as shown,
        ProcessPoolExecutor(workers, spawn, _start_runner, (folder, rooms)) as pool,
    ):
        jobs = {pool.submit(_check, folder, path, accepted, seed): path for path in paths}
        try:
            for job in as_completed(jobs):
                yield _result(job, jobs[job])
                shown.update()
        except BaseException:  # Ctrl-C: nobody waits for what is running
            for process in {*multiprocessing.active_children()} - others:
                process.terminate()
            raise


def _result(job: "Future[Graded]", path: Path) -> Graded:
    """Return what a job found out; a checker that failed is no fault of the file."""
    try:
        return job.result()
    except Exception as error:
        return Graded(path, problem=f"{FAILED}: {error!r}")


_runner: Runner | None = None  # of a process of the pool


def _start_runner(folder: Path, rooms: str) -> None:
    """Give this process of the pool what submissions run in, and one thread for itself."""
    global _runner
    torch.set_num_threads(1)
    tempfile.tempdir = rooms  # which the first process removes, whatever happens here
    _runner = Runner(hide=folder)
    Finalize(None, _runner.__exit__, exitpriority=1)


def _check(folder: Path, path: Path, accepted: Collection[str], seed: int | None) -> Graded:
    """Check one file, in a process of the pool."""
    whole = folder / path
    try:
        if not whole.resolve().is_relative_to(folder):
            return Graded(path, problem="It is a link that leads out of the folder.")
        return Graded(path, check_file(whole, seed=seed, accepted=accepted, runner=_runner))
    except (OSError, ValueError, RuntimeError) as error:  # the last one for links in a circle
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Graded(path, problem=f"It was not read: {reason}.")


# --- what is written -----------------------------------------------------------------------------


def _write(graded: list[Graded], folder: Path) -> None:
    """Write the table, the pages and the JSON."""
    taken: set[str] = set()
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["student", "file", *FUNCTIONS, "total", "of", "why", "page"])
    students = Counter(_student(one.path) for one in graded)
    for one in graded:
        name = re.sub(r"[^\w.-]+", "_", one.path.as_posix()).strip("._-")[:100] or "file"
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        data = one.report.data if one.report is not None else {"problem": one.problem}
        _save(folder / f"{name}.html", page(one))
        _save(folder / f"{name}.json", json.dumps(data, indent=1))
        parts = one.report.functions if one.report is not None else {}
        points = [parts[f].points if f in parts else 0 for f in FUNCTIONS]
        student = _student(one.path)
        twice = f" {students[student]} files of this student." * (students[student] > 1)
        row = [student, str(one.path), *points, sum(points), FULL, one.why + twice, f"{name}.html"]
        table.writerow([_cell(value) for value in row])
    _save(folder / "grades.csv", "\ufeff" + stream.getvalue())  # the mark is for Excel


def _save(path: Path, text: str) -> None:
    """Write a text, in which names may stand that are no Unicode."""
    path.write_bytes(text.encode("utf-8", "backslashreplace"))


FULL = sum(behaviour.points for behaviours in RUBRIC.values() for behaviour in behaviours)


def _student(path: Path) -> str:
    """Return whose file it is: the outermost folder's name, or the file's."""
    return path.parts[0] if len(path.parts) > 1 else path.stem


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(tuple("=+-@\t\r")) else value


PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto }}
li {{ margin: 0.3rem 0; overflow-wrap: anywhere }}
h2 {{ font-size: 1.1rem; margin: 1.5rem 0 0 }} ul {{ padding: 0 }}
</style>
<h1>{title}</h1>
{body}
</html>
"""


def page(one: Graded) -> str:
    """Return the page of feedback for a file."""
    title = html.escape(str(one.path))
    if one.report is None:
        return PAGE.format(title=title, body=f"<p>{html.escape(one.problem)}</p>")
    report = one.report
    again = f"python -m fmnist_lib check FILE --seed {report.seed}"
    locked = "in a sandbox (bubblewrap)" if report.sandbox else "without a sandbox"
    body = f"""<p><b>{report:.0f} of {report.of} points.</b> ✓ is right, ✗ is not right, and ○ could
not be tried.</p>
{report.html.replace("h4>", "h2>")}
<p>To see the same result: <code>{again}</code>; with <code>--hint 1</code> or <code>--hint 2</code>
it says more. The code ran {locked}.</p>"""
    return PAGE.format(title=title, body=body)
