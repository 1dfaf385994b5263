"""A student's code runs here: where it can change nothing, and for a limited time.

It has a folder of its own, no keyboard, no windows, and its own dice.
"""

import builtins
import contextlib
import ctypes
import io
import os
import random
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch

from fmnist_lib.coursework.reading import LONGEST_TEXT

CPU_SECONDS = 8.0
"""What all calls in a box may take of the processor. Right functions take a tenth of it."""

WAITING_SECONDS = 60.0
"""What a call may take by the clock, if it waits for something."""

Function = Callable[..., Any]


class OutOfTime(BaseException):
    """A function used up its time."""


@dataclass
class Outcome:
    """One call of a function: what it returned, what it printed, and its error in one line."""

    value: Any = None
    text: str = ""
    error: str = ""


class Tail(io.StringIO):
    """A stream that keeps the last part of what is written, and can't be closed."""

    def write(self, text: str) -> int:
        """Write text."""
        count = super().write(text)
        if self.tell() > 2 * LONGEST_TEXT:
            kept = self.getvalue()[-LONGEST_TEXT:]
            self.seek(0)
            self.truncate()
            super().write(kept)
        return count

    def close(self) -> None:
        """Stay open."""


class Box:
    """A place for a student's code: its folder, which is empty, and the time that is left."""

    def __init__(self, folder: Path, cpu: float) -> None:
        self.folder = folder
        self.limit = self.cpu = cpu
        self.clock = WAITING_SECONDS

    def call(self, function: Function, *args: Any, source: Function | None = None) -> Outcome:
        """Call a student's function; `source` is the function to quote in an error.

        It runs in a thread of its own, so that this one can watch the time and stop it: in
        notebooks as well, and on any system.
        """
        outcome, text = Outcome(), Tail()

        def work() -> None:
            torch.set_num_threads(1)
            try:
                outcome.value = function(*args)
            except BaseException as error:
                outcome.error = _describe_error(error, source or function)

        worker = threading.Thread(target=work, daemon=True)
        around = getattr(function, "__globals__", {})  # who has said `from sys import stdout`
        held = {
            name: text
            for name, value in around.items()
            if value is sys.stdout or isinstance(value, Tail)
        }
        with (
            mock.patch.dict(around, held) if held else contextlib.nullcontext(),
            contextlib.redirect_stdout(text),
            contextlib.redirect_stderr(Tail()),
        ):
            if not self._in_time(worker):
                return Outcome(error=f"It was stopped after {self.limit:.0f} s. Does it ever end?")
        outcome.text = text.getvalue()
        return outcome

    def _in_time(self, worker: threading.Thread) -> bool:
        """Run a thread; stop it and return False if it needs more time than is left."""
        cpu, clock = time.process_time(), time.monotonic()
        worker.start()
        late = False
        try:
            while worker.is_alive() and time.monotonic() < clock + self.clock + 2:
                worker.join(0.05)
                spent = time.process_time() - cpu, time.monotonic() - clock
                if worker.is_alive() and (spent[0] > self.cpu or spent[1] > self.clock):
                    late = True
                    self.clock = min(self.clock, spent[1])  # two seconds more, then it is left
                    _raise_in(worker)  # again and again: a bare `except:` swallows it
        except BaseException:  # Ctrl-C
            _raise_in(worker)
            raise
        self.cpu -= time.process_time() - cpu
        return not late


def _raise_in(worker: threading.Thread) -> None:
    """Raise OutOfTime in another thread, at its next line of Python."""
    thread, error = ctypes.c_ulong(worker.ident or 0), ctypes.py_object(OutOfTime)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)


@contextlib.contextmanager
def custody(patience: float = 1.0) -> Iterator[Box]:
    """Give a box in which a student's code can change nothing, for `patience` times CPU_SECONDS."""
    state, cwd, numpy_state = random.getstate(), Path.cwd(), np.random.get_state()  # noqa: NPY002
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        stack.callback(os.chdir, cwd)
        os.chdir(folder)
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(1)  # quicker for little data, and on busy machines
        stack.callback(torch.set_default_dtype, torch.get_default_dtype())
        stack.enter_context(mock.patch.dict(os.environ))
        stack.enter_context(warnings.catch_warnings(action="ignore"))
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.enter_context(mock.patch.object(builtins, "input", _no_keyboard))
        stack.enter_context(_nothing_shown())
        stack.callback(random.setstate, state)
        stack.callback(np.random.set_state, numpy_state)
        for seed in (random.seed, np.random.seed, torch.manual_seed):
            seed(0)  # the same code gets the same answer
        yield Box(Path(folder), patience * CPU_SECONDS)


def _no_keyboard(*_: Any) -> str:
    raise EOFError("the function asks for input; it must work without")


@contextlib.contextmanager
def _nothing_shown() -> Iterator[None]:
    """Open no windows, and leave no figures behind."""
    import matplotlib
    import matplotlib.pyplot as plt
    from PIL import Image

    def quiet(*_: Any, **__: Any) -> None:
        pass

    before, backend = plt.get_fignums(), matplotlib.get_backend()
    if not before:  # to switch may close figures
        plt.switch_backend("agg")
    try:
        with (
            matplotlib.rc_context(),
            mock.patch.object(plt, "show", quiet),
            mock.patch.object(Image.Image, "show", quiet),
        ):
            yield
    finally:
        for number in set(plt.get_fignums()) - set(before):
            plt.close(number)
        if not before:
            plt.switch_backend(backend)


def _describe_error(error: BaseException, function: Function) -> str:
    """Return the first line of an error, and the line of the student's code that raised it."""
    if isinstance(error, NotImplementedError):
        return "NotImplementedError"
    message = f"{type(error).__name__}: {error}".strip(": ").partition("\n")[0][:200]
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f"{message}, in the line `{lines[-1].line}`" if lines and lines[-1].line else message
