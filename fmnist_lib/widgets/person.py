"""A person names images, without being told what is right, and meets the network at the end."""

import random
from html import escape
from typing import Any

from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib import prediction
from fmnist_lib._batches import indices_of
from fmnist_lib._common import check_integer
from fmnist_lib._marks import NEUTRAL, RIGHT, mark_of
from fmnist_lib.evaluation import wilson_interval
from fmnist_lib.widgets import card
from fmnist_lib.widgets.explorer import evaluate_images
from fmnist_lib.widgets.panel import Panel

NAME = "data_loader"
LISTED = 8  # indices of missed images in a row


def guess_images(
    model: nn.Module, data_loader: DataLoader[Any], count: int = 30, seed: int = 0
) -> "GuessImages":
    """Return a panel in which one names images, for the last line of a cell.

    It shows one image at a time and a button for each class. Nothing says what is right until the
    last image is named, so that one doesn't learn from the labels. Then your accuracy stands
    beside the model's on the same images.

    Parameters
    ----------
    model, data_loader
        As in `explore`; the images are drawn from those that a pass of the loader gives. The model
        answers when the panel opens: what is changed in it afterwards doesn't count.
    count : int
        How many images, 1 to the number that the loader gives.
    seed : int
        Decides which images; the random numbers of the notebook go on as if nothing had happened.

    Returns
    -------
    GuessImages
        The panel; ``panel.close()`` removes it and frees what it holds. One that was never on
        show is freed with its last variable.

    Raises
    ------
    ImportError, TypeError, ValueError, FloatingPointError
        ipywidgets is missing, or an argument has the wrong type or value; the message says so.
    """
    return GuessImages(model, data_loader, count, seed)


class GuessImages(Panel):
    """The panel of `guess_images`.

    Attributes
    ----------
    buttons : list of ipywidgets.Button
        One for each label, in order.
    indices, guesses : list of int
        The images' positions in the dataset, in the order shown, and the labels given so far.
    place, result : str
        ``"Image 3 of 30"``, and the lines that stand at the end; "" before.
    picture : bytes
        The PNG file on show, as `visualize_image` writes it; b"" at the end.
    """

    def __init__(
        self, model: nn.Module, loader: DataLoader[Any], count: int = 30, seed: int = 0
    ) -> None:
        try:
            from ipywidgets import HTML, Button, HBox, VBox
        except ImportError as error:
            raise ImportError(
                "guess_images needs ipywidgets: `pip install ipywidgets` or "
                "`conda install ipywidgets`"
            ) from error
        indices = indices_of(loader, NAME)
        number, dice = check_integer("count", count), random.Random(check_integer("seed", seed))
        if not indices:
            raise ValueError(f"{NAME} is empty: it gives no image")
        if not 1 <= number <= len(indices):
            raise ValueError(f"count must be 1 to {len(indices)}, got {number}")
        self.indices, self.guesses = dice.sample(indices, number), list[int]()
        self._loader = loader
        self._evaluation, _ = evaluate_images(model, loader, self.indices)

        self.buttons = [
            Button(description=name, tooltip=f"It is in the class {name}")
            for name in self._evaluation.classes
        ]
        style, self._card = HTML(card.STYLE, layout={"display": "none"}), HTML()
        panel = VBox([style, self._card, HBox(self.buttons)]).add_class("fmnist-explorer")
        me = self._show_in(panel)
        for label, button in enumerate(self.buttons):
            button.on_click(lambda _, label=label: me._guess(label))
        self._update()

    def __repr__(self) -> str:
        count = len(self.indices)
        return f"GuessImages({count:,} image{'s' * (count > 1)})"

    def _guess(self, label: int) -> None:
        """Take an answer to the image on show, and go on to the next."""
        if len(self.guesses) < len(self.indices):
            self.guesses.append(label)
            self._update()

    def _update(self) -> None:
        """Show the next image, or the end. An error is shown in its place, and raised."""
        done, count = len(self.guesses), len(self.indices)
        self.picture, self.result = b"", ""
        if done == count:
            self.place = f"All {count:,} images named" if count > 1 else "One image named"
            self._disable()
            self._card.value = self._end()
            return
        self.place = f"Image {done + 1:,} of {count:,}"
        note, index = "Which class is it?", self.indices[done]
        if self.guesses:
            note = f"You said {escape(self._evaluation.classes[self.guesses[-1]])}. And this one?"
        try:
            self.picture = prediction.png(prediction.picture_of(self._loader, index))
        except Exception as error:
            self._disable()
            message = f"Index {index} cannot be shown. {type(error).__name__}: {error}"
            alert = f'<div role="alert">{escape(message)}</div>'
            self._card.value = self._framed(note, alert)
            raise
        mark = mark_of(self._evaluation.source)
        alt = f"{self.place}, index {index}{mark and '; '}{mark}"
        left = card.picture(self.picture, alt, f"Index {index}", mark)
        self._card.value = self._framed(note, left)

    def _framed(self, note: str, body: str) -> str:
        """Return the card, no higher than what is in it: the buttons follow the picture."""
        return (
            f'<div class="fmnist-card" style="height:auto" role="group" '
            f'aria-label="{escape(self.place)}"><p class="place"><b>{escape(self.place)}</b> '
            f'<span class="quiet">{note}</span></p>{body}</div>'
        )

    def _disable(self) -> None:
        for button in self.buttons:
            button.disabled = True

    def _end(self) -> str:
        """Return the card at the end: two accuracies, and who missed what."""
        labels, theirs = self._evaluation.labels.tolist(), self._evaluation.correct.tolist()
        mine = [guess == label for guess, label in zip(self.guesses, labels, strict=True)]
        count, lines, rows = len(labels), [], ""
        for name, right, colour in (("You", mine, RIGHT), ("The network", theirs, NEUTRAL)):
            share = sum(right) / count
            low, high = wilson_interval(share, count)
            lines.append(
                f"{name}: {sum(right):,} of {count:,} right, {share:.1%} "
                f"(95 % interval {low:.1%} to {high:.1%})"
            )
            rows += (
                f'<tr><th scope="row">{name}</th><td class="bar"><div><div '
                f'style="width:{share:.1%};background:{colour}"></div></div></td>'
                f'<td class="share">{share:.1%}</td></tr>'
            )
        for who, missed in (
            ("both", (False, False)),
            ("you alone", (False, True)),
            ("the network alone", (True, False)),
        ):
            pairs = zip(self.indices, mine, theirs, strict=True)
            found = [index for index, *pair in pairs if tuple(pair) == missed]
            which = ", ".join(map(str, found[:LISTED])) + ", ..." * (len(found) > LISTED)
            lines.append(f"Missed by {who}: {len(found):,}{which and ' (index ' + which + ')'}")
        self.result = "\n".join(lines)
        note = mark_of(self._evaluation.source)
        style = "white-space:pre-wrap;word-break:normal"
        text = f'<pre role="status" style="{style}">{escape(self.result)}</pre>'
        return self._framed(note, f'{text}<table aria-label="Accuracy">{rows}</table>')
