"""What a check found out: a number with everything else in its attributes, as text and as HTML."""

import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fmnist_lib._common import say
from fmnist_lib.coursework.mistakes import Mistake

MARKS = {True: "✓", False: "✗", None: "○"}
WORDS = {True: "right", False: "not right", None: "not run"}


@dataclass(frozen=True)
class Check:
    """One behaviour of a function, as found.

    Attributes
    ----------
    name : str
        The behaviour.
    passed : bool or None
        None if it could not be tried.
    message : str
        Expected and got, if it is wrong.
    points, of : int
        The points reached and possible.
    quantity : str
        The quantity of the trial that was compared.
    hint : str
        A hint, if one was asked for.
    """

    name: str
    passed: bool | None
    message: str
    points: int
    of: int
    quantity: str
    hint: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """A mistake that explains a wrong quantity."""

    mistake: Mistake
    quantity: str

    @property
    def id(self) -> str:
        """The name of the mistake in the catalogue."""
        return self.mistake.name

    @property
    def explanation(self) -> str:
        """What is wrong, and why."""
        return self.mistake.explanation


@dataclass(frozen=True)
class FunctionReport:
    """The checks of one function, and the mistakes that it seems to hold."""

    name: str
    checks: list[Check]
    mistakes: list[Diagnosis] = field(default_factory=list)
    note: str = ""
    """A remark that costs no points, or "not written yet"."""

    @property
    def points(self) -> int:
        """The points reached."""
        return sum(check.points for check in self.checks)

    @property
    def of(self) -> int:
        """The points possible."""
        return sum(check.of for check in self.checks)


class Report(float):
    """The points reached, a number; the attributes say what they are made of.

    Attributes
    ----------
    points, of : float, int
        The points reached and possible.
    seed : int
        The dice of the made data.
    functions : dict
        Each function's `FunctionReport` by name, with its checks and mistakes.
    checks, mistakes : list
        Those of all functions.
    notes : list of str
        What did not run in a file.
    sandbox : str or None
        What locked up the code of a file: "bubblewrap", or nothing.
    """

    def __new__(
        cls,
        functions: dict[str, FunctionReport],
        seed: int,
        hint: int = 0,
        notes: Sequence[str] = (),
        sandbox: str | None = None,
    ) -> "Report":
        """Return the sum of the points with its parts."""
        report = super().__new__(cls, sum(part.points for part in functions.values()))
        report.functions, report.seed, report.hint = functions, seed, hint
        report.notes, report.sandbox = list(notes), sandbox
        return report

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what makes a copy, in another process as well."""
        return Report, (self.functions, self.seed, self.hint, self.notes, self.sandbox)

    functions: dict[str, FunctionReport]
    seed: int
    hint: int
    notes: list[str]
    sandbox: str | None

    @property
    def points(self) -> float:
        """The points reached."""
        return float(self)

    @property
    def of(self) -> int:
        """The points possible."""
        return sum(part.of for part in self.functions.values())

    @property
    def checks(self) -> list[Check]:
        """The checks of all functions."""
        return [check for part in self.functions.values() for check in part.checks]

    @property
    def mistakes(self) -> list[Diagnosis]:
        """The mistakes found in all functions."""
        return [mistake for part in self.functions.values() for mistake in part.mistakes]

    @property
    def text(self) -> str:
        """What a terminal shows."""
        lines = []
        for part in self.functions.values():
            lines.append(f"{part.name}: {part.points} of {part.of} points")
            for check in part.checks:
                lines.append(f"  {MARKS[check.passed]} {_line(check)}")
                lines += [f"      {line}" for line in _below(check, part, self.hint)]
            lines += [f"  {part.note}"] * bool(part.note)
        if len(self.functions) > 1:
            lines.append(f"All functions: {self:.0f} of {self.of} points")
        return "\n".join(lines + self.notes)

    @property
    def html(self) -> str:
        """What a notebook shows: headings and lists, with each mark in words as well."""
        parts = []
        for part in self.functions.values():
            parts.append(f"<h4>{part.name}: {part.points} of {part.of} points</h4>")
            items = []
            for check in part.checks:
                mark = f'<span aria-hidden="true">{MARKS[check.passed]}</span>'
                below = "".join(
                    f'<div style="margin-left: 2em">{html.escape(line)}</div>'
                    for line in _below(check, part, self.hint)
                )
                line = html.escape(_line(check))
                items.append(f"<li>{mark} <b>{WORDS[check.passed]}</b>: {line}{below}</li>")
            parts.append(f'<ul style="list-style: none">{"".join(items)}</ul>')
            parts += [f"<p>{html.escape(part.note)}</p>"] * bool(part.note)
        if len(self.functions) > 1:
            parts.append(f"<p><b>All functions: {self:.0f} of {self.of} points</b></p>")
        parts += [f"<p>{html.escape(note)}</p>" for note in self.notes]
        return f'<section aria-label="Check">{"".join(parts)}</section>'

    @property
    def data(self) -> dict[str, Any]:
        """The same as numbers and texts, for JSON."""
        functions = {
            part.name: {
                "points": part.points,
                "of": part.of,
                "checks": [
                    {"name": c.name, "passed": c.passed, "message": c.message} for c in part.checks
                ],
                "mistakes": [
                    {"id": d.id, "quantity": d.quantity, "explanation": d.explanation}
                    for d in part.mistakes
                ],
            }
            for part in self.functions.values()
        }
        head = {"points": self.points, "of": self.of, "seed": self.seed, "sandbox": self.sandbox}
        return head | {"functions": functions}


def _line(check: Check) -> str:
    """Return a check's behaviour, and the points lost."""
    lost = check.of - check.points
    return check.name + (f" ({lost} point{'s' * (lost > 1)} lost)" if lost else "")


def _below(check: Check, part: FunctionReport, hint: int) -> list[str]:
    """Return what stands below a check: expected and got, the diagnosis, a hint."""
    lines = [check.message] * bool(check.message)
    found = [d.mistake for d in part.mistakes if d.quantity == check.quantity]
    for mistake in found:
        lesson = f" (Lesson {mistake.lesson})" * bool(mistake.lesson)
        lines.append(f"It looks like this: {mistake.explanation}{lesson}")
        lines += [f"Hint: {mistake.hints[hint - 1]}"] * bool(hint)
    if not found and check.hint:
        lines.append(f"Hint: {check.hint}")
    return lines


def show(report: Report) -> None:
    """Show a report: as HTML in a notebook, as text in a terminal."""
    ipython = sys.modules.get("IPython")
    if ipython and ipython.get_ipython():
        content = {"text/plain": report.text, "text/html": report.html}
        ipython.display.display(content, raw=True)
    else:
        say(report.text)
