"""What beginners do in any function: told by its source, or by the error that it stops with."""

import _thread
import ast
import ctypes
import inspect
import linecache
import re
import sys
import textwrap
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

Function = Callable[..., Any]

IN_THE_LOOP = (
    "`return` stands inside the loop, so the loop ends in its first round. Put it below the loop, "
    "as far left as the line that begins it."
)
PRINTS = "It returns nothing: it prints its result. Put `return` in place of `print`."
NO_RETURN = "It returns nothing. Is the last line a `return`?"
NOT_ALWAYS = "Here it comes to its end without a value. What should it return in this case?"
COMMAS = "It gives several values, with commas between them. Write a decimal point: 1.5, not 1,5."
IS_NONE = "What stands behind `return` is None, which is nothing."
BEGINS_ANEW = "`{}` begins anew in each round of the loop. Put that line above the loop."
WHOLE_LIST = "Python can't do this with a whole list. Go through it with a loop."
WANTS_A_NUMBER = r"multiply sequence|concatenate list|number, not list|(operand|between).*'list'"
ERRORS = {  # what Python says -> what it means, in any function
    r"'NoneType' object has no attribute '(append|sort|extend|insert|remove|reverse)'": (
        "`{0}` changes a list and returns nothing. Leave out the `... =` in front of it."
    ),
    r"append\(\) takes exactly one argument": (
        "`append` takes one value. For a pair, write `append((a, b))`; to join two lists, +."
    ),
    r"'(?:int|float)' object is not iterable": (
        "A number stands where a list is needed. A loop counts with `range(...)`, and a list "
        "takes a number with `append`."
    ),
    r"'(?:int|float)' object is not subscriptable": "Square brackets stand behind a number.",
    r"'(?:int|float)' object is not callable": (
        "Parentheses stand behind a number. Is a `*` missing, or a function's name taken?"
    ),
    r"cannot access local variable '(\w+)'": (
        "In this function, `{0}` has no value yet when this line needs one. Give it one above."
    ),
    r"name 'sqrt' is not defined": "The root of x is `x ** 0.5`.",
    r"name '(log|exp)' is not defined": "Its name is `math.{0}`.",
    r"module 'math' has no attribute 'ln'": "Its name is `math.log`.",
    r"math domain error|expected a positive input": "Only a number above 0 has a logarithm.",
    r"for \^:": "A power is written with `**`.",
    r"'(?:list|tuple|Tensor)' object is not callable": (
        "Parentheses call a function. To take a value out, write square brackets: `name[i]`."
    ),
    r"name '(\w+)' is not defined": "Python doesn't know `{0}`. A slip, or a line that is missing?",
    r"list index out of range|list indices must be|is out of bounds": (
        "An index is a place, from 0 to `len(...) - 1`. Is it a value, or one too far?"
    ),
    r"Boolean value of Tensor|truth value of an array": (
        "One True or False is needed here, and this gives many, one for each number."
    ),
    "maximum recursion depth": "It calls itself, and never comes to an end.",
    "stopped after": "Does its loop ever end? Look for the line that should end it.",
    r"number, not list|(?:operand|between).*'list'": (
        "A whole list stands where one number is needed."
    ),
}


def in_a_loop(function: Function) -> str:
    """Say what ends a loop too early, or lets it forget; nothing if neither."""
    nodes = _nodes(function)
    loops = [node for node in nodes if isinstance(node, (ast.For, ast.While))]
    for loop in loops:
        ends = any(isinstance(line, ast.Return) for line in loop.body)
        if ends and not any(isinstance(part, ast.Continue) for part in ast.walk(loop)):
            return IN_THE_LOOP
    name = _reset(nodes)
    return BEGINS_ANEW.format(name) if name else ""


def meaning(error: Exception, function: Function, solution: Function) -> str:
    """Say what an error means; nothing if that isn't known."""
    goes_through = [
        any(isinstance(node, (ast.For, ast.While, ast.comprehension)) for node in _nodes(one))
        for one in (function, solution)
    ]
    if goes_through == [False, True] and re.search(WANTS_A_NUMBER, str(error)):
        return WHOLE_LIST
    for said, meant in ERRORS.items():
        if found := re.search(said, str(error)):
            return meant.format(*found.groups())
    return ""


class TooLongError(BaseException):
    """The time is over: no Exception, so that few functions catch it."""


def at_most(seconds: float, call: Callable[[], Any]) -> Any:
    """Return what a call gives; stop it with TimeoutError when the time is over.

    The error is raised in it again and again, until it ends. One call of C that never comes back
    goes on. Beside a debugger, there is no limit.
    """
    if sys.gettrace():
        return call()
    # RLock: the error may come before `with` knows that the lock is held; then it is taken twice.
    me, over, lock = threading.get_ident(), [False], threading.RLock()

    def stop() -> None:
        end = time.monotonic() + seconds
        while not over[0]:
            time.sleep(min(seconds, 0.05))
            with lock:
                if not over[0] and time.monotonic() > end:
                    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
                    raise_in(ctypes.c_ulong(me), ctypes.py_object(TooLongError))

    try:
        try:
            _thread.start_new_thread(stop, ())
            return call()
        finally:
            while True:  # an error in the last moment arrives here, and is over
                try:
                    with lock:
                        over[0] = True
                    _nothing()
                    break
                except TooLongError:
                    continue
    except TooLongError as error:
        late = TimeoutError(f"stopped after {seconds:g} seconds")
        raise late.with_traceback(error.__traceback__) from None


def _nothing() -> None:
    """Do nothing: an error that is on its way arrives when a function is called."""


def reads(function: Function, names: Sequence[str]) -> bool:
    """Tell whether one of the names stands in a function's source; if that is hidden, it may."""
    nodes = _nodes(function)
    return not nodes or not _read(nodes).isdisjoint(names)


def place(error: Exception, function: Function) -> list[str]:
    """Say in which line of the student's an error came up; nothing if that isn't known."""
    file = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", "")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        line = linecache.getline(frame.filename, frame.lineno or 0).strip()
        if frame.filename == file and line:
            return [f"  in the line: {line}"]
    return []


def returns_nothing(function: Function) -> str:
    """Say why a function returns None."""
    nodes = _nodes(function)
    returns = [n for n in nodes if isinstance(n, ast.Return) and not _is_none(n.value)]
    if not returns:
        return PRINTS if "print" in _read(nodes) else NO_RETURN
    [body] = [node.body for node in nodes[:2] if isinstance(node, ast.FunctionDef)]
    return IS_NONE if body[-1] in returns else NOT_ALWAYS


def _is_none(value: ast.expr | None) -> bool:
    """Tell whether `return` has nothing behind it, or the word None."""
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _reset(nodes: list[ast.AST]) -> str:
    """Return a name that a loop builds up, and starts anew in each round; nothing if none."""
    blocks = [block for node in nodes if isinstance(block := getattr(node, "body", 0), list)]
    for loop, rest in ((line, block[i + 1 :]) for block in blocks for i, line in enumerate(block)):
        if isinstance(loop, (ast.For, ast.While)):
            parts = list(ast.walk(loop))
            given = {
                n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
            for line in loop.body:
                if given.isdisjoint(_read([line])) and (begun := _begun(line)):
                    changed = set().union(*(_changed(part) for part in parts if part is not line))
                    used = _read(rest) - set().union(*map(_begun, rest))
                    if names := begun & changed & used:
                        return min(names)
    return ""


def _begun(line: ast.stmt) -> set[str]:
    """Return the names to which a line gives values that don't depend on those before."""
    begins = isinstance(line, (ast.Assign, ast.AnnAssign))
    return _changed(line) - _read([line]) if begins else set()


def _read(parts: Sequence[ast.AST]) -> set[str]:
    """Return the names whose values are used in parts of a source."""
    nodes = [node for part in parts for node in ast.walk(part)]
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _changed(node: ast.AST) -> set[str]:
    """Return the names whose values a line changes; none if it is another line."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".append"):
        targets: list[ast.expr] = [node.func]
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets = [node.target]
    else:
        targets = node.targets if isinstance(node, ast.Assign) else []
    # `table` of `table[i]` and `table.append`, `a` and `b` of `a, b`
    parts = [part for target in targets for part in getattr(target, "elts", [target])]
    return {re.split(r"\W", ast.unparse(part))[0] for part in parts}


def _nodes(function: Function) -> list[ast.AST]:
    """Return what a function's source is made of; nothing if it can't be read."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return []
    return list(ast.walk(tree)) if isinstance(tree.body[0], ast.FunctionDef) else []
