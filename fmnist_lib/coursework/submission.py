"""A submission, judged: its process records what its functions do, and this one compares."""

import contextlib
import functools
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from fmnist_lib.coursework.check import judge
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.coursework.report import Report
from fmnist_lib.coursework.trials import Record
from fmnist_lib.coursework.versions import versions_for
from fmnist_lib.coursework.worker import CPU_LIMIT, receive

WALL_SECONDS = 180.0
"""What a function may take by the clock, on a busy machine as well."""

LARGEST_SUBMISSION = 50 << 20  # bytes; a notebook may hold pictures

PACKAGE = Path(__file__).parents[2]


def check_file(
    path: Path,
    *,
    hint: int = 0,
    seed: int | None = None,
    accepted: Collection[str] = (),
    runner: "Runner | None" = None,
) -> Report:
    """Check the six functions of a file, which runs in a process of its own.

    Parameters
    ----------
    path : Path
        Python code (`.py`) or a notebook (`.ipynb`). Its imports, definitions and assignments run.
    hint : {0, 1, 2}
        1 adds a short hint to each fault, 2 a fuller one.
    seed : int, optional
        The dice of the made data. None takes them from the file's content.
    accepted : collection of str
        Mistakes of the catalogue that cost nothing.
    runner : Runner, optional
        Where the file runs; by default, one is started.

    Returns
    -------
    Report
        The points; its `notes` say what did not run.

    Raises
    ------
    OSError, ValueError
        The file can't be read; the message says why.
    """
    content = read_regular_file(path)
    seed = zlib.crc32(content) if seed is None else seed
    parts = {}
    with contextlib.ExitStack() as stack:
        runner = runner or stack.enter_context(Runner())
        stack.enter_context(runner.loaded(content, path.suffix))
        for name in FUNCTIONS:
            versions = versions_for(name, seed % 2**32)
            record = runner.record(name, versions.world.seed)
            try:
                parts[name] = judge(name, record, versions, hint, accepted)
            except Exception:  # whatever a forged record makes of it
                parts[name] = judge(name, {"error": BROKEN}, versions, hint)
        notes = runner.notes
    return Report(parts, seed, hint, notes, "bubblewrap" if bubblewrap() else None)


BROKEN = "The record of what it does is damaged. Does it write where it should not?"
ENDED = "It ended the whole program: by os._exit, a crash, or more memory than there is."
WAITED = f"It was stopped after {WALL_SECONDS:.0f} s. Does it wait for something?"

XCPU = (-24, 24)
"""Exit status of a process that has used up RLIMIT_CPU, on POSIX."""

STOPPED = f"It was stopped after {CPU_LIMIT} s. Does it ever end?"


def read_regular_file(path: Path) -> bytes:
    """Return the content of a file.

    Raises
    ------
    OSError, ValueError
        It is another kind of file, or too large.
    """
    if path.suffix not in (".py", ".ipynb"):
        raise ValueError("it must be a .py or an .ipynb file")
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")
    if path.stat().st_size > LARGEST_SUBMISSION:
        raise ValueError(f"it has more than {LARGEST_SUBMISSION >> 20} MiB")
    return path.read_bytes()


class Runner:
    """A process in which submissions run, one after the other, each in a fork.

    Parameters
    ----------
    hide : Path, optional
        A folder that their code must not see, if there is a sandbox.
    """

    def __init__(self, hide: Path | None = None) -> None:
        self.hide = hide
        self.folder = Path(tempfile.mkdtemp(prefix="fmnist_lib-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._first: Record = {}

    def __enter__(self) -> "Runner":
        """Return the process."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and whatever it has started."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def loaded(self, content: bytes, suffix: str) -> Iterator[None]:
        """Load a submission; a copy, for what was handed in is never touched."""
        self.content, self.file = content, self.folder / f"submission{suffix}"
        self.spoilt = False
        self._open()
        try:
            yield
        finally:
            if not self.spoilt:
                self._send(None)
                self.spoilt = "ended" not in self._answer()
            if self.spoilt:
                self._end()

    @property
    def notes(self) -> list[str]:
        """What did not run when the file was loaded."""
        if "error" in self.first:
            return []
        errors, count = (self.first.get(name) for name in ("errors", "skipped"))
        if not (isinstance(errors, list) and isinstance(count, int)):
            return [BROKEN]
        skipped = f"Not run, because it defines nothing: {count} statement{'s' * (count != 1)}"
        skipped += " (calls, magics, what stands under __main__)."
        return [*map(str, errors)] + [skipped] * bool(count)

    @property
    def first(self) -> Record:
        """The first answer of the file's process: what did not run."""
        if not self._first:
            answer = self._answer()
            self._first = {"error": self._why(answer)} if "ended" in answer else answer
        return self._first

    def record(self, name: str, seed: int) -> Record:
        """Return what a function does in the world of a seed.

        If its process ends, what an earlier function left, or the student's loader, may be to
        blame: the function is tried once more, in a new process and alone.
        """
        for alone in (False, True):
            if "error" in self.first:  # the file itself ends it
                return self.first
            self._send({"name": name, "seed": seed, "alone": alone})
            answer = self._answer()
            if "ended" not in answer:
                return answer
            self.spoilt = True
            self._open()
            if answer["ended"] == WAITED:
                break
        return {"error": self._why(answer)}

    def _open(self) -> None:
        """Start a process with the file."""
        if self.process is None:
            self._start()
        for path in self.folder.iterdir():  # what an earlier one has left
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        self.file.write_bytes(self.content)
        self._first = {}
        self._send(str(self.file))

    def _start(self) -> None:
        """Start the process from which those of the files are forked."""
        locked = sandbox(self.folder, self.hide)
        worker = [sys.executable, "-P", "-m", "fmnist_lib.coursework.worker"]
        paths = [str(PACKAGE), os.environ.get("PYTHONPATH", "")]
        settings = {"TMPDIR": str(self.folder), "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [*locked, *worker, *["alone"] * bool(locked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=os.environ | settings | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
            start_new_session=True,
        )
        self.answers: queue.SimpleQueue[Record | None] = queue.SimpleQueue()
        reader = threading.Thread(target=_read, args=(self.process, self.answers), daemon=True)
        reader.start()

    def _send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it has ended
            if self.process and self.process.stdin:
                self.process.stdin.write(json.dumps(message).encode() + b"\n")
                self.process.stdin.flush()

    def _answer(self) -> Record:
        """Wait for an answer; {"ended": why} if there is none."""
        try:
            answer = self.answers.get(timeout=WALL_SECONDS)
        except queue.Empty:
            self._end()
            return {"ended": WAITED}
        if answer is None:
            self._end()
            return {"ended": 1}
        return answer

    @staticmethod
    def _why(answer: Record) -> str:
        """Return in words why a process has ended."""
        if answer["ended"] == WAITED:
            return WAITED
        return STOPPED if answer["ended"] in XCPU else ENDED

    def _end(self) -> None:
        """End the process with all of its group."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()


def _read(process: subprocess.Popen[bytes], answers: "queue.SimpleQueue[Record | None]") -> None:
    """Put each message of a process into a queue, and None at its end or after a damaged one."""
    with contextlib.suppress(Exception):
        while process.stdout:
            answers.put(receive(process.stdout))
    answers.put(None)


# --- the sandbox ----------------------------------------------------------------------------------


def sandbox(folder: Path, hide: Path | None = None) -> list[str]:
    """Return what to put before a command: bubblewrap, where it works, or nothing.

    All is read-only but `folder`; there is no network, and no process outlives the command.
    """
    if not bubblewrap():
        return []
    options = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    if hide and not any(path.is_relative_to(hide.resolve()) for path in _needed()):
        options += ["--tmpfs", str(hide.resolve())]
    options += ["--bind", str(folder), str(folder), "--chdir", str(folder)]
    return ["bwrap", *options, "--unshare-all", "--die-with-parent", "--new-session", "--"]


def _needed() -> list[Path]:
    """Return the folders without which a process can't start."""
    paths = [sys.prefix, sys.base_prefix, str(PACKAGE), *sys.path]
    return [Path(path).resolve() for path in paths]


@functools.cache
def bubblewrap() -> bool:
    """Tell whether bubblewrap works; some distributions install and forbid it."""
    command = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all"]
    try:
        return subprocess.run([*command, "true"], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False
