"""What a class gained: points before and after the course, with an interval."""

import csv
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LEAST = 5  # students


@dataclass(frozen=True)
class Gain:
    """The points of a class before and after; `str` of it says it in words."""

    count: int
    of: int
    """Points that can be had."""
    before: float
    """The mean, in points."""
    after: float
    low: float
    """The lower end of the 95 % interval of the mean gain, in points."""
    high: float

    @property
    def mean(self) -> float:
        """The mean gain, in points."""
        return self.after - self.before

    @property
    def normalised(self) -> float:
        """The mean gain as a share of what could be gained; NaN if that is nothing.

        Source: R. R. Hake, "Interactive-engagement versus traditional methods", American Journal
        of Physics 66 (1998): from the means of the class, not from each student.
        """
        possible = self.of - self.before
        return self.mean / possible if possible else math.nan

    def __str__(self) -> str:
        interval = f"95 % interval {self.low:+.2f} to {self.high:+.2f}"
        lines = [
            f"{self.count} students, tests of {self.of} points",
            f"before: {self.before:.2f} points on average",
            f"after:  {self.after:.2f} points on average",
            f"gain:   {self.mean:+.2f} points ({interval})",
        ]
        if math.isnan(self.normalised):
            lines.append("normalised gain: none, everybody had all points before")
        else:
            lines.append(f"normalised gain: {self.normalised:.2f} of what could be gained (Hake)")
        if self.low > 0:
            verdict = "This class has more points after the lessons than before"
        elif self.high < 0:
            verdict = "This class has fewer points after the lessons than before"
        else:
            verdict = "The interval includes 0, so this may be chance"
        lines.append(
            f"{verdict}; without a control group, nothing shows that the lessons are the reason."
        )
        return "\n".join(lines)


def compare(points: Sequence[tuple[float, float]], of: int = 8) -> Gain:
    """Return the gain of a class from each student's points, before and after.

    The interval is that of a paired t-test: it takes the students for a random sample.
    """
    count = len(points)
    if count < LEAST:
        raise ValueError(f"at least {LEAST} students with both numbers are needed; got {count}")
    gains = [after - before for before, after in points]
    mean = statistics.fmean(gains)
    margin = t_quantile(count - 1) * statistics.stdev(gains) / math.sqrt(count)
    before, after = (statistics.fmean(column) for column in zip(*points, strict=True))
    return Gain(count, of, before, after, mean - margin, mean + margin)


def t_quantile(freedom: int, share: float = 0.95) -> float:
    """Return the t between whose -t and t lies that share of Student's distribution.

    By bisection over the angle whose tangent is t / sqrt(freedom).
    """
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if _share_within(angle, freedom) < share else (low, angle)
    return math.sqrt(freedom) * math.tan(low)


def _share_within(angle: float, freedom: int) -> float:
    """Return the share of Student's distribution between -t and t.

    Source: Abramowitz & Stegun, "Handbook of mathematical functions", 26.7.3 (odd degrees of
    freedom) and 26.7.4 (even ones): finite sums, hence exact.
    """
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for step in range(2 + odd, freedom + 1, 2):
        total += term
        term *= (step - 1) / step * math.cos(angle) ** 2
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def read_points(path: Path, of: int = 8) -> tuple[list[tuple[float, float]], list[str]]:
    """Return the points of each student, before and after, and what was skipped, in words.

    A CSV file as spreadsheets write it: commas, semicolons or tabs, columns in any order and with
    any others beside them, a decimal comma where no comma separates the columns.
    """
    lines = _text(path).splitlines()
    lines = lines[1:] if lines and lines[0].startswith("sep=") else lines  # a habit of Excel
    lines = [line for line in lines if line.strip(" ,;\t")]
    header = lines[0] if lines else ""
    delimiter = max(",;\t", key=header.count)
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(f"{str(path)!r} is damaged: {error}") from error
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if missing := [name for name in ("name", "before", "after") if names.count(name) != 1]:
        raise ValueError(
            f"{str(path)!r} must have the columns name, before, after, each once; its first line "
            f"is {header[:60]!r}: see {', '.join(missing)}"
        )
    points, skipped = [], []
    for row in rows[1:]:
        cells = dict(zip(names, map(str.strip, row), strict=False))
        before, after = (_number(cells.get(name, ""), of) for name in ("before", "after"))
        if before is None or after is None:
            shown = ", ".join(f"{name} {cells.get(name, '')!r}" for name in ("before", "after"))
            skipped.append(f"{cells.get('name', '')!r}: {shown}; allowed: 0 to {of}")
        else:
            points.append((before, after))
    return points, skipped


def _text(path: Path) -> str:
    """Return the text of a file, in the encodings that spreadsheets write."""
    content = path.read_bytes()
    utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise ValueError(f"{str(path)!r} is damaged, or no CSV file: it has null bytes")
    return text


def _number(text: str, of: int) -> float | None:
    """Return a number of points; None if it is none, or out of range."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if 0 <= number <= of else None
