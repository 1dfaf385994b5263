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

QUESTIONS[1] = {
    "pixels_in_one_image": Question(number(784), "28 rows of 28 pixels each."),
    "index_of_the_last_training_image": Question(
        number(59_999), "there are 60,000 of them, and the first one has the index 0."
    ),
    "accuracy_of_always_the_same_answer_in_percent": Question(
        number(10), "ten classes, each with the same share of the images."
    ),
    "last_batch_of_the_test_set": Question(
        number(16), "156 full batches are 156 * 64 = 9,984 images; how many are left?"
    ),
    "black_normalised": Question(
        number(-0.81, 0.01), "black is 0: subtract MEAN from it, then divide by STD."
    ),
    "set_to_learn_from": Question(
        word("training", "train", "training set"), "the other one is for the exam at the end."
    ),
}

QUESTIONS[2] = {
    "relu_of_minus_three": Question(number(0), "ReLU makes every negative number the same."),
    "parameters_of_a_layer_from_10_to_5": Question(
        number(55), "a weight for each pair of input and output, and a bias for each output."
    ),
    "logits_for_one_image": Question(number(10), "one number for each class."),
    "sum_of_a_softmax": Question(number(1), "softmax gives shares of one whole."),
    "loss_of_a_guess_among_two_classes": Question(
        number(0.693, 0.004), "each of the two gets 1/2: take -ln(1/2), with math.log."
    ),
    "relu_after_the_last_layer": Question(
        word("no", "false"), "logits must be able to say no to a class, too."
    ),
}

QUESTIONS[3] = {
    "weight_after_one_step": Question(
        number(1.6, 1e-6), "weight - learning rate * gradient = 2 - 0.1 * 4."
    ),
    "steps_in_one_epoch": Question(
        number(540), "one step for each batch: how many batches of 100 are in 54,000 images?"
    ),
    "method_that_forgets_old_gradients": Question(
        word("zero_grad", "zero_grad()", "optimizer.zero_grad", "optimizer.zero_grad()"),
        "backward() adds to what is there; one of the five lines clears it first.",
    ),
    "set_that_chooses_the_learning_rate": Question(
        word("validation", "val", "validation set"),
        "not the images that the model learns from, and the test set must stay untouched.",
    ),
    "when_training_loss_falls_and_validation_loss_rises": Question(
        word("overfitting", "overfit", "overfits"),
        "the model learns its training images by heart; the word stands above the curves.",
    ),
}


QUESTIONS[4] = {
    "images_in_the_test_set": Question(number(10_000), "len(test_loader.dataset) tells."),
    "accuracy_of_two_batches_in_percent": Question(
        number(90), "add up the right answers, add up the images, divide once."
    ),
    "half_interval_of_400_images_in_points": Question(
        number(4.9, 0.15), "1.96 * (p * (1 - p) / n) ** 0.5 with p = 0.5, times 100 for points."
    ),
    "sum_of_a_row_of_the_confusion_matrix": Question(
        number(1000), "a row holds all images that are of one class."
    ),
    "share_right_when_calibrated_and_70_percent_sure": Question(
        number(70), "calibrated means: as sure as it is right."
    ),
}

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
        except (TypeError, ValueError, ArithmeticError, RuntimeError):
            # a word where a number belongs, a number past any float, a tensor of many numbers
            right = False
        print(f"✓ {name}: right" if right else f"✗ {name}: not yet. Hint: {question.hint}")
