"""Right and wrong ways to fill the blanks of lesson 2."""

import math
from itertools import pairwise

import numpy as np
import torch


def unit_with_zip(inputs, weights, bias):
    return sum(x * w for x, w in zip(inputs, weights, strict=True)) + bias


def unit_of_tensors(inputs, weights, bias):
    return torch.tensor(inputs) @ torch.tensor(weights) + bias


def unit_of_arrays(inputs, weights, bias):
    return np.dot(inputs, weights) + bias


def unit_with_the_bias_each_time(inputs, weights, bias):
    total = 0
    for x, w in zip(inputs, weights, strict=True):
        total += x * w + bias
    return total


def unit_that_forgets(inputs, weights, bias):
    for i in range(len(inputs)):
        total = inputs[i] * weights[i]
    return total + bias


def unit_from_the_second_on(inputs, weights, bias):
    total = bias
    for i in range(1, len(inputs)):
        total += inputs[i] * weights[i]
    return total


def unit_but_for_the_last(inputs, weights, bias):
    total = bias
    for i in range(len(inputs) - 1):
        total += inputs[i] * weights[i]
    return total


def unit_of_collected_products(inputs, weights, bias):
    out = []
    for i in range(len(inputs)):
        out.append(inputs[i] * weights[i])
    return out + bias


def unit_with_values_for_places(inputs, weights, bias):
    total = bias
    for i in inputs:
        total += inputs[i] * weights[i]
    return total


def unit_without_a_beginning(inputs, weights, bias):
    for i in range(len(inputs)):
        total = total + inputs[i] * weights[i]  # noqa: F821
    return total + bias


def unit_rounded(inputs, weights, bias):
    return int(unit_with_zip(inputs, weights, bias))


def unit_of_lists(inputs, weights, bias):
    return inputs * weights + bias


def unit_of_two_inputs(inputs, weights, bias):
    return inputs[0] * weights[0] + inputs[1] * weights[1] + bias


def relu_with_if(numbers):
    for i in range(len(numbers)):
        if numbers[i] < 0:
            numbers[i] = 0
    return numbers


def relu_of_a_copy(numbers):
    return relu_with_if(list(numbers))


def relu_of_a_tensor(numbers):
    return torch.tensor(numbers).relu()


def relu_of_an_array(numbers):
    return tuple(np.maximum(numbers, 0))


def relu_turned_round(numbers):
    return [-x if x < 0 else x for x in numbers]


def relu_filtered(numbers):
    result = []
    for x in numbers:
        if x > 0:
            result.append(x)
    return result


def relu_with_two_ifs(numbers):
    result = []
    for x in numbers:
        if x > 0:
            result.append(x)
        if x < 0:
            result.append(0)
    return result


def relu_of_large_ones(numbers):
    return [0 if x < -0.1 else x for x in numbers]


def relu_assigned(numbers):
    result = []
    for x in numbers:
        result = result.append(max(0, x))
    return result


def relu_in_place(numbers):
    for i in range(len(numbers)):
        numbers[i] = max(numbers[i], 0)


def relu_of_the_whole_list(numbers):
    return max(0, numbers)


def relu_as_a_map(numbers):
    return map(lambda x: max(0, x), numbers)


def relu_too_soon(numbers):
    result = []
    for x in numbers:
        result.append(max(0, x))
        return result


def softmax_by_powers(logits):
    powers = [2.718**x for x in logits]
    return [p / sum(powers) for p in powers]


def softmax_of_a_tensor(logits):
    return torch.tensor(logits).softmax(dim=0)


def softmax_without_overflow(logits):
    z = np.exp(np.array(logits) - max(logits))
    return z / z.sum()


def softmax_with_three_decimals(logits):
    total = 0
    for x in logits:
        total += math.exp(x)
    return tuple(round(math.exp(x) / total, 3) for x in logits)


def softmax_of_three(logits):
    a, b, c = (math.exp(logits[i]) for i in range(3))
    return [a / (a + b + c), b / (a + b + c), c / (a + b + c)]


def softmax_turned_round(logits):
    powers = [x**math.e for x in logits]
    return [p / sum(powers) for p in powers]


def softmax_in_place(logits):
    powers = [math.exp(x) for x in logits]
    for i, power in enumerate(powers):
        powers[i] = power / sum(powers)
    return powers


def softmax_of_the_whole_list(logits):
    return math.exp(logits) / sum(logits)


def softmax_as_a_map(logits):
    total = sum(map(math.exp, logits))
    return map(lambda x: math.exp(x) / total, logits)


def softmax_in_percent(logits):
    return torch.tensor(logits).softmax(dim=0) * 100


def softmax_without_powers(logits):
    return [x / sum(logits) for x in logits]


def softmax_undivided(logits):
    return torch.tensor(logits).exp()


def softmax_so_far(logits):
    total, shares = 0, []
    for x in logits:
        total += math.exp(x)
        shares.append(math.exp(x) / total)
    return shares


def parameters_in_pairs(sizes):
    return sum(a * b + b for a, b in pairwise(sizes))


def parameters_of_layers(sizes):
    from torch import nn

    layers = [nn.Linear(sizes[i - 1], sizes[i]) for i in range(1, len(sizes))]
    return sum(p.numel() for p in nn.Sequential(*layers).parameters())


def parameters_backwards(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += (sizes[i - 1] + 1) * sizes[i]
    return float(total)


def parameters_without_biases(sizes):
    return sum(a * b for a, b in pairwise(sizes))


def parameters_of_one_layer(sizes):
    for i in range(len(sizes) - 1):
        return sizes[i] * sizes[i + 1] + sizes[i + 1]


def parameters_of_the_first_layer(sizes):
    return sizes[0] * sizes[1] + sizes[1]


def parameters_with_the_last_biases(sizes):
    total = 0
    for i in range(len(sizes) - 1):
        total += sizes[i] * sizes[i + 1]
    return total + sizes[-1]


def parameters_too_far(sizes):
    total = 0
    for i in range(len(sizes)):
        total += sizes[i] * sizes[i + 1] + sizes[i + 1]
    return total


EXAMPLES = {
    "unit": (
        [unit_with_zip, unit_of_tensors, unit_of_arrays],
        [
            (unit_with_the_bias_each_time, "once for each input"),
            (unit_that_forgets, "Only the last input counts"),
            (unit_of_two_inputs, "Only two inputs count"),
            (unit_from_the_second_on, "The first input is left out"),
            (unit_but_for_the_last, "The last input is left out"),
            (unit_of_collected_products, "Add up the products first"),
            (unit_with_values_for_places, "An index is a place"),
            (unit_without_a_beginning, "`total` has no value yet"),
            (unit_rounded, "difference 0.75"),
            (unit_of_lists, "with a whole list. Go through it with a loop"),
            (unit_of_lists, "in the line: return inputs * weights + bias"),
        ],
    ),
    "relu": (
        [relu_of_a_copy, relu_of_a_tensor, relu_of_an_array],
        [
            (relu_with_if, "Right values, but your function changes `numbers`"),
            (relu_with_two_ifs, "0 itself is lost"),
            (relu_of_large_ones, "difference 0.01"),
            (relu_assigned, "`append` changes a list and returns nothing"),
            (relu_turned_round, "That takes the sign away"),
            (relu_filtered, "put in a 0"),
            (relu_in_place, "It returns nothing"),
            (relu_of_the_whole_list, "with a whole list"),
            (relu_as_a_map, "Put `list(...)` around it"),
            (relu_too_soon, "inside the loop"),
        ],
    ),
    "softmax": (
        [
            softmax_by_powers,
            softmax_of_a_tensor,
            softmax_without_overflow,
            softmax_with_three_decimals,
        ],
        [
            (softmax_in_percent, "Those are percent"),
            (softmax_without_powers, "Take the powers of e first"),
            (softmax_undivided, "Divide each of them by their sum"),
            (softmax_so_far, "the sum so far"),
            (softmax_of_three, "Only three logits count"),
            (softmax_turned_round, "Turn it round"),
            (softmax_in_place, "Compute the sum first"),
            (softmax_of_the_whole_list, "with a whole list"),
            (softmax_as_a_map, "Put `list(...)` around it"),
        ],
    ),
    "parameters": (
        [parameters_in_pairs, parameters_of_layers, parameters_backwards],
        [
            (parameters_without_biases, "The biases are missing"),
            (parameters_of_one_layer, "inside the loop"),
            (parameters_of_the_first_layer, "That is the first layer alone"),
            (parameters_with_the_last_biases, "Only the last layer has its biases"),
            (parameters_too_far, "from 0 to `len(...) - 1`"),
        ],
    ),
}
