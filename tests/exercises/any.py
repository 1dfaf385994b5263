"""What beginners do in any function."""

import math

from helpers import waits_for_ever


def mean(numbers):
    return sum(numbers) / len(numbers)


def fixed(numbers):
    return 5


def inside_an_if(numbers):
    if len(numbers) > 3:
        return sum(numbers) / len(numbers)


def in_the_first_round(numbers):
    while True:
        return numbers[0]


def at_the_end_of_the_loop(numbers):
    for number in numbers:
        if number > 7:
            return number
        return None


def prints(numbers):
    print(sum(numbers) / len(numbers))


def forgets(numbers):
    numbers = sum(numbers) / len(numbers)


def changes_and_adds_up(numbers):
    numbers.append(0)
    return sum(numbers)


def changes_after_the_mean(numbers):
    result = sum(numbers) / len(numbers)
    numbers.clear()
    return result


def gives_nan(numbers):
    return sum(numbers) * float("nan")


def gives_a_dictionary(numbers):
    return {"mean": sum(numbers) / len(numbers)}


def without_parentheses(numbers):
    return numbers.count


def gives_back(numbers):
    for number in numbers:
        number = number / len(numbers)
    return numbers


def first_even(numbers):
    for number in numbers:
        if number % 2 == 0:
            return number


def first(numbers):
    for number in numbers:
        return number


def sort(numbers):
    numbers.sort()
    return numbers


def forgets_in_each_round(numbers):
    for number in numbers:
        total = 0
        total += number
    return total / len(numbers)


def begins_a_list_in_each_round(numbers):
    for number in numbers:
        seen = []
        for _ in range(2):
            seen.append(number)
    return seen


def ends_with_none(numbers):
    result = None
    return result


def same_and_last(numbers):
    for number in numbers:
        last = number
    return last


def a_step_in_each_round(numbers):
    total = 0
    for number in numbers:
        count = len(numbers)
        total += number / count
    return total + count


def reads_but_gives_the_same(numbers):
    return len(numbers) * 0


def assigns_append(numbers):
    result = []
    for number in numbers:
        result = result.append(number)
    return result


def appends_two(numbers):
    result = []
    for number in numbers:
        result.append(number, number)
    return result


def adds_a_number_to_a_list(numbers):
    result = []
    for number in numbers:
        result += number
    return result


def counts_without_range(numbers):
    for _ in len(numbers):
        pass


def takes_a_value_for_a_list(numbers):
    for number in numbers:
        print(number[0])


def leaves_out_the_star(numbers):
    return numbers[0](2)


def without_a_beginning(numbers):
    for number in numbers:
        total += number  # noqa: F821
    return total


def slips(numbers):
    return sum(nubmers)  # noqa: F821


def goes_too_far(numbers):
    return numbers[len(numbers)]


def takes_values_for_places(numbers):
    return sum(numbers[i] for i in numbers)


def compares_all_at_once(numbers):
    import torch

    return max(0, torch.tensor(numbers))


def takes_a_value_too_large(numbers):
    import torch

    return torch.tensor(numbers)[numbers[1]]


def begins_two_names_in_each_round(numbers):
    for i in range(len(numbers)):
        best, highest = None, 0
        if numbers[i] > highest:
            best, highest = i, numbers[i]
    return best


def never_ends(numbers):
    i = 0
    while i < len(numbers):
        numbers[i]
    return i


def grows_for_ever(numbers):
    for number in numbers:
        numbers.append(number)
    return sum(numbers)


def never_ends_in_one_line(numbers):
    # fmt: off
    while True: pass  # noqa: E701


def never_ends_elsewhere(numbers):
    return waits_for_ever(numbers)


def never_ends_and_catches_all(numbers):
    while True:
        try:
            numbers[0]
        except:  # noqa: E722
            pass


def never_ends_and_catches_many(numbers):
    while True:
        try:
            while True:
                numbers[0]
        except Exception:
            pass


def returns_in_a_second_loop(numbers):
    total = 0
    for number in numbers:
        if number < 0:
            continue
        total += number
    for number in numbers:
        return number


def begins_with_a_type(numbers):
    for number in numbers:
        total: int = 0
        total += number
    return total


def begins_a_part(numbers):
    result = [0, 0]
    for number in numbers:
        result[0] = 5
        result[1] += number
    return result[1]


def takes_the_logarithm_of_nothing(numbers):
    raise ValueError("expected a positive input")  # as Python 3.14 says it


def calls_itself(numbers):
    return calls_itself(numbers)


def goes_on_in_the_loop(numbers):
    total = i = 0
    while True:
        if i < len(numbers):
            total += numbers[i]
            i += 1
            continue
        return total


def begins_anew_and_below(numbers):
    for number in numbers:
        total = 0
        total += number
    total = 0
    for number in numbers:
        total += number
    return total


def begins_with_what_is_given(numbers):
    for i in range(len(numbers)):
        best = numbers[i]
        best += 1
    return best


def begins_two_in_one_line(numbers):
    for number in numbers:
        total = count = 0
        total += number
        count += 1
    return total / count


def divides_by_the_list(numbers):
    total = 0
    for number in numbers:
        total += number
    return total / numbers


def adds_a_list(numbers):
    return numbers + len(numbers)


def squares(numbers):
    return [number**2 for number in numbers]


def squares_the_list(numbers):
    return numbers**2


def squares_the_list_in_a_loop(numbers):
    result = []
    for _ in numbers:
        result.append(numbers**2)
    return result


WRONG = [
    (fixed, "It gives the same, whatever it is given"),
    (inside_an_if, "it comes to its end without a value"),
    (in_the_first_round, "`return` stands inside the loop"),
    (at_the_end_of_the_loop, "`return` stands inside the loop"),
    (prints, "it prints its result"),
    (forgets, "Is the last line a `return`?"),
    (changes_and_adds_up, "changes `numbers`, the list it is given"),
    (changes_after_the_mean, "changes `numbers`, the list it is given"),
    (gives_back, "That is `numbers`, unchanged"),
    (gives_nan, "  difference nan"),
    (gives_a_dictionary, "  expected   3"),
    (without_parentheses, "Are its parentheses missing"),
    (forgets_in_each_round, "`total` begins anew in each round"),
    (begins_a_list_in_each_round, "`seen` begins anew in each round"),
    (begins_two_names_in_each_round, "`best` begins anew in each round"),
    (returns_in_a_second_loop, "`return` stands inside the loop"),
    (begins_with_a_type, "`total` begins anew in each round"),
    (begins_a_part, "  difference"),
    (lambda numbers: (1, 5) if len(numbers) == 2 else 7, "  expected   3"),
    (begins_two_in_one_line, "`count` begins anew in each round"),
    (begins_anew_and_below, "  difference"),
    (begins_with_what_is_given, "  difference"),
    (goes_on_in_the_loop, "  difference"),
    (ends_with_none, "What stands behind `return` is None"),
    (lambda numbers: (1, 96 * len(numbers)), "with commas between them"),
    (same_and_last, "difference"),
    (a_step_in_each_round, "difference"),
    (reads_but_gives_the_same, "difference"),
]
PLACE = "An index is a place, from 0 to `len(...) - 1`. Is it a value, or one too far?"
NUMBER_FOR_LIST = (
    "A number stands where a list is needed. A loop counts with `range(...)`, and a list takes a "
    "number with `append`."
)
LIST_FOR_NUMBER = "A whole list stands where one number is needed."
WITH_A_LOOP = "Python can't do this with a whole list. Go through it with a loop."
STOPS = [  # the right way, one that stops with an error, what to try it with, and what is said
    (
        squares,
        assigns_append,
        ([2, 4],),
        "`append` changes a list and returns nothing. Leave out the `... =` in front of it.",
    ),
    (
        squares,
        appends_two,
        ([2, 4],),
        "`append` takes one value. For a pair, write `append((a, b))`; to join two lists, +.",
    ),
    (squares, adds_a_number_to_a_list, ([2, 4],), NUMBER_FOR_LIST),
    (squares, counts_without_range, ([2, 4],), NUMBER_FOR_LIST),
    (squares, takes_a_value_for_a_list, ([2, 4],), "Square brackets stand behind a number."),
    (
        squares,
        leaves_out_the_star,
        ([2, 4],),
        "Parentheses stand behind a number. Is a `*` missing, or a function's name taken?",
    ),
    (
        mean,
        without_a_beginning,
        ([2, 4],),
        "In this function, `total` has no value yet when this line needs one. Give it one above.",
    ),
    (mean, slips, ([2, 4],), "Python doesn't know `nubmers`. A slip, or a line that is missing?"),
    (mean, goes_too_far, ([2, 4],), PLACE),
    (mean, takes_values_for_places, ([2.5, 4],), PLACE),
    (mean, takes_a_value_too_large, ([2, 4],), PLACE),
    (
        squares,
        compares_all_at_once,
        ([2, 4],),
        "One True or False is needed here, and this gives many, one for each number.",
    ),
    (mean, lambda numbers: sqrt(9), ([2, 4],), "The root of x is `x ** 0.5`."),  # noqa: F821
    (mean, lambda numbers: exp(1), ([2, 4],), "Its name is `math.exp`."),  # noqa: F821
    (mean, lambda numbers: math.ln(1), ([2, 4],), "Its name is `math.log`."),
    (
        mean,
        lambda numbers: math.log(-numbers[0]),
        ([2, 4],),
        "Only a number above 0 has a logarithm.",
    ),
    (mean, lambda numbers: numbers[0] ^ 0.5, ([2, 4],), "A power is written with `**`."),
    (
        mean,
        lambda numbers: numbers(0),
        ([2, 4],),
        "Parentheses call a function. To take a value out, write square brackets: `name[i]`.",
    ),
    (
        mean,
        takes_the_logarithm_of_nothing,
        ([2, 4],),
        "Only a number above 0 has a logarithm.",
    ),
    (mean, calls_itself, ([2, 4],), "It calls itself, and never comes to an end."),
    (mean, divides_by_the_list, ([2, 4],), LIST_FOR_NUMBER),
    (squares, squares_the_list, ([2, 4],), WITH_A_LOOP),
    (squares, squares_the_list_in_a_loop, ([2, 4],), LIST_FOR_NUMBER),
    (mean, lambda numbers: 1 / 0, ([2, 4],), ""),
]
RIGHT = [  # another way, and what to try both with
    (lambda numbers: next(n for n in numbers if n % 2 == 0), first_even, ([1, 4, 6],)),
    (lambda numbers: numbers[0], first, ([3, 4],)),
]
