"""Lesson 2, Model: its blanks and its questions."""

import math
from itertools import accumulate, pairwise

from fmnist_lib.coursework.answers import Question
from fmnist_lib.coursework.exercise import Exercise, Mistake


def unit(inputs, weights, bias):
    """Return the output of one unit: each input times its weight, added up, plus the bias."""
    total = bias
    for i in range(len(inputs)):
        total = total + inputs[i] * weights[i]
    return total


def relu(numbers):
    """Return the numbers with a 0 in place of each negative one."""
    result = []
    for number in numbers:
        result.append(max(0, number))
    return result


def softmax(logits):
    """Return a share for each logit; together they are 1."""
    powers = []
    for logit in logits:
        powers.append(math.exp(logit))
    shares = []
    for power in powers:
        shares.append(power / sum(powers))
    return shares


def parameters(sizes):
    """Return the number of weights and biases of dense layers, from each size to the next."""
    total = 0
    for i in range(len(sizes) - 1):
        total = total + sizes[i] * sizes[i + 1] + sizes[i + 1]
    return total


def products(inputs, weights):
    """Return each input times its weight."""
    return [x * w for x, w in zip(inputs, weights, strict=True)]


def powers_of(base, logits):
    """Return the base to the power of each logit."""
    return [base**logit for logit in logits]


def shares_of(numbers):
    """Return each number divided by the sum."""
    return [number / sum(numbers) for number in numbers]


def divided_in_place(powers):
    """Return powers, each divided by what is their sum by then."""
    for i in range(len(powers)):
        powers[i] = powers[i] / sum(powers)
    return powers


def real_shares(function, logits):
    """Return what `softmax` gives; `logit**e` is a complex number where a logit is negative."""
    shares = function(logits)
    if isinstance(shares, list):
        return [x.real if isinstance(x, complex) else x for x in shares]
    return shares


DIVIDE = "Those are the powers of e. Divide each of them by their sum."
PERCENT = "Those are percent. The shares add up to 1, not to 100."
BIASES = "The biases are missing: one for each output of a layer."

EXERCISES = [
    Exercise(
        unit,
        trials=lambda: [
            ([2, 5, -1], [3, 1, 4], 3),
            ([1.5, 0.5], [-0.5, 2.5], -3.25),
        ],
        mistakes=[
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)),
                "The bias is missing. Add it at the end.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)[:2]) + bias,
                "Only two inputs count. Go through all of them, however many there are.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)[1:]) + bias,
                "The first input is left out. Its index is 0.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)[:-1]) + bias,
                "The last input is left out. `range(len(inputs))` stops in time.",
            ),
            Mistake(
                lambda inputs, weights, bias: products(inputs, weights) + bias,
                "That adds a number to a list. Add up the products first, with `sum`.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)) + len(inputs) * bias,
                "You add the bias once for each input. Add it only once.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)) - bias,
                "You subtract the bias. Add it.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(products(inputs, weights)) * bias,
                "You multiply by the bias. Add it.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(inputs) + sum(weights) + bias,
                "You add inputs and weights. Multiply each input by its own weight.",
            ),
            Mistake(
                lambda inputs, weights, bias: sum(inputs) * sum(weights) + bias,
                "Each input must meet only its own weight. Multiply those pairs, then add up.",
            ),
            Mistake(
                lambda inputs, weights, bias: products(inputs, weights)[-1] + bias,
                "Only the last input counts. Add each product to the total so far.",
            ),
            Mistake(
                lambda inputs, weights, bias: [p + bias for p in products(inputs, weights)],
                "Those are the products. Add them up: a unit gives one number.",
            ),
            Mistake(
                lambda inputs, weights, bias: products(inputs, weights),
                "Those are the products. Add them up, and add the bias.",
            ),
            Mistake(
                lambda inputs, weights, bias: max(0, unit(inputs, weights, bias)),
                "You turn a negative result into 0. A unit leaves it as it is.",
            ),
            Mistake(
                lambda inputs, weights, bias: [unit(inputs, weights, bias)],
                "That is a list with the right number. Return the number itself.",
            ),
        ],
    ),
    Exercise(
        relu,
        trials=lambda: [([-3, -0.01, 0, 0.5, 3],), ([7, 2, -7],)],
        mistakes=[
            Mistake(
                lambda numbers: [abs(number) for number in numbers],
                "That takes the sign away: -3 becomes 3. ReLU makes it 0.",
            ),
            Mistake(
                lambda numbers: [number for number in numbers if number >= 0],
                "The negative numbers are gone. Put a 0 in the place of each.",
            ),
            Mistake(
                lambda numbers: [number for number in numbers if number > 0],
                "Some numbers are gone. The result is as long as the list; put in a 0.",
            ),
            Mistake(
                lambda numbers: [max(0, number) for number in numbers if number != 0],
                "0 itself is lost: neither `> 0` nor `< 0` takes it. Put an `else` there.",
            ),
            Mistake(
                lambda numbers: [min(0, number) for number in numbers],
                "That keeps the negative numbers. Keep the others.",
            ),
            Mistake(
                lambda numbers: [float(number > 0) for number in numbers],
                "Positive numbers become 1. They must stay as they are.",
            ),
            Mistake(
                lambda numbers: [max(0, numbers[-1])],
                "Only the last number is there. Make the empty list above the loop.",
            ),
            Mistake(list, "Nothing has changed. Put a 0 in the place of each negative number."),
            Mistake(
                lambda numbers: max(0, numbers[0]),
                "That is one number. Collect the results in a list.",
            ),
            Mistake(
                lambda numbers: max(0, numbers[-1]),
                "That is the result for the last number only. Collect all of them in a list.",
            ),
            Mistake(
                lambda numbers: max(0, *numbers),
                "That is the largest number of all. Treat each number alone.",
            ),
        ],
    ),
    Exercise(
        softmax,
        trials=lambda: [([0.5, 1.5, 2.5],), ([0.5, -1.5, 2.5, 0.1],)],
        outcome=real_shares,
        tolerance=1e-3,  # 2.718 for e will do
        mistakes=[
            Mistake(lambda logits: powers_of(math.e, logits), DIVIDE),
            Mistake(
                shares_of,
                "You divide the logits themselves. Take the powers of e first.",
            ),
            Mistake(
                lambda logits: [100 * share for share in softmax(logits)],
                PERCENT,
            ),
            Mistake(
                lambda logits: [power / sum(logits) for power in powers_of(math.e, logits)],
                "You divide by the sum of the logits. Divide by the sum of the powers.",
            ),
            Mistake(
                lambda logits: [power / len(logits) for power in powers_of(math.e, logits)],
                "You divide by how many there are. Divide by the sum of the powers.",
            ),
            Mistake(
                lambda logits: [
                    power / math.exp(max(logits)) for power in powers_of(math.e, logits)
                ],
                "You divide by the largest power. Divide by the sum of all of them.",
            ),
            Mistake(
                lambda logits: [
                    power / math.exp(sum(logits)) for power in powers_of(math.e, logits)
                ],
                "You divide by e to the power of the sum. Take the powers first, then their sum.",
            ),
            Mistake(
                lambda logits: [
                    power / total
                    for power, total in zip(
                        powers_of(math.e, logits),
                        accumulate(powers_of(math.e, logits)),
                        strict=True,
                    )
                ],
                "You divide by the sum so far. Add up all the powers in their own loop.",
            ),
            Mistake(
                lambda logits: shares_of(powers_of(2, logits)),
                "Those are powers of 2. Take e: `math.exp(logit)`.",
            ),
            Mistake(
                lambda logits: shares_of([logit**math.e for logit in logits]),
                "Those are the logits to the power of e. Turn it round: `math.exp(logit)`.",
            ),
            Mistake(
                lambda logits: divided_in_place(powers_of(math.e, logits)),
                "While you divide, the list changes, and so does its sum. Compute the sum first.",
            ),
            Mistake(
                lambda logits: softmax(logits[:3]),
                "Only three logits count. Go through all of them, however many there are.",
            ),
            Mistake(
                lambda logits: shares_of([logit**2 for logit in logits]),
                "Those are squares. Take e to the power of each logit: `math.exp(logit)`.",
            ),
            Mistake(
                lambda logits: [math.log(share) for share in softmax(logits)],
                "Those are the logarithms of the shares. Return the shares themselves.",
            ),
            Mistake(
                lambda logits: [round(share, 2) for share in softmax(logits)],
                "Right, but rounded. Return the shares as they are.",
            ),
            Mistake(
                lambda logits: [round(share) for share in softmax(logits)],
                "Those are whole numbers. Return the shares with their decimals.",
            ),
            Mistake(
                lambda logits: max(softmax(logits)),
                "That is the largest share only. Return all of them, in a list.",
            ),
            Mistake(
                lambda logits: softmax(logits)[-1],
                "That is the last share only. Collect all of them in a list.",
            ),
        ],
    ),
    Exercise(
        parameters,
        trials=lambda: [([4, 3, 2],), ([784, 32, 10],), ([6, 5, 7, 2],)],
        tolerance=1e-6,
        mistakes=[
            Mistake(lambda sizes: sum(a * b for a, b in pairwise(sizes)), BIASES),
            Mistake(
                lambda sizes: sum(a * b + a for a, b in pairwise(sizes)),
                "A layer has a bias for each output. You count one for each input.",
            ),
            Mistake(
                lambda sizes: sum(a * b + 1 for a, b in pairwise(sizes)),
                "You count one bias for each layer. Each output has its own.",
            ),
            Mistake(
                lambda sizes: sum(a * b + a + b for a, b in pairwise(sizes)),
                "You count a bias for inputs, too. Only the outputs of a layer have one.",
            ),
            Mistake(
                lambda sizes: sum(a * b for a, b in pairwise(sizes)) + sum(sizes),
                "You count a bias for the very first inputs, too. Pixels have none.",
            ),
            Mistake(
                lambda sizes: sizes[-2] * sizes[-1] + sizes[-1],
                "That is the last layer alone. Add each layer to the total so far.",
            ),
            Mistake(
                lambda sizes: sizes[0] * sizes[1] + sizes[1],
                "That is the first layer alone. Add each layer to the total so far.",
            ),
            Mistake(
                lambda sizes: sum(a * b for a, b in pairwise(sizes)) + sizes[-1],
                "Only the last layer has its biases. Each layer has some.",
            ),
            Mistake(
                lambda sizes: sizes[0] * sizes[-1] + sizes[-1],
                "You join the first size to the last. Join each size to the next one.",
            ),
            Mistake(
                math.prod,
                "You multiply all the sizes. Multiply only the two of one layer, then add up.",
            ),
            Mistake(sum, "You add up the sizes. A layer has inputs x outputs weights."),
        ],
    ),
]

QUESTIONS = {
    "relu_of_minus_three": Question(0, "ReLU turns every negative number into the same one."),
    "parameters_of_a_layer_from_10_to_5": Question(
        55, "Count a weight for each pair of input and output, and a bias for each output."
    ),
    "logits_for_one_image": Question(10, "A logit for each class. How many classes are there?"),
    "sum_of_a_softmax": Question(1, "Add up the printed shares, but not in percent.", 0.001),
    "share_of_each_of_five_equal_logits_in_percent": Question(
        20, "Equal logits have equal powers of e. Divide one of the five by their sum.", 0.01
    ),
    "relu_after_the_last_layer": Question(
        ("no", "n", "false"), "Can the smallest logit in the output come out of a ReLU?"
    ),
}
