"""A blank of a lesson: the right version, data to try it with, and the mistakes one makes."""

import dis
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fmnist_lib.coursework import beginners

Function = Callable[..., Any]

FIXED = "It gives the same, whatever it is given. Compute it from the names in the parentheses."
LAZY = "That has yet to compute its numbers. Put `list(...)` around it."
REMEMBERS = (
    "Called twice with the same, it gives two different answers. Does it collect them in "
    "something that is made outside the function?"
)
PARENTHESES = "It gives a function. Are its parentheses missing, as in `sum` for `sum()`?"
GOES_ON = "The lesson goes on with the library's version."
LIMIT = 3.0
"""Seconds that a function may take with one set of arguments; the slowest solution takes 0.005."""
LONGEST = 10
"""Numbers of a list, and characters times ten of a text, that are shown."""


@dataclass(frozen=True)
class Mistake:
    """A wrong version, and what to say to a student whose function does just the same."""

    version: Function
    hint: str


@dataclass(frozen=True)
class Exercise:
    """A function that a student writes. Its name is that of the right version."""

    solution: Function
    trials: Callable[[], list[tuple[Any, ...]]]
    """Makes the arguments of each call, anew each time: a function may change them."""
    mistakes: Sequence[Mistake] = ()
    outcome: Callable[..., Any] = lambda function, *arguments: function(*arguments)
    """What is compared, where that is not what the function returns."""
    tolerance: float = 1e-4
    """Of a difference; of numbers above 1, the relative one."""
    picture: bool = False
    """Whether the outcome is an image or a table, to be drawn."""
    shows: str = ""
    """What the outcome is, where that isn't what the function returns."""


@dataclass(frozen=True)
class Verdict:
    """The judgement of a student's function."""

    state: str
    """One of "right", "wrong" and "not yet"."""
    text: str
    pictures: tuple[Tensor, Tensor] | None = None
    """The student's outcome and the expected one, if they can be drawn."""


def judge(exercise: Exercise, function: Function) -> Verdict:
    """Try a function beside the right one, and look for the mistake in it."""
    name = exercise.solution.__name__
    if _is_stub(function):
        return Verdict("not yet", f"○ {name}: not yet\n{GOES_ON}")
    pairs, changed = [], ""
    both = zip(exercise.trials(), exercise.trials(), strict=True)
    for trial, (arguments, for_solution) in enumerate(both):
        call = f"{name}({', '.join(map(_shown, arguments))})"
        right = exercise.outcome(exercise.solution, *for_solution)
        try:
            pairs.append((_outcome(exercise, function, arguments), right, call))
        except Exception as error:
            if isinstance(error, NotImplementedError) and not str(error):  # PyTorch's have a text
                return Verdict("not yet", f"○ {name}: not yet\n{GOES_ON}")
            lines = [f"✗ {name}: it stops with an error", f"  for {call}"]
            lines.append(f"  {type(error).__name__}: {error}")
            meaning = _meaning(exercise, function, error, trial)
            lines += [f"  {meaning}"] * bool(meaning) + beginners.place(error, function)
            return Verdict("wrong", "\n".join([*lines, GOES_ON]))
        changed = changed or _changed(exercise.solution, arguments, for_solution)
    value, right, call = next((p for p in pairs if not _same(*p[:2], exercise.tolerance)), pairs[0])
    same = _same(value, right, exercise.tolerance)
    passed = same and not changed
    lines = [f"✓ {name}: right" if passed else f"✗ {name}: not right yet"]
    lines.append(f"  for {call}{', ' * bool(exercise.shows)}{exercise.shows}")
    places = isinstance(right, list) and all(isinstance(x, int) for x in right)
    gap = None if places else difference(value, right)
    rows = {"yours": _shown(value), "expected": _shown(right)}
    if gap is not None:
        rows["difference"] = _shown(gap)
    lines += [f"  {row:<10} {text}" for row, text in rows.items()]
    if not passed:
        outcomes = [[pair[i] for pair in pairs] for i in (0, 1)]
        known = (
            f"Right values, but y{changed[1:]}" if same else _hint(exercise, function, *outcomes)
        )
        hints = [known] if same else [known, changed]
        lines += [f"  {hint}" for hint in hints if hint] + [GOES_ON]
    pictures = (_as_picture(value), _as_picture(right)) if exercise.picture else (None, None)
    drawn = None if pictures[0] is None or pictures[1] is None else (pictures[0], pictures[1])
    return Verdict("right" if passed else "wrong", "\n".join(lines), drawn)


def difference(value: Any, right: Any) -> float | None:
    """Return the largest difference of two numbers, or of two lists of the same shape.

    None means that they can't be compared: words, other lengths, other types.
    """
    if isinstance(value, (str, bytes, dict)) or isinstance(right, (str, bytes, dict)):
        return None
    try:
        mine, other = (torch.as_tensor(_plain(x), dtype=torch.float64) for x in (value, right))
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    if mine.shape != other.shape:
        return None
    gaps = (mine - other).abs()
    gaps[mine.isnan() & other.isnan()] = 0
    return gaps.max().item() if gaps.numel() else 0.0


def _same(value: Any, right: Any, tolerance: float) -> bool:
    """Tell whether an outcome is the expected one; lists, tuples and tensors are alike."""
    if value is None or right is None:
        return value is right
    gap = difference(value, right)
    if gap is not None:
        sizes = torch.as_tensor(_plain(right), dtype=torch.float64).abs()
        return gap <= tolerance * max(1.0, sizes.max().item() if sizes.numel() else 0.0)
    if isinstance(value, str) and isinstance(right, str):
        return value.strip().casefold() == right.strip().casefold()
    if isinstance(value, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(value) == len(right) and all(
            _same(a, b, tolerance) for a, b in zip(value, right, strict=True)
        )
    return False


def _outcome(exercise: Exercise, function: Function, arguments: Sequence[Any]) -> Any:
    """Return what a student's function gives; raise what it raises, or TimeoutError."""
    return beginners.at_most(LIMIT, lambda: _kept(exercise.outcome(function, *arguments)))


def _kept(value: Any) -> Any:
    """Return a copy of a list or a tensor, which a later call can't change."""
    if isinstance(value, list):
        return [_kept(x) for x in value]
    return value.detach().clone() if isinstance(value, Tensor) else value


def _plain(value: Any) -> Any:
    """Return a tensor's values, also of tensors within lists, as numbers without a gradient."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, (list, tuple)):
        return [x.tolist() if hasattr(x, "tolist") else _plain(x) for x in value]
    return value


def _is_stub(function: Any) -> bool:
    """Tell whether a function does nothing: `...`, `pass`, a docstring, `return None`."""
    function = inspect.unwrap(function)
    if not hasattr(function, "__code__"):
        return not callable(function)
    idle = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "NOP", "POP_TOP"}
    steps = list(dis.get_instructions(function))
    returned = {step.argval for step in steps if "CONST" in step.opname} - {function.__doc__}
    return {step.opname for step in steps} <= idle and returned <= {None, ...}


def _hint(exercise: Exercise, function: Function, values: list[Any], expected: list[Any]) -> str:
    """Return what is known about wrong outcomes: that of a mistake, or of any function.

    Nothing if nothing is known.
    """

    def same(some: Sequence[Any], others: Sequence[Any]) -> bool:
        return all(_same(a, b, exercise.tolerance) for a, b in zip(some, others, strict=True))

    if hint := beginners.in_a_loop(function):
        return hint
    if any(isinstance(value, Iterator) for value in values):  # `map`, or `zip`
        return LAZY
    if all(value is None for value in values):
        return beginners.returns_nothing(function)
    try:
        again = [_outcome(exercise, function, exercise.trials()[0])]
    except Exception:
        return REMEMBERS
    if same(values[:1], values[:1]) and not same(again, values[:1]):
        return REMEMBERS
    if any(map(callable, values)):
        return PARENTHESES
    if all(isinstance(value, tuple) for value in values) and difference(0, expected[0]) is not None:
        return beginners.COMMAS
    for mistake in exercise.mistakes:
        try:
            theirs = [exercise.outcome(mistake.version, *given) for given in exercise.trials()]
        except Exception:  # a mistake that stops with an error
            continue
        if same(values, theirs):
            return mistake.hint
    shown = next(a for a, b in zip(values, expected, strict=True) if not same([a], [b]))
    if shown is None:
        return beginners.returns_nothing(function)
    for name, *given in zip(_names(exercise.solution), *exercise.trials(), strict=True):
        if isinstance(given[0], (list, Tensor)) and same(values, given):
            return f"That is `{name}`, unchanged. Collect the new values, and return those."
    return "" if beginners.reads(function, _names(function)) else FIXED


def _meaning(exercise: Exercise, function: Function, error: Exception, trial: int) -> str:
    """Say what an error comes from: a mistake that stops with the same one, or one of any kind."""
    for mistake in exercise.mistakes:
        try:
            exercise.outcome(mistake.version, *exercise.trials()[trial])
        except Exception as theirs:
            if repr(theirs) == repr(error):
                return mistake.hint
    return beginners.meaning(error, function, exercise.solution)


def _changed(solution: Function, arguments: Sequence[Any], untouched: Sequence[Any]) -> str:
    """Say which list or tensor a call has changed, beside those that a right call leaves."""
    for name, after, before in zip(_names(solution), arguments, untouched, strict=True):
        if isinstance(before, (list, Tensor)) and not _same(after, before, 0):
            kind = "list" if isinstance(before, list) else "tensor"
            return (
                f"Your function changes `{name}`, the {kind} it is given. Others may still need "
                "it: leave it as it is."
            )
    return ""


def _names(function: Function) -> list[str]:
    """Return the names of a function's arguments."""
    return list(inspect.signature(function).parameters)


def _shown(value: Any) -> str:
    """Return a value as a short text."""
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        if value.dim() and value.numel() > LONGEST:
            return f"a tensor {tuple(value.shape)}"
        value = value.tolist()
    elif hasattr(value, "tolist") and value.size <= LONGEST:  # of NumPy
        value = value.tolist()
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        texts = [_shown(x) for x in value[:LONGEST]] + ["..."] * (len(value) > LONGEST)
        return f"[{', '.join(texts)}]" if isinstance(value, list) else f"({', '.join(texts)})"
    if isinstance(value, (int, str, bool, type(None))):
        text = repr(value)
    elif callable(value):
        text = getattr(value, "__name__", type(value).__name__)
    else:
        text = f"a {type(value).__name__}"
    return text if len(text) <= 10 * LONGEST else text[: 10 * LONGEST - 3] + "..."


def _as_picture(value: Any) -> Tensor | None:
    """Return a table of numbers, (H, W); None if it is something else, or empty."""
    try:
        table = torch.as_tensor(_plain(value), dtype=torch.float32).squeeze()
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return table if table.dim() == 2 and table.numel() else None
