"""Reading what a student answers: numbers and words, in any usual spelling."""

import math
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand"
)
VALUES = [*range(20), *range(20, 101, 10), 1000]
NUMBERS = dict(zip(NUMBER_WORDS.split(), map(float, VALUES), strict=True))
FILLERS = (  # words that say nothing about which word or which number it is
    "the a an it is this can called about around roughly set data dataset loader split images "
    "model network function method index number numbers pixels classes logits parameters batches "
    "step steps pixel point points pp"
)
REWRITES = [  # pattern, what takes its place; in this order
    (r"^(yes|no)[,.;:] .*", r"\1"),  # "No, not always."
    ("[\u2010-\u2015\u2212]", "-"),  # dashes, and the true minus
    (r"(?<=\S) ?\([^()]*\)", ""),  # arguments and remarks: "zero_grad()", "16 (the rest)"
    (r"^.*=", ""),  # "28 * 28 = 784"
    (r"per ?cent(?:age)?", "%"),
    (r"\b[a-z_]\w*\.(?=[a-z_])", ""),  # the owner of a method: "model.zero_grad"
    (r"(?<=[a-z])[-_](?=[a-z])", " "),  # "over-fitting", "zero_grad"
    (rf"\b(?:{FILLERS.replace(' ', '|')})\b", " "),
    (r"^(?:\+/?-|[^\w.-])+|[^\w%]+$", ""),  # "±4.9", "~16", quotation marks, a full stop
    (r"^(?:minus|-) *", "-"),
]


def readings(answer: Any, *, shares: bool = True) -> list[str | float]:
    """List what an answer may mean: a word, then numbers; nothing for one of the wrong kind.

    "Zero grad" is read as "zerograd"; "1,000" as 1000 and as 1.0, since a comma means thousands
    to some and decimals to others; "100 %" as 100 and as 1, without `shares` as 100 alone; a bool
    as a word, never as a number.
    """
    try:
        if isinstance(answer, (list, tuple, set)) and len(answer) == 1:
            [answer] = answer
        if hasattr(answer, "item"):  # of NumPy or PyTorch
            answer = answer.item()
        if callable(answer):
            answer = answer.__name__
        if not isinstance(answer, (str, bool)):
            return [float(answer)]
    except Exception:  # whatever an object that is no answer may raise
        return []
    text = " ".join(unicodedata.normalize("NFKC", str(answer)).lower().split())
    for pattern, replacement in REWRITES:
        text = re.sub(pattern, replacement, text)
    words = text.replace("%", " ").split()
    spaced = " ".join(words)
    numbers: list[float] = []
    with suppress(ValueError):
        numbers.append(float(spaced.replace(",", ".")))
    if re.fullmatch(r"[1-9]\d{0,2}(?:[., ']\d{3})+", spaced):
        numbers.append(float(re.sub(r"\D", "", spaced)))
    if words and NUMBERS.keys() >= set(words):  # "fifty five", "ten thousand"
        combine = math.prod if NUMBERS[words[-1]] >= 100 else sum
        numbers.append(combine(NUMBERS[word] for word in words))
    if shares and "%" in text:
        numbers += [number / 100 for number in numbers]
    return ["".join(re.findall(r"\w+", spaced)), *numbers]


@dataclass(frozen=True)
class Question:
    """The right answer, a number or some spellings of a word; and a hint."""

    right: float | tuple[str, ...]
    hint: str
    tolerance: float = 1e-4  # a computed 1 may be 0.9999999

    def accepts(self, answer: Any, times: float = 1) -> bool:
        """Tell whether an answer, or a multiple of it, is right; one of the wrong kind is not."""
        if isinstance(self.right, tuple):
            spellings = [readings(word)[0] for word in self.right]
            return any(word in spellings for word in readings(answer))
        numbers = [number for number in readings(answer) if isinstance(number, float)]
        return any(abs(times * number - self.right) <= self.tolerance for number in numbers)
