"""How things are marked wherever they show: right, wrong, and not the real images."""

from collections.abc import Iterable, Iterator, Sequence
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

    A set of fewer classes knows no name for the other labels: "class 7".
    """
    for part in _parts(dataset):
        names = getattr(part, "classes", None)
        names = list(names) if isinstance(names, Iterable) else []
        if names and all(isinstance(name, str) for name in names) and len({*names}) == len(names):
            labels = range(len(CLASS_NAMES))
            return [names[i] if i < len(names) else f"class {i}" for i in labels]
    return CLASS_NAMES


def _parts(dataset: Any) -> Iterator[Any]:
    """Yield a dataset and those below it, as in a Subset or a ConcatDataset."""
    yield dataset
    below = [dataset.dataset] if hasattr(dataset, "dataset") else getattr(dataset, "datasets", [])
    for part in below:
        yield from _parts(part)
