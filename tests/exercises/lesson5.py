"""Right and wrong ways to fill the blanks of lesson 5."""

import math

import torch


def accuracy_by_tensors(predictions, labels):
    return (predictions == labels).sum() / len(labels)


def accuracy_by_mean(predictions, labels):
    return (predictions == labels).float().mean().item()


def accuracy_by_index(predictions, labels):
    wrong = 0
    for i in range(len(labels)):
        if predictions[i] != labels[i]:
            wrong = wrong + 1
    return (len(labels) - wrong) / len(labels)


def accuracy_at_labels(predictions, labels):
    right = 0
    for i in labels:
        if predictions[i] == labels[i]:
            right += 1
    return right / len(labels)


def accuracy_rounded(predictions, labels):
    return int((predictions == labels).sum()) // len(labels)


def accuracy_count(predictions, labels):
    right = 0
    for i in range(len(labels)):
        if predictions[i] == labels[i]:
            right += 1
    return right


def accuracy_of_batches(predictions, labels):
    shares = []
    for start in range(0, len(labels), 64):
        same = predictions[start : start + 64] == labels[start : start + 64]
        shares.append(same.float().mean())
    return sum(shares) / len(shares)


def accuracy_only_compares(predictions, labels):
    return predictions == labels


def accuracy_not_added(predictions, labels):
    return (predictions == labels) / len(labels)


def accuracy_anywhere(predictions, labels):
    right = 0
    for said in predictions:
        if said in labels:
            right += 1
    return right / len(labels)


def accuracy_from_one(predictions, labels):
    right = 1
    for i in range(len(labels)):
        if predictions[i] == labels[i]:
            right += 1
    return right / len(labels)


def margin_by_math(share, count):
    return 1.96 * math.sqrt(share * (1 - share) / count)


def margin_in_steps(share, count):
    variance = share * (1 - share)
    return torch.tensor(1.96) * (variance**0.5) / (count**0.5)


def margin_exact(share, count):
    return 1.959964 * (share * (1 - share) / count) ** (1 / 2)


def margin_without_root(share, count):
    return 1.96 * (share * (1 - share) / count)


def margin_halved(share, count):
    return 1.96 * (share * (1 - share) / count) * 0.5


def margin_without_brackets(share, count):
    return 1.96 * (share * 1 - share / count) ** 0.5


def margin_as_a_call(share, count):
    return 1.96 * (share(1 - share) / count) ** 0.5


def margin_root_of_the_top(share, count):
    return 1.96 * math.sqrt(share * (1 - share)) / count


def margin_both_sides(share, count):
    return 2 * 1.96 * math.sqrt(share * (1 - share) / count)


def margin_of_90_percent(share, count):
    return 1.645 * math.sqrt(share * (1 - share) / count)


def table_of_lists(labels, predictions):
    table = []
    for _ in range(10):
        table.append([0] * 10)
    for i in range(len(labels)):
        table[labels[i]][predictions[i]] = table[labels[i]][predictions[i]] + 1
    return table


def table_of_floats(labels, predictions):
    table = torch.zeros(10, 10)
    for i in range(len(labels)):
        table[labels[i]][predictions[i]] += 1
    return table


def table_of_numpy(labels, predictions):
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(labels, predictions, labels=range(10))


def table_by_class(labels, predictions):
    return [
        [((labels == row) & (predictions == column)).sum() for column in range(10)]
        for row in range(10)
    ]


def table_transposed(labels, predictions):
    return table_of_floats(predictions, labels)


def table_of_ones(labels, predictions):
    table = torch.zeros(10, 10)
    for true, said in zip(labels, predictions):  # noqa: B905
        table[true, said] = 1
    return table


def table_at_once(labels, predictions):
    table = torch.zeros(10, 10)
    table[labels, predictions] += 1
    return table


def table_begun_anew(labels, predictions):
    for i in range(len(labels)):
        table = torch.zeros(10, 10)
        table[labels[i], predictions[i]] += 1
    return table


def table_of_two_loops(labels, predictions):
    table = torch.zeros(10, 10)
    for true in labels:
        for said in predictions:
            table[true, said] += 1
    return table


def table_of_all_in_each_round(labels, predictions):
    table = torch.zeros(10, 10)
    for _ in range(len(labels)):
        table[labels, predictions] += 1
    return table


def table_of_ten_images(labels, predictions):
    table = torch.zeros(10, 10)
    for i in range(10):
        table[labels[i], predictions[i]] += 1
    return table


def table_at_labels(labels, predictions):
    table = torch.zeros(10, 10)
    for i in labels:
        table[labels[i], predictions[i]] += 1
    return table


def table_by_labels(labels, predictions):
    table = torch.zeros(10, 10)
    for i in labels:
        table[i, predictions[i]] += 1
    return table


def table_too_small(labels, predictions):
    table = torch.zeros(9, 9)
    for true, said in zip(labels, predictions):  # noqa: B905
        table[true, said] += 1
    return table


def classes_by_tensors(table):
    return table.diag() / table.sum(dim=1)


def classes_by_sums(table):
    shares = []
    for i in range(len(table)):
        row = table[i].tolist()
        shares.append(row[i] / sum(row))
    return tuple(shares)


def classes_by_columns(table):
    shares = []
    for i in range(10):
        shares.append(table[i, i] / table[:, i].sum())
    return shares


def classes_of_1000(table):
    return [table[i, i] / 1000 for i in range(10)]


def classes_of_two(table):
    return [table[i, i] / (table[i, i] + table[i, i - 1] + table[i, i - 8]) for i in range(10)]


def classes_as_counts(table):
    return [int(table[i, i]) for i in range(10)]


EXAMPLES = {
    "accuracy": (
        [accuracy_by_tensors, accuracy_by_mean, accuracy_by_index],
        [
            (accuracy_rounded, "`//` for `/`"),
            (accuracy_count, "number of right answers"),
            (accuracy_at_labels, "takes labels for places"),
            (accuracy_of_batches, "mean of batches"),
            (accuracy_only_compares, "Count the right ones"),
            (accuracy_not_added, "Add them up"),
            (accuracy_anywhere, "the label at its place"),
            (accuracy_from_one, "Begin to count at 0"),
        ],
    ),
    "margin": (
        [margin_by_math, margin_in_steps, margin_exact],
        [
            (margin_without_root, "square root is missing"),
            (margin_halved, "with two stars"),
            (margin_root_of_the_top, "inside the bracket"),
            (margin_both_sides, "whole width"),
            (margin_without_brackets, "brackets of its own"),
            (margin_as_a_call, "'float' object is not callable"),
            (margin_of_90_percent, "not right yet"),
        ],
    ),
    "confusion_table": (
        [table_of_lists, table_of_floats, table_of_numpy, table_by_class],
        [
            (table_transposed, "Rows and columns are exchanged"),
            (table_of_ones, "use +="),
            (table_at_once, "adds to each place only once"),
            (table_begun_anew, "begins anew in each round"),
            (table_of_two_loops, "One loop is enough"),
            (table_of_all_in_each_round, "take labels[i] and predictions[i]"),
            (table_of_ten_images, "Only ten images"),
            (table_at_labels, "takes labels for places"),
            (table_by_labels, "gives labels, not places"),
            (table_too_small, "IndexError"),
        ],
    ),
    "class_accuracy": (
        [classes_by_tensors, classes_by_sums],
        [
            (classes_by_columns, "sum of the column"),
            (classes_of_1000, "add up the row"),
            (classes_as_counts, "These are counts"),
            (classes_of_two, "not right yet"),
            (lambda table: (table.diag() / table.sum(dim=1)).round(decimals=2), "not right yet"),
            (lambda table: [table[i, i] / table[3].sum() for i in range(10)], "that of row i"),
            (lambda table: [table[i] / table[i].sum() for i in range(10)], "whole rows"),
            (
                lambda table: [
                    table[i, i] / (table[i].sum() - table[i, i]) for i in range(len(table))
                ],
                "divide by the wrong answers",
            ),
        ],
    ),
}
