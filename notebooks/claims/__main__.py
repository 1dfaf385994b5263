"""Measure what the lessons claim: every number and every "always" in their prose.

    python notebooks/claims                    # all lessons, on both sets
    python notebooks/claims --quick            # the part that .ci/run measures
    python notebooks/claims --lesson 04        # one lesson
    python notebooks/claims --write            # and write docs/how_we_know.md

Each lesson has its claims in `NN.toml`, and functions that measure them in `NN.py`; `common.py`
holds what several need. The exit status is 1 if a claim doesn't hold. A claim is a table:

says     a part of a sentence, just as the lesson has it
value    a Python expression of `source` and `seed`; a number, or a bool for an "always"
range    what is allowed, [lowest, highest]; without it, the value must be true
once     true: the value is the same for every seed, or takes them all (`seeds`)
only     "fashion-mnist" or "sketches": claimed for this set alone
quick    true: a part of the quick check
because  in place of a value: a definition, or the source of what we can't measure
"""

import argparse
import os
import runpy
import sys
import tomllib
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).parent
SETS = ("fashion-mnist", "sketches")
SEEDS = range(5)
PAGE = HERE.parent.parent / "docs" / "how_we_know.md"
HEAD = """# How we know

What the lessons claim, measured: each number and each "always" of their prose, with seeds 0 to 4
on both sets of images. Written by `python notebooks/claims --write`; `.ci/run` measures a part.
What is not measured is a definition, or has its source.
"""


def claims_of(lesson: str) -> list[dict[str, Any]]:
    """Return the claims of a lesson."""
    return tomllib.loads((HERE / f"{lesson}.toml").read_text(encoding="utf-8")).get("claim", [])


def measure(claim: dict[str, Any], names: dict[str, Any], source: str) -> list[float]:
    """Return a claim's value for each seed."""
    seeds = [0] if claim.get("once") else SEEDS
    code = compile(claim["value"], claim["says"], "eval")
    given = names | {"source": source, "seeds": SEEDS}
    return [float(eval(code, given | {"seed": seed})) for seed in seeds]


def holds(claim: dict[str, Any], values: list[float]) -> bool:
    """Tell whether all values are allowed."""
    low, high = claim.get("range", (1, 1))
    return all(low <= value <= high for value in values)


def shown(claim: dict[str, Any], values: list[float]) -> str:
    """Return the values of a claim as a short text."""
    if "range" not in claim:
        return "true" if all(values) else "false"
    low, high = (f"{x:.0f}" if x.is_integer() else f"{x:.4g}" for x in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def check(lesson: str, quick: bool) -> tuple[list[str], int]:
    """Measure the claims of a lesson; return the rows of its table, and how many don't hold."""
    names = runpy.run_path(str(HERE / f"{lesson}.py"))
    rows, wrong = ["| claim | allowed | measured |", "|---|---|---|"], 0
    for claim in claims_of(lesson):
        says = claim["says"].replace("|", "\\|")
        if "because" in claim:
            rows.append(f"| {says} | | {claim['because']} |")
            continue
        if quick and not claim.get("quick"):
            continue
        found = []
        for source in SETS:
            if claim.get("only", source) != source:
                continue
            values = measure(claim, names, source)
            kept = holds(claim, values)
            wrong += not kept
            found.append(f"{source}: {shown(claim, values)}{'' if kept else ' ✗'}")
            print("✓" if kept else "✗", lesson, found[-1], "|", claim["says"], flush=True)
        low, high = claim.get("range", ("true", "true"))
        allowed = f"{low} to {high}" if low != high else f"{low}"
        rows.append(f"| {says} | {allowed} | {'; '.join(found)} |")
    return rows, wrong


def main(arguments: list[str]) -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python notebooks/claims")
    parser.add_argument("--lesson", action="append", help="such as 04; can be repeated")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(arguments)
    os.environ["TQDM_DISABLE"] = "1"
    torch.set_num_threads(1)  # as in the lessons
    lessons = sorted(path.stem for path in HERE.glob("??.toml"))
    wrong, sections = 0, dict.fromkeys(lessons, "")
    if PAGE.exists():
        for part in PAGE.read_text(encoding="utf-8").split("\n## Lesson ")[1:]:
            sections[part[:2]] = part[2:].strip()
    for lesson in options.lesson or lessons:
        rows, count = check(lesson, options.quick)
        wrong += count
        sections[lesson] = "\n".join(rows)
    if options.write and not options.quick:
        body = [f"\n## Lesson {lesson}\n\n{sections[lesson]}\n" for lesson in sorted(sections)]
        PAGE.write_text("".join([HEAD, *body]), encoding="utf-8")
    print(f"{wrong} claims don't hold" if wrong else "all claims hold")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))  # for common.py
    sys.exit(main(sys.argv[1:]))
