"""The index slider of lesson 6: any image, its true label and the model's answer, at once."""

import math
import random
from collections.abc import Callable
from html import escape
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib import prediction
from fmnist_lib._batches import indices_of, one_image, part_of
from fmnist_lib._common import check_index, progress_bar
from fmnist_lib._marks import mark_of
from fmnist_lib.evaluation import Evaluation, evaluate
from fmnist_lib.widgets import card
from fmnist_lib.widgets.panel import Panel

FILTERS = ("all images", "only mistakes", "only right answers")
ANY, ORDER = "any", ("by index", "most certain first", "least certain first")
NAME = "data_loader"
ROUNDING = 0.02  # bfloat16: one image's probabilities move by 0.01 between batches of 1 and 1,000


def explore(
    model: nn.Module, data_loader: DataLoader[Any], *, progress: bool | None = None
) -> "Explorer":
    """Return a panel that shows any image and the model's answer, for the last line of a cell.

    It shows the images that a pass of the loader gives, each once, in the dataset's order: with a
    sampler of a part of the set, that part. An index is a position in the dataset, as in
    `predict_label`.

    Parameters
    ----------
    model, data_loader
        As in `predict_label`; a map-style loader.
    progress : bool, optional
        Whether to show a bar while it opens. None shows it in terminals and notebooks.

    Returns
    -------
    Explorer
        The panel; ``explorer.index = 7`` moves it from code, ``explorer.close()`` removes it and
        frees what it holds. One that was never on show is freed with its last variable.

    Raises
    ------
    ImportError, IndexError, TypeError, ValueError, FloatingPointError
        ipywidgets is missing, or an argument has the wrong type or value; the message says so.
    """
    return Explorer(model, data_loader, progress)


class Explorer(Panel):
    """The panel of `explore`.

    The model's answers at the start decide the slider's images and their order.
    The image on show is computed anew, by the functions behind `predict_label`.

    Attributes
    ----------
    show, label, order, slider, field, previous, next, random : ipywidgets.Widget
        The controls. The slider holds a place among the chosen images, the field an index.
    place, verdict : str
        ``"Image 3 of 1,553 mistakes"`` and ``"✗ wrong: the model says Coat"`` or ``"✓ right"``.
    picture, truth, top : bytes, str, list of str
        The PNG file and the line of `visualize_image`; the three lines of `predict_label`.
    """

    def __init__(self, model: nn.Module, loader: DataLoader[Any], progress: bool | None) -> None:
        try:
            from ipywidgets import HTML, BoundedIntText, Button, Dropdown, HBox, IntSlider, VBox
        except ImportError as error:
            raise ImportError(
                "explore needs ipywidgets: `pip install ipywidgets` or `conda install ipywidgets`"
            ) from error
        indices, size = indices_of(loader, NAME), loader.batch_size or 64
        batches = math.ceil(len(indices) / size)
        with progress_bar(batches, desc="Model", unit="batch", show=progress) as bar:
            result, _ = evaluate_images(model, loader, indices, on_batch=bar.update)
        self._model, self._loader, self._evaluation = model, loader, result
        self._probabilities = result.probabilities
        self._indices = torch.tensor(indices, device="cpu")  # of the evaluation's images
        self._rng = random.Random()  # the seeds of the notebook stay as they are
        self._index, self._last, self._note = indices[0], indices[-1], ""

        keys = "Drag it, or click it and press Page Up or Page Down"
        names, numbers = [ANY, *result.classes], f"A number, 0 to {self._last}"
        self.show = Dropdown(description="Show", tooltip="Which images", options=FILTERS)
        self.label = Dropdown(description="True label", tooltip="Which label", options=names)
        self.order = Dropdown(description="Order", tooltip="Which image comes first", options=ORDER)
        self.slider = IntSlider(description="Image", tooltip=keys, readout=False)
        self.field = BoundedIntText(description="Index", tooltip=numbers, max=self._last)
        self.previous = Button(description="← Previous", tooltip="One image back")
        self.next = Button(description="Next →", tooltip="One image on")
        self.random = Button(description="Random", tooltip="Any other image")
        buttons = (self.previous, self.next, self.random)
        rows = map(HBox, ((self.show, self.label, self.order), (self.slider, self.field), buttons))
        style, self._card = HTML(card.STYLE, layout={"display": "none"}), HTML()
        me = self._show_in(VBox([style, *rows, self._card]).add_class("fmnist-explorer"))
        self._choose()
        for choice in (self.show, self.label, self.order):
            choice.observe(lambda change: me._choose(), "value")
        self.slider.observe(lambda change: me._update(), "value")
        self.field.observe(lambda change: me._go_to(change["new"]), "value")
        self.previous.on_click(lambda _: me._move_to(me.slider.value - 1))
        self.next.on_click(lambda _: me._move_to(me.slider.value + 1))
        self.random.on_click(lambda _: me._jump())

    @property
    def count(self) -> int:
        """How many images the slider passes."""
        return len(self._chosen)

    @property
    def index(self) -> int | None:
        """The index of the image on show, or None; set it to go there, or to the nearest."""
        return self._index if self.count else None

    @index.setter
    def index(self, index: int) -> None:
        self._go_to(check_index(index, self._last + 1))

    def __repr__(self) -> str:
        return f"Explorer({len(self._indices):,} images, index {self.index})"

    def _choose(self) -> None:
        """Find the chosen images; by index, stay at the one on show or at the nearest to it."""
        labels, correct = self._evaluation.labels, self._evaluation.correct
        keep = (correct | True, ~correct, correct)[self.show.index]
        if self.label.index:
            keep = keep & (labels == self.label.index - 1)
        self._chosen = keep.nonzero().flatten()  # the place in the evaluation, for each of ours
        place = self._place_of(self._index)
        if self.order.value != "by index":
            place = 0
            confidence = self._probabilities.amax(dim=1)[self._chosen]
            most = self.order.value == "most certain first"
            self._chosen = self._chosen[confidence.argsort(descending=most, stable=True)]
        # in this order, and in messages of their own: a slider in the browser that gets a value
        # beyond its end takes the end instead, and sends that back
        limit = max(1, self.count - 1)  # a slider from 0 to 0 cannot be drawn
        self.slider.max = max(self.slider.max, limit)
        self._move_to(place)
        self.slider.max = limit
        self.slider.disabled = self.count < 2

    def _place_of(self, index: int) -> int:
        """Return the place of an index, or of the next chosen one in the direction of the move."""
        indices = self._indices[self._chosen]
        behind = indices < index if index >= self._index else indices > index
        distance = (indices - index).abs() + behind * (self._last + 1)
        return int(distance.argmin()) if self.count else 0

    def _go_to(self, index: int) -> None:
        if index == self._index:
            return
        place = self._place_of(index)
        if self.count and self._indices[self._chosen[place]] != index:
            self._note = f"Index {index} is not one of them; this is the nearest."
        self._move_to(place)

    def _move_to(self, place: int) -> None:
        if place == self.slider.value:
            self._update()
        self.slider.value = place  # which stops at both ends; a change calls _update

    def _jump(self) -> None:
        if self.count > 1:
            by = self._rng.randrange(1, self.count)
            self.slider.value = (self.slider.value + by) % self.count

    def _update(self) -> None:
        """Show the image at the slider's place. An error is shown there, and raised."""
        place = min(self.slider.value, max(0, self.count - 1))
        if place != self.slider.value:
            self.slider.value = place  # which comes back here
            return
        note, self._note = self._note, ""
        self.picture, self.truth, self.verdict = b"", "", ""
        self.top: list[str] = []
        noun = self.show.value.partition(" ")[2]  # "images", "mistakes", "right answers"
        noun = noun.removesuffix("s") if self.count == 1 else noun
        if self.label.index:
            noun += f" with the label {self.label.value}"
        if not self.count:
            self.place = f"No image: there are no {noun}"
            self._card.value = card.card(self.place, note)
            return
        self.place = f"Image {place + 1:,} of {self.count:,} {noun}"
        chosen = int(self._chosen[place])
        self._index = self.field.value = int(self._indices[chosen])
        try:
            self._card.value = self._render(chosen, note)
        except Exception as error:
            message = f"Index {self._index} cannot be shown. {type(error).__name__}: {error}"
            alert = f'<div role="alert">{escape(message)}</div>'
            self._card.value = card.card(self.place, note, right=alert)
            raise

    def _render(self, chosen: int, note: str) -> str:
        """Return the card of an image of the evaluation, having asked the model about it again."""
        index, names = self._index, self._evaluation.classes
        image, label = one_image(self._loader, index, NAME)
        logits = prediction.compute_logits(self._model, image)[0]
        top, probabilities = prediction.top_k(logits, names=names), logits.softmax(dim=0)
        if (probabilities - self._probabilities[chosen]).abs().max() > ROUNDING:
            note = "The model or the image has changed: run this cell again."
        true, said = names[label], top[0][0]
        original = prediction.original_of(self._loader.dataset, index)
        self.picture = prediction.png(prediction.pixels_of(image, original))
        self.truth = prediction.format_truth(true)
        self.top = prediction.format_top(top)
        self.verdict = "✓ right" if said == true else f"✗ wrong: the model says {said}"
        mark = mark_of(self._evaluation.source)
        alt = f"Index {index}: true label {true}, the model says {self.top[0]}{mark and '; '}{mark}"
        left = card.picture(self.picture, alt, f"Index {index}", mark)
        right = card.answers(self.verdict, self.truth, "\n".join(self.top))
        right += card.bars(dict(zip(names, probabilities.tolist(), strict=True)), true, said)
        return card.card(self.place, note, left, right)


def evaluate_images(
    model: nn.Module,
    loader: DataLoader[Any],
    indices: list[int],
    *,
    on_batch: Callable[[], Any] = lambda: None,
    name: str = NAME,
) -> tuple[Evaluation, DataLoader[Any]]:
    """Return a model's answers to these images of a loader, in this order, and a loader of them."""
    size = loader.batch_size or 64
    part = part_of(loader, [indices[i : i + size] for i in range(0, len(indices), size)])
    result = evaluate(model, part, nn.CrossEntropyLoss(), on_batch=on_batch, name=name)
    if len(result.labels) != len(indices):
        raise ValueError(
            f"{name} must give one image for each index, got {len(result.labels):,} for "
            f"{len(indices):,}; leave images out with a Subset instead of a collate_fn"
        )
    return result, part
