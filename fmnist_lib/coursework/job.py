"""The last step of the assignment: a student's six functions do the main job together."""

import contextlib
import os
import traceback
from collections.abc import Iterator

from fmnist_lib._common import say
from fmnist_lib.coursework.made import Pictures, stand_in, whole_set
from fmnist_lib.coursework.mistakes import FUNCTIONS
from fmnist_lib.data import load_dataset

WHEN_GRADED = 1000
"""Images of each set while nbgrader runs a notebook: the job earns no points, and nobody waits."""


@contextlib.contextmanager
def main_job() -> Iterator[None]:
    """Let torchvision's FashionMNIST hold the images that the library finds, or its sketches.

    So a student's own `get_data_loader` works without a network, and a course downloads once. The
    first function that is not written yet ends the job, with its name in place of an error.

    Examples
    --------
    >>> with main_job():
    ...     train_loader = get_data_loader()
    get_data_loader is not written yet.
    """
    try:
        with stand_in(_pictures):
            yield
    except NotImplementedError as error:
        frames = traceback.extract_tb(error.__traceback__)
        names = [frame.name for frame in frames if frame.name in FUNCTIONS]
        if not names:
            raise
        say(f"{names[-1]} is not written yet.")


def _pictures(training: bool) -> Pictures:
    """Return the images of a set (N, 28, 28), uint8, and their labels (N,)."""
    if "NBGRADER_EXECUTION" in os.environ:
        data, targets = whole_set(training)
        return data[:WHEN_GRADED], targets[:WHEN_GRADED]
    dataset = load_dataset(training)
    return dataset.data, dataset.targets
