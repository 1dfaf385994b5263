"""What beginners do in any function."""


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


WRONG = [
    (fixed, "It gives the same, whatever it is given"),
    (inside_an_if, "Does `return` stand inside an `if`?"),
    (in_the_first_round, "`return` stands inside the loop"),
    (at_the_end_of_the_loop, "`return` stands inside the loop"),
    (prints, "it prints its result"),
    (forgets, "Is the last line a `return`?"),
    (changes_and_adds_up, "changes `numbers`, the list it is given"),
    (changes_after_the_mean, "changes `numbers`, the list it is given"),
    (gives_back, "That is `numbers`, unchanged"),
]
RIGHT = [  # another way, and what to try both with
    (lambda numbers: next(n for n in numbers if n % 2 == 0), first_even, ([1, 4, 6],)),
    (lambda numbers: numbers[0], first, ([3, 4],)),
]
