"""A canvas in a notebook: paint a garment, and see at each stroke what the model says."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from fmnist_lib import prediction
from fmnist_lib._batches import describe, indexed, one_image, shaped_for
from fmnist_lib._marks import NEUTRAL, RIGHT, WRONG, classes_of, mark_of, source_of
from fmnist_lib.widgets import card
from fmnist_lib.widgets.explorer import NAME
from fmnist_lib.widgets.grey import Scale, scale_of
from fmnist_lib.widgets.panel import Panel

HERE = Path(__file__).parent
SHAPE = (28, 28)


def paint(model: nn.Module, data_loader: "DataLoader[Any] | None" = None) -> "Painting":
    """Return a canvas with the model's answer beside it, for the last line of a cell.

    One paints with the mouse, a finger, or the arrow keys and the space bar. The bars follow each
    stroke, and say what `predict_label` prints for these pixels.

    Parameters
    ----------
    model : torch.nn.Module
        Gives (N, 10) logits, as in `predict_label`.
    data_loader : torch.utils.data.DataLoader, optional
        A map-style loader of images of 28 x 28 grey values, all scaled and shifted alike. One can
        start from any of them, and pixels are prepared as it prepares them. Without one, pixels
        are normalised as `get_data_loader` does it.

    Returns
    -------
    Painting
        ``painting.image`` is what is on the canvas; ``painting.close()`` removes it and frees
        what it holds. One that was never on show is freed with its last variable.

    Raises
    ------
    ImportError, TypeError, ValueError, FloatingPointError
        anywidget is missing, or an argument has the wrong type or value; the message says so.

    Examples
    --------
    >>> painting = paint(model, test_loader)  # doctest: +SKIP
    >>> painting.start(1)  # make this pullover a coat  # doctest: +SKIP
    >>> predict_label(model, painting.images, 0)  # doctest: +SKIP
    """
    return Painting(model, data_loader)


class Painting(Panel):
    """The canvas of `paint`.

    Attributes
    ----------
    top : list of str
        The three lines of `predict_label`.
    """

    def __init__(self, model: nn.Module, loader: "DataLoader[Any] | None" = None) -> None:
        self._model, self._loader = model, loader
        self._scale, self._names, count = Scale(), classes_of(getattr(loader, "dataset", None)), 0
        self._shape: torch.Size | None = None  # of an image, if a loader gives it
        if loader is not None:
            indexed(loader, NAME)
            count = len(loader.dataset)  # type: ignore[arg-type]
            some = torch.cat([one_image(loader, i, NAME)[0] for i in range(min(max(count, 1), 64))])
            self._scale, self._shape = scale_of(some, NAME), some.shape[1:]
        mark = mark_of(source_of(getattr(loader, "dataset", None)))
        self._canvas = _canvas(names=list(self._names), count=count, mark=mark)

        me = self._show_in(self._canvas)
        self._answer()
        self._canvas.observe(lambda change: me._answer(), "pixels")
        self._canvas.on_msg(lambda _, message, buffers: me._hear(message))

    @property
    def image(self) -> Tensor:
        """What is on the canvas: grey values, uint8, (28, 28); set it to paint on another."""
        return torch.tensor(list(self._canvas.pixels), dtype=torch.uint8).reshape(SHAPE)

    @image.setter
    def image(self, grey: Tensor) -> None:
        if not isinstance(grey, Tensor) or grey.dtype != torch.uint8 or grey.shape != SHAPE:
            raise ValueError(f"image must be uint8, (28, 28), got {describe(grey)}")
        self._canvas.pixels = grey.cpu().numpy().tobytes()

    @property
    def images(self) -> Tensor:
        """The same as the model gets it, a batch of one, float32: for `predict_label`."""
        batch = self._scale.prepare(self.image[None])
        return batch.reshape(1, *self._shape) if self._shape else shaped_for(self._model, batch)

    def start(self, index: int) -> None:
        """Put a copy of the loader's image of this index on the canvas."""
        image, _ = one_image(self._loader, index, NAME)  # type: ignore[arg-type]
        self.image = self._scale.grey(image)[0].round().clamp(0, 255).to(torch.uint8)

    def __repr__(self) -> str:
        return f"Painting({', '.join(self.top)})"

    def _still(self) -> str:
        alt, mark = f"The model says {self.top[0]}", self._canvas.data["mark"]
        left = card.picture(prediction.png(self.image.numpy()), alt, alt, mark)
        return card.still(card.card("Your own image", "", left))

    def _hear(self, message: dict[str, Any]) -> None:
        """Take a message of the page: an index to start from, or nothing."""
        if "start" in message:
            self.start(message["start"])

    def _answer(self) -> None:
        """Ask the model about the pixels. An error is shown there, and raised."""
        try:
            logits = prediction.compute_logits(self._model, self.images)[0]
            self.top = prediction.format_top(prediction.top_k(logits, names=self._names))
        except Exception as error:
            self._canvas.answer = {"error": f"{type(error).__name__}: {error}"}
            raise
        self._canvas.answer = {"shares": logits.softmax(dim=0).tolist(), "top": self.top}


def _canvas(**data: Any) -> Any:
    """Return the widget, black, without an answer; `data` is what paint.js shows beside it."""
    try:
        from anywidget import AnyWidget
        from traitlets import Bytes, Dict
    except ImportError as error:
        raise ImportError(
            "paint needs anywidget: `pip install anywidget` or `conda install anywidget`"
        ) from error

    class Canvas(AnyWidget):
        _esm, _css = HERE / "paint.js", HERE / "explorer.css"
        data = Dict().tag(sync=True)
        pixels = Bytes(bytes(28 * 28)).tag(
            sync=True, echo_update=False, from_json=lambda buffer, _: bytes(buffer)
        )
        answer = Dict().tag(sync=True)

    return Canvas(data={**data, "colours": (RIGHT, WRONG, NEUTRAL)})
