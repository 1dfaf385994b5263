"""The index slider of lesson 5: any image, its true label and what the model says, at once."""

import base64
import io
import random
from html import escape
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fmnist_lib._common import check_index, progress_bar
from fmnist_lib.data import CLASS_NAMES
from fmnist_lib.prediction import (
    enlarged,
    format_top,
    format_truth,
    grey_image,
    select_image,
    top_k,
    true_label,
)
from fmnist_lib.training import compute_logits, evaluate

SHOW = {"all images": "image", "only mistakes": "mistake", "only right answers": "right answer"}
ANY = "any"
ORDER = ("by index", "most certain first", "least certain first")

STYLE = """<style>
.fmnist-card { color: var(--jp-ui-font-color1, inherit); height: 352px; overflow: hidden;
  font-size: 13px; line-height: 18px; container-type: inline-size; }
.fmnist-card p, .fmnist-card pre { margin: 0; overflow: hidden; text-overflow: ellipsis;
  white-space: pre; }
.fmnist-card pre { background: none; color: inherit; margin-bottom: 6px; font-size: 13px;
  font-family: var(--jp-code-font-family, monospace); line-height: 18px; }
.fmnist-card .place { font-size: 14px; line-height: 20px; margin: 6px 0 8px; }
.fmnist-card .quiet { color: var(--jp-ui-font-color2, inherit); font-size: 12px; }
.fmnist-card .verdict { font-size: 18px; font-weight: 600; line-height: 26px; }
.fmnist-card .sides { display: flex; gap: 24px; }
.fmnist-card .picture { width: 280px; height: 280px; background: black; margin-bottom: 6px;
  border: 1px solid var(--jp-border-color2, gray); image-rendering: pixelated; display: block; }
.fmnist-card .says { flex: 1; min-width: 0; }
.fmnist-card table { border-collapse: collapse; width: 100%; font-size: 12px; line-height: 17px; }
.fmnist-card th, .fmnist-card td { padding: 0; font-weight: inherit; text-align: left;
  white-space: nowrap; }
.fmnist-card .named { font-weight: 600; }
.fmnist-card .bar { width: 100%; padding: 0 8px; }
.fmnist-card .bar div { background: var(--jp-layout-color2, #8882); height: 11px; }
.fmnist-card .share { text-align: right; font-variant-numeric: tabular-nums; }
.fmnist-card .mark { min-width: 116px; padding-left: 10px; }
@container (max-width: 600px) {
  .fmnist-card .picture { width: 168px; height: 168px; }
  .fmnist-card .sides { gap: 16px; }
  .fmnist-card .verdict { font-size: 14px; }
}
</style>"""


def explore(
    model: nn.Module, data_loader: "DataLoader[Any]", *, progress: bool | None = None
) -> "Explorer":
    """Return a panel with a slider that shows any image and what the model says about it.

    Make it the last line of a notebook cell. It needs the package ipywidgets.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (N, 10) logits. It is used in eval mode and left in the mode in which it came.
    data_loader : torch.utils.data.DataLoader
        A map-style loader. An index counts in the dataset's order, whatever the loader shuffles,
        as in `predict_label` and `visualize_image`.
    progress : bool, optional
        Whether to show a bar while the model sees all images once; None shows it in a terminal
        or notebook.

    Returns
    -------
    Explorer
        The panel; ``explorer.index = 7`` moves it from code.

    Raises
    ------
    ImportError
        ipywidgets is not installed; the message says how to get it.
    IndexError, TypeError, ValueError, FloatingPointError
        An argument is not what it must be; the message names it.
    """
    return Explorer(model, data_loader, progress)


class Explorer:
    """What `explore` returns. Read from it what it shows; move it by `index` or by a control.

    Which images the slider passes, and in which order, follows the answers that the model gave
    when the explorer was opened. What it says about the image on show is computed when it is
    shown, by what `predict_label` and `visualize_image` call.

    Attributes
    ----------
    slider, field : ipywidgets.IntSlider, ipywidgets.BoundedIntText
        The place among the chosen images, from 0, and the index in the dataset. With all images
        in the order of their index, these are the same.
    show, label, order : ipywidgets.Dropdown
        Choose the images: all, mistakes or right answers; of which true label; in which order.
    previous, next, random : ipywidgets.Button
        One place back, one place on, any other place.
    place : str
        Where the slider is: ``"Image 3 of 1,553 mistakes"``.
    picture : bytes
        The PNG file that `visualize_image` saves.
    truth : str
        The line that `visualize_image` prints.
    top : list of str
        The three lines that `predict_label` prints.
    verdict : str
        ``"✓ right"``, or ``"✗ wrong: the model says Coat"``.
    """

    def __init__(
        self, model: nn.Module, data_loader: "DataLoader[Any]", progress: bool | None = None
    ) -> None:
        try:
            import ipywidgets
        except ImportError as error:
            raise ImportError(
                "explore needs the package ipywidgets: run `pip install ipywidgets` (or `conda "
                "install -c conda-forge ipywidgets`), then start the notebook again"
            ) from error
        true_label(data_loader, 0)  # refuses what has no first image and label
        in_order: DataLoader[Any] = DataLoader(
            data_loader.dataset,
            batch_size=1000,
            # without a batch sampler, the loader's own collate_fn makes no batches
            collate_fn=None if data_loader.batch_sampler is None else data_loader.collate_fn,
        )
        with progress_bar(len(in_order), desc="Model", unit="batch", show=progress) as bar:
            self._opened = evaluate(model, in_order, nn.CrossEntropyLoss(), after_batch=bar.update)
        self._probabilities = self._opened.probabilities
        self._model, self._loader = model, data_loader
        self._dice = random.Random()  # the seeds of the notebook stay as they are
        self._index = 0
        self._note = ""
        self.top: list[str] = []
        last = len(self._opened.labels) - 1

        def labelled(kind: Any, name: str, tooltip: str, size: Any = None, **options: Any) -> Any:
            style, layout = {"description_width": "auto"}, size or {"width": "auto"}
            return kind(description=name, tooltip=tooltip, layout=layout, style=style, **options)

        def button(name: str, tooltip: str) -> Any:
            return ipywidgets.Button(description=name, tooltip=tooltip, layout={"width": "108px"})

        def row(*controls: Any) -> Any:
            layout = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "2px 14px"}
            return ipywidgets.HBox(controls, layout=layout)

        choice, slider, field = ipywidgets.Dropdown, ipywidgets.IntSlider, ipywidgets.BoundedIntText
        self.show = labelled(choice, "Show", "Which images", options=list(SHOW))
        self.label = labelled(choice, "True label", "Which label", options=[ANY, *CLASS_NAMES])
        self.order = labelled(choice, "Order", "Which image comes first", options=ORDER)
        hint, size = "Drag it, or use the keys ← and →", {"flex": "1 1 260px", "width": "auto"}
        self.slider = labelled(slider, "Image", hint, size, readout=False)
        hint, size = f"A number from 0 to {last}", {"width": "132px"}
        self.field = labelled(field, "Index", hint, size, max=last)
        self.previous = button("← Previous", "One image back")
        self.next = button("Next →", "One image on")
        self.random = button("Random", "Any other image")
        self._card = ipywidgets.HTML()
        self._panel = ipywidgets.VBox(
            [
                ipywidgets.HTML(STYLE, layout={"display": "none"}),
                row(self.show, self.label, self.order),
                row(self.slider, self.field),
                row(self.previous, self.next, self.random),
                self._card,
            ],
            layout={"max_width": "760px"},
        )
        self._panel.add_class("fmnist-explorer")

        self._choose()
        for control in (self.show, self.label, self.order):
            control.observe(lambda change: self._choose(), "value")
        self.slider.observe(lambda change: self._update(), "value")
        self.field.observe(lambda change: self._go_to(change["new"]), "value")
        self.previous.on_click(lambda _: self._step(-1))
        self.next.on_click(lambda _: self._step(1))
        self.random.on_click(lambda _: self._jump())

    @property
    def count(self) -> int:
        """How many images the slider passes."""
        return len(self._chosen)

    @property
    def index(self) -> int | None:
        """The index, in the dataset's order, of the image on show; None when there is none.

        Setting it goes to that image, or else to the nearest of the chosen ones.
        """
        return self._index if self.count else None

    @index.setter
    def index(self, index: int) -> None:
        self._go_to(check_index(index, len(self._opened.labels)))

    def __repr__(self) -> str:
        return f"Explorer({len(self._opened.labels):,} images, index {self.index})"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = self._panel._repr_mimebundle_(**kwargs)
        return bundle | {"text/plain": repr(self)}

    def _choose(self) -> None:
        """Find the chosen images; by index, stay at the one on show or at the nearest to it."""
        labels, correct = self._opened.labels, self._opened.correct
        keep = torch.ones_like(correct)
        if SHOW[self.show.value] != "image":
            keep = correct == (SHOW[self.show.value] == "right answer")
        if self.label.value != ANY:
            keep = keep & (labels == CLASS_NAMES.index(self.label.value))
        self._chosen = keep.nonzero().flatten()  # the index at each place of the slider
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
        self.slider.value = place
        self.slider.max = limit
        self.slider.disabled = self.count < 2
        self._update()

    def _place_of(self, index: int) -> int:
        """Return the place of an index, or of the next chosen one in the direction of the move."""
        if not self.count:
            return 0
        behind = self._chosen < index if index >= self._index else self._chosen > index
        distance = (self._chosen - index).abs() + behind * len(self._opened.labels)
        return int(distance.argmin())

    def _go_to(self, index: int) -> None:
        if index == self._index:
            return
        place = self._place_of(index)
        if self.count and self._chosen[place] != index:
            self._note = f"Index {index} is not one of them; this is the nearest."
        if place == self.slider.value:
            self._update()
        else:
            self.slider.value = place

    def _step(self, by: int) -> None:
        self.slider.value = min(max(self.slider.value + by, 0), max(0, self.count - 1))

    def _jump(self) -> None:
        if self.count > 1:
            by = self._dice.randrange(1, self.count)
            self.slider.value = (self.slider.value + by) % self.count

    def _update(self) -> None:
        """Show the image at the slider's place. What fails is shown there, and raised."""
        place = min(self.slider.value, max(0, self.count - 1))
        if place != self.slider.value:
            self.slider.value = place  # which comes back here
            return
        note, self._note = self._note, ""
        self.picture, self.truth, self.top, self.verdict = b"", "", [], ""
        noun = SHOW[self.show.value] + ("" if self.count == 1 else "s")
        if self.label.value != ANY:
            noun += f" with the label {self.label.value}"
        if not self.count:
            self.place = f"No image: there are no {noun}"
            self._card.value = _card(self.place)
            return
        self.place = f"Image {place + 1:,} of {self.count:,} {noun}"
        self._index = index = int(self._chosen[place])
        self.field.value = index
        try:
            self._card.value = self._look(index, note)
        except Exception as error:
            message = f"Index {index} cannot be shown. {type(error).__name__}: {error}"
            self._card.value = _card(self.place, right=f'<div role="alert">{escape(message)}</div>')
            raise

    def _look(self, index: int, note: str) -> str:
        """Return the card of one image, having asked the model about it."""
        label = true_label(self._loader, index)
        logits = compute_logits(self._model, select_image(self._loader, index))[0]
        top = top_k(logits)
        file = io.BytesIO()
        enlarged(grey_image(self._loader, index)).save(file, format="PNG")
        self.picture, self.truth, self.top = file.getvalue(), format_truth(label), format_top(top)
        first, true = top[0][0], CLASS_NAMES[label]
        self.verdict = "✓ right" if first == true else f"✗ wrong: the model says {first}"
        if (logits.softmax(dim=0) - self._probabilities[index]).abs().max() > 0.02:
            note = "The model or the image has changed: run this cell again."

        mark = "a sketch, not Fashion-MNIST" if self._opened.source == "sketches" else ""
        alt = f"Index {index}: true label {true}, the model says {self.top[0]}"
        alt += f"; {mark}" if mark else ""
        lines = "\n".join(self.top)
        source = f"data:image/png;base64,{base64.b64encode(self.picture).decode()}"
        left = (
            f'<img class="picture" alt="{alt}" src="{source}" '
            f'decoding="sync"><p>Index {index}<span class="quiet"> {mark}</span></p>'
        )
        right = (
            f'<p class="verdict" role="status">{self.verdict}</p>'
            f'<p class="quiet">visualize_image prints</p><pre class="truth">{self.truth}</pre>'
            f'<p class="quiet">predict_label prints</p>'
            f'<pre class="top">{lines}</pre>{_bars(logits, true, first)}'
        )
        return _card(self.place, note, left, right)


def _card(
    place: str, note: str = "", left: str = '<div class="picture"></div>', right: str = ""
) -> str:
    """Return the lower part of the panel as HTML, always of the same height."""
    return (
        f'<div class="fmnist-card" role="group" aria-label="{place}"><p class="place">'
        f'<b>{place}</b> <span class="quiet">{escape(note)}</span></p><div class="sides">'
        f'<div>{left}</div><div class="says">{right}</div></div></div>'
    )


def _bars(logits: Tensor, true: str, first: str) -> str:
    """Return a table with a bar for each class, as HTML: colours, and the same in words."""
    from fmnist_lib.plots import NEUTRAL, RIGHT, WRONG  # matplotlib is slow to import

    rows = ""
    for name, share in sorted(top_k(logits, 10), key=lambda pair: CLASS_NAMES.index(pair[0])):
        mark, colour = "", NEUTRAL
        if name == true:
            mark, colour = "✓ true label, model" if name == first else "true label", RIGHT
        elif name == first:
            mark, colour = "✗ model", WRONG
        rows += (
            f'<tr{" class=named" if mark else ""}><th scope="row">{name}</th><td class="bar">'
            f'<div><div style="width:{share:.2%};background:{colour}"></div></div></td>'
            f'<td class="share">{share:.2%}</td><td class="mark">{mark}</td></tr>'
        )
    return f'<table aria-label="Probability of each class">{rows}</table>'
