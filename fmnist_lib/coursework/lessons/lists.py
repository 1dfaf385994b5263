"""Calls of a student's function that work with lists."""

import re
from collections.abc import Callable
from typing import Any

WHOLE_LIST = "Python can't do this with a whole list. Go through it with a loop."
A_MAP = "That is a map: it has yet to compute the numbers. Put `list(...)` around it."

_WANTS_A_NUMBER = r"multiply sequence|concatenate list|number, not list|(operand|between).*'list'"


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function gives; explain a whole list in place of a number, and a map."""
    try:
        result = function(*arguments)
    except TypeError as error:
        if re.search(_WANTS_A_NUMBER, str(error)):
            error.args = (f"{error}\n  {WHOLE_LIST}",)
        raise
    return "a map" if isinstance(result, map) else result
