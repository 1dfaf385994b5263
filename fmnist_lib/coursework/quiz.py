"""What a lesson asks at once: the check of a blank, and the self-check at its end."""

import re
from typing import Any

from torch import Tensor

from fmnist_lib._common import say
from fmnist_lib.coursework.answers import readings
from fmnist_lib.coursework.exercise import Function, judge
from fmnist_lib.coursework.lessons import EXERCISES, QUESTIONS

SHARE = "This is a share. In percent, or in points, a share of 0.25 is 25."


def checked(function: Function) -> Function:
    """Check a function that a lesson asks for, and return one to go on with.

    The function is called with data made for it. Printed is whether it is right, what it gives
    beside what was expected, and, if it does what a common mistake does, which one. Outcomes that
    are images or tables are drawn as well.

    Parameters
    ----------
    function : function
        One of those that the lessons ask for, known by its name.

    Returns
    -------
    function
        The student's own if it is right, else the library's version.

    Raises
    ------
    ValueError
        No lesson asks for a function of that name; the message lists them. Or it has none.

    Examples
    --------
    >>> def mean_of(numbers):
    ...     return sum(numbers) / len(numbers)
    >>> mean_of = checked(mean_of)
    ✓ mean_of: right
    ...
    """
    name = getattr(function, "__name__", repr(function))
    if name == "<lambda>":
        raise ValueError("a lambda has no name to know it by: write the function with def")
    if name not in EXERCISES:
        raise ValueError(f"function must be one of {', '.join(EXERCISES)}; got {name}")
    exercise = EXERCISES[name]
    if function is exercise.solution:
        say(f"○ {name}: this is the library's version. Run the cell with your own first.")
        return exercise.solution
    verdict = judge(exercise, function)
    say(verdict.text)
    if verdict.pictures:
        _draw(*verdict.pictures)
    return function if verdict.state == "right" else exercise.solution


def _draw(yours: Tensor, expected: Tensor) -> None:
    """Show two pictures and their difference side by side."""
    from matplotlib import pyplot as plt

    from fmnist_lib import plots

    _, axes = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
    plots.compared(axes, yours, expected)
    plt.show()


def self_check(lesson: int, **answers: Any) -> None:
    """Print a line for each answer: right, not yet (with a hint), or no answer yet; then count.

    Parameters
    ----------
    lesson : int
        The number of the lesson.
    **answers
        The student's answers by name; None, or a blank text, means "no answer yet".

    Raises
    ------
    ValueError
        There is no such lesson, or no question of that name; the message lists them.
    """
    if lesson not in QUESTIONS:
        raise ValueError(f"lesson must be one of {list(QUESTIONS)}, got {lesson!r}")
    questions = QUESTIONS[lesson]
    if unknown := sorted(answers.keys() - questions.keys()):
        raise ValueError(f"lesson {lesson} asks for {', '.join(questions)}; got {unknown}")
    lines, right = [], 0
    for name, question in questions.items():
        if (answer := answers.get(name)) is None or readings(answer) == [""]:
            lines.append(f"○ {name}: no answer yet")
        elif question.accepts(answer):
            lines.append(f"✓ {name}: right")
            right += 1
        else:
            share = re.search("percent|points", name) and question.accepts(answer, times=100)
            lines.append(f"✗ {name}: not yet. Hint: {SHARE if share else question.hint}")
    lines.append(f"{right} of {len(questions)} right")
    say("\n".join(lines))
