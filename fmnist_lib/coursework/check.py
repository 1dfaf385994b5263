"""The check of a student's functions: points, what is wrong, and which mistake it looks like."""

import inspect
import zlib
from collections.abc import Callable, Collection
from typing import Any

from fmnist_lib._common import check_integer
from fmnist_lib.coursework.compare import compare, same, skipped
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.coursework.quantities import SKIPPED, quantities
from fmnist_lib.coursework.report import Check, Diagnosis, FunctionReport, Report, show
from fmnist_lib.coursework.rubric import RUBRIC
from fmnist_lib.coursework.trials import STUB, Record, try_function
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
    parts = {}
    for name, function in functions.items():
        versions = versions_for(name, dice)
        record = try_function(name, function, versions.world, _not_ours(own_loader))
        parts[name] = judge(name, record, versions, hint)
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
    name: str, record: Record, versions: Versions, hint: int = 0, accepted: Collection[str] = ()
) -> FunctionReport:
    """Compare what a function did with the right one, and look for mistakes in the rest.

    A fault that is explained by `accepted` mistakes costs nothing.
    """
    if record["error"] == STUB:
        rows = [Check(b.name, None, "", 0, b.points, b.quantity) for b in RUBRIC[name]]
        return FunctionReport(name, rows, note=f"It is {STUB}.")
    got = quantities(name, record, versions.world)
    if "weights" in got:
        trained = skipped(got["weights"]) or same(got["weights"], versions.right["weights"])
        versions = versions if trained else versions.beside(record)
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
        if found and all(mistake.name in accepted for mistake in found):
            message = f"accepted: {' and '.join(mistake.name for mistake in found)}"
            checks.append(Check(behaviour.name, True, message, points, points, quantity))
            continue
        diagnoses += [Diagnosis(mistake, quantity) for mistake in found]
        message, tip = compare(quantity, value, right), ""
        if hint and not found:
            tip = behaviour.hints[hint - 1]
        checks.append(Check(behaviour.name, False, message, 0, points, quantity, tip))
    return FunctionReport(name, checks, diagnoses, "" if got.get("shuffled", True) else REMARK)


def _not_ours(function: Function | None) -> Function | None:
    """Return a student's function, None for one of the library."""
    ours = str(getattr(function, "__module__", "")).startswith("fmnist_lib")
    return function if callable(function) and not ours else None


def _content(function: Function | None) -> str:
    """Return the source of a function, or its bytecode: the same code gives the same text."""
    try:
        return inspect.getsource(function)  # type: ignore[arg-type]
    except (OSError, TypeError):
        code = getattr(function, "__code__", None)
        return (
            f"{code.co_code!r}{code.co_names}" if code else str(getattr(function, "__name__", ""))
        )
