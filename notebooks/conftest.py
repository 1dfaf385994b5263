"""Settings of `pytest --nbval notebooks/`: the same outputs on any machine, on either set."""

import os
import time
from collections import defaultdict

import pytest
from execute import HERE, prepare_kernels

_seconds: dict[str, float] = defaultdict(float)


def pytest_configure(config: pytest.Config) -> None:
    """Set nbval's options, and the environment that the kernels inherit."""
    if not getattr(config.option, "nbval", False):
        return
    config.option.nbval_current_env = True
    config.option.nbval_cell_timeout = 120
    config.option.nbval_sanitize_with = str(HERE / "sanitize.cfg")
    prepare_kernels()
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
