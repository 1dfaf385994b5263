"""Numbers and names in what a student's function prints, in whatever format."""

import re
from decimal import Decimal

from fmnist_lib._common import CLASS_NAMES

NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|nan|inf)"

SPELLINGS = {  # words of a name -> label; case, blanks and punctuation don't count
    **{"t shirt top": 0, "t shirt": 0, "trouser": 1, "pullover": 2, "dress": 3, "coat": 4},
    **{"sandal": 5, "shirt": 6, "sneaker": 7, "bag": 8, "ankle boot": 9, "boot": 9},
}
_words = "|".join(words.replace(" ", "[^a-z0-9]*") for words in SPELLINGS)
NAME = rf"(?<![a-z])({_words})(?:e?s)?(?![a-z])"


def clean(text: str) -> str:
    """Return text without what Python adds to numbers: tensor(0.5, ...) is 0.5; 1,000 is 1000."""
    text = re.sub(r"[\w.]*(?:tensor|float|int)\d*\(([^(),]*)[^()]*\)", r"\1", text)
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)


def numbers(pattern: str, text: str) -> list[Decimal]:
    """Return the numbers at the first place in a text that matches a pattern."""
    match = re.search(pattern, text, re.IGNORECASE)
    return [Decimal(group) for group in match.groups()] if match else []


def percent(text: str) -> list[Decimal]:
    """Return the first percentage in a text, or what stands for one."""
    return (
        numbers(rf"{NUMBER}\s*%", text)
        or numbers(rf"\(\s*{NUMBER}\s*\)", text)
        or numbers(rf"acc\w*\W*?{NUMBER}", text)
    )


def loss(text: str) -> list[Decimal]:
    """Return the first loss in a text."""
    return numbers(rf"loss\W*?{NUMBER}", text)


def epochs(text: str) -> list[tuple[int | None, str]]:
    """Return the number of each epoch in a text, if there is one, and what is printed about it."""
    text = clean(text)
    parts = re.split(r"(?=epoch)", text, flags=re.IGNORECASE)[1:]
    if parts:
        found = [(numbers(r"^epoch\D*?(\d+)", part), part) for part in parts]
        return [(int(number[0]) if number else None, part) for number, part in found]
    lines = re.findall(r"^.*(?:acc|loss).*\d.*$", text, re.IGNORECASE | re.MULTILINE)
    return [(None, line) for line in lines]


def count(text: str) -> list[Decimal]:
    """Return the two numbers of a fraction like 41070/60000."""
    fraction = r"(\d+)\.?0*\s*/\s*(\d+)"
    return numbers(rf"acc.*?{fraction}", text) or numbers(fraction, text)


def names(text: str) -> list[str]:
    """Return the classes named in a text, by our names."""
    labels = {spelling.replace(" ", ""): label for spelling, label in SPELLINGS.items()}
    found = (re.sub("[^a-z]", "", m[1].lower()) for m in re.finditer(NAME, text, re.IGNORECASE))
    return [CLASS_NAMES[labels[word]] for word in found]


def shares(text: str) -> list[Decimal]:
    """Return the numbers beside the class names in a text."""
    parts = re.split(NAME, clean(text), flags=re.IGNORECASE)
    after = parts[2::2]  # a split keeps the names, at odd places
    if re.search(NUMBER, parts[0]) and not re.search(NUMBER, parts[-1]):
        after = parts[:-1:2]  # the numbers come first
    return [number for part in after for number in numbers(NUMBER, part)]


def form(text: str) -> tuple[str, ...]:
    """Return the different lines of a text, with N for numbers, # for decimals, and NAME."""

    def mask(line: str) -> str:
        line = re.sub(NAME, "NAME", line, flags=re.IGNORECASE)
        return re.sub(r"-?\d+(\.\d+)?", lambda m: "N" + re.sub(r"\d", "#", m[1] or ""), line)

    return tuple(sorted(set(map(mask, text.removesuffix("\n").split("\n")))))
