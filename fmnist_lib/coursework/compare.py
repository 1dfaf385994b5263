"""Two values of one quantity: whether they agree, and how they differ in words."""

import re
from decimal import Decimal
from typing import Any

from torch import Tensor

from fmnist_lib.coursework.quantities import SKIPPED

DETAIL = ", in the line `|, namely "  # after it stands what differs from student to student


def same(got: Any, right: Any, slack: float = 1.0) -> bool:
    """Tell whether two values of a quantity agree.

    Printed numbers agree within one unit of the last decimal that both have, times `slack`;
    weights within a thousandth of their change.
    """
    if isinstance(right, Tensor):
        if not isinstance(got, Tensor) or got.shape != right.shape:
            return False
        return float((got - right).norm()) <= 1e-3 * slack * float(right.norm()) + 1e-9
    if isinstance(right, Decimal) and isinstance(got, Decimal):
        if not (got.is_finite() and right.is_finite()):
            return str(got) == str(right)
        places = [-int(number.as_tuple().exponent) for number in (got, right)]
        unit = 0.1 ** max(0, min(places)) if any(places) else 0.5
        return abs(float(got - right)) <= 1.01 * unit * slack
    if isinstance(right, list) and isinstance(got, list):
        if len(got) > len(right) or len(got) < len(right[:1]):
            return False
        pairs = zip(got, right, strict=False)  # too few lines are a fault of their own
        return all(any(map(skipped, pair)) or same(*pair, slack) for pair in pairs)
    if isinstance(right, str) and isinstance(got, str):
        return re.split(DETAIL, got)[0] == re.split(DETAIL, right)[0]
    return type(got) is type(right) and bool(got == right)


def skipped(value: Any) -> bool:
    """Tell whether a quantity, or all of its parts, could not be tried."""
    if isinstance(value, list) and value:
        return all(map(skipped, value))
    return isinstance(value, str) and value == SKIPPED


def compare(quantity: str, got: Any, right: Any) -> str:
    """Return expected and got in words, and the factor between them if it is a whole number."""
    if quantity == "error":
        return str(got)
    text = f"expected {_shown(quantity, right)}, got {_shown(quantity, got)}"
    if quantity == "format":
        text += " (N: a number, #: a decimal)"
    if quantity in ("loss", "percent") and (factor := _factor(got, right)):
        text += f"; that is {factor}"
    return text


def _factor(got: Any, right: Any) -> str:
    """Return by which whole number all values are too large or too small, in words."""
    try:
        ratios = [float(a) / float(b) for a, b in zip(got, right, strict=True)]
        inverse = [1 / ratio for ratio in ratios]
    except (TypeError, ValueError, ZeroDivisionError):
        return ""
    for word, factors in (("large", ratios), ("small", inverse)):
        whole = round(factors[0])
        if whole > 1 and all(abs(factor / whole - 1) < 0.002 for factor in factors):
            return f"{whole} times too {word}"
    return ""


WORDS = {
    ("criterion", True): "calls of the criterion",
    ("criterion", False): "none",
    ("gradients", True): "gradients",
    ("gradients", False): "no gradients",
    ("unchanged", True): "the same weights",
    ("unchanged", False): "other weights",
    ("printed", True): "printed lines",
    ("printed", False): "none",
    ("taken", True): "images from it",
    ("taken", False): "none",
    ("show_loss", True): "loss",
    ("show_loss", False): "no loss",
}


def _shown(quantity: str, value: Any) -> str:
    """Return a value of a quantity as a reader sees it."""
    if isinstance(value, Tensor):
        size = float(value.norm())
        return f"a change of {size:.4f} in all weights together" if size else "no change"
    if isinstance(value, bool):
        return WORDS[quantity, value]
    if not isinstance(value, list | tuple):
        return str(value)
    if quantity == "count":
        value = [f"{a}/{b}" for a, b in zip(value[::2], value[1::2], strict=False)]
    if quantity == "format" and isinstance(value, tuple):
        return " and ".join(f"`{line}`".replace("\t", "\\t") for line in value)
    parts = [_shown(quantity, part) for part in value]
    if parts and quantity in ("format", "file", "picture", "kind", "batch") and len({*parts}) == 1:
        return parts[0]
    nested = any(isinstance(part, list | tuple) or "," in str(part) for part in value)
    return ("; " if nested else ", ").join(parts) or "nothing of the kind"
