"""One training, forwards and back: a slider over the snapshots of a recording."""

import base64
import dataclasses
import io
import math
from html import escape
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fmnist_lib import prediction
from fmnist_lib._batches import batches_for, check_model, indexed, indices_of, one_image, part_of
from fmnist_lib._common import check_index, check_positive, progress_bar, warn
from fmnist_lib._marks import RIGHT, WRONG, classes_of, mark_of, source_of
from fmnist_lib.evaluation import Evaluation, evaluate
from fmnist_lib.recording import Recording, check_recording
from fmnist_lib.widgets import card
from fmnist_lib.widgets.panel import Panel

NAME = "data_loader"
IMAGES = 2_000  # 15 snapshots of `build_model()` answer to so many in half a second
UNITS, COLUMNS, GAP = 40, 8, 2  # pictures of weights, in a row, points between them
BELOW, ABOVE = (33, 102, 172), (178, 24, 43)  # the ends of matplotlib's RdBu_r, as in the lessons
WIDTH, HEIGHT, LEFT, FOOT = 360, 230, 34, 34  # of the loss curve


def replay(
    recording: Recording,
    model: nn.Module,
    data_loader: DataLoader[Any],
    *,
    index: int = 0,
    images: int = IMAGES,
    progress: bool | None = None,
) -> "Replay":
    """Return a panel that goes through one training, for the last line of a cell.

    A slider moves over the snapshots. For each it shows the loss so far, one image and the ten
    probabilities, the weights of the first layer (if that is a Linear layer of 784 inputs), and
    the confusion table of many images.

    Parameters
    ----------
    recording : fmnist_lib.recording.Recording
        What ``train_model(..., recording=recording)`` has filled.
    model : torch.nn.Module
        The model that was trained, or one with the same layers. Snapshots are put into a copy.
    data_loader : torch.utils.data.DataLoader
        As in `explore`; best with images that the model has not learned from.
    index : int
        The position in the dataset of the image on show at first.
    images : int
        To how many images each snapshot answers when the panel opens: the first so many of those
        that a pass of the loader gives, in the dataset's order.
    progress : bool, optional
        Whether to show a bar while it opens. None shows it in terminals and notebooks.

    Returns
    -------
    Replay
        The panel; ``panel.step = 64`` moves it from code, ``panel.history`` has all answers, and
        ``panel.close()`` removes it and frees what it holds. One that was never on show is freed
        with its last variable.

    Raises
    ------
    ImportError, IndexError, TypeError, ValueError, FloatingPointError
        ipywidgets is missing, or an argument has the wrong type or value; the message says so.
    """
    return Replay(recording, model, data_loader, index, images, progress)


def look_back(
    recording: Recording,
    model: nn.Module,
    data_loader: DataLoader[Any],
    *,
    images: int = IMAGES,
    progress: bool | None = None,
) -> "History":
    """Return what each snapshot says about the images; the parameters are those of `replay`.

    A snapshot that gives NaN ends the history before it, with a warning.
    """
    check_recording(recording)
    if not recording.snapshots:
        raise ValueError("recording is empty: train_model(..., recording=recording) fills it")
    check_model(model)
    indices = indices_of(data_loader, NAME)[: check_positive("images", images)]
    size = data_loader.batch_size or 64
    batches = [indices[i : i + size] for i in range(0, len(indices), size)]
    with batches_for(
        model, part_of(data_loader, batches), training=False, name=NAME
    ) as checked:  # fetched once for all snapshots
        fetched = list(checked)
    if (count := sum(len(labels) for _, labels in fetched)) != len(indices):
        raise ValueError(
            f"{NAME} must give one image for each index, got {count:,} for {len(indices):,}; "
            "leave images out with a Subset instead of a collate_fn"
        )
    dataset = data_loader.dataset
    source, classes = source_of(dataset), classes_of(dataset)
    evaluations: dict[int, Evaluation] = {}
    with progress_bar(
        len(recording.snapshots), desc="Snapshots", unit="snapshot", show=progress
    ) as bar:
        for step in recording.snapshots:
            fresh = [(x.clone(), labels) for x, labels in fetched]  # a model may work in place
            twin = recording.model_after(step, model)
            try:
                result = evaluate(twin, fresh, nn.CrossEntropyLoss(), name=NAME)
            except FloatingPointError:
                if not evaluations:
                    raise
                warn(f"After step {step} the model gives NaN: the history ends before.")
                break
            evaluations[step] = dataclasses.replace(result, source=source, classes=classes)
            bar.update()
    return History(indices, evaluations)


@dataclasses.dataclass(frozen=True, eq=False)
class History:
    """What a model said about the same N images after each of S snapshots, the first one first."""

    indices: list[int]
    """The images' positions in the dataset, N of them."""
    evaluations: dict[int, Evaluation]
    """Step -> the answers of the model after so many steps."""

    @property
    def steps(self) -> list[int]:
        """After how many steps each snapshot was taken, S of them."""
        return list(self.evaluations)

    @property
    def accuracy(self) -> Tensor:
        """Fraction of all images classified correctly, float64, (S,)."""
        shares = [result.accuracy for result in self.evaluations.values()]
        return torch.tensor(shares, dtype=torch.float64, device="cpu")

    @property
    def correct(self) -> Tensor:
        """Whether each snapshot classified each image correctly, bool, (S, N)."""
        return torch.stack([result.correct for result in self.evaluations.values()])

    @property
    def class_accuracy(self) -> Tensor:
        """Accuracy for each true label, float64, (S, 10); NaN where a class has no images."""
        return torch.stack([result.class_accuracy for result in self.evaluations.values()])


class Replay(Panel):
    """The panel of `replay`.

    Attributes
    ----------
    slider, field, previous, next : ipywidgets.Widget
        The controls. The slider holds the place of a snapshot, the field an index.
    history : History
        What each snapshot says about the images.
    place, verdict : str
        ``"After step 512 of 4,690, in epoch 0"`` and ``"✗ wrong: the model says Coat"``.
    picture, weights : bytes
        The PNG files on show; `weights` is b"" where the first layer cannot be drawn.
    top : list of str
        The lines that `predict_label` prints for this image and the model at this step.
    """

    def __init__(
        self,
        recording: Recording,
        model: nn.Module,
        loader: DataLoader[Any],
        index: int,
        images: int,
        progress: bool | None,
    ) -> None:
        try:
            from ipywidgets import HTML, BoundedIntText, Button, HBox, IntSlider, VBox
        except ImportError as error:
            raise ImportError(
                "replay needs ipywidgets: `pip install ipywidgets` or `conda install ipywidgets`"
            ) from error
        check_recording(recording)
        indexed(loader, NAME)
        number, last = check_index(index, len(loader.dataset)), len(loader.dataset) - 1  # type: ignore[arg-type]
        self.history = look_back(recording, model, loader, images=images, progress=progress)
        self._model, self._loader, self._recording = model, loader, recording
        self._steps = self.history.steps
        self._curve = _curve(recording.losses)
        self._name = _first_layer(model)
        weights = [recording.snapshots[step].get(self._name) for step in self._steps]
        self._weights = [part for part in weights if part is not None]
        self._limit = max((part.abs().max().item() for part in self._weights), default=0.0)

        keys = "Drag it, or click it and press Page Up or Page Down"
        end = len(self._steps) - 1
        self.slider = IntSlider(
            description="Snapshot", tooltip=keys, readout=False, value=end, max=max(1, end)
        )
        self.slider.disabled = end < 1
        self.field = BoundedIntText(
            description="Index", tooltip=f"A number, 0 to {last}", value=number, max=last
        )
        self.previous = Button(description="← Previous", tooltip="One snapshot back")
        self.next = Button(description="Next →", tooltip="One snapshot on")
        rows = [HBox([self.slider, self.field]), HBox([self.previous, self.next])]
        style, self._card = HTML(card.STYLE, layout={"display": "none"}), HTML()
        me = self._show_in(VBox([style, *rows, self._card]).add_class("fmnist-explorer"))
        self._ask()
        self.slider.observe(lambda change: me._update(), "value")
        self.field.observe(lambda change: me._ask(), "value")
        self.previous.on_click(lambda _: me._move_by(-1))
        self.next.on_click(lambda _: me._move_by(1))

    @property
    def step(self) -> int:
        """After how many steps the snapshot on show was taken; set it to go there."""
        place: int = min(self.slider.value, len(self._steps) - 1)
        return self._steps[place]

    @step.setter
    def step(self, step: int) -> None:
        if step not in self._steps:
            known = ", ".join(map(str, self._steps))
            raise ValueError(f"step must be one with a snapshot ({known}), got {step!r}")
        self.slider.value = self._steps.index(step)

    @property
    def index(self) -> int:
        """The index of the image on show; set it to go there."""
        return int(self.field.value)

    @index.setter
    def index(self, index: int) -> None:
        self.field.value = check_index(index, self.field.max + 1)

    def __repr__(self) -> str:
        return f"Replay({len(self._steps)} snapshots, index {self.index})"

    def _move_by(self, places: int) -> None:
        self.slider.value = min(max(0, self.slider.value + places), len(self._steps) - 1)

    def _ask(self) -> None:
        """Fetch the image of the field, and let each snapshot answer to it."""
        self._answers: list[Tensor] = []
        try:
            image, self._label = one_image(self._loader, self.index, NAME)
            original = prediction.original_of(self._loader.dataset, self.index)
            self.picture = prediction.png(prediction.pixels_of(image, original))
            twins = (self._recording.model_after(step, self._model) for step in self._steps)
            self._answers = [prediction.compute_logits(twin, image)[0] for twin in twins]
        except Exception as error:
            message = f"Index {self.index} cannot be shown. {type(error).__name__}: {error}"
            self._card.value = f'<div role="alert">{escape(message)}</div>'
            raise
        self._update()

    def _update(self) -> None:
        """Show the snapshot at the slider's place; ask again where that has failed."""
        if not self._answers:
            self._ask()
            return
        now, step, total = self._steps.index(self.step), self.step, len(self._recording.steps)
        self.place = f"Before the first of {total:,} steps"
        if step:
            epoch = self._recording.steps[step - 1].epoch
            self.place = f"After step {step:,} of {total:,}, in epoch {epoch}"
        result = self.history.evaluations[step]
        mark, names = mark_of(result.source), result.classes
        note = f"{result.accuracy:.2%} of {len(result.labels):,} images right{mark and '; '}{mark}"
        self.weights = b""
        parts = [self._loss(step), self._image(self._answers[now], names, mark)]
        if self._weights:
            self.weights = _weights_png(self._weights[now], self._limit)
            parts.append(_weights_figure(self.weights, self._weights[now], self.place, mark))
        parts.append(_confusion(result.confusion.tolist(), names))
        self._card.value = (
            f'<div class="fmnist-card fmnist-timeline" role="group" '
            f'aria-label="{escape(self.place)}"><p class="place"><b>{escape(self.place)}</b> '
            f'<span class="quiet">{escape(note)}</span></p><div>{"".join(parts)}</div></div>'
        )

    def _image(self, logits: Tensor, names: Any, mark: str) -> str:
        """Return the image, and the ten probabilities that the model gives it at this step."""
        true, top = names[self._label], prediction.top_k(logits, names=names)
        said = top[0][0]
        self.top = prediction.format_top(top)
        self.verdict = "✓ right" if said == true else f"✗ wrong: the model says {said}"
        alt = f"Index {self.index}: true label {true}, the model says {self.top[0]}"
        alt += f"; {mark}" if mark else ""
        source = base64.b64encode(self.picture).decode()
        bars = dict(zip(names, logits.softmax(dim=0).tolist(), strict=True))
        return (
            f'<div><div class="asked"><img class="picture" alt="{escape(alt)}" decoding="sync" '
            f'src="data:image/png;base64,{source}"><div><p>Index {self.index}</p>'
            f"<p>{escape(prediction.format_truth(true))}</p>"
            f'<p class="verdict" role="status">{escape(self.verdict)}</p></div></div>'
            f"{card.bars(bars, true, said)}</div>"
        )

    def _loss(self, step: int) -> str:
        """Return the loss up to a step as a figure, on a logarithmic axis like the slider's."""
        total, top = len(self._recording.steps), max(1e-9, *(loss for _, loss in self._curve))
        floor = HEIGHT - FOOT

        def x(steps: float) -> float:
            return LEFT + (WIDTH - LEFT - 8) * math.log(max(steps, 1)) / math.log(max(total, 2))

        def y(loss: float) -> float:
            return 10 + (floor - 10) * (1 - loss / top)

        past = [(at, loss) for at, loss in self._curve if at <= step]
        points = " ".join(f"{x(at):.1f},{y(loss):.1f}" for at, loss in past)
        marks = ""
        for at in (10**power for power in range(9) if 10**power <= total):
            marks += f'<text x="{x(at):.1f}" y="{floor + 15}" text-anchor="middle">{at:,}</text>'
        unit = 10 ** math.floor(math.log10(top))
        unit /= 1 if top >= 4 * unit else 2 if top >= 2 * unit else 5
        for level in (unit * i for i in range(int(top / unit) + 1)):
            marks += (
                f'<path class="grid" d="M{LEFT} {y(level):.1f}H{WIDTH - 8}"/>'
                f'<text x="{LEFT - 5}" y="{y(level) + 4:.1f}" text-anchor="end">{level:g}</text>'
            )
        said = "Loss of the batches: none yet"
        if past:
            said = f"Loss of the batches: {past[0][1]:.2f} at first, {past[-1][1]:.2f} now"
            marks += f'<circle cx="{x(past[-1][0]):.1f}" cy="{y(past[-1][1]):.1f}" r="4"/>'
        return (
            f'<div><svg role="img" aria-label="{said}" viewBox="0 0 {WIDTH} {HEIGHT}">{marks}'
            f'<path class="now" d="M{x(step):.1f} 10V{floor}"/>'
            f'<polyline points="{points}"/><text x="{WIDTH / 2}" y="{HEIGHT - 4}" '
            f'text-anchor="middle">steps</text></svg><p class="quiet">{said}</p></div>'
        )


def _curve(losses: list[float]) -> list[tuple[int, float]]:
    """Return (step, mean loss since the point before), about equally far apart on a log axis."""
    total, curve, last = len(losses), [], 0
    for edge in sorted({round(2 ** (i / 8)) for i in range(8 * total.bit_length())} | {total}):
        if edge <= total:
            curve.append((edge, sum(losses[last:edge]) / (edge - last)))
            last = edge
    return curve


def _first_layer(model: nn.Module) -> str:
    """Return the name of the first layer's weights, if each unit has one for each of 784 pixels."""
    for name, layer in model.named_modules():
        if list(layer.parameters(recurse=False)):
            fits = isinstance(layer, nn.Linear) and layer.in_features == 784
            return f"{name}.weight".removeprefix(".") if fits else ""
    return ""


def _weights_png(weights: Tensor, limit: float) -> bytes:
    """Return the pictures of up to 40 units side by side: blue below 0, white, red above."""
    from PIL import Image

    pictures = weights[:UNITS].float().reshape(-1, 28, 28).numpy()
    missing, size = -len(pictures) % COLUMNS, 28 + GAP
    share = np.pad(pictures / (limit or 1), ((0, missing), (0, GAP), (0, GAP)))
    share = share.reshape(-1, COLUMNS, size, size).swapaxes(1, 2).reshape(-1, COLUMNS * size, 1)
    ends = np.where(share < 0, np.array(BELOW), np.array(ABOVE))
    colours = 255 + (ends - 255) * np.minimum(np.abs(share), 1)
    file = io.BytesIO()
    mosaic = Image.fromarray(colours[:-GAP, :-GAP].round().astype(np.uint8))
    mosaic.save(file, format="PNG", compress_level=1)
    return file.getvalue()


def _weights_figure(png: bytes, weights: Tensor, place: str, mark: str) -> str:
    """Return the pictures with their caption."""
    count, shown = len(weights), min(len(weights), UNITS)
    units = f"{count} units" if shown == count else f"the first {shown} of {count:,} units"
    alt = f"{place}: the 784 weights of {units} as pictures{mark and '; '}{mark}"
    source = base64.b64encode(png).decode()
    return (
        f'<div><img class="weights" alt="{escape(alt)}" decoding="sync" '
        f'src="data:image/png;base64,{source}"><p class="quiet">'
        f"Weights of the first layer, {units}: blue below 0, red above.</p></div>"
    )


def _confusion(counts: list[list[int]], names: Any) -> str:
    """Return the confusion table: counts, and the share of the row as a shade."""
    heads = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in names)
    rows = ""
    for true, (name, row) in enumerate(zip(names, counts, strict=True)):
        rows += f'<tr><th scope="row">{escape(name)}</th>'
        for said, count in enumerate(row):
            colour = RIGHT if said == true else WRONG
            shade = round(150 * count / max(sum(row), 1))
            rows += f'<td style="background:{colour}{shade:02x}">{count}</td>'
        rows += "</tr>"
    return (
        '<div><table class="confusion" aria-label="Confusion table"><thead><tr><td></td>'
        f"{heads}</tr></thead><tbody>{rows}</tbody></table>"
        '<p class="quiet">Rows: true label. Columns: what the model says.</p></div>'
    )
