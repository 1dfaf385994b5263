"""The claims of the lessons: each stands in its lesson, and each number there is a claim."""

import re
import runpy
import tomllib
from functools import cache
from pathlib import Path

import nbformat
import pytest

from fmnist_lib.coursework.lessons.lesson5 import PEOPLE

ROOT = Path(__file__).parent.parent
CLAIMS = ROOT / "notebooks" / "claims"
LESSONS = sorted((ROOT / "notebooks").glob("0*.ipynb"))
KEYS = {"says", "value", "range", "once", "only", "quick", "because"}
FIGURE = re.compile(r"(?<![\w.:])[-\u2212]?\d[\d,]*\.\d+(?![\w.]*\])| ?\d[\d.,]* ?%")
CODE = re.compile(  # no claims: code, links, the numbers of predictions and their margins
    r"```.*?```|`[^`]*`|\]\([^)]*\)|arXiv:[\d.]+|\*\*Predict \d\.\d:\*\*|within [\d.]+", re.DOTALL
)
RUNNER = runpy.run_path(str(CLAIMS / "__main__.py"))


def claims_of(path):
    """Return the claims of a lesson."""
    text = (CLAIMS / f"{path.stem[:2]}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["claim"]


def prose_of(path):
    """Return the text of a lesson, without the teacher's notes and without code in it."""
    cells = nbformat.read(path, as_version=4).cells
    text = [
        c.source for c in cells if c.cell_type == "markdown" and "teacher" not in str(c.metadata)
    ]
    return "\n\n".join(text)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_claims_are_made(path):
    """Each claim is a part of the lesson's text, word by word, and has what it needs."""
    prose = prose_of(path)
    for claim in claims_of(path):
        assert claim["says"] in prose, claim["says"]
        assert claim.keys() <= KEYS
        assert ("value" in claim) != ("because" in claim)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_figures_are_claims(path):
    """Each decimal number and each percentage of the text is part of a claim."""
    prose = CODE.sub("", prose_of(path))
    for claim in claims_of(path):
        prose = prose.replace(CODE.sub("", claim["says"]), "")
    assert [prose[max(0, m.start() - 60) : m.end() + 20] for m in FIGURE.finditer(prose)] == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_some_are_quick(path):
    """`.ci/run` measures a part of each lesson that measures anything."""
    measured = [claim for claim in claims_of(path) if "value" in claim]
    assert not measured or any(claim.get("quick") for claim in measured)


def test_a_false_claim_is_red():
    """A value outside its range, or not true, doesn't hold; one seed is enough."""
    holds, measure = RUNNER["holds"], RUNNER["measure"]
    claim = {"says": "x", "value": "seed + (source == 'sketches')", "range": [0, 4]}
    assert measure(claim, {}, "fashion-mnist") == [0, 1, 2, 3, 4]
    assert holds(claim, measure(claim, {}, "fashion-mnist"))
    assert not holds(claim, measure(claim, {}, "sketches"))
    always = {"says": "x", "value": "seed < 4"}
    assert not holds(always, measure(always, {}, "sketches"))
    counted = {"says": "x", "value": "sum(s < 4 for s in seeds)", "range": [4, 4], "once": True}
    assert measure(counted, {}, "sketches") == [4]
    assert not holds({"range": [0, 1]}, [float("nan")])


FALSE = [  # what the first edition said, as claims: lesson, sentence, value
    (
        1,
        "A network learns best from numbers around 0",
        "max(accuracies(source, True, seeds)) < min(accuracies(source, False, seeds))",
    ),
    (2, "It can no longer say surely not", "bent(source, 0).probabilities.min() > 1e-4"),
    (2, "All classes that it finds unlikely get the same", "never_named(source, 0) == 0"),
    (3, "A step must make the loss smaller", "rises(source, 2, seeds) == 0"),
    (3, "A step with any of the rates makes it smaller", "rises(source, 5, seeds) == 0"),
    (3, "Without zero_grad it does not learn", "percent(source, 0, 0, clear=False) < 40"),
    (4, "The validation images are easier", "gap_after_an_epoch(source, 0) > 5"),
    (
        4,
        "High accuracy in training means learning",
        "small(source, 0, 500, 0.01, 60, True)[3] > 30",
    ),
    (4, "One run tells which of two settings is better", "spread_of_seeds(source, seeds) < 1"),
    (5, "That gap is what it learned by heart", "fold(source, 0)[0] - fold(source, 0)[1] > 0.9"),
    (5, "People and network are equally good", "abs(of_class(source, 0, 'Coat') - 37.5) < 10"),
    (5, "The mean of the batches will do", "off_by(source, 0) == 0"),
]


@pytest.mark.proof
@pytest.mark.parametrize(("lesson", "sentence", "value"), FALSE)
def test_false_sentences(lesson, sentence, value, real_data, monkeypatch):
    """The false sentences of the first edition, put back as claims, don't hold."""
    monkeypatch.setenv("FMNIST_DATA", str(real_data))
    monkeypatch.syspath_prepend(CLAIMS)
    names = measures(lesson)
    claim = {"says": sentence, "value": value, "once": True}
    assert not RUNNER["holds"](claim, RUNNER["measure"](claim, names, "fashion-mnist"))


@cache
def measures(lesson):
    """Return what measures the claims of a lesson."""
    return runpy.run_path(str(CLAIMS / f"{lesson:02}.py"))


def test_the_page_is_fresh():
    """docs/how_we_know.md holds each claim of each lesson."""
    page = (ROOT / "docs" / "how_we_know.md").read_text(encoding="utf-8")
    for path in LESSONS:
        section = page.split(f"\n## Lesson {path.stem[:2]}\n")[1].split("\n## ")[0]
        for claim in claims_of(path):
            assert claim["says"].replace("|", "\\|") in section
    assert not re.search(" ✗( [|]|;)", page)


def test_what_people_answered():
    """As counted from the votes: single answers; all images, Coat, Shirt, the other eight."""
    assert PEOPLE == {"one answer": 66.7, "majority": (82.2, 37.5, 27.3, 94.6)}
    of_all, coat, shirt, others = PEOPLE["majority"]
    assert 10 * of_all == pytest.approx(coat + shirt + 8 * others, abs=1)
