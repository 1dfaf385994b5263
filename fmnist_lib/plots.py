"""Figures of the lessons: each function draws into an Axes and returns it."""

from typing import Any

from matplotlib.axes import Axes
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib._common import source_of
from fmnist_lib.data import CLASS_NAMES
from fmnist_lib.prediction import select_image, top_k, true_label
from fmnist_lib.training import compute_logits

RIGHT, WRONG, NEUTRAL = "#0072B2", "#D55E00", "#999999"
"""Blue, vermillion and grey, which colour-blind people tell apart.

Source: M. Okabe and K. Ito, "Color Universal Design" (2008).
"""


def stamp(ax: Axes, source: str) -> Axes:
    """Mark a figure whose images are not the real ones; leave others as they are."""
    if source == "sketches":
        mark = ax.annotate(
            "sketches, not Fashion-MNIST",
            xy=(1, 1),
            xycoords=ax.figure.transFigure,
            xytext=(-4, -4),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
            color=WRONG,
        )
        mark.set_in_layout(False)  # or a constrained layout would make room for it in the Axes
    return ax


def prediction_bars(ax: Axes, model: nn.Module, data_loader: "DataLoader[Any]", index: int) -> Axes:
    """Draw what a model says about one image, a bar for each class, and whether it is right.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    model, data_loader, index
        As in `fmnist_lib.predict_label`, with a loader.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with bars in the order of the labels and the verdict in the title.
    """
    logits = compute_logits(model, select_image(data_loader, index))[0]
    shares, first = dict(top_k(logits, len(CLASS_NAMES))), top_k(logits)[0][0]
    true = CLASS_NAMES[true_label(data_loader, index)]
    colours = dict.fromkeys(CLASS_NAMES, NEUTRAL) | {first: WRONG} | {true: RIGHT}
    marks = {first: " ✗ model", true: " true label"} if first != true else {true: " ✓"}
    bars = ax.barh(CLASS_NAMES, [shares[n] for n in CLASS_NAMES], color=list(colours.values()))
    texts = [f"{shares[name]:.2%}{marks.get(name, '')}" for name in CLASS_NAMES]
    ax.bar_label(bars, texts, padding=4)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.45), xticks=[])
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    verdict = f"✓ right: {true}" if first == true else f"✗ wrong: {first}, not {true}"
    ax.set_title(verdict, loc="left")
    return stamp(ax, source_of(data_loader.dataset))
