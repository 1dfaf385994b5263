"""Numbers and names in what a student's function prints, in whatever format."""

import re
from decimal import Decimal

from fmnist_lib._common import CLASS_NAMES

NUMBER = r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|(?<![a-z])(?:nan|inf)(?![a-z]))"

REMARK = r"(?:\s*\([^()\n]*[a-z]{2}[^()\n]*\))?"  # "loss (mean of 10,000 images): 0.4"
LOSS, ACCURACY = (rf"{word}{REMARK}[^\n\d]{{0,24}}?{NUMBER}" for word in ("loss", "acc[a-z]*"))

SPELLINGS = {  # words of a name -> label; case, blanks and punctuation don't count
    **{"t shirt top": 0, "t shirt": 0, "tee": 0, "trouser": 1, "pant": 1, "pull over": 2},
    **{"dress": 3, "coat": 4, "sandal": 5, "shirt": 6, "sneaker": 7, "bag": 8},
    **{"ankle boot": 9, "boot": 9},
}
_words = "|".join(words.replace(" ", "[^a-z0-9]*") for words in SPELLINGS)
NAME = rf"(?<![a-z])({_words})(?:e?s)?(?![a-z])"


LONGEST_TEXT, LONGEST_LINE = 50_000, 1_000
"""Characters that are read; for to search a longer line takes minutes."""


def last_part(text: str) -> str:
    """Return the last part of a long text, and of each long line."""
    return "\n".join(line[-LONGEST_LINE:] for line in text[-LONGEST_TEXT:].split("\n"))


def clean(text: str) -> str:
    """Return text without colours and what Python adds to numbers: tensor(0.5, ...) is 0.5."""
    text = re.sub(r"\x1b\[[\d;]*[A-Za-z]|[^\n\r]*\r(?!\n)", "", text)  # or what is overwritten
    text = re.sub(r"[\w.]*(?:tensor|float|int)\d*\(([^(),]*)[^()]*\)", r"\1", text)
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)


def numbers(pattern: str, text: str) -> list[Decimal]:
    """Return the numbers at the first place in a text that matches a pattern."""
    match = re.search(pattern, text, re.IGNORECASE)
    return [Decimal(group) for group in match.groups()] if match else []


def percent(text: str) -> list[Decimal]:
    """Return the first percentage in a text, or what stands for one."""
    return (
        numbers(rf"acc.*?{NUMBER}\s*%", text)
        or numbers(rf"{NUMBER}\s*%", text)
        or numbers(rf"\(\s*{NUMBER}\s*\)", text)
        or numbers(ACCURACY, text)
    )


def loss(text: str) -> list[Decimal]:
    """Return the first loss in a text."""
    return numbers(LOSS, text)


def epochs(text: str) -> list[tuple[int | None, str]]:
    """Return the number of each epoch in a text, and what is printed about it.

    Only parts with an accuracy count, not headings and progress.
    """
    text = clean(text)
    parts = [part for part in re.split(r"(?im)^(?=.*epoch)", text) if "epoch" in part.lower()]
    if not parts:
        lines = re.finditer(rf"^.*{ACCURACY}.*$", text, re.IGNORECASE | re.MULTILINE)
        return [(None, line[0]) for line in lines]
    told = [part for part in parts if re.search(ACCURACY, part, re.IGNORECASE)]
    found = [(numbers(r"epoch\W*(\d+)", part), part) for part in told or parts]
    if any(number for number, _ in found):  # "after all epochs, the accuracy is ..."
        found = [(number, part) for number, part in found if number]
    return [(int(number[0]) if number else None, part) for number, part in found]


def evaluation(text: str) -> str:
    """Return a text without its lines about single classes."""
    lines = clean(text).split("\n")
    about = re.compile(f"{NAME}|class", re.IGNORECASE)
    return "\n".join(line for line in lines if not about.search(line))


def figures(text: str) -> list[tuple[str, int]]:
    """Return "loss" and "accuracy" for each of these figures in a text, and where it begins."""
    patterns = {"loss": LOSS, "accuracy": ACCURACY}
    found = [
        (name, match.start())
        for name, pattern in patterns.items()
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
    return sorted(found, key=lambda figure: figure[1])


def count(text: str) -> list[Decimal]:
    """Return the two numbers of a fraction like 41070/60000."""
    fraction = r"(\d+)\.?0*\s*/\s*(\d+)"
    return numbers(rf"acc.*?{fraction}", text) or numbers(fraction, text)


def names(text: str) -> list[str]:
    """Return the classes named in a text, by our names."""
    labels = {spelling.replace(" ", ""): label for spelling, label in SPELLINGS.items()}
    found = (re.sub("[^a-z]", "", m[1].lower()) for m in re.finditer(NAME, text, re.IGNORECASE))
    return [CLASS_NAMES[labels[word]] for word in found]


def ranking(text: str) -> list[tuple[str, list[Decimal]]]:
    """Return the classes in a text that have a number, each with its number, in order.

    Name and number stand in one line, or all over the text. Without any number, all classes.
    """
    text, found = clean(text), []
    for lines in (text.split("\n"), [text.replace("\n", " ")]):
        found = [pair for line in lines for pair in _pairs(line)]
        if told := [pair for pair in found if pair[1]]:
            return told
    return found


def _pairs(line: str) -> list[tuple[str, list[Decimal]]]:
    """Return each class in a line with the number beside it, if there is one."""
    parts = re.split(NAME, line, flags=re.IGNORECASE)  # it keeps the names, at odd places
    around = [" ".join(parts[::2])]
    if len(parts) > 3:  # several classes: their numbers stand behind them, or before
        around = parts[2::2] if best_number(parts[-1]) else parts[:-1:2]
    pairs = zip(names(line), around, strict=False)
    return [(name, best_number(part)) for name, part in pairs]


def best_number(text: str) -> list[Decimal]:
    """Return the first percentage in a text, else the first decimal number, else any number."""
    return (
        numbers(rf"{NUMBER}\s*%", text)
        or numbers(r"([-+]?\d*\.\d+(?:e[-+]?\d+)?)", text)
        or numbers(NUMBER, text)
    )


def last_line(text: str) -> str:
    """Return the last line of a text with a class name, or the last one."""
    lines = text.strip().split("\n")
    return next((line for line in reversed(lines) if names(line)), lines[-1])


def form(text: str) -> tuple[str, ...]:
    """Return the different lines of a text, with N for numbers, # for decimals, and NAME."""

    def mask(line: str) -> str:
        line = re.sub(NAME, "NAME", line, flags=re.IGNORECASE)
        return re.sub(r"-?\d+(\.\d+)?", lambda m: "N" + re.sub(r"\d", "#", m[1] or ""), line)

    return tuple(sorted(set(map(mask, text.removesuffix("\n").split("\n")))))
