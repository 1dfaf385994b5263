"""The blanks of the lessons: right in any style, wrong with the right message, not yet."""

import importlib
import sys
import time

import numpy as np
import pytest
import torch
from exercises.any import (
    RIGHT,
    STOPS,
    WRONG,
    adds_a_list,
    divides_by_the_list,
    fixed,
    grows_for_ever,
    mean,
    never_ends,
    never_ends_and_catches_all,
    never_ends_and_catches_many,
    never_ends_elsewhere,
    never_ends_in_one_line,
    sort,
)

from fmnist_lib.coursework import checked
from fmnist_lib.coursework import exercise as exercise_module
from fmnist_lib.coursework.beginners import at_most
from fmnist_lib.coursework.exercise import Exercise, Mistake, judge
from fmnist_lib.coursework.lessons import EXERCISES, LESSONS

MEAN = Exercise(mean, lambda: [([2, 4],), ([1, 0, 5, 2],)])
EXAMPLES = {  # name -> (other right ways, [(wrong way, part of what is said)])
    name: example
    for number in range(len(LESSONS))
    for name, example in importlib.import_module(f"exercises.lesson{number}").EXAMPLES.items()
}


def test_all_have_examples():
    """Each blank has two other right ways, and two wrong ones."""
    assert EXAMPLES.keys() == EXERCISES.keys()
    for right, wrong in EXAMPLES.values():
        assert len(right) >= 2
        assert len(wrong) >= 2


@pytest.mark.parametrize("name", EXERCISES)
def test_stub(name):
    """A blank left empty is not yet written: neither right nor wrong."""

    def ellipsis(*_): ...

    def nothing(*_):
        """Do it."""

    def refused(*_):
        raise NotImplementedError

    for stub in (ellipsis, nothing, refused):
        assert judge(EXERCISES[name], stub).state == "not yet"


@pytest.mark.parametrize("name", EXERCISES)
def test_right(name):
    """The solution is right, and so are other ways to write it."""
    for function in (EXERCISES[name].solution, *EXAMPLES[name][0]):
        verdict = judge(EXERCISES[name], function)
        assert verdict.state == "right", verdict.text


@pytest.mark.parametrize("name", EXERCISES)
def test_wrong(name):
    """Wrong ways are wrong, and each gets its own message."""
    for function, message in EXAMPLES[name][1]:
        verdict = judge(EXERCISES[name], function)
        assert verdict.state == "wrong"
        assert message in verdict.text


@pytest.mark.parametrize("name", EXERCISES)
def test_mistakes(name):
    """The data tell the mistakes from the right version, and from each other."""
    exercise = EXERCISES[name]
    for mistake in exercise.mistakes:
        verdict = judge(exercise, mistake.version)
        assert verdict.state == "wrong", mistake.hint
        assert mistake.hint in verdict.text


@pytest.mark.parametrize("name", EXERCISES)
def test_checked(name, capsys):
    """The student's own function goes on if it is right, else the library's, which is told."""
    ways = EXAMPLES[name][0], [wrong for wrong, _ in EXAMPLES[name][1]]
    own, wrong = (next(way for way in part if hasattr(way, "__code__")) for part in ways)
    solution = EXERCISES[name].solution
    for function, expected in ((own, own), (wrong, solution)):
        function.__name__ = name
        assert checked(function) is expected
    capsys.readouterr()
    assert checked(solution) is solution
    assert "this is the library's version" in capsys.readouterr().out


@pytest.mark.parametrize(("function", "message"), WRONG)
def test_mistakes_in_any_function(function, message):
    """What beginners do in any function is told without a list of it."""
    verdict = judge(MEAN, function)
    assert verdict.state == "wrong"
    assert message in verdict.text.splitlines()[-2]


def test_nothing_known():
    """Where no mistake is known, nothing is said about it."""
    verdict = judge(MEAN, lambda numbers: sum(numbers) + 1)
    assert verdict.text.splitlines()[-2].startswith("  difference")


def test_right_in_any_style():
    """A `return` in a loop, or in an `if`, may be just what is asked for."""
    for solution, function, trial in RIGHT:
        assert judge(Exercise(solution, lambda trial=trial: [trial]), function).state == "right"


def test_right_values_but_the_list_is_changed():
    """A list that is given stays as it is, and what is said is no word about the values."""
    verdict = judge(Exercise(sorted, lambda: [([3, 1],)]), sort)
    assert verdict.state == "wrong"
    assert "Right values, but your function changes `iterable`" in verdict.text


def test_something_made_outside():
    """A list that is made once holds the answers of all calls: told, and not taken for right."""
    collected = []

    def halves(numbers):
        for number in numbers:
            collected.append(number / 2)
        return collected

    exercise = Exercise(
        lambda numbers: [number / 2 for number in numbers], lambda: [([1, 3],), ([5],)]
    )
    verdict = judge(exercise, halves)
    assert verdict.state == "wrong"
    assert "yours      [0.5, 1.5, 2.5]" in verdict.text
    assert "it gives two different answers" in verdict.text


@pytest.mark.parametrize(("value", "state"), [(100_005.0, "right"), (100_015.0, "wrong")])
def test_tolerance_of_large_numbers(value, state):
    """Of numbers above 1, the tolerance is a part: 10 of 100,000."""
    exercise = Exercise(lambda numbers: 100_000.0, lambda: [([1],)])
    assert judge(exercise, lambda numbers: value).state == state


def test_numbers_of_numpy_are_shown():
    """A number or a short list of NumPy is shown as Python's are."""
    for function, shown in ((np.max, "yours      4\n"), (np.array, "yours      [4, 3]\n")):
        assert shown in judge(Exercise(mean, lambda: [([4, 3],)]), function).text


@pytest.mark.parametrize(("solution", "function", "trial", "message"), STOPS)
def test_errors_in_any_function(solution, function, trial, message):
    """What Python says when it stops is told in plain words, without a word that is false."""
    verdict = judge(Exercise(solution, lambda: [trial]), function)
    assert verdict.text.startswith(f"✗ {solution.__name__}: it stops with an error")
    said = [line for line in verdict.text.splitlines()[3:-1] if "in the line" not in line]
    assert [line.strip() for line in said] == [message] * bool(message)


@pytest.fixture
def unwatched():
    """Take away what watches the lines, such as the measuring of coverage, and put it back."""
    before = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(before)


ENDLESS = [
    never_ends,
    never_ends_in_one_line,
    never_ends_elsewhere,
    never_ends_and_catches_all,
    never_ends_and_catches_many,
    grows_for_ever,
    torch.no_grad()(never_ends),
]


@pytest.mark.parametrize("function", ENDLESS)
@pytest.mark.usefixtures("unwatched")
def test_a_loop_without_end(function, monkeypatch):
    """What never ends is stopped, wherever its loop is, and the question says where to look."""
    monkeypatch.setattr(exercise_module, "LIMIT", 0.2)
    start = time.monotonic()
    verdict = judge(MEAN, function)
    assert time.monotonic() - start < 10
    assert verdict.state == "wrong"
    said = "Error: stopped after 0.2 seconds\n  Does its loop ever end?"
    assert said in verdict.text
    assert verdict.text.splitlines()[-2].startswith("  in the line: ")
    time.sleep(0.2)  # nothing comes late


@pytest.mark.usefixtures("unwatched")
def test_no_limit_beside_a_debugger(monkeypatch):
    """Whoever stops at a line in a debugger may look at it as long as they like."""
    monkeypatch.setattr(exercise_module, "LIMIT", 0.1)

    def slowly(numbers):
        end = time.monotonic() + 0.3
        while time.monotonic() < end:
            pass
        return sum(numbers) / len(numbers)

    assert judge(MEAN, slowly).state == "wrong"
    sys.settrace(lambda *_: None)
    assert judge(MEAN, slowly).state == "right"


@pytest.mark.usefixtures("unwatched")
def test_just_in_time():
    """A function that ends at the limit is stopped or not; nothing of it comes later."""
    ends = []

    def work(until):
        while time.monotonic() < until:
            pass
        return "in time"

    for i in range(60):
        end = time.monotonic() + 0.001 * i
        try:
            ends.append(at_most(0.02, lambda end=end: work(end)))
        except TimeoutError:
            ends.append("stopped")
        for _ in range(1000):
            str(i)
    assert set(ends) == {"in time", "stopped"}


def test_the_second_call_stops_with_an_error():
    """A function that uses up what is made outside is told that it remembers."""
    outside = [7, 8]
    verdict = judge(MEAN, lambda numbers: outside.pop() + numbers[0])
    assert "it gives two different answers" in verdict.text


@pytest.mark.usefixtures("unwatched")
def test_the_second_call_never_ends(monkeypatch):
    """A function that ends once and then no more is stopped, too."""
    monkeypatch.setattr(exercise_module, "LIMIT", 0.2)
    calls = []

    def once_for_each_trial(numbers):
        calls.append(numbers)
        while len(calls) > 2:
            pass
        return 1

    verdict = judge(MEAN, once_for_each_trial)
    assert "it gives two different answers" in verdict.text


def test_a_student_waits_for_seconds_only():
    """The limit is far above what a check takes, and short enough to wait for."""
    assert 1 <= exercise_module.LIMIT <= 5


def test_a_decorated_blank():
    """Under a decorator, an empty blank is still empty, and an error has its own line."""
    assert judge(MEAN, torch.no_grad()(lambda numbers: None)).state == "not yet"
    verdict = judge(MEAN, torch.no_grad()(divides_by_the_list))
    assert "  in the line: return total / numbers" in verdict.text


def test_a_number_without_bounds():
    """A number too large for a tensor is wrong, and no error of ours."""
    assert judge(MEAN, lambda numbers: [10**400]).state == "wrong"


def test_wrong_values_and_a_changed_list():
    """Both are said: why the values are wrong, and that the list is another one now."""

    def adds_up(numbers):
        total = 0
        while numbers:
            total = numbers.pop()
        return total + 1

    verdict = judge(
        Exercise(sum, lambda: [([1, 3],)], [Mistake(lambda n: n[0] + 1, "Add.")]), adds_up
    )
    assert verdict.text.splitlines()[-3:-1] == [
        "  Add.",
        "  Your function changes `iterable`, the list it is given. Others may still need it: leave "
        "it as it is.",
    ]


def test_what_is_shown():
    """Ten numbers are shown in full; a list of places has no difference."""
    ten = Exercise(lambda numbers: list(numbers), lambda: [(list(range(10)),)])
    text = judge(ten, lambda numbers: [*numbers[:9], 8]).text
    assert "yours      [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]" in text
    assert "difference" not in text
    assert "difference" in judge(MEAN, lambda numbers: sum(numbers)).text


def test_the_error_of_a_mistake():
    """A mistake that stops with an error has its own message for just that error."""
    hint = "Count them with `len`."
    mistake = Mistake(lambda numbers: sum(numbers) / numbers, hint)
    exercise = Exercise(mean, lambda: [([2, 4],)], [mistake])
    assert hint in judge(exercise, divides_by_the_list).text
    assert hint not in judge(exercise, adds_a_list).text
    assert hint not in judge(exercise, fixed).text


def test_unknown_function():
    """A function that no lesson asks for is an error that lists those that are."""
    with pytest.raises(ValueError, match="function must be one of percent, mean_of.*got print"):
        checked(print)
    with pytest.raises(ValueError, match="write the function with def"):
        checked(lambda numbers: sum(numbers) / len(numbers))
