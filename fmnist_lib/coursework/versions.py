"""The right solution and all wrong versions in one made world: what a student's figures match."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from fmnist_lib.coursework.compare import same, skipped
from fmnist_lib.coursework.made import World
from fmnist_lib.coursework.mistakes import LOADERS, Edits, Mistake, build, mistakes_in
from fmnist_lib.coursework.quantities import SKIPPED, Quantities, quantities
from fmnist_lib.coursework.trials import Record, try_function, try_train_model

VALUES = ("count", "percent", "loss")  # what train_model prints follows from how it trains

PAIRED = {"counters-not-reset", "softmax-before-criterion", "first-batch-only"}
"""Mistakes in the loop, of which one is made beside another one in the formula of a figure."""

Wrong = list[tuple[Mistake, Edits, Quantities]]


@dataclass
class Versions:
    """A world, and what the right solution and each wrong version do in it."""

    name: str
    world: World
    right: Quantities
    wrong: Wrong
    record: Record | None = None
    """That of another training, if the figures are those beside it."""

    def diagnose(self, quantity: str, value: Any) -> list[Mistake]:
        """Return the mistake, or the two mistakes at once, that give exactly this value."""
        entries = [entry for entry in self.wrong if quantity in entry[0].quantities]
        for mistake, _, found in entries:
            if same(value, found.get(quantity)):
                return [mistake]
        if quantity not in (*VALUES, "weights", "names"):
            return []
        first = {mistake.name: (mistake, edits) for mistake, edits, _ in reversed(entries)}
        pairs = itertools.combinations(first.values(), 2)
        return next(filter(None, (self._both(quantity, value, *two) for two in pairs)), [])

    def _both(
        self, quantity: str, value: Any, one: tuple[Mistake, Edits], two: tuple[Mistake, Edits]
    ) -> list[Mistake]:
        """Return two mistakes if they give this value when they are made at once."""
        mistakes = [one[0], two[0]]
        if quantity in VALUES and not PAIRED & {mistake.name for mistake in mistakes}:
            return []
        try:
            beside = self.record if quantity in VALUES else None
            found = self.try_version(one[1], two[1], beside=beside)
        except ValueError:  # both change the same text
            return []
        return mistakes if same(value, found.get(quantity)) else []

    def try_version(self, *edits: Edits, beside: Record | None = None) -> Quantities:
        """Try a version; beside the training of a record, if there is one."""
        version = build(self.name, *edits)
        if not beside:
            record = try_function(self.name, version, self.world)
            return quantities(self.name, record, self.world)
        found = quantities(self.name, try_train_model(version, self.world, beside), self.world)
        return {name: found[name] for name in VALUES if name in found}

    def beside(self, record: Record) -> "Versions":
        """Return what the versions print beside another training, which was recorded."""
        other = Versions(self.name, self.world, self.right, self.wrong, record)
        right = other.try_version(beside=record)
        if not right:  # too little was recorded
            return self
        other.right = self.right | right
        other.wrong = [
            (m, e, found | other.try_version(e, beside=record)) for m, e, found in self.wrong
        ]
        return other


def versions_for(name: str, seed: int) -> Versions:
    """Make data that tells all versions of a function apart: the dice are thrown until it does."""
    return _versions_for(name, 0 if name == LOADERS else seed)  # the loaders' data are not made


@lru_cache(maxsize=12)
def _versions_for(name: str, seed: int) -> Versions:
    for throw in range(100):
        world = World((seed + throw * 0x9E3779B1) % 2**63)
        versions = Versions(name, world, {}, [])
        versions.right = versions.try_version()
        if versions.right["error"]:
            raise ImportError(f"the check of {name} needs torchvision; {versions.right['error']}")
        if any(_ends_in_zero(versions.right.get(quantity, ())) for quantity in VALUES):
            continue
        versions.wrong = [(m, e, versions.try_version(e)) for m, e in mistakes_in(name)]
        if not list(alike(versions.right, versions.wrong)):
            return versions
    raise RuntimeError(f"no dice tell these apart: {list(alike(versions.right, versions.wrong))}")


def _ends_in_zero(numbers: Any) -> bool:
    """Tell whether a decimal ends in 0: round() would print one figure less."""
    return any(isinstance(n, Decimal) and "." in str(n) and str(n)[-1] == "0" for n in numbers)


def alike(right: Quantities, wrong: Wrong) -> Iterator[str]:
    """Yield what cannot be told apart: a version and the right one, or versions of two mistakes."""
    for mistake, _, found in wrong:
        if not any(q in found and not same(found[q], right.get(q), 3) for q in mistake.quantities):
            yield mistake.name
    for (one, _, found), (two, _, other) in itertools.combinations(wrong, 2):
        for quantity in {*one.quantities} & {*two.quantities} if one is not two else ():
            values = found.get(quantity, SKIPPED), other.get(quantity, SKIPPED)
            known = not any(skipped(v) or same(v, right.get(quantity)) for v in values)
            if known and same(*values, 3):
                yield f"{one.name} and {two.name}: {quantity}"
