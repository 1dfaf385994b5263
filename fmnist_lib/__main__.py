"""The whole job in one command: load, train, evaluate, predict, save the picture."""

import argparse
import contextlib
import io
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

import fmnist_lib
from fmnist_lib._common import atomic_write, say
from fmnist_lib._marks import mark_of


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m fmnist_lib",
        description="Train a network on Fashion-MNIST, test it, and save and classify one image.",
        epilog="Exit status: 0 on success, 1 on failure (standard error says why), 2 for a wrong "
        "option, 130 when stopped with Ctrl-C. The README describes the environment variables.",
    )
    option = parser.add_argument
    option("--version", action="version", version=f"fmnist_lib {fmnist_lib.__version__}")
    option("--epochs", type=positive, default=5, metavar="T", help="epochs (%(default)s)")
    option("--index", type=int, default=1, metavar="I", help="test image, 0 to 9999 (%(default)s)")
    option("--seed", type=seed, default=0, metavar="S", help="random seed (%(default)s)")
    sources = ["auto", "fashion-mnist", "sketches"]
    option("--source", choices=sources, help="auto (default): sketches if there is no other way")
    option("--data-dir", metavar="DIR", help="folder of the four .gz files (default: the cache)")
    option("--output", default="image.png", metavar="FILE", help="picture to write (%(default)s)")
    option("--page", metavar="FILE", help="page to write, with the network: my_network.html")
    option("--no-progress", action="store_true", help="never show a progress bar")
    parser.set_defaults(run=run)
    commands = parser.add_subparsers(title="commands", metavar="", prog="python -m fmnist_lib")
    _add_check(commands)
    _add_grade(commands)
    _add_lessons(commands)
    _add_classroom(commands)
    _add_gain(commands)
    return parser.parse_args(arguments)


def _add_check(commands: Any) -> None:
    """Describe `python -m fmnist_lib check`."""
    parser = commands.add_parser(
        "check",
        help="check the six functions of a student's file",
        description="Check the six functions of a student's file, and say what is wrong. What "
        "defines something in the file runs, calls and magics do not.",
        epilog="Exit status: 0 if all is right, 1 if not, 2 for wrong use.",
    )
    parser.set_defaults(run=check)
    parser.add_argument("file", type=Path, metavar="FILE", help="a .py or an .ipynb file")
    parser.add_argument(
        "--hint", type=int, choices=(0, 1, 2), default=0, help="1: short hints, 2: fuller ones"
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument(
        "--gradescope", type=Path, metavar="PATH", help="write Gradescope's results.json, too"
    )
    _add_common(parser)


def _add_grade(commands: Any) -> None:
    """Describe `python -m fmnist_lib grade`."""
    parser = commands.add_parser(
        "grade",
        help="check all files of a folder",
        description="Check each file in a folder. Write grades.csv, and a page and JSON for each.",
        epilog="Exit status: 0 when all files were checked, 1 if a check failed, 2 for wrong use.",
    )
    parser.set_defaults(run=grade)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="what was handed in")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="RESULTS", help="a folder that is to be made"
    )
    parser.add_argument("--no-progress", action="store_true", help="never show a progress bar")
    _add_common(parser)


def _add_lessons(commands: Any) -> None:
    """Describe `python -m fmnist_lib lessons`."""
    parser = commands.add_parser(
        "lessons",
        help="write the lessons into a folder, to work in",
        description="Write a student's copy of each lesson into a folder: blanks empty, answers "
        "folded. A file that is there stays as it is.",
        epilog="Exit status: 0 on success, 1 if the folder can't be written.",
    )
    parser.set_defaults(run=lessons)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="made if it isn't there")
    parser.add_argument(
        "--teacher", action="store_true", help="with solutions, outputs, and notes for the teacher"
    )
    parser.add_argument(
        "--html", action="store_true", help="as web pages, to read and to print, not to work in"
    )


def _add_classroom(commands: Any) -> None:
    """Describe `python -m fmnist_lib classroom`."""
    parser = commands.add_parser(
        "classroom",
        help="make a folder for a room without a network",
        description="Make a folder for this platform and this version of Python: all packages, "
        "the images, the lessons, and install.py, which needs no network.",
        epilog="Exit status: 0 on success, 1 on failure; then there is no folder.",
    )
    parser.set_defaults(run=classroom)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="new or empty")


def _add_gain(commands: Any) -> None:
    """Describe `python -m fmnist_lib gain`."""
    parser = commands.add_parser(
        "gain",
        help="compare a class's points before and after the course",
        description="Print the mean gain of a class with its 95 %% interval.",
        epilog="Exit status: 0 on success, 1 if the file can't be read or is too small.",
    )
    parser.set_defaults(run=gain)
    parser.add_argument(
        "file", type=Path, metavar="CLASS.csv", help="with the columns name, before, after"
    )
    parser.add_argument(
        "--of", type=positive, default=8, metavar="N", help="points of a test (%(default)s)"
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Describe the options of both."""
    parser.add_argument("--seed", type=seed, metavar="S", help="dice (default: from the file)")
    parser.add_argument(
        "--accept",
        action="append",
        default=[],
        metavar="MISTAKE",
        help="a mistake that costs nothing, by its name in the JSON; can be repeated",
    )
    parser.add_argument(
        "--require-sandbox", action="store_true", help="stop if bubblewrap doesn't work here"
    )


def positive(text: str) -> int:
    """Return an option's value as an integer of at least 1."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more; got {text!r}")
    return int(text)


def seed(text: str) -> int:
    """Return an option's value as an integer that PyTorch takes for a seed."""
    if not (text.removeprefix("-").isdecimal() and -(2**63) <= int(text) < 2**64):
        raise argparse.ArgumentTypeError(f"must be a whole number of 64 bits; got {text!r}")
    return int(text)


def check(options: argparse.Namespace) -> int:
    """Check a file; return 0 if all is right."""
    from fmnist_lib.coursework import commands

    return commands.check(options)


def grade(options: argparse.Namespace) -> int:
    """Check a folder; return 0 if all files were checked."""
    from fmnist_lib.coursework import commands

    return commands.grade(options)


def lessons(options: argparse.Namespace) -> int:
    """Write the lessons; return 0."""
    from fmnist_lib.coursework import commands

    return commands.lessons(options)


def classroom(options: argparse.Namespace) -> int:
    """Make a folder for a room without a network; return 0."""
    from fmnist_lib.teaching.classroom import make_classroom

    print(make_classroom(options.folder))
    return 0


def gain(options: argparse.Namespace) -> int:
    """Compare a class's points before and after the course; return 0."""
    from fmnist_lib.teaching.gain import compare, read_points

    points, skipped = read_points(options.file, options.of)
    for line in skipped:
        say(f"skipped: {line}")
    say(str(compare(points, options.of)))
    return 0


def run(options: argparse.Namespace) -> int:
    """Do the job with the public functions, as a user would write it."""
    if options.page is not None and Path(options.page) == Path(options.output):
        raise ValueError(f"--page and --output must be two files, got {options.page!r} for both")
    for name in ("output", "page") if options.page is not None else ("output",):
        file = getattr(options, name)
        try:
            with contextlib.suppress(EOFError), atomic_write(Path(file)):
                raise EOFError  # it can be written, so the training is not for nothing
        except OSError as error:
            raise OSError(f"--{name} {file!r} cannot be written: {error.strerror}") from error
    torch.manual_seed(options.seed)
    progress = False if options.no_progress else None
    sources: dict[str, Any] = {"source": options.source, "data_dir": options.data_dir}
    train_loader = fmnist_lib.get_data_loader(**sources, progress=progress)
    test_loader = fmnist_lib.get_data_loader(training=False, **sources, progress=progress)
    dataset = train_loader.dataset
    print(f"Images: {mark_of(dataset.source).upper() or 'Fashion-MNIST'} ({dataset.origin})")

    test_loader.dataset[options.index]  # a wrong index fails now, not after the training

    model = fmnist_lib.build_model()
    criterion = nn.CrossEntropyLoss()
    fmnist_lib.train_model(model, train_loader, criterion, options.epochs, progress=progress)
    fmnist_lib.evaluate_model(model, test_loader, criterion, show_loss=True)
    fmnist_lib.predict_label(model, test_loader, options.index)
    fmnist_lib.visualize_image(test_loader, options.index, path=options.output)
    if options.page is not None:
        from fmnist_lib.widgets.page import export_page

        say(f"Page: {export_page(model, test_loader, options.page)}")
    return 0


def prepare_streams() -> None:
    """Let each line appear at once, and no stream stop the job: a closed one goes nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if getattr(stream, "closed", stream is None):  # pythonw, or `>&-`
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and return the exit status."""
    prepare_streams()
    options = parse_arguments(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("once")
            warnings.showwarning = lambda message, *_: print(f"Warning: {message}", file=sys.stderr)
            status: int = options.run(options)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader has left, as in `| head`; Python flushes once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (
        *(ArithmeticError, IndexError, OSError, TypeError, ValueError),
        *(MemoryError, RuntimeError),  # too little memory, as NumPy and PyTorch say it
    ) as error:
        lines = str(error) or type(error).__name__, *getattr(error, "__notes__", ())
        print("Error: " + "\n".join(lines), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
