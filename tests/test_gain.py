"""The gain of a class: Student's t, the interval, and files as spreadsheets write them."""

import math

import numpy as np
import pytest
from scipy import stats

from fmnist_lib import __main__ as command
from fmnist_lib.teaching.gain import Gain, compare, read_points, t_quantile

POINTS = [(2, 6.5), (3, 5), (4, 7), (4, 4), (1, 6), (0, 5)]

FILE = "name,before,after\nAda,2,6.5\nBo,3,5\nCy,4,7\nDi,4,4\nEd,1,6\nFa,0,5\n"


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a file and returns its path."""

    def make(content):
        path = tmp_path / "class.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.mark.parametrize(
    ("freedom", "table"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (10, 2.228), (29, 2.045), (120, 1.980)],
)
def test_table(freedom, table):
    """The quantiles are those of the printed tables."""
    assert round(t_quantile(freedom), 3) == table


@pytest.mark.parametrize("share", [0.5, 0.95, 0.999])
def test_quantiles(share):
    """The quantiles are those of SciPy, for odd and even degrees of freedom."""
    freedoms = range(1, 200)
    expected = stats.t.ppf((1 + share) / 2, freedoms)
    assert [t_quantile(freedom, share) for freedom in freedoms] == pytest.approx(expected, rel=1e-9)


def test_interval():
    """Means and interval are those of SciPy's paired t-test."""
    before, after = zip(*POINTS, strict=True)
    expected = stats.ttest_rel(after, before).confidence_interval(0.95)
    gain = compare(POINTS)
    assert (gain.low, gain.high) == pytest.approx((expected.low, expected.high))
    assert (gain.count, gain.before, gain.after) == (6, 14 / 6, pytest.approx(33.5 / 6))


def test_coverage():
    """The interval holds the true gain in 95 of 100 classes."""
    rng = np.random.default_rng(0)
    before = rng.normal(3, 1, (2000, 8))
    after = before + rng.normal(1.5, 1, (2000, 8))
    found = [compare(list(zip(*pair, strict=True))) for pair in zip(before, after, strict=True)]
    assert np.mean([gain.low < 1.5 < gain.high for gain in found]) == pytest.approx(0.95, abs=0.015)


def test_normalised():
    """Hake's gain comes from the means of the class: from 2 to 5 of 8 is half of what could be."""
    assert Gain(9, 8, 2, 5, 1, 4).normalised == 0.5
    assert math.isnan(Gain(9, 8, 8, 8, 0, 0).normalised)


def test_words(file, capsys):
    """The command says how many, both means, the gain with its interval, and what it shows."""
    assert command.main(["gain", str(file(FILE))]) == 0
    assert capsys.readouterr().out == (
        "6 students, tests of 8 points\n"
        "before: 2.33 points on average\n"
        "after:  5.58 points on average\n"
        "gain:   +3.25 points (95 % interval +1.16 to +5.34)\n"
        "normalised gain: 0.57 of what could be gained (Hake)\n"
        "This class has more points after the lessons than before; without a control group, "
        "nothing shows that the lessons are the reason.\n"
    )


@pytest.mark.parametrize(
    ("points", "verdict"),
    [
        ([(1, 3), (2, 3), (1, 4), (0, 2), (3, 5)], "more points after the lessons than before;"),
        ([(3, 1), (3, 2), (4, 1), (2, 0), (5, 3)], "fewer points after the lessons than before;"),
        ([(1, 3), (3, 1), (2, 2), (2, 3), (3, 2)], "The interval includes 0, so this may be chan"),
        ([(8, 8)] * 5, "normalised gain: none, everybody had all points before"),
    ],
)
def test_verdict(points, verdict):
    """What the interval says is said, and nothing more."""
    assert verdict in str(compare(points))


@pytest.mark.parametrize(
    "content",
    [
        FILE.replace(",", ";"),
        FILE.replace(",", ";").replace(".", ","),
        FILE.replace(",", "\t"),
        FILE.replace("\n", "\r\n"),
        FILE.replace("\n", "\n\n,,\n"),
        "sep=,\n" + FILE,
        FILE.replace("name,before", " Name ,BEFORE"),
        FILE.replace("Ada", '"Ada, the first"'),
        "\ufeff" + FILE,
        FILE.encode("utf-16"),
        FILE.replace("Ada", "Zoë").encode("cp1252"),
        "after,x,name,before\n" + "".join(f"{b},,A,{a}\n" for a, b in POINTS),
    ],
)
def test_files(content, file):
    """Semicolons, tabs, decimal commas, blank lines, any order and encoding: the same points."""
    assert read_points(file(content)) == (POINTS, [])


@pytest.mark.parametrize("value", ["", "absent", "9", "-1", "nan", "inf"])
def test_missing_values(value, file, capsys):
    """A line without a number from 0 to 8 is skipped, and said."""
    assert command.main(["gain", str(file(f"{FILE}Gi,3,{value}\n"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"skipped: 'Gi': before '3', after {value!r}; allowed: 0 to 8"
    assert lines[1].startswith("6 students")


def test_short_line(file):
    """A line that ends early is skipped, too."""
    assert read_points(file(FILE + "Gi,3\n"))[1] == ["'Gi': before '3', after ''; allowed: 0 to 8"]


def test_other_points(file, capsys):
    """--of says how many points a test has."""
    assert command.main(["gain", "--of", "20", str(file(f"{FILE}Gi,9,20\n"))]) == 0
    assert capsys.readouterr().out.startswith("7 students, tests of 20 points\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must have the columns name, before, after, each once; its first line is ''"),
        ("name,before\nA,1\n", "its first line is 'name,before': see after"),
        ("name,after,before,after\nA,1,2,3\n", "'name,after,before,after': see after"),
        (FILE.replace("Cy", '"Cy'), "is damaged: unexpected end of data"),
        (FILE.replace("Cy", "C\0y"), "is damaged, or no CSV file: it has null bytes"),
        ("name,before,after\nA,1,2\n", "at least 5 students with both numbers are needed; got 1"),
    ],
)
def test_damaged_files(content, message, file, capsys):
    """A file that won't do is one line on standard error and status 1."""
    assert command.main(["gain", str(file(content))]) == 1
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert message in error
    assert error.count("\n") == 1


def test_no_file(tmp_path, capsys):
    """A file that isn't there is said, by its name."""
    assert command.main(["gain", str(tmp_path / "none.csv")]) == 1
    assert "none.csv" in capsys.readouterr().err
