"""The self-checks at the end of the lessons: what is right, and a hint for what is not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """How an answer is judged, and what to say when it is not right yet."""

    is_right: Callable[[Any], bool]
    hint: str


def number(expected: float, tolerance: float = 0.0) -> Callable[[Any], bool]:
    """Return a judge of numbers: right within `tolerance`."""
    return lambda answer: abs(float(answer) - expected) <= tolerance


def word(*accepted: str) -> Callable[[Any], bool]:
    """Return a judge of words: right in any of the accepted spellings, whatever the case."""
    return lambda answer: str(answer).strip().lower() in {w.lower() for w in accepted}


QUESTIONS: dict[int, dict[str, Question]] = {}  # lesson -> name of the answer -> question


QUESTIONS[5] = {
    "sum_of_all_ten_in_percent": Question(
        number(100), "softmax gives shares of one whole; how many percent is a whole?"
    ),
    "index_of_the_first_image": Question(number(0), "Python counts from another number than you."),
    "each_share_with_dim_0_in_percent": Question(
        number(100), "there is one image in the batch, so each number is all there is."
    ),
    "can_be_sure_and_wrong": Question(
        word("yes", "true"), "look at treasure 2 again: the mistake that comes first."
    ),
    "function_that_tells_the_truth": Question(
        word("visualize_image", "visualize_image()"),
        "one function asks the model, the other one reads the label in the data set.",
    ),
}


def self_check(lesson: int, **answers: Any) -> None:
    """Print a line for each answer: right, not yet (with a hint), or not answered.

    Parameters
    ----------
    lesson : int
        The number of the lesson.
    **answers
        The student's answers by name; None is "not answered yet".
    """
    questions = QUESTIONS.get(lesson)
    if questions is None:
        raise ValueError(f"lesson must be one of {sorted(QUESTIONS)}, got {lesson!r}")
    if unknown := sorted(answers.keys() - questions.keys()):
        raise ValueError(f"lesson {lesson} asks for {', '.join(questions)}; got {unknown}")
    for name, question in questions.items():
        answer = answers.get(name)
        if answer is None:
            print(f"○ {name}: no answer yet")
            continue
        try:
            right = question.is_right(answer)
        except (TypeError, ValueError):  # a word where a number belongs
            right = False
        print(f"✓ {name}: right" if right else f"✗ {name}: not yet. Hint: {question.hint}")
