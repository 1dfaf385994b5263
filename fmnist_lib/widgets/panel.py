"""What all panels have in common: how they are shown, and how they free what they hold."""

import weakref
from typing import Any

from fmnist_lib.widgets import card


class Panel:
    """A panel for the last line of a cell.

    Attributes
    ----------
    close : callable
        Removes the panel, and frees what it holds.
    """

    close: Any
    _panel: Any
    _card: Any

    def _show_in(self, widget: Any) -> Any:
        """Be shown in a widget; return a proxy of this panel, for what the widget calls.

        ipywidgets keeps widgets until they are closed: they must not keep the panel, too.
        """
        self._panel = widget
        self.close = weakref.finalize(self, _close, widget)
        self.close.atexit = False
        return weakref.proxy(self)

    def _still(self) -> str:
        """Return the card, for where there is no kernel: an exported lesson, or a web page."""
        return card.still(self._card.value)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if not self.close.alive:  # a closed widget shows nothing
            return {"text/plain": repr(self)}
        self._panel.panel = self  # what is on show stays until it is closed
        shown = self._panel._repr_mimebundle_(**kwargs)
        shown = shown[0] if isinstance(shown, tuple) else shown  # anywidget gives metadata, too
        return {**shown, "text/html": self._still(), "text/plain": repr(self)}


def _close(widget: Any) -> None:
    """Remove a widget, and those in it, from the browser and from ipywidgets."""
    for part in getattr(widget, "children", ()):
        _close(part)
    widget.close()
