"""Figures of the lessons: each function draws into an Axes and returns it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fmnist_lib._common import source_of
from fmnist_lib.data import CLASS_NAMES, FashionDataset
from fmnist_lib.prediction import select_image, top_k, true_label
from fmnist_lib.training import Evaluation, compute_logits

RIGHT, WRONG, NEUTRAL = "#0072B2", "#D55E00", "#999999"
"""Blue, vermillion and grey, which colour-blind people tell apart.

Source: M. Okabe and K. Ito, "Color Universal Design" (2008).
"""

SKETCHES = "sketches, not Fashion-MNIST"  # the mark on figures of the stand-in

GAP = 2  # pixels between the pictures of a mosaic


def stamp(ax: Axes, source: str) -> Axes:
    """Mark a figure whose images are not the real ones; leave others as they are."""
    if source == "sketches" and SKETCHES not in {text.get_text() for text in ax.figure.texts}:
        # a text of the figure, not of the Axes: it takes no room, and a tight crop keeps it
        ax.figure.text(0.995, 0.995, SKETCHES, ha="right", va="top", fontsize=8, color=WRONG)
    return ax


def picture(
    ax: Axes,
    grey: Tensor,
    *,
    rows: range | None = None,
    columns: range | None = None,
    source: str = "",
) -> Axes:
    """Draw one image, with a frame around a part of it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    grey : torch.Tensor
        Grey values 0 to 255, (28, 28).
    rows, columns : range, optional
        The part to frame; without both there is no frame.
    source : str
        What the image is, for the mark on the sketches.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`.
    """
    ax.imshow(grey.numpy(), cmap="gray", vmin=0, vmax=255)
    ax.set(xlabel="column", ylabel="row")
    if rows and columns:
        left, top = columns.start - 0.5, rows.start - 0.5
        frame = Rectangle((left, top), len(columns), len(rows), fill=False, ec=WRONG, lw=3)
        ax.add_patch(frame)
    return stamp(ax, source)


def pixel_values(
    ax: Axes,
    grey: Tensor,
    *,
    rows: range | None = None,
    columns: range | None = None,
    source: str = "",
) -> Axes:
    """Draw an image, or a part of it, with the number of each pixel written into its square.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    grey : torch.Tensor
        Grey values 0 to 255, (H, W).
    rows, columns : range, optional
        The part to draw; None takes all of them.
    source : str
        What the image is, for the mark on the sketches.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with rows and columns numbered as in the whole image.
    """
    height, width = grey.shape
    rows, columns = rows or range(height), columns or range(width)
    ax.imshow(grey.numpy(), cmap="gray", vmin=0, vmax=255)
    for row in rows:
        for column in columns:
            value = int(grey[row, column])
            colour = "black" if value > 127 else "white"
            ax.text(column, row, str(value), ha="center", va="center", color=colour, clip_on=True)
    ax.set(xlim=(columns.start - 0.5, columns.stop - 0.5), xticks=columns, xlabel="column")
    ax.set(ylim=(rows.stop - 0.5, rows.start - 0.5), yticks=rows, ylabel="row")
    return stamp(ax, source)


def class_gallery(ax: Axes, dataset: FashionDataset, columns: int = 10) -> Axes:
    """Draw the first images of each class, a row for each, named beside it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    dataset : fmnist_lib.data.FashionDataset
        The images.
    columns : int
        How many images of each class.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with a tick at the middle of each row.
    """
    tiles = torch.full((len(CLASS_NAMES), columns, 28, 28), torch.nan)
    for label, row in enumerate(tiles):
        found = dataset.data[dataset.targets == label][:columns]
        row[: len(found)] = found
    ax.imshow(_mosaic(tiles.flatten(0, 1), columns).numpy(), cmap="gray", vmin=0, vmax=255)
    names = [f"{label} {name}" for label, name in enumerate(CLASS_NAMES)]
    ax.set_yticks([i * (28 + GAP) + 13.5 for i in range(len(names))], names)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return stamp(ax, dataset.source)


def class_balance(ax: Axes, dataset: FashionDataset) -> Axes:
    """Draw how many images each class has, a bar with its number for each.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    dataset : fmnist_lib.data.FashionDataset
        The images.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with bars in the order of the labels.
    """
    counts = torch.bincount(dataset.targets, minlength=len(CLASS_NAMES)).tolist()
    bars = ax.barh(CLASS_NAMES, counts, color=RIGHT)
    ax.bar_label(bars, [f"{count:,}" for count in counts], padding=4)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.15 * max(counts)), xticks=[])
    ax.set_title("images of each class", loc="left")
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return stamp(ax, dataset.source)


def histogram(ax: Axes, pixels: Tensor, *, xlabel: str = "", source: str = "") -> Axes:
    """Draw how often each pixel value occurs, with a line at the mean.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    pixels : torch.Tensor
        Values of any shape.
    xlabel : str
        What the values are.
    source : str
        What the images are, for the mark on the sketches.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with 40 bars whose heights add up to 100 %, and the mean and the standard
        deviation in words.
    """
    values = pixels.flatten().double()
    mean, std = values.mean().item(), values.std().item()
    ax.hist(
        values.numpy(),
        bins=40,
        weights=torch.full_like(values, 100 / len(values)).numpy(),
        color=RIGHT,
    )
    ax.axvline(mean, color=WRONG, linestyle="--")
    mean = round(mean, 2) + 0.0  # without a minus before 0.00
    text = f"mean {mean:.2f} (dashed)\nstandard deviation {std:.2f}"
    ax.text(0.97, 0.95, text, transform=ax.transAxes, ha="right", va="top")
    ax.set(xlabel=xlabel, ylabel="percent of the pixels")
    ax.spines[["top", "right"]].set_visible(False)
    return stamp(ax, source)


def relu_curve(ax: Axes) -> Axes:
    """Draw ReLU from -3 to 3, beside the straight line that leaves every number as it is.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`.
    """
    x = torch.linspace(-3, 3, 61)
    ax.plot(x.numpy(), x.numpy(), color=NEUTRAL, linestyle="--", label="unchanged")
    ax.plot(x.numpy(), x.relu().numpy(), color=RIGHT, linewidth=3, label="ReLU")
    ax.set(xlabel="number that goes in", ylabel="number that comes out")
    ax.grid(alpha=0.3)
    ax.legend()
    return ax


def weight_pictures(ax: Axes, weights: Tensor, *, columns: int = 8, source: str = "") -> Axes:
    """Draw the weights of units that look at a whole image, a picture for each unit.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    weights : torch.Tensor
        A row of 784 weights for each unit, (U, 784).
    columns : int
        How many pictures stand side by side.
    source : str
        What the images were, for the mark on the sketches.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, blue where a weight is negative, white at 0, red where it is positive.
    """
    pictures = weights.detach().cpu().reshape(-1, 28, 28)
    limit = max(pictures.abs().max().item(), 1e-12)
    mosaic = _mosaic(pictures, columns).numpy()
    image = ax.imshow(mosaic, cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.figure.colorbar(image, ax=ax, shrink=0.7)
    ax.set_axis_off()
    return stamp(ax, source)


def descent(
    ax: Axes, loss: Callable[[Tensor], Tensor], path: Sequence[float], *, title: str = ""
) -> Axes:
    """Draw the loss of one weight as a curve, and on it the steps of a training.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    loss : callable
        The loss of each weight in a tensor.
    path : sequence of float
        The weight before the first step, and after each.
    title : str
        What is drawn.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`.
    """
    points = torch.tensor(path)
    low, high = points.min().item(), points.max().item()
    margin = 0.5 * (high - low) or 1.0
    x = torch.linspace(low - margin, high + margin, 201)
    ax.plot(x.numpy(), loss(x).numpy(), color=NEUTRAL)
    ax.plot(path, loss(points).numpy(), "o-", color=RIGHT)
    ax.annotate("start", (path[0], loss(points[0]).item()), (8, 0), textcoords="offset points")
    ax.set(xlabel="weight", ylabel="loss", title=title)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def curves(
    ax: Axes,
    series: Mapping[str, Sequence[float]],
    *,
    xlabel: str = "epoch",
    ylabel: str = "loss",
    source: str = "",
) -> Axes:
    """Draw one line for each series, such as the loss of several trainings after each epoch.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    series : dict of str to sequence of float
        Up to four lines by name; each differs from the others in colour and in dashes.
    xlabel, ylabel : str
        What is counted, from 1, and what is drawn.
    source : str
        What the images were, for the mark on the sketches.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with the names in a legend.

    Raises
    ------
    ValueError
        There is no series, or more than four.
    """
    styles = [(RIGHT, "-", "o"), (WRONG, "--", "s"), ("black", ":", "^"), (NEUTRAL, "-.", "D")]
    if not 1 <= len(series) <= len(styles):
        raise ValueError(f"series must hold 1 to {len(styles)} lines, got {len(series)}")
    for (name, values), (colour, dashes, marker) in zip(series.items(), styles, strict=False):
        x = range(1, len(values) + 1)
        shown = marker if len(values) <= 30 else ""
        ax.plot(x, values, color=colour, linestyle=dashes, marker=shown, label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend()
    return stamp(ax, source)


def confusion_matrix(ax: Axes, evaluation: Evaluation) -> Axes:
    """Draw how many images of each class were given each label, with the numbers.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    evaluation : fmnist_lib.training.Evaluation
        What a model says about many images.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`: true labels are rows, predictions columns; the diagonal is what was right.
    """
    counts = evaluation.confusion
    shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    ax.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=1)
    for row, column in [(i, j) for i in range(len(counts)) for j in range(len(counts))]:
        colour = "white" if shares[row, column] > 0.5 else "black"
        weight = "bold" if row == column else "normal"
        text = str(int(counts[row, column]))
        ax.text(column, row, text, ha="center", va="center", color=colour, weight=weight, size=9)
    ax.set_xticks(range(len(CLASS_NAMES)), CLASS_NAMES, rotation=45, ha="right")
    ax.set_yticks(range(len(CLASS_NAMES)), CLASS_NAMES)
    ax.set(xlabel="what the model says", ylabel="what it is")
    return stamp(ax, evaluation.source)


def class_accuracy(ax: Axes, evaluation: Evaluation) -> Axes:
    """Draw the accuracy of each class, a bar with its percentage, beside that of all images.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    evaluation : fmnist_lib.training.Evaluation
        What a model says about many images.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with bars in the order of the labels and a line at the accuracy of all images.
    """
    accuracy = evaluation.class_accuracy.nan_to_num(0)
    bars = ax.barh(CLASS_NAMES, accuracy.tolist(), color=RIGHT)
    ax.bar_label(bars, [f"{share:.1%}" for share in accuracy.tolist()], padding=4)
    ax.axvline(evaluation.accuracy, color=WRONG, linestyle="--", zorder=0)
    ax.set_title(f"dashed: all images, {evaluation.accuracy:.1%}", loc="left", size="medium")
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.15), xticks=[])
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    return stamp(ax, evaluation.source)


def answer(ax: Axes, dataset: FashionDataset, evaluation: Evaluation, index: int) -> Axes:
    """Draw one image, and above it what the model calls it, how surely, and what it is.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    dataset : fmnist_lib.data.FashionDataset
        The images.
    evaluation : fmnist_lib.training.Evaluation
        What the model says about them, in the dataset's order.
    index : int
        Which image.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with a mark, ✓ or ✗, in its title.
    """
    said, true = (int(labels[index]) for labels in (evaluation.predictions, evaluation.labels))
    share = evaluation.probabilities[index, said]
    ax.imshow(dataset.data[index].numpy(), cmap="gray", vmin=0, vmax=255)
    ax.set(xticks=[], yticks=[])
    title, colour = f"✓ {CLASS_NAMES[said]} {share:.0%}\n", RIGHT
    if said != true:
        title, colour = f"✗ {CLASS_NAMES[said]} {share:.0%}\nis: {CLASS_NAMES[true]}", WRONG
    ax.set_title(title, color=colour, size="medium")
    return stamp(ax, dataset.source)


def reliability(ax: Axes, evaluation: Evaluation, bins: int = 10) -> Axes:
    """Draw how often the model is right, for each level of how sure it says it is.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    evaluation : fmnist_lib.training.Evaluation
        What a model says about many images.
    bins : int
        Number of levels, as in `Evaluation.reliability`.

    Returns
    -------
    matplotlib.axes.Axes
        `ax`, with a point for each level that has images, and the diagonal of an honest model.
    """
    confidence, accuracy, images = evaluation.reliability(bins)
    seen = images > 0
    ax.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="--", label="as sure as it is right")
    ax.plot(confidence[seen], accuracy[seen], "o-", color=RIGHT, label="this model")
    for x, y, n in zip(confidence[seen], accuracy[seen], images[seen].tolist(), strict=True):
        ax.annotate(f"{n:,}", (float(x), float(y)), (6, -12), textcoords="offset points", size=8)
    ax.set(xlim=(0, 1.08), ylim=(0, 1.05), aspect="equal")
    ax.set(xlabel="how sure the model says it is", ylabel="share of its answers that are right")
    ax.legend(loc="upper left", frameon=False)
    return stamp(ax, evaluation.source)


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


def _mosaic(pictures: Tensor, columns: int) -> Tensor:
    """Return pictures (N, 28, 28) side by side in rows, with NaN, which stays white, between."""
    rows = -(-len(pictures) // columns)
    size = 28 + GAP
    tiles = torch.full((rows * columns, size, size), torch.nan)
    tiles[: len(pictures), :28, :28] = pictures
    tiles = tiles.reshape(rows, columns, size, size).transpose(1, 2)
    return tiles.reshape(rows * size, columns * size)[:-GAP, :-GAP]
