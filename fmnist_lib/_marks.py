"""How things are marked wherever they show: right, wrong, and not the real images."""

from typing import Any

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

    A `torch.utils.data.Subset` has the source of the dataset below it.
    """
    while not hasattr(dataset, "source") and hasattr(dataset, "dataset"):
        dataset = dataset.dataset
    return str(getattr(dataset, "source", ""))
