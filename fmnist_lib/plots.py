"""Figures of the lessons.

Each function draws into `ax`, a matplotlib Axes, and returns it; none calls ``plt.show()``.
`source` is the images' source, "fashion-mnist" or "sketches": figures of sketches are marked.
`image` holds grey values, uint8, 0 to 255, (H, W).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.layout_engine import ConstrainedLayoutEngine, TightLayoutEngine
from matplotlib.patches import Rectangle
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fmnist_lib._batches import one_image
from fmnist_lib._common import CLASS_NAMES
from fmnist_lib._marks import NEUTRAL, RIGHT, WRONG, classes_of, mark_of, source_of
from fmnist_lib.data import FashionDataset
from fmnist_lib.evaluation import Evaluation, wilson_interval
from fmnist_lib.prediction import compute_logits, top_k

Lines = Mapping[str, Sequence[float]]  # values by name
Part = range | None  # some rows or columns; None: all of them

GAP = 2  # pixels between the pictures of a mosaic
GREY: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 255}
SLANTED: dict[str, Any] = {"rotation": 45, "rotation_mode": "anchor"}
MARK_ROOM = 0.2  # inches above the Axes, for the mark of the sketches
BELOW_ONE = 1 - 2**-24  # softmax is never 1; this is the largest float32 below it


def mark_sketches(ax: Axes, source: str) -> Axes:
    """Mark a figure of sketches, once, above its Axes; leave other figures as they are."""
    figure, mark = ax.figure, mark_of(source)
    if mark and mark not in {text.get_text() for text in figure.texts}:
        figure.text(0.995, 0.995, mark, ha="right", va="top", fontsize=8, color=WRONG)
        engine = figure.get_layout_engine()
        if isinstance(engine, ConstrainedLayoutEngine | TightLayoutEngine):
            engine.set(rect=(0, 0, 1, 1 - MARK_ROOM * figure.dpi / figure.bbox.height))
    return ax


def picture(
    ax: Axes, image: Tensor, *, rows: Part = None, columns: Part = None, source: str = ""
) -> Axes:
    """Draw one image, with a frame around `rows` and `columns` if both are given."""
    ax.imshow(image.numpy(), **GREY)
    ax.set(xlabel="column", ylabel="row")
    if rows and columns:
        corner = (columns.start - 0.5, rows.start - 0.5)
        ax.add_patch(Rectangle(corner, len(columns), len(rows), fill=False, ec=WRONG, lw=3))
    return mark_sketches(ax, source)


def pixel_values(
    ax: Axes, image: Tensor, *, rows: Part = None, columns: Part = None, source: str = ""
) -> Axes:
    """Draw an image, or some of its rows and columns, with each pixel's value in its square."""
    rows, columns = rows or range(image.shape[0]), columns or range(image.shape[1])
    _numbered_squares(ax, image, image, rows, columns, **GREY)
    ax.set(xlim=(columns.start - 0.5, columns.stop - 0.5), xticks=columns, xlabel="column")
    ax.set(ylim=(rows.stop - 0.5, rows.start - 0.5), yticks=rows, ylabel="row")
    return mark_sketches(ax, source)


def class_gallery(ax: Axes, dataset: FashionDataset, columns: int = 10) -> Axes:
    """Draw the first images of each class, one labelled row per class."""
    tiles = torch.full((len(CLASS_NAMES), columns, 28, 28), torch.nan)
    for label, row in enumerate(tiles):
        found = dataset.data[dataset.targets == label][:columns]
        row[: len(found)] = found
    ax.imshow(_mosaic(tiles.flatten(0, 1), columns).numpy(), **GREY)
    names = [f"{label} {name}" for label, name in enumerate(dataset.classes)]
    ax.set_yticks([i * (28 + GAP) + 13.5 for i in range(len(names))], names)
    ax.tick_params(length=0)
    ax.set(xticks=[], frame_on=False)
    return mark_sketches(ax, dataset.source)


def class_balance(ax: Axes, dataset: FashionDataset) -> Axes:
    """Draw the number of images per class as labelled bars."""
    counts = torch.bincount(dataset.targets, minlength=len(CLASS_NAMES)).tolist()
    texts = [f"{count:,}" for count in counts]
    _class_bars(ax, dataset.classes, counts, texts, 1.15 * max(counts), "images per class")
    return mark_sketches(ax, dataset.source)


def histogram(ax: Axes, pixels: Tensor, *, xlabel: str = "", source: str = "") -> Axes:
    """Draw how often pixel values occur, in percent, with their mean and standard deviation."""
    values = pixels.flatten().double()
    mean, std = values.mean().item(), values.std().item()
    weights = torch.full_like(values, 100 / len(values))
    ax.hist(values.numpy(), bins=40, weights=weights.numpy(), color=RIGHT)
    ax.axvline(mean, color=WRONG, linestyle="--")
    title = f"mean {mean:z.2f} (dashed), standard deviation {std:.2f}"  # z: no "-0.00"
    ax.set_title(title, loc="left", size="medium")
    ax.set(xlabel=xlabel, ylabel="percent of pixels")
    return mark_sketches(ax, source)


def grey_values(ax: Axes, image: Tensor | np.ndarray, others: Tensor, *, source: str = "") -> Axes:
    """Draw how often grey values occur in an image, beside those of a set, in percent of each.

    Both are uint8, the image (H, W) and the others (N, H, W). There are 16 bars of 16 values.
    """
    outline: dict[str, Any] = {"color": RIGHT, "histtype": "step", "linewidth": 3}
    for pixels, name, style in (
        (others, "the images of the set", {"color": NEUTRAL}),
        (torch.as_tensor(image), "your image", outline),
    ):
        counts = pixels.flatten().bincount(minlength=256).reshape(16, 16).sum(dim=1).double()
        edges, shares = list(range(0, 257, 16)), 100 * counts / counts.sum()
        ax.hist(edges[:-1], bins=edges, weights=shares.numpy(), label=name, **style)
    ax.set(xlabel="grey value", ylabel="percent of pixels", xlim=(0, 256))
    ax.legend(frameon=False)
    return mark_sketches(ax, source)


def relu_curve(ax: Axes) -> Axes:
    """Draw ReLU from -3 to 3, beside the line that leaves every number unchanged."""
    x = torch.linspace(-3, 3, 61)
    ax.plot(x.numpy(), x.numpy(), color=NEUTRAL, linestyle="--", label="unchanged")
    ax.plot(x.numpy(), x.relu().numpy(), color=RIGHT, linewidth=3, label="ReLU")
    ax.set(xlabel="input", ylabel="output")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


def loss_curve(ax: Axes) -> Axes:
    """Draw the loss of an answer, -ln of the probability of the right class."""
    x = torch.linspace(0.005, 1, 200)
    ax.plot(x.numpy(), -x.log().numpy(), color=RIGHT, linewidth=3)
    ax.set(xlabel="probability of the right class", ylabel="loss", xlim=(0, 1), ylim=(0, 5))
    ax.grid(alpha=0.3)
    return ax


def weight_pictures(ax: Axes, weights: Tensor, *, columns: int = 8, source: str = "") -> Axes:
    """Draw each unit's weights (U, 784) as a picture: blue negative, white 0, red positive."""
    pictures = weights.detach().cpu().reshape(-1, 28, 28)
    limit = max(pictures.abs().max().item(), 1e-12)
    mosaic = _mosaic(pictures, columns)
    image = ax.imshow(mosaic.numpy(), cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.figure.colorbar(image, ax=ax, shrink=0.7)
    ax.set_axis_off()
    return mark_sketches(ax, source)


def descent(ax: Axes, loss: Callable[[Tensor], Tensor], path: Sequence[float]) -> Axes:
    """Draw the loss of a single weight as a curve, and a training as steps on it.

    `loss` maps weights to losses; `path` holds the weight at the start and after each step.
    """
    points = torch.tensor(path)
    margin = 0.5 * (max(path) - min(path)) or 1.0
    x = torch.linspace(min(path) - margin, max(path) + margin, 201)
    ax.plot(x.numpy(), loss(x).numpy(), color=NEUTRAL)
    ax.plot(path, loss(points).numpy(), "o-", color=RIGHT)
    ax.annotate("start", (path[0], loss(points[0]).item()), (8, 0), textcoords="offset points")
    ax.set(xlabel="weight", ylabel="loss")
    return ax


def curves(
    ax: Axes, series: Lines, *, xlabel: str = "epoch", ylabel: str = "loss", source: str = ""
) -> Axes:
    """Draw one to four named lines, counted from 1, that differ in colour and in dashes."""
    colours, dashes = (RIGHT, WRONG, "black", NEUTRAL), ("-", "--", ":", "-.")
    if not 1 <= len(series) <= len(colours):
        raise ValueError(f"series must hold 1 to {len(colours)} lines, got {len(series)}")
    ax.set_prop_cycle(color=colours, linestyle=dashes, marker=list("os^D"))
    for name, values in series.items():
        x = range(1, len(values) + 1)
        ax.plot(x, values, label=name, markevery=1 + len(values) // 30)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.locator_params(axis="x", integer=True)
    ax.grid(alpha=0.3)
    ax.legend()
    return mark_sketches(ax, source)


def confusion_matrix(ax: Axes, evaluation: Evaluation, *, counts: Tensor | None = None) -> Axes:
    """Draw the confusion matrix: true labels are rows, predicted labels columns.

    `counts` (10, 10) is drawn in place of the evaluation's own.
    """
    counts = evaluation.confusion if counts is None else counts
    classes = range(len(CLASS_NAMES))
    shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    _numbered_squares(ax, shares, counts, classes, classes, cmap="Blues", vmin=0, vmax=1)
    for text in ax.texts[:: len(classes) + 1]:  # the diagonal
        text.set_fontweight("bold")
    ax.set_xticks(classes, evaluation.classes, **SLANTED, ha="right")
    ax.set_yticks(classes, evaluation.classes)
    ax.set(xlabel="predicted label", ylabel="true label")
    return mark_sketches(ax, evaluation.source)


def class_accuracy(ax: Axes, evaluation: Evaluation) -> Axes:
    """Draw the accuracy of each class as labelled bars, and that of all images as a line."""
    shares = evaluation.class_accuracy
    texts = ["no images" if share.isnan() else _percent(share.item()) for share in shares]
    title = f"dashed: all images, {_percent(evaluation.accuracy)}"
    _class_bars(ax, evaluation.classes, shares.nan_to_num(0).tolist(), texts, 1.15, title)
    ax.axvline(evaluation.accuracy, color="black", linestyle="--", zorder=2)  # below the texts
    return mark_sketches(ax, evaluation.source)


def predicted_image(ax: Axes, dataset: FashionDataset, evaluation: Evaluation, index: int) -> Axes:
    """Draw one image below its predicted label, ✓ or ✗, with the confidence.

    `evaluation` is that of the dataset, in its order. A mistake also gets its true label.
    """
    if not torch.equal(dataset.targets, evaluation.labels):
        raise ValueError("evaluation must be of dataset, whole and in order; its labels differ")
    said, true = (int(labels[index]) for labels in (evaluation.predictions, evaluation.labels))
    names = evaluation.classes
    confidence = _percent(min(evaluation.probabilities[index, said].item(), BELOW_ONE))
    title, colour = f"✓ {names[said]} {confidence}\n", RIGHT
    if said != true:
        title, colour = f"✗ {names[said]} {confidence}\ntrue: {names[true]}", WRONG
    ax.imshow(dataset.data[index].numpy(), **GREY)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, color=colour, size="medium")
    return mark_sketches(ax, dataset.source)


def reliability(ax: Axes, evaluation: Evaluation, bins: int = 10) -> Axes:
    """Draw `Evaluation.reliability`: a point for each bin, its number of images above it.

    An upright line is the 95 % interval of a bin's accuracy.
    """
    confidence, accuracy, images = evaluation.reliability(bins)
    for place, share, count in zip(
        *map(Tensor.tolist, (confidence, accuracy, images)), strict=True
    ):
        if count:
            ax.vlines(place, *wilson_interval(share, count), color=RIGHT)
    ax.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="--", label="perfect calibration")
    [points] = ax.plot(confidence.numpy(), accuracy.numpy(), "o-", color=RIGHT, label="this model")
    points.set_clip_on(False)
    ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", xlabel="confidence (how sure the model is)")
    ax.set_ylabel("accuracy (fraction classified correctly)")
    ax.legend(frameon=False, loc="lower right")
    top, centres = ax.secondary_xaxis("top"), [(i + 0.5) / bins for i in range(bins)]
    top.set_ticks(centres, [f"{n:,}" for n in images.tolist()], **SLANTED, ha="left")
    top.set_xlabel("images in each bin")
    return mark_sketches(ax, evaluation.source)


def prediction_bars(ax: Axes, model: nn.Module, data_loader: "DataLoader[Any]", index: int) -> Axes:
    """Draw the probability of each class for one image as labelled bars, under the verdict.

    `model`, `data_loader` and `index` are as in `fmnist_lib.predict_label`.
    """
    image, label = one_image(data_loader, index, "data_loader")
    names = classes_of(data_loader.dataset)
    ranking = top_k(compute_logits(model, image)[0], len(names), names=names)
    shares, first, true = dict(ranking), ranking[0][0], names[label]
    marks, title = {first: " ✗ model", true: " true label"}, f"✗ wrong: {first}, not {true}"
    if first == true:
        marks, title = {true: " ✓"}, f"✓ right: {true}"
    lengths = [shares[name] for name in names]
    texts = [_percent(min(shares[n], BELOW_ONE), 2) + marks.get(n, "") for n in names]
    colours = dict.fromkeys(names, NEUTRAL) | {first: WRONG} | {true: RIGHT}
    _class_bars(ax, names, lengths, texts, 1.45, title, color=list(colours.values()))
    return mark_sketches(ax, source_of(data_loader.dataset))


def compared(axes: Sequence[Axes], yours: Tensor, expected: Tensor) -> Sequence[Axes]:
    """Draw two tables (H, W), the first beside the second, and their difference, on three Axes."""
    low, high = expected.min().item(), expected.max().item()
    grey: dict[str, Any] = {"cmap": "gray", "vmin": low, "vmax": high if high > low else low + 1}
    axes[0].imshow(yours.numpy(), **grey)
    axes[1].imshow(expected.numpy(), **grey)
    titles = ["yours", "expected", "difference"]
    if yours.shape == expected.shape:
        gap = yours - expected
        largest = gap.abs().max().item()
        limit = max(largest, (high - low) / 100, 1e-6)  # rounding is no difference
        axes[2].imshow(gap.numpy(), cmap="RdBu_r", vmin=-limit, vmax=limit)
        titles[2] += f": at most {largest:.2g}" if largest > limit / 100 else ": none"
    else:
        axes[2].axis("off")
        titles[2] = "other shapes:\n" + f"{tuple(yours.shape)}, {tuple(expected.shape)}"
    for ax, title in zip(axes, titles, strict=True):
        ax.set(xticks=[], yticks=[])
        ax.set_title(title, size="medium")
    return axes


def photo_steps(axes: Sequence[Axes], steps: Mapping[str, np.ndarray]) -> Sequence[Axes]:
    """Draw `fmnist_lib.sources.photo.Photo.steps`, each on one Axes, with its name and size."""
    for ax, (name, pixels) in zip(axes, steps.items(), strict=True):
        ax.imshow(pixels, **GREY)
        ax.set(xticks=[], yticks=[])
        height, width = pixels.shape[:2]
        ax.set_title(f"{name}\n{height} x {width}", size="medium")
    return axes


def _percent(share: float, digits: int = 1) -> str:
    """Return a share as a percentage; one below 1 never reads 100 %."""
    most = 1 - 10 ** -(digits + 2)  # 99.9 % with one digit
    return f">{most:.{digits}%}" if most < share < 1 else f"{share:.{digits}%}"


def _numbered_squares(
    ax: Axes, shades: Tensor, numbers: Tensor, rows: range, columns: range, **colours: Any
) -> None:
    """Draw shades as squares with numbers in them, black or white for the larger contrast."""
    rgb = ax.imshow(shades.numpy(), **colours).to_rgba(shades.numpy())[..., :3]
    luminance = ((rgb + 0.055) / 1.055) ** 2.4 @ [0.2126, 0.7152, 0.0722]  # WCAG 2.2
    for row, column in product(rows, columns):
        ink = "black" if luminance[row, column] > 0.179 else "white"
        text = str(int(numbers[row, column]))
        ax.text(column, row, text, ha="center", va="center", color=ink, clip_on=True)


def _class_bars(
    ax: Axes,
    names: Sequence[str],
    lengths: list[float],
    texts: list[str],
    limit: float,
    title: str,
    **style: Any,
) -> None:
    """Draw a bar with its text for each class, in the order of the labels."""
    bars = ax.barh(names, lengths, **({"color": RIGHT} | style))
    ax.bar_label(bars, texts, padding=4, bbox={"fc": "white", "ec": "none", "pad": 1})
    ax.set(xlim=(0, limit), xticks=[], frame_on=False)
    ax.set_title(title, loc="left")
    ax.tick_params(length=0)
    ax.invert_yaxis()


def _mosaic(pictures: Tensor, columns: int) -> Tensor:
    """Return pictures (N, 28, 28) side by side in rows, with NaN, which stays white, between."""
    missing, size = -len(pictures) % columns, 28 + GAP
    tiles = nn.functional.pad(pictures, (0, GAP, 0, GAP, 0, missing), value=torch.nan)
    tiles = tiles.reshape(-1, columns, size, size).transpose(1, 2)
    return tiles.reshape(-1, columns * size)[:-GAP, :-GAP]
