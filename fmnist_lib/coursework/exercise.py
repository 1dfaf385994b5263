"""A blank of a lesson: the right version, data to try it with, and the mistakes one makes."""

import ast
import dis
import inspect
import linecache
import re
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., Any]

IN_THE_LOOP = (
    "`return` stands inside the loop, so the loop ends in its first round. Put it below the loop, "
    "as far left as the line that begins it."
)
PRINTS = "It returns nothing: it prints its result. Put `return` in place of `print`."
NO_RETURN = "It returns nothing. Is the last line a `return`?"
NOT_ALWAYS = "Here it returns nothing. Does `return` stand inside an `if`?"
FIXED = "It gives the same, whatever it is given. Compute it from the names in the parentheses."
LAZY = "That has yet to compute its numbers. Put `list(...)` around it."
WHOLE_LIST = "Python can't do this with a whole list. Go through it with a loop."
WANTS_A_NUMBER = r"multiply sequence|concatenate list|number, not list|(operand|between).*'list'"
GOES_ON = "The lesson goes on with the library's version."
LONGEST = 8
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
    in_place: bool = False
    """Whether the function may change the lists and tensors that it is given."""


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
    for arguments, for_solution in zip(exercise.trials(), exercise.trials(), strict=True):
        call = f"{name}({', '.join(map(_shown, arguments))})"
        right = exercise.outcome(exercise.solution, *for_solution)
        try:
            pairs.append((exercise.outcome(function, *arguments), right, call))
        except Exception as error:
            if isinstance(error, NotImplementedError) and not str(error):  # PyTorch's have a text
                return Verdict("not yet", f"○ {name}: not yet\n{GOES_ON}")
            lines = [f"✗ {name}: it stops with an error", f"  for {call}", *_place(error, function)]
            return Verdict("wrong", "\n".join([*lines, GOES_ON]))
        if not exercise.in_place:
            changed = changed or _changed(exercise.solution, arguments, for_solution)
    value, right, call = next((p for p in pairs if not _same(*p[:2], exercise.tolerance)), pairs[0])
    passed = _same(value, right, exercise.tolerance) and not changed
    lines = [f"✓ {name}: right" if passed else f"✗ {name}: not right yet", f"  for {call}"]
    gap = difference(value, right)
    rows = {"yours": _shown(value), "expected": _shown(right)}
    if gap is not None:
        rows["difference"] = _shown(gap)
    lines += [f"  {row:<10} {text}" for row, text in rows.items()]
    if not passed:
        outcomes = [[pair[i] for pair in pairs] for i in (0, 1)]
        hint = _hint(exercise, function, *outcomes) or changed
        lines += [f"  {hint}"] * bool(hint) + [GOES_ON]
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
    except (TypeError, ValueError, RuntimeError):
        return None
    if mine.shape != other.shape:
        return None
    return (mine - other).abs().max().item() if mine.numel() else 0.0


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


def _plain(value: Any) -> Any:
    """Return a tensor's values, also of tensors within lists, as numbers without a gradient."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, (list, tuple)):
        return [x.tolist() if hasattr(x, "tolist") else _plain(x) for x in value]
    return value


def _is_stub(function: Any) -> bool:
    """Tell whether a function does nothing: `...`, `pass`, a docstring, `return None`."""
    if not hasattr(function, "__code__"):
        return not callable(function)
    idle = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "NOP", "POP_TOP"}
    steps = list(dis.get_instructions(function))
    returned = {step.argval for step in steps if "CONST" in step.opname} - {function.__doc__}
    return {step.opname for step in steps} <= idle and returned <= {None, ...}


def _hint(exercise: Exercise, function: Function, values: list[Any], expected: list[Any]) -> str:
    """Return what is known about outcomes: a mistake that gives just these, or one of any function.

    Nothing if no outcome is wrong, or nothing is known.
    """

    def same(some: Sequence[Any], others: Sequence[Any]) -> bool:
        return all(_same(a, b, exercise.tolerance) for a, b in zip(some, others, strict=True))

    if same(values, expected):
        return ""
    nodes = _nodes(function)
    loops = [node for node in nodes if isinstance(node, (ast.For, ast.While))]
    if any(isinstance(line, ast.Return) for loop in loops for line in loop.body):
        return IN_THE_LOOP
    if any(isinstance(value, Iterator) for value in values):  # `map`, or `zip`
        return LAZY
    for mistake in exercise.mistakes:
        theirs = [exercise.outcome(mistake.version, *arguments) for arguments in exercise.trials()]
        if same(values, theirs):
            return mistake.hint
    if all(value is None for value in values):
        prints = any(isinstance(node, ast.Name) and node.id == "print" for node in nodes)
        return PRINTS if prints else NO_RETURN
    if any(value is None for value in values):
        return NOT_ALWAYS
    for name, *given in zip(_names(exercise.solution), *exercise.trials(), strict=True):
        if isinstance(given[0], (list, Tensor)) and same(values, given):
            return f"That is `{name}`, unchanged. Collect the new values, and return those."
    fixed = [same(outcomes, outcomes[:1] * len(outcomes)) for outcomes in (values, expected)]
    return FIXED if fixed == [True, False] else ""


def _changed(solution: Function, arguments: Sequence[Any], untouched: Sequence[Any]) -> str:
    """Say which list or tensor a call has changed, beside those that a right call leaves."""
    for name, after, before in zip(_names(solution), arguments, untouched, strict=True):
        if isinstance(before, (list, Tensor)) and not _same(after, before, 0):
            kind = "list" if isinstance(before, list) else "tensor"
            return (
                f"Your function changes `{name}`, the {kind} it is given. Others may still need "
                f"it: put the results into a new {kind}."
            )
    return ""


def _names(function: Function) -> list[str]:
    """Return the names of a function's arguments."""
    return list(inspect.signature(function).parameters)


def _nodes(function: Function) -> list[ast.AST]:
    """Return what a function's source is made of; nothing if it can't be read."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return []
    return list(ast.walk(tree)) if isinstance(tree.body[0], ast.FunctionDef) else []


def _place(error: Exception, function: Function) -> list[str]:
    """Say what an error is, and in which line of the student's it came up."""
    lines = [f"  {type(error).__name__}: {error}"]
    if isinstance(error, TypeError) and re.search(WANTS_A_NUMBER, str(error)):
        lines.append(f"  {WHOLE_LIST}")
    file = getattr(getattr(function, "__code__", None), "co_filename", "")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        line = linecache.getline(frame.filename, frame.lineno or 0).strip()
        if frame.filename == file and line:
            return [*lines, f"  in the line: {line}"]
    return lines


def _shown(value: Any) -> str:
    """Return a value as a short text."""
    if isinstance(value, Tensor):
        value = value.detach().cpu()
        if value.dim() and value.numel() > LONGEST:
            return f"a tensor {tuple(value.shape)}"
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
    except (TypeError, ValueError, RuntimeError):
        return None
    return table if table.dim() == 2 and table.numel() else None
