"""A student's predictions: written down before the answer, and compared with it."""

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from fmnist_lib._common import atomic_write, say
from fmnist_lib._marks import NEUTRAL, RIGHT
from fmnist_lib.coursework.answers import readings
from fmnist_lib.evaluation import wilson_interval

FILE = Path("my_predictions.json")
"""In the folder of the notebook, which is where its kernel works."""

EDGES = (0, 20, 40, 60, 80, 100)
"""Of the groups of guesses, by how sure they were, in percent."""

_revealed: set[str] = set()  # in this kernel
_unsaved: dict[str, dict[str, Any]] = {}  # where the folder can't be written


def predict(
    question: str,
    guess: Any,
    *more: Any,
    sure: float | None = None,
    among: Sequence[Any] | None = None,
) -> None:
    """Write down a guess before the answer is known; the last one before `reveal` counts.

    Guesses are kept in ``my_predictions.json`` beside the notebook and sent nowhere. Delete the
    file to begin anew.

    Parameters
    ----------
    question : str
        The number of the question, such as "3.2".
    guess : number or str
        The guess. None means "none yet".
    *more
        Nothing; what follows a comma is refused, with a word about points.
    sure : float
        How sure you are that it is right, in percent, 0 to 100.
    among : sequence
        The possible answers; None means that any number is one.
    """
    ledger = _read()
    kept = ledger.get(question)
    empty = guess is None or guess is ...
    with suppress(Exception):  # a number of NumPy or PyTorch
        guess = guess.item()
    new = {"guess": str(guess), "sure": _percent(sure)}
    if kept and (empty or "right" in kept):
        late = not empty and any(kept[key] != new[key] for key in new)
        say(_said(question, kept) + "\nThe answer is known, so this guess stays." * late)
    elif empty:
        say(f"○ {question}: no guess yet. It goes in place of None.")
    elif question in _revealed:
        say(
            f"○ {question}: too late, the answer is known. This doesn't count.\n"
            "Restart the kernel to guess before you see it."
        )
    elif more:
        both = ", ".join(map(str, (guess, *more)))
        say(f"○ {question}: {both} are two values. Write a point: 1.5. And the name: sure=70.")
    elif not _is_possible(guess, among):
        allowed = f"one of {', '.join(map(str, among))};" if among else "a number,"
        say(f"○ {question}: the guess must be {allowed} got {guess!r}.")
    elif sure is None:
        say(f"○ {question}: and how sure are you? Such as sure=70.")
    elif new["sure"] is None:
        hint = " In percent: 70, not 0.7." if _percent(sure, least=0) is not None else ""
        say(f"○ {question}: sure must be a number from 0 to 100, got {sure!r}.{hint}")
    else:
        ledger[question] = new
        say(_said(question, new))
        _write(ledger)


def reveal(question: str, answer: float | str, *, within: float = 0) -> None:
    """Say the answer, compare it with the guess, and write down whether that was right.

    Parameters
    ----------
    question : str
        The number of the question, as in `predict`.
    answer : float or str
        The answer; a word may be spelled in any usual way.
    within : float
        A number counts as right if it differs by no more than this. From 1 on, the answer is
        taken for a percentage, and 0.84 for 84.
    """
    _revealed.add(question)
    ledger = _read()
    shown = f"{answer:.4g}" if isinstance(answer, float) else str(answer)
    if not (kept := ledger.get(question)):
        say(f"○ {question}: it is {shown}. You made no guess.")
        return
    if "right" not in kept:
        kept["right"] = _agree(str(kept["guess"]), answer, within)
        _write(ledger)
    mark, word = ("✓", "right") if kept["right"] else ("✗", "not right")
    margin = f" (within {within:g})" if within else ""
    say(f"{mark} {question}: it is {shown}. You said {kept['guess']}: {word}{margin}.")


@dataclass(frozen=True)
class Group:
    """Guesses of about the same sureness; shares are 0 to 1."""

    count: int
    sure: float
    """How sure they were, on average."""
    right: float
    """The share of right ones."""
    low: float
    """The lower end of the 95 % interval of that share (Wilson)."""
    high: float


@dataclass(frozen=True)
class Calibration:
    """How sure a student was, and how often right."""

    groups: tuple[Group, ...]
    """By sureness, in steps of 20 %; those without a guess left out."""
    all: Group | None
    """All guesses together; None if there are none."""

    def draw(self, ax: Any) -> Any:
        """Draw the share of right guesses by how sure they were, with intervals; return `ax`."""
        ax.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="--", label="perfect calibration")
        for group in self.groups:
            ax.vlines(group.sure, group.low, group.high, color=RIGHT)
            place, count = (group.sure, group.right), f"{group.count}"
            ax.annotate(count, place, (7, 0), textcoords="offset points", va="center")
        sure = [group.sure for group in self.groups]
        right = [group.right for group in self.groups]
        ax.plot(sure, right, "o", color=RIGHT, label="your predictions, with their number")
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="how sure you were")
        ax.set_ylabel("fraction of right predictions")
        ax.legend(frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1))
        return ax

    def __str__(self) -> str:
        if not (one := self.all):
            return "You have made no predictions yet."
        guesses = f"{one.count} prediction{'s' * (one.count != 1)}"
        if one.sure > one.high:
            verdict = "You were surer than you were right: overconfident."
        elif one.sure < one.low:
            verdict = "You were right more often than you were sure: underconfident."
        else:
            verdict = (
                f"{one.sure:.0%} lies in that interval, so nothing shows that you are over- or "
                "underconfident."
            )
        return (
            f"{guesses}: {one.right:.0%} right (95 % interval {one.low:.0%} to {one.high:.0%}), "
            f"and on average you were {one.sure:.0%} sure.\n{verdict}"
        )


def own_calibration() -> Calibration:
    """Return how sure the student was and how often right, over all predictions so far."""
    pairs = [(kept["sure"] / 100, kept["right"]) for kept in _read().values() if "right" in kept]
    return calibration(pairs)


def calibration(pairs: list[tuple[float, bool]]) -> Calibration:
    """Return the calibration of guesses, each as how sure it was, 0 to 1, and whether right."""
    groups = []
    for low, high in pairwise(EDGES):
        inside = [p for p in pairs if low < 100 * p[0] <= high or p[0] == low == 0]
        groups += [_group(inside)] if inside else []
    return Calibration(tuple(groups), _group(pairs) if pairs else None)


def _group(pairs: list[tuple[float, bool]]) -> Group:
    count = len(pairs)
    right = sum(1 for _, is_right in pairs if is_right) / count
    return Group(
        count, sum(sure for sure, _ in pairs) / count, right, *wilson_interval(right, count)
    )


def _said(question: str, kept: dict[str, Any]) -> str:
    return f"{question}: you say {kept['guess']}, and you are {kept['sure']:g} % sure."


def _is_possible(guess: Any, among: Sequence[Any] | None) -> bool:
    """Tell whether a guess is one of the possible answers, or a number where any number is."""
    theirs = readings(guess)
    if among:
        return any(reading in theirs for answer in among for reading in readings(answer))
    return any(isinstance(reading, float) and math.isfinite(reading) for reading in theirs)


def _agree(guess: str, answer: float | str, within: float) -> bool:
    """Tell whether a guess is the answer, in one of the readings of each."""
    theirs = readings(guess, shares=False)  # no answer is a share: 70 % is 70
    if isinstance(answer, str):
        return readings(answer)[0] in theirs
    numbers = [number for number in theirs if isinstance(number, float)]
    in_percent = len(readings(guess)) > len(theirs)
    if within >= 1 and not in_percent:  # 0.84 for 84 %; such a margin means percent
        numbers += [100 * number for number in numbers if 0 < number < 1]
    return any(abs(number - answer) <= within + 1e-9 for number in numbers)


def _percent(sure: Any, least: float = 1) -> float | None:
    """Return sureness in percent; None if it is no number of 0 or `least` to 100."""
    numbers = [number for number in readings(sure) if isinstance(number, float)]
    number = numbers[0] if numbers else -1.0
    return number if number == 0 or least <= number <= 100 else None


def _read() -> dict[str, dict[str, Any]]:
    """Return what is kept; a damaged file is left alone, and said."""
    try:
        kept = json.loads(FILE.read_text(encoding="utf-8"))
        return {
            q: k for q, k in kept.items() if {"guess", "sure"} <= k.keys() and 0 <= k["sure"] <= 100
        } | _unsaved
    except FileNotFoundError:
        return dict(_unsaved)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{FILE} holds your predictions and can't be read ({error}). Rename or delete it to "
            "begin anew"
        ) from error


def _write(ledger: dict[str, dict[str, Any]]) -> None:
    """Keep the predictions, in memory alone if the folder can't be written."""
    try:
        with atomic_write(FILE) as file:
            file.write(json.dumps(ledger, indent=1, ensure_ascii=False).encode())
        _unsaved.clear()
    except OSError as error:
        _unsaved.update(ledger)
        say(f"{FILE} can't be written ({error.strerror}): kept until the kernel stops.")
