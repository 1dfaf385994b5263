"""What several test files use: small files, a model, a terminal, a process, a panel."""

import gc
import gzip
import io
import struct
import subprocess
import sys
import weakref

import torch
from torch import nn


def idx(array):
    """Return an array as a gzipped IDX file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes())


def write(files, folder):
    """Write files by name into a folder, which is made, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


class Fixed(nn.Module):
    """Gives the same ten logits for every image."""

    def __init__(self, logits):
        super().__init__()
        self.logits = torch.as_tensor(logits)

    def forward(self, images):
        return self.logits.expand(len(images), -1)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def use_terminal(monkeypatch):
    """Make standard error a terminal and return what is written to it.

    This is no fixture: between fixtures and test, pytest puts its own stream there again.
    """
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def waits_for_ever(_):
    """Never come back."""
    while True:
        pass


def run_python(*arguments, **options):
    """Run Python to its end and return the finished process."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def freed_with_its_panel(make, open_panel):
    """Check that what a panel holds goes with it: closed, or in no variable, and not on show."""
    for end in (lambda panel: panel._repr_mimebundle_() and panel.close(), lambda panel: None):
        held = make()
        left, panel = weakref.ref(held), open_panel(held)
        del held
        end(panel)
        panel = open_panel(make())
        gc.collect()
        assert left() is None
    shown, display = weakref.ref(panel), panel._repr_mimebundle_()
    del panel
    gc.collect()
    assert display
    assert shown() is not None
    shown().close()
