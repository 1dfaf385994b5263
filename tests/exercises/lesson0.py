"""Right and wrong ways to fill the blanks of lesson 0."""


def percent_in_two_steps(correct, total):
    share = correct / total
    return share * 100


def percent_rounded_a_little(correct, total):
    return round(correct / total * 100, 1)


def percent_as_a_tensor(correct, total):
    import torch

    return torch.tensor(correct) * 100 / total


def percent_by_one_of_a_hundred(correct, total):
    return correct / (total / 100)


def share(correct, total):
    return correct / total


def whole(correct, total):
    return int(correct / total * 100)


def exchanged(correct, total):
    return total / correct * 100


def product(correct, total):
    return correct / 100 * total


def missed(correct, total):
    return (total - correct) / total * 100


def text(correct, total):
    return str(correct / total * 100) + "%"


def printed(correct, total):
    print(correct / total * 100)


EXAMPLES = {
    "percent": (
        [
            percent_in_two_steps,
            percent_rounded_a_little,
            percent_as_a_tensor,
            percent_by_one_of_a_hundred,
        ],
        [
            (share, "That is a share"),
            (whole, "with what comes after the point"),
            (exchanged, "The two are exchanged"),
            (product, "You multiply by the total"),
            (missed, "Those are the wrong answers"),
            (text, "That is a text"),
            (printed, "it prints its result"),
        ],
    ),
}
