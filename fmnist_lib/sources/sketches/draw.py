"""The two sets: drawn the same on every machine, and kept in the cache."""

import contextlib
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from fmnist_lib._common import atomic_write
from fmnist_lib.sources import cache_dir, remove_leftovers
from fmnist_lib.sources.sketches.canvas import SIZE, Dice, Page, splitmix64
from fmnist_lib.sources.sketches.garments import GARMENTS

COUNTS = {True: 60_000, False: 10_000}  # training and test images
SEEDS = {True: 0, False: 6}  # 6 puts a Pullover at test index 1, as in the real set
SHA256 = {  # of all images, then all labels
    True: "16c335e592d814918ae004d7ac8770cd8e359714e168664d9da034416919d6f9",
    False: "def59079ba5f18c933fba828410fc19196920ce5b92158bdcfa7162dc757208a",
}

Bytes = NDArray[np.uint8]


def load_sketches(training: bool = True) -> tuple[Bytes, Bytes]:
    """Return the images and labels of `draw_sketches`, from the cache if it holds exactly them."""
    name = f"sketches-{'training' if training else 'test'}.bin"
    with contextlib.suppress(OSError):  # not there, or not readable
        path = cache_dir() / name
        remove_leftovers(path.parent)
        if not path.is_file():
            raise FileNotFoundError(path)  # to read from a pipe might hang
        size = COUNTS[training] * (SIZE**2 + 1)  # all images, then all labels
        content = np.fromfile(path, np.uint8, size + 1)  # one more tells a longer file
        if hashlib.sha256(content.data).hexdigest() == SHA256[training]:
            images, labels = np.split(content, [-COUNTS[training]])
            return images.reshape(-1, SIZE, SIZE), labels
    images, labels = draw_sketches(training)
    with contextlib.suppress(OSError):  # without a cache they are drawn again next time
        cache_dir().mkdir(parents=True, exist_ok=True)
        with atomic_write(cache_dir() / name) as file:
            file.write(images.tobytes() + labels.tobytes())
    return images, labels


def draw_sketches(training: bool = True) -> tuple[Bytes, Bytes]:
    """Draw one set, the same bytes on every machine: grey values, uint8, (N, 28, 28), and labels.

    N is 60,000 for training and 10,000 for the test; the labels, uint8, (N,), are 0 to 9,
    equally frequent and shuffled.
    """
    count = COUNTS[training]
    streams = splitmix64(np.arange(count, dtype=np.uint64) + np.uint64(SEEDS[training] << 32))
    labels = np.empty(count, np.uint8)
    labels[np.argsort(streams)] = np.arange(count) % len(GARMENTS)
    return draw(streams, labels), labels


def draw(streams: Dice, labels: Bytes, *, chunk: int = 200, threads: int = 0) -> Bytes:
    """Draw one image for each stream of dice (see `Page`) and label, uint8, (N, 28, 28).

    An image depends only on its own stream and label, not on the others of its chunk. A thread
    draws one chunk at a time: 200 images keep numpy busy and fit into the processor's cache.
    """
    images = np.empty((len(labels), SIZE, SIZE), np.uint8)

    def draw_chunk(indices: NDArray[np.intp]) -> None:
        page = Page(streams[indices])
        GARMENTS[labels[indices[0]]](page)
        images[indices] = page.develop()

    classes = [np.flatnonzero(labels == label) for label in range(len(GARMENTS))]
    chunks = [members[i : i + chunk] for members in classes for i in range(0, len(members), chunk)]
    with ThreadPoolExecutor(threads or min(2, os.cpu_count() or 1)) as pool:
        list(pool.map(draw_chunk, chunks))  # raises here what went wrong; then no chunk begins
    return images
