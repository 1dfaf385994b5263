"""The self-checks: what they say, and that each question knows right from wrong."""

import io
import math
import sys

import pytest
import torch

from fmnist_lib.coursework import self_check
from fmnist_lib.coursework.quiz import QUESTIONS, Question

EXAMPLES = {  # name -> answers to accept, and mistakes that students are likely to make
    "pixels_in_one_image": ([784, 28 * 28, "784"], [28, 56]),
    "index_of_the_last_training_image": ([59_999, "59,999"], [60_000, 9_999]),
    "accuracy_of_always_the_same_answer_in_percent": ([10, 10.0, "10%", "10 %"], [0.1, 50, 10.001]),
    "last_batch_of_the_test_set": ([16, 10_000 % 64], [64, 32]),
    "black_normalised": ([-0.81, -0.8102, (0 - 0.2860) / 0.3530], [0.81, 0, 2.02]),
    "set_to_learn_from": (["training", "Training set", "train"], ["test", "both"]),
    "relu_of_minus_three": ([0, 0.0, torch.tensor(-3.0).relu()], [3, -3]),
    "parameters_of_a_layer_from_10_to_5": ([55], [50, 60]),
    "logits_for_one_image": ([10], [1, 784]),
    "sum_of_a_softmax": ([1, 1.0], [0, 10]),
    "loss_of_a_guess_among_two_classes": ([0.693, 0.69, math.log(2)], [2.303, 0.5, -0.693]),
    "relu_after_the_last_layer": (["no", "No", False], ["yes", True]),
    "weight_after_one_step": ([1.6, 2 - 0.1 * 4], [2.4, -2.0, 1.96]),
    "steps_in_one_epoch": ([540], [54_000, 541]),
    "method_that_forgets_old_gradients": (
        ["zero_grad", "optimizer.zero_grad()", "zero grad", "zero_grad(set_to_none=True)"],
        ["backward", "step"],
    ),
    "set_that_chooses_the_learning_rate": (
        ["validation", "the validation set", "validation data"],
        ["test", "training"],
    ),
    "when_training_loss_falls_and_validation_loss_rises": (
        ["overfitting", " Overfitting ", "over-fitting", "overfitted"],
        ["learning", "underfitting"],
    ),
    "images_in_the_test_set": ([10_000], [60_000]),
    "accuracy_of_two_batches_in_percent": ([90, 72 / 80 * 100], [75, 0.9]),
    "half_interval_of_400_images_in_points": ([4.9, 5, 4.88], [0.049, 2.5, 9.8]),
    "sum_of_a_row_of_the_confusion_matrix": ([1000], [100, 10_000]),
    "share_right_when_calibrated_and_70_percent_sure": ([70], [0.7, 100, 30]),
    "sum_of_all_ten_in_percent": ([100], [1, 10]),
    "index_of_the_first_image": ([0], [1]),
    "each_share_with_dim_0_in_percent": ([100], [10, 1]),
    "can_be_sure_and_wrong": (["yes", "Yes", True], ["no", False]),
    "function_that_tells_the_truth": (
        ["visualize_image", "visualize_image(test_loader, 1)"],
        ["predict_label"],
    ),
}


@pytest.fixture
def lesson(monkeypatch):
    """Return the number of a lesson with two questions."""
    questions = {
        "how_many": Question(3, "count them.", 0.5),
        "which": Question(("left",), "look again."),
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
    """None, and a question left out, count as no answer yet."""
    self_check(lesson, how_many=None)
    assert capsys.readouterr().out == "○ how_many: no answer yet\n○ which: no answer yet\n"


def test_stream_without_our_marks(lesson, monkeypatch):
    """Where standard output has no ✓ or is missing, the words are printed, or nothing."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    self_check(lesson, how_many=3, which="right")
    sys.stdout.seek(0)
    assert sys.stdout.read().split()[:4] == ["?", "how_many:", "right", "?"]
    monkeypatch.setattr(sys, "stdout", None)
    self_check(lesson)


@pytest.mark.parametrize(
    ("name", "answer"),
    [("how_many", a) for a in ("three", [3, 3], {}, 10**400, math.nan, math.inf, object(), 1j)]
    + [(name, torch.zeros(2)) for name in ("how_many", "which")]
    + [("which", 3), ("which", ["left"])],
)
def test_answer_of_the_wrong_kind(name, answer, lesson, capsys):
    """No number where one belongs, or no word, is not right yet, and never an error."""
    self_check(lesson, **{name: answer})
    assert f"✗ {name}: not yet. Hint: " in capsys.readouterr().out


def test_unknown_name(lesson):
    """A misspelt name is an error that lists the names."""
    with pytest.raises(ValueError, match="lesson 99 asks for how_many, which; got .*how_much"):
        self_check(lesson, how_much=3)


@pytest.mark.parametrize("unknown", [0, 6, "1", None])
def test_unknown_lesson(unknown):
    """A lesson without questions is an error that lists those with some."""
    with pytest.raises(ValueError, match=r"lesson must be one of \[1, 2, 3.*got"):
        self_check(unknown)


def test_every_question_has_examples():
    """There are examples of right and wrong answers to every question of the five lessons."""
    assert [name for lesson in range(1, 6) for name in QUESTIONS[lesson]] == list(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_judges(name):
    """Each question accepts right answers and refuses likely mistakes."""
    [question] = (questions[name] for questions in QUESTIONS.values() if name in questions)
    for expected, answers in zip((True, False), EXAMPLES[name], strict=True):
        for answer in answers:
            assert question.accepts(answer) is expected, answer


@pytest.mark.parametrize("lesson", QUESTIONS)
def test_questions_are_worth_asking(lesson):
    """Each lesson asks three to eight questions, and each hint is a whole sentence."""
    assert 3 <= len(QUESTIONS[lesson]) <= 8
    for question in QUESTIONS[lesson].values():
        assert question.hint.endswith((".", "?"))
