"""Settings of `pytest --nbval notebooks/`: the same outputs on any machine, on either set."""

import os
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from typing import Any

import nbval.plugin
import pytest
from execute import HERE, prepare_kernels
from nbformat.v4 import new_code_cell

_seconds: dict[str, float] = defaultdict(float)


def pytest_configure(config: pytest.Config) -> None:
    """Set nbval's options, and the environment that the kernels inherit."""
    if not getattr(config.option, "nbval", False):
        return
    config.option.nbval_current_env = True
    config.option.nbval_cell_timeout = 120
    config.option.nbval_sanitize_with = str(HERE / "sanitize.cfg")
    prepare_kernels()
    kernel = nbval.plugin.RunningKernel
    folders = tempfile.TemporaryDirectory()
    config.add_cleanup(folders.cleanup)

    def in_a_folder_of_its_own(name: str, cwd: str, **options: Any) -> Any:
        """Start a kernel where no other lesson writes its files, nor finds a student's."""
        return kernel(name, cwd=tempfile.mkdtemp(dir=folders.name), **options)

    nbval.plugin.RunningKernel = in_a_folder_of_its_own
    if os.environ.get("FMNIST_SOURCE", "auto") == "auto":
        os.environ["FMNIST_SOURCE"] = _source()


def _source() -> str:
    """Return which images all lessons take: the real ones, if they can be had."""
    from fmnist_lib.sources.official import DataUnavailableError, load_files

    try:
        load_files()
    except DataUnavailableError:
        return "sketches"
    return "fashion-mnist"


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which images the lessons run on."""
    if not getattr(config.option, "nbval", False):
        return None
    return f"lessons on: {os.environ['FMNIST_SOURCE']}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Add up the time of each lesson, the start of its kernel included."""
    start = time.perf_counter()
    try:
        return (yield)
    finally:
        _seconds[item.path.name] += time.perf_counter() - start


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the time of each lesson."""
    for name, seconds in sorted(_seconds.items()):
        terminalreporter.write_line(f"{name}: {seconds:.1f} s")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add a last cell to each lesson: the guards, asserts that would teach a student nothing."""
    for last in [a for a, b in pairwise([*items, None]) if not b or a.parent is not b.parent]:
        guards = HERE / "guards" / f"{last.path.stem}.py"
        if hasattr(last, "cell") and guards.exists():
            options = defaultdict(bool, check=True)
            cell = new_code_cell(guards.read_text(encoding="utf-8"))
            guard = type(last).from_parent(
                last.parent, name="guards", cell_num=last.cell_num + 1, cell=cell, options=options
            )
            items.insert(items.index(last) + 1, guard)
