"""The page for teachers: a table for each lesson, and questions whose answers are right."""

import re
from pathlib import Path

import pytest

from fmnist_lib.coursework import editions

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/teaching.md").read_text(encoding="utf-8")
LESSONS = [
    *("Start here", "Data", "Model", "Learning", "Training", "Evaluating", "Exploring"),
    "Your own clothes",
]
MINUTES = [20, *7 * [45]]  # in class, at most


def rows(text):
    """Return the cells of the tables in a text, without heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def section(heading):
    """Return the text below a heading or a line in bold, up to the next one."""
    return re.search(rf"^(?:#+ |\*\*){heading}.*\n((?:(?!#|\*\*).*\n)*)", PAGE, re.MULTILINE)[1]


@pytest.mark.parametrize("number", range(8))
def test_lesson(number):
    """Each lesson has a table, whose core takes no longer than a class has."""
    heading = rf"\[Lesson {number}: {LESSONS[number]}\]\(\.\./notebooks/0{number}_\w+\.ipynb\)"
    table = rows(section(heading))
    assert 4 <= len(table) <= 10
    assert {len(row) for row in table} == {5}
    core = [row for row in table if "core" in row[4] and "at home" not in row[4]]
    assert 0 < sum(int(row[0]) for row in core) <= MINUTES[number]


def test_links():
    """Each lesson of the project is linked."""
    lessons = [path.name for path in editions.sources() if path.name[0].isdigit()]
    assert [name for name in lessons if f"(../notebooks/{name})" not in PAGE] == []


def batches(images, size):
    """Return the number of batches, and the images of the last one."""
    return [-(-images // size), images % size or size]


def unit(one, two, bias, first, second):
    """Return what a unit gives, before and after ReLU."""
    before = one * first + two * second + bias
    return [before, max(before, 0)]


def best_epoch(*numbers):
    """Return the epoch with the smallest loss, from five epochs and their losses."""
    epochs, losses = numbers[:5], numbers[5:]
    return [epochs[losses.index(min(losses))]]


def surest_mistake(text):
    """Return how sure the surest wrong answer is."""
    sure = map(int, re.findall(r"\d+", text))
    right = re.findall(r"right|wrong", text)
    return [max(pair[0] for pair in zip(sure, right, strict=True) if pair[1] == "wrong")]


ANSWERS = [
    lambda right, count: [100 * right / count],
    batches,
    unit,
    lambda weight, slope, rate: [round(weight - rate * slope, 9)],
    best_epoch,
    lambda right, count, others, rest: [100 * (right + others) / (count + rest)],
    lambda count, sure, right: [sure - 100 * right / count],
]


@pytest.mark.parametrize("form", ["A", "B"])
def test_answers(form):
    """The answer to each question follows from the numbers in it."""
    text = section(f"Form {form}").replace("\n   ", " ")
    questions = re.findall(r"^\d\. (.*)", text, re.MULTILINE)
    told = [row[2 + "AB".index(form)] for row in rows(section("Form B"))]
    numbers = [list(map(float, re.findall(r"-?\d+(?:\.\d+)?", line))) for line in questions]
    expected = [compute(*given) for compute, given in zip(ANSWERS, numbers[:7], strict=True)]
    expected.append(surest_mistake(questions[7]))
    assert [[*map(float, re.findall(r"-?\d+(?:\.\d+)?", answer))] for answer in told] == expected


def test_forms():
    """Both forms ask the same, with other numbers: no answer is right in both."""
    forms = [re.sub(r"-?\d+(\.\d+)?", "N", section(f"Form {form}")) for form in "AB"]
    questions = [[line for line in form.splitlines() if "?" in line] for form in forms]
    plain = [[re.sub("right|wrong", "R", line) for line in form] for form in questions]
    assert plain[0] == plain[1]
    assert len(plain[0]) == 8
    table = rows(section("Form B"))
    assert ["".join(row[:2]) for row in table] == ["10", "21", "32", "43", "54", "65", "75", "86"]
    assert all(row[2] != row[3] for row in table)
