"""The self-checks: what they say, and that each question knows right from wrong."""

import math

import pytest
import torch

from fmnist_lib import quiz
from fmnist_lib.quiz import QUESTIONS, Question, number, self_check, word

RIGHT = {  # lesson -> name -> answers that must be accepted
    1: {
        "pixels_in_one_image": [784, 28 * 28, "784"],
        "index_of_the_last_training_image": [59_999],
        "accuracy_of_always_the_same_answer_in_percent": [10, 10.0],
        "last_batch_of_the_test_set": [16, 10_000 % 64],
        "black_normalised": [-0.81, -0.8102, (0 - 0.2860) / 0.3530],
        "set_to_learn_from": ["training", "Training set", "train"],
    },
    2: {
        "relu_of_minus_three": [0, 0.0, torch.tensor(-3.0).relu()],
        "parameters_of_a_layer_from_10_to_5": [55],
        "logits_for_one_image": [10],
        "sum_of_a_softmax": [1, 1.0],
        "loss_of_a_guess_among_two_classes": [0.693, 0.69, math.log(2)],
        "relu_after_the_last_layer": ["no", "No", False],
    },
    3: {
        "weight_after_one_step": [1.6, 2 - 0.1 * 4],
        "steps_in_one_epoch": [540],
        "method_that_forgets_old_gradients": ["zero_grad", "optimizer.zero_grad()"],
        "set_that_chooses_the_learning_rate": ["validation", "validation set"],
        "when_training_loss_falls_and_validation_loss_rises": ["overfitting", " Overfitting "],
    },
}
WRONG = {  # the mistakes that students are likely to make
    1: {
        "pixels_in_one_image": [28, 56],
        "index_of_the_last_training_image": [60_000, 9_999],
        "accuracy_of_always_the_same_answer_in_percent": [0.1, 50],
        "last_batch_of_the_test_set": [64, 32],
        "black_normalised": [0.81, 0, 2.02],
        "set_to_learn_from": ["test", "both"],
    },
    2: {
        "relu_of_minus_three": [3, -3],
        "parameters_of_a_layer_from_10_to_5": [50, 60],
        "logits_for_one_image": [1, 784],
        "sum_of_a_softmax": [0, 10],
        "loss_of_a_guess_among_two_classes": [2.303, 0.5, -0.693],
        "relu_after_the_last_layer": ["yes", True],
    },
    3: {
        "weight_after_one_step": [2.4, -2.0, 1.96],
        "steps_in_one_epoch": [54_000, 541],
        "method_that_forgets_old_gradients": ["backward", "step"],
        "set_that_chooses_the_learning_rate": ["test", "training"],
        "when_training_loss_falls_and_validation_loss_rises": ["learning", "underfitting"],
    },
}


@pytest.fixture
def lesson(monkeypatch):
    """Return the number of a lesson with two questions."""
    questions = {
        "how_many": Question(number(3, 0.5), "count them."),
        "which": Question(word("left", "the left one"), "look again."),
    }
    monkeypatch.setitem(QUESTIONS, 99, questions)
    return 99


def test_right(lesson, capsys):
    """A right answer gets its mark and no hint."""
    self_check(lesson, how_many=3, which="Left")
    assert capsys.readouterr().out == "✓ how_many: right\n✓ which: right\n"


def test_wrong_gets_the_hint(lesson, capsys):
    """A wrong answer gets the hint, not the answer."""
    self_check(lesson, how_many=4, which="right")
    assert capsys.readouterr().out == (
        "✗ how_many: not yet. Hint: count them.\n✗ which: not yet. Hint: look again.\n"
    )


def test_unanswered(lesson, capsys):
    """None, and a question left out, are no answers yet."""
    self_check(lesson, how_many=None)
    assert capsys.readouterr().out == "○ how_many: no answer yet\n○ which: no answer yet\n"


@pytest.mark.parametrize(
    "answer", ["three", [3, 3], {}, 10**400, torch.zeros(2), math.nan, math.inf, object(), 1j]
)
def test_answer_of_a_wrong_kind(answer, lesson, capsys):
    """What is no number is not right yet where a number belongs, and never an error."""
    self_check(lesson, how_many=answer)
    assert capsys.readouterr().out.startswith("✗ how_many: not yet. Hint: count them.\n")


@pytest.mark.parametrize("answer", [3, ["left"], torch.zeros(2)])
def test_word_of_a_wrong_kind(answer, lesson, capsys):
    """What is no word is not right yet where a word belongs, and never an error."""
    self_check(lesson, which=answer)
    assert "✗ which: not yet" in capsys.readouterr().out


def test_unknown_name(lesson):
    """A misspelt name is an error that lists the names."""
    with pytest.raises(ValueError, match="lesson 99 asks for how_many, which; got .*how_much"):
        self_check(lesson, how_much=3)


@pytest.mark.parametrize("unknown", [0, 6, "1", None])
def test_unknown_lesson(unknown):
    """Another lesson than those with questions is an error that lists them."""
    with pytest.raises(ValueError, match=r"lesson must be one of \[1, 2, 3.*got"):
        self_check(unknown)


def test_number_is_exact_without_a_tolerance():
    """Without a tolerance only the number itself is right."""
    judge = number(10)
    assert judge(10)
    assert not judge(10.001)


@pytest.mark.parametrize("lesson", RIGHT)
def test_every_question_is_tested(lesson):
    """Lessons 1 to 3 have examples of right and wrong answers to every question."""
    assert list(QUESTIONS[lesson]) == list(RIGHT[lesson]) == list(WRONG[lesson])


@pytest.mark.parametrize(
    ("expected", "lesson", "name", "answer"),
    [
        (examples is RIGHT, lesson, name, answer)
        for examples in (RIGHT, WRONG)
        for lesson, questions in examples.items()
        for name, answers in questions.items()
        for answer in answers
    ],
)
def test_judges(expected, lesson, name, answer):
    """Each question accepts right answers and refuses likely mistakes."""
    assert quiz.QUESTIONS[lesson][name].is_right(answer) is expected


@pytest.mark.parametrize("lesson", QUESTIONS)
def test_questions_are_worth_asking(lesson):
    """Each lesson asks three to eight questions, and each hint is a whole sentence."""
    assert 3 <= len(QUESTIONS[lesson]) <= 8
    for question in QUESTIONS[lesson].values():
        assert question.hint.endswith((".", "?"))
