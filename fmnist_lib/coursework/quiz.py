"""The self-checks at the end of the lessons: right answers, and hints for wrong ones."""

import sys
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Question:
    """The right answer, a number or some spellings of a word; and a hint."""

    right: float | tuple[str, ...]
    hint: str
    tolerance: float = 0.0

    def accepts(self, answer: Any) -> bool:
        """Tell whether an answer is right; one of the wrong kind is not."""
        if isinstance(self.right, tuple):
            word = (
                str(answer).lower().partition("(")[0].rpartition(".")[2]
            )  # "optimizer.zero_grad()"
            words = [w for w in word.replace("-", "").split() if w not in ("the", "set", "data")]
            return "_".join(words) in self.right
        try:
            number = answer.replace(",", "").rstrip(" %") if isinstance(answer, str) else answer
            return abs(float(number) - self.right) <= self.tolerance
        except (TypeError, ValueError, ArithmeticError, RuntimeError):
            return False  # a word, a number too large for a float, a tensor of many numbers


QUESTIONS = {  # lesson -> name of the answer -> question
    1: {
        "pixels_in_one_image": Question(784, "28 rows of 28 pixels each."),
        "index_of_the_last_training_image": Question(59_999, "60,000 images, counted from 0."),
        "accuracy_of_always_the_same_answer_in_percent": Question(10, "ten classes of equal size."),
        "last_batch_of_the_test_set": Question(16, "156 * 64 = 9,984 images fill whole batches."),
        "black_normalised": Question(-0.81, "black is 0: subtract MEAN, then divide by STD.", 0.01),
        "set_to_learn_from": Question(("training", "train"), "the other one is for the exam."),
    },
    2: {
        "relu_of_minus_three": Question(0, "ReLU turns every negative number into the same one."),
        "parameters_of_a_layer_from_10_to_5": Question(55, "a weight per pair, a bias per output."),
        "logits_for_one_image": Question(10, "one number for each class."),
        "sum_of_a_softmax": Question(1, "softmax divides one whole into shares."),
        "loss_of_a_guess_among_two_classes": Question(0.693, "-ln(1/2), with math.log.", 0.004),
        "relu_after_the_last_layer": Question(("no", "false"), "a logit may well be negative."),
    },
    3: {
        "weight_after_one_step": Question(1.6, "weight - learning rate * gradient.", 1e-6),
        "steps_in_one_epoch": Question(540, "how many batches of 100 are there in 54,000 images?"),
        "method_that_forgets_old_gradients": Question(
            ("zero_grad",),
            "backward() adds to the old gradients; one of the five lines clears them first.",
        ),
        "set_that_chooses_the_learning_rate": Question(
            ("validation", "val"), "not the images the model learns from, and not the test set."
        ),
        "when_training_loss_falls_and_validation_loss_rises": Question(
            ("overfitting", "overfit", "overfits", "overfitted"),
            "the model learns its training images by heart; the word stands above the curves.",
        ),
    },
    4: {
        "images_in_the_test_set": Question(10_000, "print len(test_loader.dataset)."),
        "accuracy_of_two_batches_in_percent": Question(90, "all correct answers / all images."),
        "half_interval_of_400_images_in_points": Question(
            4.9, "1.96 * (p * (1 - p) / n) ** 0.5 with p = 0.5, times 100 for points.", 0.15
        ),
        "sum_of_a_row_of_the_confusion_matrix": Question(1000, "all images of one class."),
        "share_right_when_calibrated_and_70_percent_sure": Question(70, "right as often as sure."),
    },
    5: {
        "sum_of_all_ten_in_percent": Question(100, "softmax divides one whole into shares."),
        "index_of_the_first_image": Question(0, "people count from 1; Python does not."),
        "each_share_with_dim_0_in_percent": Question(100, "each column holds a single number."),
        "can_be_sure_and_wrong": Question(("yes", "true"), "see the first mistake of treasure 2."),
        "function_that_tells_the_truth": Question(
            ("visualize_image",),
            "one function asks the model, the other reads the label in the dataset.",
        ),
    },
}


def self_check(lesson: int, **answers: Any) -> None:
    """Print a line for each answer: right, not yet (with a hint), or no answer yet.

    Parameters
    ----------
    lesson : int
        The number of the lesson.
    **answers
        The student's answers by name; None means "no answer yet".

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
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # not every stream has our marks
    for name, question in questions.items():
        if (answer := answers.get(name)) is None:
            line = f"○ {name}: no answer yet"
        elif question.accepts(answer):
            line = f"✓ {name}: right"
        else:
            line = f"✗ {name}: not yet. Hint: {question.hint}"
        print(line.encode(encoding, "replace").decode(encoding))
