"""The check of a student's functions: points, what is wrong, and which mistake it looks like."""

import inspect
import zlib
from collections.abc import Callable
from typing import Any

from fmnist_lib._common import check_integer
from fmnist_lib.coursework import trials
from fmnist_lib.coursework.compare import compare, same, skipped
from fmnist_lib.coursework.made import World
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.coursework.report import Check, Diagnosis, FunctionReport, Report, show
from fmnist_lib.coursework.rubric import RUBRIC
from fmnist_lib.coursework.trials import SKIPPED, STUB, Quantities
from fmnist_lib.coursework.versions import Versions, versions_for

Function = Callable[..., Any]

REMARK = (
    "The training images come in the same order in each epoch. With shuffle=True a network often "
    "learns a little better. No points are lost."
)


def check(work: Any, *, hint: int = 0, seed: int | None = None) -> Report:
    """Try a student's function, and show what is right and why the rest is not.

    Parameters
    ----------
    work : function or module
        One of the six functions, known by its name, or a module (or anything with attributes)
        that holds them. Each is judged alone, by what it does with made data.
    hint : {0, 1, 2}
        1 adds a short hint to each fault, 2 a fuller one.
    seed : int, optional
        The dice of the made data. None takes them from the code, so that the same code always
        meets the same data.

    Returns
    -------
    Report
        The points, a float. Its attributes hold what is shown.

    Raises
    ------
    TypeError, ValueError
        An argument has the wrong type or value; the message names it.

    Examples
    --------
    >>> from fmnist_lib import build_model
    >>> points = check(build_model)
    build_model: 14 of 14 points
    ...
    """
    if isinstance(hint, bool) or hint not in (0, 1, 2):
        raise ValueError(f"hint must be 0, 1 or 2, got {hint!r}")
    functions, own_loader = functions_of(work)
    if seed is None:
        seed = zlib.crc32("".join(map(_content, functions.values())).encode())
    dice = check_integer("seed", seed) % 2**32
    parts = {
        name: judge(name, function, dice, hint, own_loader) for name, function in functions.items()
    }
    report = Report(parts, seed, hint)
    show(report)
    return report


def functions_of(work: Any) -> tuple[dict[str, Function | None], Function | None]:
    """Return the functions to check by name, and the student's own get_data_loader, or None."""
    around = getattr(work, "__globals__", {})
    named = [name for name in FUNCTIONS if around.get(name) is work]
    named += [name for name in FUNCTIONS if name == getattr(work, "__name__", None)]
    if callable(work) and named:
        return {named[0]: work}, around.get(FUNCTIONS[0])
    found = {name: getattr(work, name, None) for name in FUNCTIONS}
    if not any(map(callable, found.values())):
        wanted = f"one of the functions {', '.join(FUNCTIONS)}, or a module that holds them"
        raise TypeError(f"work must be {wanted}; got {work!r}")
    return found, found[FUNCTIONS[0]]


def judge(
    name: str, function: Function | None, seed: int, hint: int, own_loader: Function | None
) -> FunctionReport:
    """Try one function, compare it with the right one, and look for mistakes in the rest."""
    versions = versions_for(name, seed)
    got = _try(name, function, versions.world, own_loader)
    if got["error"] == STUB:
        rows = [Check(b.name, None, "", 0, b.points, b.quantity) for b in RUBRIC[name]]
        return FunctionReport(name, rows, note=f"It is {STUB}.")
    if "weights" in got:
        versions = _beside(got, versions)
    checks, diagnoses = [], []
    for behaviour in RUBRIC[name]:
        quantity, points = behaviour.quantity, behaviour.points
        value, right = got.get(quantity, SKIPPED), versions.right[quantity]
        passed = None if skipped(value) else same(value, right)
        if passed is not False:
            reached = points if passed else 0
            checks.append(Check(behaviour.name, passed, "", reached, points, quantity))
            continue
        found = versions.diagnose(quantity, value)
        diagnoses += [Diagnosis(mistake, quantity) for mistake in found]
        message, tip = compare(quantity, value, right), ""
        if hint and not found:
            tip = behaviour.hints[hint - 1]
        checks.append(Check(behaviour.name, False, message, 0, points, quantity, tip))
    return FunctionReport(name, checks, diagnoses, "" if got.get("shuffled", True) else REMARK)


def _try(
    name: str, function: Function | None, world: World, own_loader: Function | None
) -> Quantities:
    """Try one function of a student."""
    if not callable(function):
        return {"error": STUB}
    if name == "visualize_image":
        ours = getattr(own_loader, "__module__", "").startswith("fmnist_lib")
        return trials.try_visualize_image(function, world, None if ours else own_loader)
    found: Quantities = getattr(trials, f"try_{name}")(function, world)
    return found


def _beside(got: Quantities, versions: Versions) -> Versions:
    """Return the versions that a student's figures are to be compared with.

    After another training, those are figures beside that training.
    """
    trained = skipped(got["weights"]) or same(got["weights"], versions.right["weights"])
    return versions if trained else versions.beside(got["tape"])


def _content(function: Function | None) -> str:
    """Return the source of a function, or its bytecode: the same code gives the same text."""
    try:
        return inspect.getsource(function)  # type: ignore[arg-type]
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return (
            f"{code.co_code!r}{code.co_names}" if code else str(getattr(function, "__name__", ""))
        )
