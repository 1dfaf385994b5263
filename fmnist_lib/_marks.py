"""How things are marked wherever they show: right, wrong, and not the real images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fmnist_lib._common import CLASS_NAMES

RIGHT, WRONG, NEUTRAL = "#0072B2", "#B34700", "#707070"
"""Blue, vermillion and grey, which colour-blind people can tell apart.

Source: M. Okabe and K. Ito, "Color Universal Design" (2008). Vermillion and grey are darker
here, for a contrast of at least 4.5 on white, as text needs (WCAG 2.2, success criterion 1.4.3).
"""


def mark_of(source: str) -> str:
    """Return the words that mark images from a stand-in; "" for all others."""
    return "sketches, not Fashion-MNIST" if source == "sketches" else ""


def source_of(dataset: Any) -> str:
    """Return the source of a dataset's images, "fashion-mnist" or "sketches"; "" if unknown.

    The sketches in a set of several parts mark them all.
    """
    sources = [str(part.source) for part in _parts(dataset) if hasattr(part, "source")]
    return next((source for source in sources if mark_of(source)), (sources or [""])[0])


def classes_of(dataset: Any) -> Sequence[str]:
    """Return the ten names of a dataset's labels: its own `classes`, or else the library's.

    They are a sequence, or a mapping of labels to names or of names to labels. A set of fewer
    classes knows no name for the other labels: "class 7".
    """
    labels = range(len(CLASS_NAMES))
    for part in _parts(dataset):
        names: Any = getattr(part, "classes", None)
        names = names.tolist() if hasattr(names, "tolist") else names
        if not isinstance(names, Mapping):
            names = dict(enumerate(names)) if isinstance(names, Iterable) else {}
        elif not any(i in names for i in labels):
            names = {i: name for name, i in names.items() if isinstance(i, int)}
        known = {i: str(names[i]) for i in labels if isinstance(names.get(i), str | int)}
        if known and len({*known.values()}) == len(known):
            return [known.get(i, f"class {i}") for i in labels]
    return CLASS_NAMES


def _parts(dataset: Any, depth: int = 9) -> Iterator[Any]:
    """Yield a dataset and those below it, as in a Subset or a ConcatDataset, to some depth."""
    yield dataset
    below = [dataset.dataset] if hasattr(dataset, "dataset") else getattr(dataset, "datasets", [])
    if depth and isinstance(below, Iterable):  # some set may hold itself
        for part in below:
            yield from _parts(part, depth - 1)
