"""`python -m fmnist_lib check`, `grade` and `lessons`."""

import argparse
import json
import sys
from typing import Any

from fmnist_lib._common import atomic_write, say
from fmnist_lib.coursework import grading
from fmnist_lib.coursework.mistakes import MISTAKES
from fmnist_lib.coursework.report import Report
from fmnist_lib.coursework.submission import bubblewrap, check_file


def check(options: argparse.Namespace) -> int:
    """Check a file; return 0 if all is right, 1 if not, 2 if it is not there."""
    if wrong := _wrong(options):
        return wrong
    try:
        report = check_file(
            options.file, hint=options.hint, seed=options.seed, accepted=options.accept
        )
    except (ImportError, OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return _refuse(f"FILE {str(options.file)!r} was not read: {reason}")
    if options.gradescope:
        with atomic_write(options.gradescope) as file:
            file.write(json.dumps(gradescope(report), indent=1).encode())
    say(json.dumps(report.data, indent=1) if options.json else report.text)
    return 0 if report.points == report.of else 1


def grade(options: argparse.Namespace) -> int:
    """Check a folder; return 0 if all files were checked, 1 if the checker failed in one."""
    if wrong := _wrong(options):
        return wrong
    try:
        graded = grading.grade(
            options.folder,
            options.output,
            accepted=options.accept,
            seed=options.seed,
            progress=False if options.no_progress else None,
        )
    except (ImportError, OSError, ValueError) as error:
        return _refuse(str(error))
    files = f"{len(graded)} file{'s' * (len(graded) != 1)}"
    locked = "in a sandbox (bubblewrap)" if bubblewrap() else "without a sandbox"
    say(f"{files} checked, {locked}. The table: {options.output / 'grades.csv'}")
    failed = [one for one in graded if one.problem.startswith(grading.FAILED)]
    for one in failed:
        print(f"{one.path}: {one.problem}", file=sys.stderr)
    return 1 if failed else 0


def lessons(options: argparse.Namespace) -> int:
    """Write the lessons into a folder; return 0."""
    try:
        from fmnist_lib.coursework.editions import write_lessons

        written, kept = write_lessons(options.folder, teacher=options.teacher, html=options.html)
    except ImportError as error:
        return _refuse(f'the lessons need the extra "notebooks": {error}')
    except OSError as error:
        raise OSError(f"FOLDER {str(options.folder)!r}: {error.strerror or error}") from error
    for path in written:
        say(f"new: {path}")
    for path in kept:
        say(f"kept as it is: {path}")
    return 0


def _wrong(options: argparse.Namespace) -> int:
    """Refuse, with 2, mistakes that are not in the catalogue and a sandbox that is not there."""
    names = {mistake.name for mistake in MISTAKES}
    if unknown := [name for name in options.accept if name not in names]:
        return _refuse(
            f"--accept {unknown[0]!r} is no mistake; allowed: {', '.join(sorted(names))}"
        )
    if options.require_sandbox and not bubblewrap():
        return _refuse("--require-sandbox: bubblewrap (bwrap) is not installed, or may not run")
    return 0


def _refuse(message: str) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return 2


def gradescope(report: Report) -> dict[str, Any]:
    """Return what Gradescope's autograder reads: a test for each function."""
    tests = [
        {
            "name": name,
            "score": part.points,
            "max_score": part.of,
            "status": "passed" if part.points == part.of else "failed",
            "output": Report({name: part}, report.seed, report.hint).text,
        }
        for name, part in report.functions.items()
    ]
    return {"score": report.points, "output": "\n".join(report.notes), "tests": tests}
