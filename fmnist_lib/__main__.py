"""The whole job in one command: load, train, evaluate, predict, save the picture."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fmnist_lib import (
    build_model,
    evaluate_model,
    get_data_loader,
    predict_label,
    train_model,
    visualize_image,
)


def positive(text: str) -> int:
    """Return an option's value as an integer of at least 1."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more; got {text!r}")
    return int(text)


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m fmnist_lib",
        description="Train a small neural network on Fashion-MNIST, test it, ask it about one "
        "test image, and save that image as a picture.",
        epilog="Exit status: 0 when all went well, 1 when something failed (standard error says "
        "what), 2 for a wrong option, 130 when stopped with Ctrl-C. Environment: FMNIST_DATA, "
        "FMNIST_SOURCE and FMNIST_CACHE, as in the README.",
    )
    parser.add_argument(
        "--epochs",
        type=positive,
        default=5,
        metavar="T",
        help="passes over the training images (%(default)s)",
    )
    parser.add_argument(
        "--index",
        type=int,
        default=1,
        metavar="I",
        help="the test image to look at, 0 to 9999 (%(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="start of the random numbers; the same seed "
        "repeats a run exactly on the same machine (%(default)s)",
    )
    parser.add_argument(
        "--source",
        choices=["auto", "fashion-mnist", "sketches"],
        help="fashion-mnist: the real images or an error; sketches: the stand-in that the "
        "library draws, without network; auto: the real ones if they can be had (default)",
    )
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        help="folder with the four official .gz files (default: the cache, filled by a download)",
    )
    parser.add_argument(
        "--output", default="image.png", metavar="FILE", help="the picture to write (%(default)s)"
    )
    parser.add_argument("--no-progress", action="store_true", help="never show a progress bar")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job and return the exit status."""
    options = parse_arguments(arguments)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("once")
            warnings.showwarning = lambda message, *_: print(f"Warning: {message}", file=sys.stderr)
            run(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except (ArithmeticError, IndexError, OSError, TypeError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def run(options: argparse.Namespace) -> None:
    """Do the job with the public functions, as a user would write it."""
    torch.manual_seed(options.seed)
    progress = False if options.no_progress else None
    train_loader, test_loader = (
        get_data_loader(
            training, source=options.source, data_dir=options.data_dir, progress=progress
        )
        for training in (True, False)
    )
    print(describe(train_loader.dataset), flush=True)
    test_loader.dataset[options.index]  # a wrong index or file fails now, not after the training
    output = Path(options.output).absolute()
    if output.is_dir():
        raise IsADirectoryError(f"--output {options.output!r} is a folder")
    if not output.parent.is_dir():
        raise FileNotFoundError(f"--output {options.output!r} lies in a folder that does not exist")

    model = build_model()
    criterion = nn.CrossEntropyLoss()
    train_model(model, train_loader, criterion, options.epochs, progress=progress)
    evaluate_model(model, test_loader, criterion, show_loss=True)
    predict_label(model, test_loader, options.index)
    visualize_image(test_loader, options.index, path=options.output)


def describe(dataset: Any) -> str:
    """Return the line that says which images a score is about."""
    if dataset.source == "sketches":
        return f"Images: SKETCHES, NOT FASHION-MNIST ({dataset.origin})"
    return f"Images: Fashion-MNIST ({dataset.origin})"


if __name__ == "__main__":
    sys.exit(main())
