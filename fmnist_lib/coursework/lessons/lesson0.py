"""Lesson 0, Start here: its blanks and its questions."""

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake

TEXT = "That is a text. Return the number alone: no quotation marks, no % sign."
ROUNDED = "That is a whole number. Return it with what comes after the point."


def percent(correct, total):
    """Return how many percent are right."""
    return 100 * correct / total


EXERCISES = [
    Exercise(
        percent,
        trials=lambda: [(5, 8), (7, 40), (613, 1000)],  # one decimal: to round to it is right
        mistakes=[
            Mistake(
                lambda correct, total: correct / total,
                "That is a share, between 0 and 1. For percent, multiply it by 100.",
            ),
            Mistake(
                lambda correct, total: 100 * total / correct,
                "The two are exchanged. Divide the right answers by all answers.",
            ),
            Mistake(
                lambda correct, total: correct * total / 100,
                "You multiply by the total and divide by 100. Do it the other way round.",
            ),
            Mistake(
                lambda correct, total: 100 - 100 * correct / total,
                "Those are the wrong answers, in percent. The right ones are asked for.",
            ),
            Mistake(lambda correct, total: 100 * correct // total, ROUNDED),
            Mistake(lambda correct, total: round(100 * correct / total), ROUNDED),
            Mistake(lambda correct, total: f"{100 * correct / total}%", TEXT),
            Mistake(lambda correct, total: f"{100 * correct / total} %", TEXT),
            Mistake(lambda correct, total: f"{100 * correct / total}", TEXT),
        ],
    ),
]

QUESTIONS: dict[str, Question] = {}
