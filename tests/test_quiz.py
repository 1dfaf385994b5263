"""The self-checks: what they say, and that each question knows right from wrong."""

import io
import math
import re
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from fmnist_lib import predict_label, visualize_image
from fmnist_lib.coursework import self_check
from fmnist_lib.coursework.answers import Question, readings
from fmnist_lib.coursework.quiz import QUESTIONS, SHARE
from fmnist_lib.data import normalise
from fmnist_lib.sources.photo import convert_photo
from fmnist_lib.training import SGD

ALL = {name: question for lesson in QUESTIONS.values() for name, question in lesson.items()}
SHARES = torch.tensor([2.0, 0.5, -1.0, 0.1, 0.7]).softmax(dim=0)
EXAMPLES = {  # name -> answers to accept, and likely mistakes; " | " parts the texts
    "pixels_in_one_image": (
        (784, 28 * 28, "784 | 784 pixels | 28 x 28 = 784", torch.zeros(28, 28).numel()),
        (28, 56, 78.4, (28, 28), "28, 28"),
    ),
    "index_of_the_last_training_image": (
        (59_999, "59,999 | 59.999 | 59 999 | 59_999 | 59'999 | 59,999. | index 59,999"),
        (60_000, 9_999, 59.999, (59, 999), "60,000 | -59,999"),
    ),
    "accuracy_of_always_the_same_answer_in_percent": (
        (10, 10.0, "10% | 10 % | 10 percent | 10 per cent | ten | Ten. | about 10 %"),
        (0.1, 50, 10.01, 1000, "0.1 | 0.10 | 10 or 20"),
    ),
    "last_batch_of_the_test_set": (
        (16, 10_000 % 64, np.int64(16), [16], "16 | sixteen | 16 images | 16 (the rest) | (16)"),
        (64, 32, "six | sixty | 1.6"),
    ),
    "black_normalised": (
        (
            -0.81,
            -0.8102,
            (0 - 0.2860) / 0.3530,
            torch.tensor(-0.8102),
            "-0.81 | -0,81 | \u22120.81 | minus 0.81 | - 0.81 | -.81",
        ),
        (0.81, 0, 2.02, -0.82, -0.8, -81, "-0,8 | 0,81 | ±0.81"),
    ),
    "set_to_learn_from": (
        (
            "training | Training set | train | the training set. | 'training'",
            "training data | training_set | train-set",
        ),
        (1, "test | both | training and test set | training/test | not training | train test"),
    ),
    "relu_of_minus_three": (
        (0, 0.0, torch.tensor(-3.0).relu(), np.float32(0), "zero | 0 | Zero! | -0"),
        (3, -3, False, "no | not zero | three"),
    ),
    "parameters_of_a_layer_from_10_to_5": (
        (55, 55.0, "fifty-five | 55 parameters | 10 * 5 + 5 = 55"),
        (50, 60, "5.5 | five five"),
    ),
    "logits_for_one_image": ((10, "ten | 10 logits | 10."), (1, 784, True, "ten or one")),
    "sum_of_a_softmax": (
        (1, 1.0, 0.9999999, SHARES.sum(), sum(SHARES.tolist()), "one | 1.0 | 1,0 | 100 %"),
        (0, 10, 100, 0.99, True, SHARES, "100"),
    ),
    "share_of_each_of_five_equal_logits_in_percent": (
        (20, 20.0, 100 / 5, 100 * torch.zeros(5).softmax(dim=0)[0], "20 % | twenty | 20,0"),
        (0.2, 5, 25, 1, 2000, "1/5 | 0,2 | a fifth"),
    ),
    "relu_after_the_last_layer": (
        (False, np.False_, torch.tensor(False), "no | No | No. | NO! | n | False"),
        (True, 1, 0, "yes | not sure | yes or no"),
    ),
    "loss_of_a_guess_among_two_classes": (
        (0.693, 0.69, math.log(2), torch.tensor(2.0).log(), "0.69 | 0,693 | -ln(1/2) = 0.693"),
        (2.303, 0.5, -0.693, 0.7, 0.6, 693, "-0,693 | 0,7"),
    ),
    "slope_from_two_losses": (
        (-2, -2.0, (3.8 - 4.0) / 0.1, (3.8 - 4.0) / (1.1 - 1), "-2 | -2.0 | minus 2 | - 2"),
        (2, -0.2, -0.02, 0.2, "2 | two | -0.2 | negative"),
    ),
    "weight_after_one_step": (
        (1.6, 2 - 0.1 * 4, torch.tensor(1.6), "1.6 | 1,6 | 1.60 | 2 - 0.1 * 4 = 1.6"),
        (2.4, -2.0, 1.96, 16, "-1.6"),
    ),
    "gradients_of_a_layer_from_3_to_2": (
        (8, 3 * 2 + 2, "8 | eight | 8 parameters | 3 * 2 + 2 = 8"),
        (6, 5, 9, "six | 3 x 2"),
    ),
    "method_that_forgets_old_gradients": (
        (
            nn.Linear(1, 1).zero_grad,
            SGD.zero_grad,
            torch.optim.Optimizer.zero_grad,
            "zero_grad | zero_grad() | optimizer.zero_grad() | model.zero_grad() | zero grad",
            "zero_grad(set_to_none=True) | Zero-grad | `zero_grad` | the method zero_grad",
        ),
        (0, "backward | step | not zero_grad | zero_grad() or step() | zero | grad"),
    ),
    "every_step_makes_the_loss_smaller": (
        (False, np.False_, "no | No | No. | n | False | NO! | No, not every step."),
        (True, 1, "yes | not always yes | only small ones | Yes, no doubt"),
    ),
    "steps_in_one_epoch": (
        (540, 54_000 / 100, "540 | 540 steps | 540 batches"),
        (54_000, 541, 5.4, "539 or 540"),
    ),
    "when_training_loss_falls_and_validation_loss_rises": (
        (
            "overfitting | Overfitting | over-fitting | over\u2010fitting | over fitting",
            "overfitted | it is overfitting | the model overfits | Overfit! | learning by heart",
        ),
        ("learning | underfitting | not overfitting | fitting",),
    ),
    "set_that_chooses_the_learning_rate": (
        (
            "validation | the validation set | validation data | Validation. | val | val_loader",
            "the validation split | validation-set",
        ),
        (2, "test | training | training and validation | test or validation"),
    ),
    "accuracy_on_new_images_after_random_labels_in_percent": (
        (10, 14.1, 5, 17, "10% | 10 % | about 10 % | ten | 10 percent"),
        (100, 0.1, 50, 4, 18, "0.1 | 100 % | 0"),
    ),
    "spread_of_81_and_79_and_84_in_points": (
        (5, 84 - 79, "5 | five | 5 points | 84 - 79 = 5 | 5.0"),
        (3, -5, 2.5, 84, 0.05, "81 | 79 to 84"),
    ),
    "mode_for_answers_only": (
        ("eval | eval mode | Eval | evaluation | evaluation mode | model.eval() | eval()",),
        (False, 0, "train | training | train mode | not eval | test"),
    ),
    "images_in_the_test_set": (
        (10_000, np.int64(10_000), "10,000 | 10 000 | 10.000 | 10,000 images | ten thousand"),
        (60_000, 9_999, 10.0, "10 | 1,000"),
    ),
    "accuracy_of_two_batches_in_percent": (
        (90, 72 / 80 * 100, torch.tensor([90.0]), "90% | 90 %. | ninety | 72/80 = 90 %"),
        (75, 0.9, "0,9 | 75 % | 0.90 | 9"),
    ),
    "margin_of_400_images_in_points": (
        (
            4.9,
            4.88,
            1.96 * (0.5 * 0.5 / 400) ** 0.5 * 100,
            "±4.9 | +-4.9 | +/- 4.9 | ~4.9",
            "4.9 points | 4,9 | 4.9 % | 4.9 percentage points",
        ),
        (0.049, 2.5, 9.8, 5, 4.8, 49, "-4.9 | 4 or 9"),
    ),
    "sum_of_a_row_of_the_confusion_table": (
        (
            1000,
            torch.tensor([900, 100]).sum(),
            "1,000 | 1 000 | 1.000 | 1000 images",
            "one thousand | a thousand",
        ),
        (100, 10_000, 1, "one hundred"),
    ),
    "percent_right_when_calibrated_and_70_percent_sure": (
        (70, "70% | 70 % | about 70 % | seventy | 70 percent"),
        (0.7, 100, 30, "70 or 80 | 0.70 | 70 80 | more than 70"),
    ),
    "mode_for_testing": (
        ("eval | eval mode | Evaluation mode | model.eval() | .eval() | eval() | 'eval'",),
        (True, 0, "train | train mode | eval or train | not eval | test"),
    ),
    "sum_of_all_ten_in_percent": (
        (100, 99.99, 100 * SHARES.sum(), "100% | 100 % | a hundred | one hundred"),
        (1, 10, 99, "99.91 | 0.1"),
    ),
    "each_share_with_dim_0_in_percent": (
        (100, 100 * torch.zeros(1, 10).softmax(dim=0)[0, 0], "100% | 100.00% | hundred"),
        (10, 1, torch.full((10,), 100.0), "10 %"),
    ),
    "can_be_sure_and_wrong": (
        (True, [True], np.True_, "yes | Yes | Yes! | y | YES. | true | Yes, it can."),
        (False, 1, "no | not yes | maybe | yes and no"),
    ),
    "function_that_tells_the_truth": (
        (
            visualize_image,
            "visualize_image | visualize_image(test_loader, 1) | visualize_image()",
            "visualize image | visualise_image | fmnist_lib.visualize_image",
            "the function visualize_image | Visualize_Image",
        ),
        (predict_label, print, "predict_label | visualize | predict_label, not visualize_image"),
    ),
    "set_to_hunt_in": (
        ("validation | the validation set | Validation. | val | validation images | val_loader",),
        ("test | training | validation or test | not the test set", 6000),
    ),
    "mistakes_after_the_change": (
        (190, 200 - 50 + 40, torch.tensor(190), "190 | 200 - 50 + 40 = 190"),
        (150, 160, 240, 90, 1.9, "10 fewer"),
    ),
    "next_snapshot_after_step_64": (
        (128, 128.0, "128 | step 128 | 64 * 2 = 128"),
        (65, 100, 64, "66 | twice"),
    ),
    "stays_from_step": (
        (4, "4 | four | step 4"),
        (0, 1, 2, "two | None | never"),
    ),
    "sum_for_the_empty_picture_in_percent": (
        (100, "100 | 100 % | 100 percent | one hundred"),
        (0, 10, 82, "zero | nothing"),
    ),
    "last_pixel_of_the_moved_row": (
        (7, "7 | seven | pixel 7"),
        (0, 4, 9, "8 | zero | 1"),
    ),
    "white_paper_after_negating": (
        (0, 0.0, "0 | zero | 255 - 255 = 0"),
        (255, 1, -255, "white | black and white"),
    ),
    "function_before_the_network": (
        (normalise, "normalise | normalize | normalise() | fmnist_lib.data.normalise | Normalise"),
        (convert_photo, "scale | convert_photo | normal | predict_label"),
    ),
}


def examples(place):
    """List each question's name with each of its right (0) or wrong (1) answers."""
    return [
        (name, answer)
        for name, both in EXAMPLES.items()
        for item in both[place]
        for answer in (item.split(" | ") if isinstance(item, str) else [item])
    ]


class Broken:
    """Raises whatever is asked of it."""

    def __getattr__(self, name):
        raise OSError(name)


NO_ANSWERS = (
    *("three thousand words", [3, 3], [], {}, {"a": 1}, 10**400, -(10**400), "9" * 5000, math.nan),
    *("nan", math.inf, "inf", 1j, object(), Broken(), Question, lambda: 3, b"left", ..., [None]),
    *(torch.zeros(2), torch.zeros(0), torch.zeros((), device="meta"), np.array(["left", "right"])),
    *(
        np.datetime64("2020-01-01"),
        nn.Linear(1, 1),
        "\ud800 x",
        "thousand " * 400,
        "x" + " " * 10**5 + "y",
    ),
)


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
    """A right answer gets its mark and no hint; right answers are counted at the end."""
    self_check(lesson, how_many=3, which="Left")
    assert capsys.readouterr().out == "✓ how_many: right\n✓ which: right\n2 of 2 right\n"


def test_wrong_gets_the_hint(lesson, capsys):
    """A wrong answer gets the hint, not the answer."""
    self_check(lesson, how_many=4, which="left")
    assert capsys.readouterr().out == (
        "✗ how_many: not yet. Hint: count them.\n✓ which: right\n1 of 2 right\n"
    )


@pytest.mark.parametrize("blank", [None, "", "  ", "?", "..."])
def test_unanswered(blank, lesson, capsys):
    """None, a blank, and a question left out count as no answer yet."""
    self_check(lesson, how_many=blank)
    assert capsys.readouterr().out == (
        "○ how_many: no answer yet\n○ which: no answer yet\n0 of 2 right\n"
    )


def test_stream_without_our_marks(lesson, monkeypatch):
    """Where standard output has no ✓ or is missing, the words are printed, or nothing."""
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    self_check(lesson, how_many=3, which="right")
    sys.stdout.seek(0)
    assert sys.stdout.read().split()[:4] == ["?", "how_many:", "right", "?"]
    monkeypatch.setattr(sys, "stdout", None)
    self_check(lesson)


@pytest.mark.parametrize("name", ["how_many", "which"])
@pytest.mark.parametrize("answer", NO_ANSWERS, ids=lambda answer: type(answer).__name__)
def test_answer_of_the_wrong_kind(name, answer, lesson, capsys):
    """No number where one belongs, or no word, is not right yet, and never an error."""
    self_check(lesson, **{name: answer})
    assert f"✗ {name}: not yet. Hint: " in capsys.readouterr().out


def test_unknown_name(lesson):
    """A misspelt name is an error that lists the names."""
    with pytest.raises(ValueError, match="lesson 99 asks for how_many, which; got .*how_much"):
        self_check(lesson, how_much=3)


@pytest.mark.parametrize("unknown", [0, 8, "1", None])
def test_unknown_lesson(unknown):
    """A lesson without questions is an error that lists those with some."""
    with pytest.raises(ValueError, match=r"lesson must be one of \[1, 2, 3.*got"):
        self_check(unknown)


def test_every_question_has_examples():
    """There are examples of right and wrong answers to every question of the five lessons."""
    assert list(ALL) == list(EXAMPLES)
    assert all(right and wrong for right, wrong in EXAMPLES.values())


@pytest.mark.parametrize(("name", "answer"), examples(0))
def test_accepts(name, answer):
    """A right answer is right in each of its spellings."""
    assert ALL[name].accepts(answer)


@pytest.mark.parametrize(("name", "answer"), examples(1))
def test_refuses(name, answer):
    """A likely mistake is not right."""
    assert not ALL[name].accepts(answer)


def test_accepts_every_softmax():
    """Shares that were computed and added up are right, whatever the last digits are."""
    sums = torch.randn(1_000, 10, generator=torch.Generator().manual_seed(0)).softmax(dim=1).sum(1)
    assert (sums != 1).any()
    assert all(ALL["sum_of_a_softmax"].accepts(total) for total in sums)
    assert all(ALL["sum_of_all_ten_in_percent"].accepts(100 * total) for total in sums)


@pytest.mark.parametrize(
    ("lesson", "name", "share"),
    [
        (1, "accuracy_of_always_the_same_answer_in_percent", 0.1),
        (1, "accuracy_of_always_the_same_answer_in_percent", "0,1"),
        (5, "accuracy_of_two_batches_in_percent", 72 / 80),
        (5, "margin_of_400_images_in_points", 0.049),
        (5, "percent_right_when_calibrated_and_70_percent_sure", torch.tensor(0.7)),
        (6, "sum_of_all_ten_in_percent", 1),
    ],
)
def test_share_instead_of_percent(lesson, name, share, capsys):
    """The right share is not yet right where percent is asked, and the hint says why."""
    self_check(lesson, **{name: share})
    assert f"✗ {name}: not yet. Hint: {SHARE}\n" in capsys.readouterr().out
    self_check(lesson, **{name: 0.123})
    assert f"✗ {name}: not yet. Hint: {ALL[name].hint}\n" in capsys.readouterr().out


def test_share_where_no_percent_is_asked(capsys):
    """A hundredth of a right number is a share only where percent is asked."""
    self_check(2, sum_of_a_softmax=0.01)
    assert SHARE not in capsys.readouterr().out


def test_readings():
    """An answer is read as a word and as numbers: both ways where a comma may mean either."""
    assert readings("The Zero-Grad()") == ["zerograd"]
    assert readings("1,000") == ["1000", 1.0, 1000.0]
    assert readings("0,693") == ["0693", 0.693]
    assert readings("10 %") == readings("\uff11\uff10\uff05") == ["10", 10.0, 0.1]
    assert readings("70 80") == ["7080"]
    assert readings("twenty-one") == ["twentyone", 21.0]
    assert readings(True) == ["true"]
    assert readings(torch.tensor([[7]])) == [7.0]


@pytest.mark.parametrize("lesson", range(1, 7))
def test_questions_are_worth_asking(lesson):
    """Each lesson asks three to eight questions."""
    assert 3 <= len(QUESTIONS[lesson]) <= 8


@pytest.mark.parametrize("name", ALL)
def test_hint(name):
    """A hint is short, ends as a sentence does, and doesn't hold the answer."""
    words = ALL[name].hint.split()
    assert len(words) <= 25
    assert re.search("[.?]$", words[-1])
    pairs = [" ".join(pair) for pair in pairwise(words)]
    assert not any(ALL[name].accepts(part) for part in [*words, *pairs])
    assert not any(ALL[name].accepts(part) for part in SHARE.split())
