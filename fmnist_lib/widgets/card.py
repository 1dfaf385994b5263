"""One image as HTML: its place, the picture, the verdict, and a bar for each class."""

import base64
from html import escape
from importlib.resources import files

from fmnist_lib._marks import NEUTRAL, RIGHT, WRONG

# Jupyter leaves the keys of an element with this attribute alone: a letter edits no cell, and the
# arrows reach the slider in Notebook 7, too. Enter, and what is pressed with Ctrl, stay Jupyter's.
KEYS = """window.fmnist_keys ??= !window.addEventListener('keydown', e =>
    e.target.closest('.fmnist-explorer') && e.target.toggleAttribute('data-lm-suppress-shortcuts',
    !e.ctrlKey && !e.metaKey && e.key !== 'Enter'), true)"""
CSS = (files(__package__) / "explorer.css").read_text(encoding="utf-8")
STYLE = f'<style onload="{KEYS}">{CSS}</style>'


def card(place: str, note: str, left: str = '<div class="picture"></div>', right: str = "") -> str:
    """Return the lower part of the panel, always of the same height."""
    return (
        f'<div class="fmnist-card" role="group" aria-label="{escape(place)}">'
        f'<p class="place"><b>{escape(place)}'
        f'</b> <span class="quiet">{note}</span></p><div><div>{left}</div>{right}</div></div>'
    )


def still(card: str) -> str:
    """Return a card for a place without ipywidgets, with its style."""
    return f'<style>{CSS}</style><div class="fmnist-explorer">{card}</div>'


def picture(png: bytes, alt: str, caption: str, mark: str) -> str:
    """Return the picture, with a caption and the mark of a stand-in below it."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return (
        f'<img class="picture" alt="{escape(alt)}" src="{source}" decoding="sync">'
        f'<p>{caption}<span class="quiet"> {mark}</span></p>'
    )


def answers(verdict: str, truth: str, top: str) -> str:
    """Return the verdict, and the lines that the two functions print."""
    return (
        f'<div><p class="verdict" role="status">{escape(verdict)}</p>'
        f'<p class="quiet">visualize_image prints</p><pre class="truth">{escape(truth)}</pre>'
        f'<p class="quiet">predict_label prints</p><pre class="top">{escape(top)}</pre></div>'
    )


def bars(probabilities: dict[str, float], true: str, said: str) -> str:
    """Return a table with a bar for each class: colours, and the same in words."""
    true_mark = "✓ true label, model" if said == true else "true label"
    marks = {said: ("✗ model", WRONG), true: (true_mark, RIGHT)}
    rows = ""
    for name, share in probabilities.items():
        mark, colour = marks.get(name, ("", NEUTRAL))
        rows += (
            f'<tr{" class=named" if mark else ""}><th scope="row">{escape(name)}</th>'
            f'<td class="bar"><div><div style="width:{share:.2%};background:{colour}">'
            "</div></div></td>"
            f'<td class="share">{share:.2%}</td><td class="mark">{mark}</td></tr>'
        )
    return f'<table aria-label="Probability of each class">{rows}</table>'
