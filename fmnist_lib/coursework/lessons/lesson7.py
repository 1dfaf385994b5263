"""Lesson 7, Your own clothes: its blanks and its questions."""

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake


def learned_after(steps, accuracies):
    """Return the first step from which the accuracy stays at 0.8 or more, or None."""
    for i in range(len(steps)):
        if min(accuracies[i:]) >= 0.8:
            return steps[i]
    return None


def moved(picture, columns):
    """Return a picture, a list of rows, moved to the right; black comes in on the left."""
    return [[0] * columns + row[: len(row) - columns] for row in picture]


def first_row(picture, ground):
    """Return the number of the first row with a pixel more than 12 away from the ground."""
    for number in range(len(picture)):
        for pixel in picture[number]:
            if abs(pixel - ground) > 12:
                return number
    return None


def _reached(steps, accuracies):
    """Return the first step with an accuracy of 0.8 or more."""
    return next((s for s, a in zip(steps, accuracies, strict=True) if a >= 0.8), None)


def _rows_with(differs, picture):
    """Return the numbers of the rows in which a pixel differs."""
    return [i for i, row in enumerate(picture) if any(map(differs, row))]


EXERCISES = [
    Exercise(
        learned_after,
        trials=lambda: [
            ([0, 1, 2, 4, 8], [0.9, 0.1, 0.7, 0.8, 0.9]),
            ([0, 1, 2, 4], [0.1, 0.2, 0.9, 0.5]),
            ([0, 1, 2, 4, 8, 10], [0.1, 0.85, 0.4, 0.5, 0.95, 0.81]),
            ([0, 1, 2, 4], [0.9, 0.9, 0.7, 0.9]),
            ([0, 1, 2], [0.8, 0.9, 0.85]),
            ([0, 1, 2, 4, 8], [0.9, 0.9, 0.9, 0.7, 0.9]),
        ],
        mistakes=[
            Mistake(
                _reached,
                "There it only reaches 0.8, and falls again. Look at all that come later, too.",
            ),
            Mistake(
                lambda steps, accuracies: (
                    None
                    if (step := learned_after(steps, accuracies)) is None
                    else steps.index(step)
                ),
                "That is the place in the list. Give the step that stands there: steps[i].",
            ),
            Mistake(
                lambda steps, accuracies: learned_after(
                    steps, [0 if a == 0.8 else a for a in accuracies]
                ),
                "0.8 itself is enough. Compare with >=.",
            ),
            Mistake(
                lambda steps, accuracies: max(
                    (s for s, a in zip(steps, accuracies, strict=True) if a >= 0.8), default=None
                ),
                "That is the last step with 0.8 or more. Give the first from which it stays so.",
            ),
            Mistake(
                lambda steps, accuracies: steps[0] if min(accuracies) >= 0.8 else None,
                "You give up at the first step. Put `return None` below the loop.",
            ),
            Mistake(
                lambda steps, accuracies: (
                    None if (step := learned_after(steps, accuracies)) == steps[-1] else step
                ),
                "The last step is left out: `range(len(steps))` stops in time.",
            ),
            Mistake(
                lambda steps, accuracies: steps[-1] if accuracies[-1] >= 0.8 else None,
                "That is the last step of all. Begin at the first one, and stop when it fits.",
            ),
        ],
    ),
    Exercise(
        moved,
        trials=lambda: [
            ([[1, 2, 3], [4, 5, 6]], 1),
            ([[9, 8, 7, 6], [5, 4, 3, 2], [1, 9, 8, 7]], 2),
            ([[1, 2, 3], [4, 5, 6]], 0),
        ],
        picture=True,
        mistakes=[
            Mistake(
                lambda picture, columns: [row[columns:] + [0] * columns for row in picture],
                "That goes to the left. Put the zeros in front.",
            ),
            Mistake(
                lambda picture, columns: [[0] * columns + row for row in picture],
                "The rows have become longer. Leave out what moves beyond the right edge.",
            ),
            Mistake(
                lambda picture, columns: [
                    row[len(row) - columns :] + row[: len(row) - columns] for row in picture
                ],
                "What leaves on the right comes in on the left. Let zeros come in.",
            ),
            Mistake(
                lambda picture, columns: [[0] * columns + row[:-columns] for row in picture],
                "Moved by 0, it is empty: row[:-0] is. Say how many stay: len(row) - columns.",
            ),
            Mistake(
                lambda picture, columns: [[0] * columns + row[columns:] for row in picture],
                "The left columns are black, but nothing has moved. Keep the *first* pixels.",
            ),
            Mistake(
                lambda picture, columns: [[0, *row[:-1]] for row in picture],
                "That moves by one column. Move by `columns`.",
            ),
            Mistake(
                lambda picture, columns: (
                    [[0] * len(row) for row in picture[:columns]] + picture[:-columns]
                ),
                "That goes down. Change each row, and leave the rows in their place.",
            ),
            Mistake(
                lambda picture, columns: [0] * columns + picture[0][: len(picture[0]) - columns],
                "That is one row. Collect the new rows in a list.",
            ),
            Mistake(
                lambda picture, columns: [0] * columns + picture[-1][: len(picture[-1]) - columns],
                "That is one row. Collect the new rows in a list.",
            ),
            Mistake(
                lambda picture, columns: [
                    pixel for row in moved(picture, columns) for pixel in row
                ],
                "That is one long list. Keep the rows apart: append each as a list.",
            ),
        ],
    ),
    Exercise(
        first_row,
        trials=lambda: [
            ([[255, 255], [250, 251], [255, 243], [255, 242], [40, 60], [255, 30]], 255),
            ([[20, 30, 25], [26, 120, 20], [20, 9, 90], [90, 90, 20], [20, 99, 20]], 20),
            ([[200, 190, 195], [195, 205, 180], [0, 0, 0], [200, 0, 200]], 200),
            ([[255, 255], [40, 45], [255, 30]], 255),
        ],
        mistakes=[
            Mistake(
                lambda picture, ground: next(
                    iter(_rows_with(lambda p: p - ground > 12, picture)), None
                ),
                "Only brighter pixels count there. A distance is `abs(pixel - ground)`.",
            ),
            Mistake(
                lambda picture, ground: next(
                    iter(_rows_with(lambda p: ground - p > 12, picture)), None
                ),
                "Only darker pixels count there. A distance is `abs(pixel - ground)`.",
            ),
            Mistake(
                lambda picture, ground: _rows_with(lambda p: p != ground, picture)[0],
                "Any other pixel counts there, noise as well. The distance must be more than 12.",
            ),
            Mistake(
                lambda picture, ground: _rows_with(lambda p: abs(p - ground) >= 12, picture)[0],
                "A distance of 12 is still the ground. Compare with >.",
            ),
            Mistake(
                lambda picture, ground: _rows_with(lambda p: abs(p - ground) > 12, picture)[-1],
                "That is the last row of the garment. Return as soon as you find one.",
            ),
            Mistake(
                lambda picture, ground: first_row(picture, ground) + 1,
                "Rows count from 0.",
            ),
            Mistake(
                lambda picture, ground: picture[first_row(picture, ground)],
                "Those are the pixels of the row. Give its number.",
            ),
            Mistake(
                lambda picture, ground: next(
                    p for p in picture[first_row(picture, ground)] if abs(p - ground) > 12
                ),
                "That is the pixel. Give the number of its row.",
            ),
            Mistake(
                lambda picture, ground: next(
                    (i for i, row in enumerate(picture) if abs(row[0] - ground) > 12), None
                ),
                "Only the first pixel of each row is looked at. Go through all of them.",
            ),
        ],
    ),
]

QUESTIONS = {
    "next_snapshot_after_step_64": Question(128, "Each number is twice the one before."),
    "stays_from_step": Question(4, "At step 2 it falls once more."),
    "sum_for_the_empty_picture_in_percent": Question(
        100, "Softmax always shares out the same, whatever the picture."
    ),
    "last_pixel_of_the_moved_row": Question(7, "The last three leave, and three zeros come in."),
    "white_paper_after_negating": Question(0, "255 minus the pixel; white is 255."),
    "function_before_the_network": Question(
        ("normalise", "normalize"), "From grey values to what the network learned from."
    ),
}
