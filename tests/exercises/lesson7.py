"""Right and wrong ways to fill the blanks of lesson 7."""

import torch


def learned_backwards(steps, accuracies):
    found = None
    for i in range(len(steps) - 1, -1, -1):
        if accuracies[i] < 0.8:
            break
        found = steps[i]
    return found


def learned_with_a_flag(steps, accuracies):
    answer = None
    for step, accuracy in zip(steps, accuracies, strict=True):
        if accuracy < 0.8:
            answer = None
        elif answer is None:
            answer = step
    return answer


def learned_with_all(steps, accuracies):
    return next((s for i, s in enumerate(steps) if all(a >= 0.8 for a in accuracies[i:])), None)


def learned_too_soon(steps, accuracies):
    for i in range(len(steps)):
        if accuracies[i] >= 0.8:
            return steps[i]


def learned_at_a_place(steps, accuracies):
    for i in range(len(steps)):
        if min(accuracies[i:]) >= 0.8:
            return i


def learned_above(steps, accuracies):
    for i in range(len(steps)):
        if min(accuracies[i:]) > 0.8:
            return steps[i]


def learned_with_the_next(steps, accuracies):
    for i in range(len(steps) - 1):
        if accuracies[i] >= 0.8 and accuracies[i + 1] >= 0.8:
            return steps[i]


def learned_on_average(steps, accuracies):
    for i in range(len(steps)):
        if sum(accuracies[i:]) / len(accuracies[i:]) >= 0.8:
            return steps[i]


def learned_but_the_last(steps, accuracies):
    for i in range(len(steps) - 1):
        if min(accuracies[i:]) >= 0.8:
            return steps[i]


def learned_but_the_first(steps, accuracies):
    for i in range(1, len(steps)):
        if min(accuracies[i:]) >= 0.8:
            return steps[i]


def learned_at_once_or_never(steps, accuracies):
    for i in range(len(steps)):
        if min(accuracies[i:]) >= 0.8:
            return steps[i]
        else:
            return None


def learned_now_and_at_the_end(steps, accuracies):
    for i in range(len(steps)):
        if accuracies[i] >= 0.8 and accuracies[-1] >= 0.8:
            return steps[i]
    return None


def learned_in_the_loop(steps, accuracies):
    for i in range(len(steps)):
        if min(accuracies[i:]) >= 0.8:
            return steps[i]
        return None


def moved_by_loop(picture, columns):
    new = []
    for row in picture:
        new.append([0] * columns + row[: len(row) - columns])
    return new


def moved_by_pixels(picture, columns):
    new = []
    for row in picture:
        line = []
        for i in range(len(row)):
            line.append(row[i - columns] if i >= columns else 0)
        new.append(line)
    return new


def moved_by_tensor(picture, columns):
    pixels = torch.tensor(picture).roll(columns, dims=1)
    pixels[:, :columns] = 0
    return pixels


def moved_by_insert(picture, columns):
    new = []
    for row in picture:
        line = list(row)
        for _ in range(columns):
            line.insert(0, 0)
            line.pop()
        new.append(line)
    return new


def moved_in_place(picture, columns):
    for i in range(len(picture)):
        picture[i] = [0] * columns + picture[i][: len(picture[i]) - columns]
    return picture


def moved_with_a_minus(picture, columns):
    return [[0] * columns + row[:-columns] for row in picture]


def moved_left(picture, columns):
    return [row[columns:] + [0] * columns for row in picture]


def moved_longer(picture, columns):
    return [[0] * columns + row for row in picture]


def moved_round(picture, columns):
    return torch.tensor(picture).roll(columns, dims=1)


def moved_all_rows(picture, columns):
    return [[0] * columns, *picture]


def row_by_loop(picture, ground):
    for number, row in enumerate(picture):
        for pixel in row:
            if abs(pixel - ground) > 12:
                return number


def row_by_counting(picture, ground):
    number = 0
    for row in picture:
        if max(row) > ground + 12 or min(row) < ground - 12:
            return number
        number += 1


def row_by_tensor(picture, ground):
    far = (torch.tensor(picture) - ground).abs() > 12
    return far.any(dim=1).nonzero()[0, 0]


def row_of_brighter(picture, ground):
    for number in range(len(picture)):
        for pixel in picture[number]:
            if pixel - ground > 12:
                return number


def row_of_noise(picture, ground):
    for number in range(len(picture)):
        for pixel in picture[number]:
            if pixel != ground:
                return number


def row_itself(picture, ground):
    for row in picture:
        for pixel in row:
            if abs(pixel - ground) > 12:
                return row


def row_from_the_first_pixel(picture, ground):
    for number, row in enumerate(picture):
        if abs(row[0] - ground) > 12:
            return number


EXAMPLES = {
    "learned_after": (
        [learned_backwards, learned_with_a_flag, learned_with_all],
        [
            (learned_too_soon, "only reaches 0.8"),
            (learned_at_a_place, "That is the place in the list"),
            (learned_above, "0.8 itself is enough"),
            (learned_with_the_next, "not right yet"),
            (learned_on_average, "not right yet"),
            (learned_but_the_last, "The last step is left out"),
            (learned_but_the_first, "not right yet"),
            (learned_at_once_or_never, "You give up at the first step"),
            (learned_now_and_at_the_end, "difference 4\nThe lesson goes on"),
            (learned_in_the_loop, "inside the loop"),
        ],
    ),
    "moved": (
        [moved_by_loop, moved_by_pixels, moved_by_tensor, moved_by_insert],
        [
            (moved_in_place, "changes `picture`, the list it is given"),
            (moved_with_a_minus, "row[:-0]"),
            (moved_left, "That goes to the left"),
            (moved_longer, "The rows have become longer"),
            (moved_round, "comes in on the left"),
            (moved_all_rows, "not right yet"),
        ],
    ),
    "first_row": (
        [row_by_loop, row_by_counting, row_by_tensor],
        [
            (row_of_brighter, "Only brighter pixels count"),
            (row_of_noise, "noise as well"),
            (row_itself, "Those are the pixels of the row"),
            (row_from_the_first_pixel, "Only the first pixel of each row"),
        ],
    ),
}
