"""The self-checks at the end of the lessons: right answers, and hints for wrong ones."""

import math
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fmnist_lib._common import say

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand"
)
VALUES = [*range(20), *range(20, 101, 10), 1000]
NUMBERS = dict(zip(NUMBER_WORDS.split(), map(float, VALUES), strict=True))
FILLERS = (  # words that say nothing about which word or which number it is
    "the a an it is this can called about around roughly set data dataset loader split images "
    "model network function method index number numbers pixels classes logits parameters batches "
    "steps points pp"
)
REWRITES = [  # pattern, what takes its place; in this order
    ("[\u2010-\u2015\u2212]", "-"),  # dashes, and the true minus
    (r"(?<=\S) ?\([^()]*\)", ""),  # arguments and remarks: "zero_grad()", "16 (the rest)"
    (r"^.*=", ""),  # "28 * 28 = 784"
    (r"per ?cent(?:age)?", "%"),
    (r"\b[a-z_]\w*\.(?=[a-z_])", ""),  # the owner of a method: "model.zero_grad"
    (r"(?<=[a-z])[-_](?=[a-z])", " "),  # "over-fitting", "zero_grad"
    (rf"\b(?:{FILLERS.replace(' ', '|')})\b", " "),
    (r"^(?:\+/?-|[^\w.-])+|[^\w%]+$", ""),  # "±4.9", "~16", quotation marks, a full stop
    (r"^(?:minus|-) *", "-"),
]
SHARE = "This is a share. In percent, or in points, a share of 0.25 is 25."


def readings(answer: Any) -> list[str | float]:
    """List what an answer may mean: a word, then numbers; nothing for one of the wrong kind.

    "Zero grad" is read as "zerograd"; "1,000" as 1000 and as 1.0, since a comma means thousands
    to some and decimals to others; "100 %" as 100 and as 1; a bool as a word, never as a number.
    """
    try:
        if isinstance(answer, (list, tuple, set)) and len(answer) == 1:
            [answer] = answer
        if hasattr(answer, "item"):  # of NumPy or PyTorch
            answer = answer.item()
        if callable(answer):
            answer = answer.__name__
        if not isinstance(answer, (str, bool)):
            return [float(answer)]
    except Exception:  # whatever an object that is no answer may raise
        return []
    text = " ".join(unicodedata.normalize("NFKC", str(answer)).lower().split())
    for pattern, replacement in REWRITES:
        text = re.sub(pattern, replacement, text)
    words = text.replace("%", " ").split()
    spaced = " ".join(words)
    numbers: list[float] = []
    with suppress(ValueError):
        numbers.append(float(spaced.replace(",", ".")))
    if re.fullmatch(r"[1-9]\d{0,2}(?:[., ']\d{3})+", spaced):
        numbers.append(float(re.sub(r"\D", "", spaced)))
    if words and NUMBERS.keys() >= set(words):  # "fifty five", "ten thousand"
        combine = math.prod if NUMBERS[words[-1]] >= 100 else sum
        numbers.append(combine(NUMBERS[word] for word in words))
    if "%" in text:
        numbers += [number / 100 for number in numbers]
    return ["".join(re.findall(r"\w+", spaced)), *numbers]


@dataclass(frozen=True)
class Question:
    """The right answer, a number or some spellings of a word; and a hint."""

    right: float | tuple[str, ...]
    hint: str
    tolerance: float = 1e-4  # a computed 1 may be 0.9999999

    def accepts(self, answer: Any, times: float = 1) -> bool:
        """Tell whether an answer, or a multiple of it, is right; one of the wrong kind is not."""
        if isinstance(self.right, tuple):
            spellings = [readings(word)[0] for word in self.right]
            return any(word in spellings for word in readings(answer))
        numbers = [number for number in readings(answer) if isinstance(number, float)]
        return any(abs(times * number - self.right) <= self.tolerance for number in numbers)


QUESTIONS = {  # lesson -> name of the answer -> question
    1: {
        "pixels_in_one_image": Question(784, "Each image has 28 rows, and each row 28 pixels."),
        "index_of_the_last_training_image": Question(59_999, "60,000 images, counted from 0."),
        "accuracy_of_always_the_same_answer_in_percent": Question(
            10, "All classes are equally large. How much of the set is each, in percent?"
        ),
        "last_batch_of_the_test_set": Question(
            16, "156 batches of 64 images are full. How many of the 10,000 are left?"
        ),
        "black_normalised": Question(-0.8102, "(0 - MEAN) / STD, with two decimals.", 0.005),
        "set_to_learn_from": Question(("training", "train"), "Which images are for practice?"),
    },
    2: {
        "relu_of_minus_three": Question(0, "ReLU turns every negative number into the same one."),
        "parameters_of_a_layer_from_10_to_5": Question(
            55, "Count a weight for each pair of input and output, and a bias for each output."
        ),
        "logits_for_one_image": Question(10, "A logit for each class. How many classes are there?"),
        "sum_of_a_softmax": Question(1, "Add up the printed shares, but not in percent.", 0.001),
        "loss_of_a_guess_among_two_classes": Question(
            0.6931, "Compute -ln(1/2) with math.log, and give two decimals.", 0.005
        ),
        "relu_after_the_last_layer": Question(
            ("no", "n", "false"), "Can the smallest logit in the output come out of a ReLU?"
        ),
    },
    3: {
        "weight_after_one_step": Question(1.6, "weight - learning rate x gradient."),
        "steps_in_one_epoch": Question(540, "Each batch gives a step. How many batches are there?"),
        "method_that_forgets_old_gradients": Question(
            ("zero_grad",), "backward() adds to old gradients. Which of the five lines clears them?"
        ),
        "set_that_chooses_the_learning_rate": Question(
            ("validation", "val"), "Which images were put aside at the beginning of this lesson?"
        ),
        "when_training_loss_falls_and_validation_loss_rises": Question(
            ("overfitting", "overfit", "overfits", "overfitted"),
            "The network learns its images by heart. The word stands below the learning curves.",
        ),
    },
    4: {
        "images_in_the_test_set": Question(10_000, "Print len(test_loader.dataset)."),
        "accuracy_of_two_batches_in_percent": Question(90, "All right answers / all images."),
        "half_interval_of_400_images_in_points": Question(
            4.9, "Use the formula for half the width of an interval, times 100. One decimal.", 0.05
        ),
        "sum_of_a_row_of_the_confusion_matrix": Question(1000, "Count all test images of a class."),
        "share_right_when_calibrated_and_70_percent_sure": Question(
            70, "Calibrated means: right as often as sure. In percent."
        ),
    },
    5: {
        "sum_of_all_ten_in_percent": Question(100, "Add up all ten, not only the top three.", 0.05),
        "index_of_the_first_image": Question(0, "People count from 1; Python does not."),
        "each_share_with_dim_0_in_percent": Question(
            100, "Read again what the mistake with dim=0 prints, and why."
        ),
        "can_be_sure_and_wrong": Question(("yes", "y", "true"), "See the output of treasure 2."),
        "function_that_tells_the_truth": Question(
            ("visualize_image", "visualise_image"),
            "The truth is the label in the dataset. Which function reads it, without the model?",
        ),
    },
}


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
