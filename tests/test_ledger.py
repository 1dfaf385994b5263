"""Predictions: a guess can be mended until its answer is known; calibration is told truly."""

import json
import random

import numpy as np
import pytest
import torch

from fmnist_lib.coursework import ledger, own_calibration, predict, reveal
from fmnist_lib.coursework.ledger import calibration


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work in an empty folder, with a kernel that has shown nothing yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ledger, "_revealed", set())
    monkeypatch.setattr(ledger, "_unsaved", {})
    return tmp_path


def said(capsys):
    """Return what was printed since the last time."""
    return capsys.readouterr().out.strip()


def test_no_guess(capsys, folder):
    """Without a guess nothing is kept, the answer is told, and no file appears."""
    predict("3.2", None, sure=None)
    assert "no guess yet. It goes in place of None." in said(capsys)
    reveal("3.2", 84.24, within=5)
    assert said(capsys) == "○ 3.2: it is 84.24. You made no guess."
    assert list(folder.iterdir()) == []
    assert str(own_calibration()) == "You have made no predictions yet."


def test_a_slip_can_be_mended(capsys, folder):
    """Before the answer the last guess counts; an empty or refused one takes nothing away."""
    predict("3.2", 48, sure=70)
    predict("3.2", 84, sure=70)
    predict("3.2", 84, sure=60)
    capsys.readouterr()
    for guess, sure in ((None, None), (..., 50)):
        predict("3.2", guess, sure=sure)
        assert said(capsys) == "3.2: you say 84, and you are 60 % sure."
    predict("3.2", "many", sure=100)
    predict("3.2", 85, sure=0.9)
    kept = json.loads((folder / "my_predictions.json").read_text(encoding="utf-8"))
    assert kept == {"3.2": {"guess": "84", "sure": 60}}
    capsys.readouterr()
    reveal("3.2", 84)
    assert said(capsys) == "✓ 3.2: it is 84. You said 84: right."


def test_a_guess_stays_once_the_answer_is_known(capsys, folder, monkeypatch):
    """Also in a later kernel: a second run changes nothing, another guess neither."""
    predict("3.2", 84, sure=70)
    reveal("3.2", 10)
    first = (folder / "my_predictions.json").read_bytes()
    for revealed in ({"3.2"}, set()):  # a kernel restarted has forgotten it, the file has not
        monkeypatch.setattr(ledger, "_revealed", revealed)
        for guess, sure in ((84, 70), (None, None)):
            capsys.readouterr()
            predict("3.2", guess, sure=sure)
            assert said(capsys) == "3.2: you say 84, and you are 70 % sure."
        for guess, sure in ((10, 100), (84, 10), ("many", None)):
            predict("3.2", guess, sure=sure)
            assert said(capsys).endswith("\nThe answer is known, so this guess stays.")
    assert (folder / "my_predictions.json").read_bytes() == first
    reveal("3.2", 10)
    assert said(capsys) == "✗ 3.2: it is 10. You said 84: not right."


@pytest.mark.parametrize("guess", ["many", "", "1/5", True, float("nan"), float("inf"), [], [1, 2]])
def test_a_number_is_wanted(guess, capsys, folder):
    """What holds no number is refused, and not kept."""
    predict("1.1", guess, sure=70)
    assert said(capsys) == f"○ 1.1: the guess must be a number, got {guess!r}."
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("guess", ["Cot", 4, True, "", "Coat or Shirt"])
def test_one_of_some_words_is_wanted(guess, capsys, folder):
    """What is none of the possible answers is refused, and not kept."""
    predict("5.3", guess, sure=70, among=["Coat", "Shirt"])
    assert said(capsys) == f"○ 5.3: the guess must be one of Coat, Shirt; got {guess!r}."
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("guess", "among"),
    [
        ("coat", ["Coat", "Shirt"]),
        ("a Shirt.", ["Coat", "Shirt"]),
        ("Yes", ["yes", "no"]),
        ("0.1", [0.01, 0.1, 1]),
        (1, [0.01, 0.1, 1]),
    ],
)
def test_words_in_any_spelling(guess, among, capsys):
    """A possible answer is taken in any usual spelling."""
    predict("5.3", guess, sure=70, among=among)
    assert said(capsys) == f"5.3: you say {guess}, and you are 70 % sure."


def test_the_first_verdict_stays(capsys, folder):
    """When the answering cell runs again with other figures, the first comparison counts."""
    predict("3.2", 84, sure=70)
    reveal("3.2", 84.2, within=1)
    first = (folder / "my_predictions.json").read_bytes()
    reveal("3.2", 90.0, within=1)
    assert (folder / "my_predictions.json").read_bytes() == first


@pytest.mark.parametrize(
    ("guess", "answer", "within", "mark"),
    [
        (84, 84.24, 5, "✓"),
        ("84 %", 84.24, 5, "✓"),
        (89.24, 84.24, 5, "✓"),
        (89.3, 84.24, 5, "✗"),
        (0.84, 84.24, 5, "✓"),
        (0.5, 84.24, 5, "✗"),
        (0.84, 0.7, 0.1, "✗"),
        ("70 %", 0.7, 0.1, "✗"),  # 70 points, not 0.7
        ("70 percent", 0.7, 0.1, "✗"),
        ("70 Percent", 0.7, 0.1, "✗"),
        ("70 percentage points", 70.2, 1, "✓"),
        ("0.7 %", 70, 5, "✗"),
        (torch.tensor(84.2), 84.24, 5, "✓"),
        (np.float32(84.2), 84.24, 5, "✓"),
        ("70 percent", 70.2, 1, "✓"),
        (0.027, 2.677, 0.5, "✗"),  # no percentage
        ("eighty-four", 84.24, 5, "✓"),
        (10, 10, 0, "✓"),
        (11, 10, 0, "✗"),
        ("1,000", 1000, 0, "✓"),
        ("shirt", "Shirt", 0, "✓"),
        ("1 point", 1, 0, "✓"),
        ("a Shirt", "Shirt", 0, "✓"),
        ("T-shirt", "Shirt", 0, "✗"),
    ],
)
def test_right_and_wrong(guess, answer, within, mark, capsys):
    """A number is right within its margin, a word in any usual spelling."""
    words = ["Shirt", "T-shirt"] if isinstance(answer, str) else None
    predict("1.1", guess, sure=50, among=words)
    capsys.readouterr()
    reveal("1.1", answer, within=within)
    assert said(capsys).startswith(f"{mark} 1.1: it is")


def test_a_tensor_of_many_numbers(capsys):
    """It is no guess, and no error."""
    predict("1.1", torch.tensor([1.0, 2.0]), sure=70)
    assert said(capsys).startswith("○ 1.1: the guess must be a number, got tensor")


def test_what_reveal_says(capsys):
    """The answer, the guess, and by which margin it counts."""
    predict("1.1", 80, sure=50)
    capsys.readouterr()
    reveal("1.1", 84.24, within=5)
    assert said(capsys) == "✓ 1.1: it is 84.24. You said 80: right (within 5)."
    predict("1.2", "Coat", sure=50, among=["Coat", "Shirt"])
    capsys.readouterr()
    reveal("1.2", "Shirt")
    assert said(capsys) == "✗ 1.2: it is Shirt. You said Coat: not right."


@pytest.mark.parametrize("sure", [-1, 101, "very", "", float("nan"), [], object()])
def test_sure(sure, capsys, folder):
    """How sure must be a number from 0 to 100; nothing else is kept."""
    predict("1.1", 84, sure=sure)
    assert "sure must be a number from 0 to 100" in said(capsys)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("sure", "percent"), [(0, 0), (100, 100), ("70 %", 70), (1, 1), (62.5, 62.5)]
)
def test_sure_in_percent(sure, percent, capsys):
    """The usual ways to write a percentage are read."""
    predict("1.1", 84, sure=sure)
    assert said(capsys) == f"1.1: you say 84, and you are {percent:g} % sure."


@pytest.mark.parametrize(("values", "sure"), [((-1, 5), 70), ((70, 6), None), ((84, 70), None)])
def test_a_comma_for_a_point(values, sure, capsys, folder):
    """A second value is refused, never taken for how sure somebody is."""
    predict("2.1", *values, sure=sure)
    assert "are two values. Write a point: 1.5. And the name: sure=70." in said(capsys)
    assert list(folder.iterdir()) == []


def test_sure_left_out(capsys, folder):
    """A guess without a sureness is asked for it, and not kept."""
    predict("1.1", 84)
    assert said(capsys) == "○ 1.1: and how sure are you? Such as sure=70."
    assert list(folder.iterdir()) == []


def test_share_instead_of_percent(capsys, folder):
    """0.7 is taken for a share, and asked back."""
    predict("1.1", 84, sure=0.7)
    assert said(capsys).endswith("In percent: 70, not 0.7.")
    assert list(folder.iterdir()) == []


def test_too_late(capsys, folder):
    """A guess after the answer doesn't count."""
    reveal("1.1", 84)
    capsys.readouterr()
    predict("1.1", 84, sure=100)
    assert "too late, the answer is known" in said(capsys)
    assert list(folder.iterdir()) == []


def test_damaged_file(folder):
    """A file that can't be read is left alone; the message says what to do."""
    path = folder / "my_predictions.json"
    no_number = '{"1.1": {"guess": "1", "sure": "x"}}'
    for text in ('{"1.1": {"gue', "[1]", "\xff", no_number):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(ValueError, match="my_predictions.json .*Rename or delete it"):
            predict("1.2", 1, sure=50)
        assert path.read_text(encoding="latin-1") == text


def test_folder_that_cannot_be_written(capsys, monkeypatch):
    """Guesses are kept for the kernel's life, and that is said."""

    def refuse(path):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(ledger, "atomic_write", refuse)
    predict("1.1", 84, sure=70)
    assert "can't be written (Read-only file system)" in said(capsys)
    reveal("1.1", 84)
    assert own_calibration().all.right == 1


def simulate(students, guesses, shift, rng):
    """Return the calibrations of students who are right as often as sure, less `shift`."""
    found = []
    for _ in range(students):
        sure = [
            rng.choice([30, 50, 60, 70, 80, 90, 100 if shift else 95]) / 100 for _ in range(guesses)
        ]
        pairs = [(s, rng.random() < s - shift) for s in sure]
        found.append(calibration(pairs).all)
    return found


def test_students_of_known_calibration():
    """Calibrated students lie within their interval, overconfident ones above it."""
    rng = random.Random(0)
    calibrated = simulate(400, 30, 0, rng)
    inside = sum(one.low <= one.sure <= one.high for one in calibrated) / len(calibrated)
    assert 0.94 <= inside <= 1
    overconfident = simulate(400, 30, 0.3, rng)
    assert sum(one.sure > one.high for one in overconfident) / len(overconfident) > 0.85
    assert not any(one.sure < one.low for one in overconfident)


def test_groups():
    """Guesses are grouped by sureness, upper edges included, none is lost."""
    pairs = [
        (0, False),
        (0.2, True),
        (0.21, False),
        (0.6, True),
        (0.61, True),
        (1, True),
        (1, False),
    ]
    groups = calibration(pairs).groups
    assert [group.count for group in groups] == [2, 1, 1, 1, 2][: len(groups)]
    assert sum(group.count for group in groups) == len(pairs)
    assert groups[0].sure == pytest.approx(0.1)
    assert groups[-1].right == 0.5
    assert groups[-1].low < 0.5 < groups[-1].high


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        ([(0.9, False)] * 10, "overconfident"),
        ([(0.1, True)] * 10, "underconfident"),
        ([(0.5, True), (0.5, False)] * 5, "50% lies in that interval, so nothing shows"),
    ],
)
def test_verdict(pairs, verdict):
    """The text says which way it goes, or that nothing shows."""
    assert verdict in str(calibration(pairs))


def test_draw():
    """The figure has a point for each group, with its interval and its number."""
    from matplotlib import pyplot as plt

    _, ax = plt.subplots()
    drawn = calibration([(0.5, True), (0.5, False), (0.9, True)])
    assert drawn.draw(ax) is ax
    points = [line for line in ax.lines if line.get_marker() == "o"]
    assert points[0].get_xdata().tolist() == [0.5, 0.9]
    assert points[0].get_ydata().tolist() == [0.5, 1.0]
    assert [text.get_text() for text in ax.texts] == ["2", "1"]
    ends = [segment[:, 1].tolist() for part in ax.collections for segment in part.get_segments()]
    assert ends == [pytest.approx([group.low, group.high]) for group in drawn.groups]


def test_nothing_else_is_written(folder):
    """The file holds the guess, the sureness and the verdict, and nothing about the person."""
    predict("1.1", "Shirt", sure=70, among=["Coat", "Shirt"])
    reveal("1.1", "Shirt")
    kept = json.loads((folder / "my_predictions.json").read_text(encoding="utf-8"))
    assert kept == {"1.1": {"guess": "Shirt", "sure": 70, "right": True}}
