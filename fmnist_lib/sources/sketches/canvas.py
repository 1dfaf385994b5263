"""Shapes, dice and paper: all that a garment is drawn with.

The bytes are the same on every machine and with every version of numpy, because everything here
uses integers, or float32 operations that IEEE 754 rounds in one way only: + - * / sqrt, minimum,
maximum, floor. Sines, exponentials, sums along an axis and numpy's distributions give no such
guarantee.
"""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# One float32 for each pixel of n images, (n, 28, 28), with 1 for 28 where all are the same;
# a number is one for all images, or one for each, (n, 1, 1). Dice are 64-bit random states.
Array = NDArray[np.floating[Any]]
Number = Array | float
Point = tuple[Number, Number]
Dice = NDArray[np.uint64]

SIZE = 28

# A shape is an array of distances from each pixel to the outline, negative inside (a signed
# distance field). Where only the neighbourhood of the outline matters, a bound is as good as
# the distance. Formulas: Inigo Quilez, https://iquilezles.org/articles/distfunctions2d/


def intersection(*shapes: Array) -> Array:
    """Return the area inside all of the shapes."""
    return reduce(np.maximum, shapes)


def outline(shape: Array, width: Number) -> Array:
    """Return the line around a shape, with half its width given."""
    return abs(shape) - width


def box(x: Array, y: Array, width: Number, height: Number) -> Array:
    """Return a rectangle around the origin, with half its width and height given."""
    return intersection(abs(x) - width, abs(y) - height)


def ellipse(x: Array, y: Array, width: Number, height: Number) -> Array:
    """Return an ellipse around the origin, with its half axes given."""
    u, v = x / width, y / height
    distance: Array = np.sqrt(u * u + v * v) - 1
    return distance * np.asarray(np.minimum(width, height), np.float32)


def span(a: Point, b: Point) -> tuple[Array, Array, Array]:
    """Return the vector from a to b and its length, (n, 1, 1), or (1, 1, 1) if all images agree."""
    # as arrays: numpy 1 and 2 disagree on the precision of a lone float32 with Python's numbers
    u, v = (np.asarray(b[i] - a[i], np.float32).reshape(-1, 1, 1) for i in (0, 1))
    return u, v, np.sqrt(u * u + v * v)


def strip(x: Array, y: Array, a: Point, b: Point, start: Number, end: Number) -> Array:
    """Return a band from a to b, half as wide as `start` at a and `end` at b."""
    u, v, length = span(a, b)
    x, y, u, v = x - a[0], y - a[1], u / length, v / length
    along, across, half = x * u + y * v, abs(x * v - y * u), length / 2
    sides = across - start - (end - start) / length * along
    return intersection(sides, abs(along - half) - half)


def below(x: Array, y: Array, a: Point, b: Point) -> Array:
    """Return the area below the line through a and b, where b is to the right of a."""
    u, v, length = span(a, b)
    return ((x - a[0]) * v - (y - a[1]) * u) / length


def curve(t: Array, places: Sequence[Number], values: Sequence[Number]) -> Array:
    """Return the value at t of the line through values at given places, level beyond them."""
    value = np.asarray(values[0], np.float32)
    for (t0, t1), (v0, v1) in zip(pairwise(places), pairwise(values), strict=True):
        value = value + (v1 - v0) * np.clip((t - t0) / (t1 - t0), 0, 1)
    return value


def triangle_wave(t: Array) -> Array:
    """Return a zigzag between -1 and 1 with period 1."""
    return abs(t - np.floor(t) - 0.5) * 4 - 1


def choose(condition: NDArray[np.bool_], this: ArrayLike, that: ArrayLike) -> Array:
    """Return `this` where the condition holds and `that` elsewhere."""
    return np.where(condition, np.asarray(this, np.float32), np.asarray(that, np.float32))


def only(condition: NDArray[np.bool_], shape: Array) -> Array:
    """Return the shape where the condition holds, and nothing elsewhere."""
    return choose(condition, shape, 99)  # far away from each pixel


def splitmix64(z: Dice) -> Dice:
    """Scramble 64-bit integers (the output function of SplitMix64, Steele et al., 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def blend(corners: Array) -> Array:
    """Fill the pixels between rows of corners, (n, cells + 1, k) to (n, 28, k)."""
    n, cells, k = corners.shape[0], corners.shape[1] - 1, corners.shape[2]
    t = (np.arange(SIZE // cells, dtype=np.float32) + 0.5) * (cells / SIZE)
    t = (t * t * (3 - 2 * t)).reshape(-1, 1)  # a smooth step from one corner to the next
    start, end = corners[:, :-1, None], corners[:, 1:, None]
    return np.reshape(start + (end - start) * t, (n, SIZE, k))


class Page:
    """Paper for n images, drawn at once, each with its own dice: a seed for each, uint64, (n,).

    Pixels lie at x, -14 at the left to 14, and y, 0 at the top to 28; each image is moved,
    stretched and, rarely, turned a little. Shapes drawn with `side`, abs(x), are symmetrical.
    `image` holds the painting, 0 black to 1 white.
    """

    def __init__(self, streams: Dice) -> None:
        self.state = streams[:, None, None]
        self.image = np.zeros((len(streams), SIZE, SIZE), np.float32)
        middles = np.arange(SIZE, dtype=np.float32) + 0.5
        self.y = middles[:, None] + self.around(0, 0.4)
        turned = self.either(0.06, self.around(0, 0.2), 0) * (self.y - 14)
        self.x = (middles - 14 + self.around(0, 0.5)) * self.around(1, 0.07) + turned
        self.side = abs(self.x)

    def random(self, rows: int = 1, columns: int = 1) -> Array:
        """Return uniform random numbers in [0, 1), (n, rows, columns)."""
        cells = np.arange(rows * columns, dtype=np.uint64).reshape(rows, columns)
        bits = splitmix64(self.state + cells * np.uint64(0x9E3779B97F4A7C15))
        self.state = splitmix64(self.state + np.uint64(1))
        return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)

    def between(self, low: Number, high: Number) -> Array:
        """Return uniform random numbers from low to high, one for each image, (n, 1, 1)."""
        return low + (high - low) * self.random()

    def around(self, middle: Number, spread: Number) -> Array:
        """Return numbers of which seven in ten are within one spread of the middle."""
        return middle + spread * (self.random() + self.random() + self.random() - 1.5) * 1.8

    def chance(self, probability: Number) -> NDArray[np.bool_]:
        """Return True with the given probability, (n, 1, 1)."""
        return self.random() < probability

    def either(self, probability: float, this: Number, that: Number) -> Array:
        """Return `this` with the given probability, or else `that`."""
        return choose(self.chance(probability), this, that)

    def maybe(self, probability: float, shape: Array) -> Array:
        """Return the shape with the given probability, or else nothing."""
        return only(self.chance(probability), shape)

    def clouds(self, rows: int, columns: int) -> Array:
        """Return smooth noise, 0 to 1, by a lattice of cells; both numbers must divide 28."""
        corners = self.random(rows + 1, columns + 1)
        return blend(blend(corners).swapaxes(1, 2)).swapaxes(1, 2)

    def paint(self, shape: Array, tone: Number, edge: Number = 0) -> None:
        """Cover a shape with a tone, 0 black to 1 white, lighter by `edge` at the outline."""
        cover = np.clip(0.5 - shape, 0, 1)
        lit = tone + edge * np.clip(1 + shape / 2, 0, 1)
        self.image += (lit - self.image) * cover

    def weather(self, strength: Number, cells: int) -> None:
        """Lighten and darken what is painted, in clouds."""
        self.image *= 1 + strength * (self.clouds(cells, cells) - 0.5)

    def develop(self) -> NDArray[np.uint8]:
        """Return the finished images, uint8, (n, 28, 28)."""
        self.weather(self.between(0, 0.25), 4)
        self.weather(self.between(0.05, 0.25), SIZE)
        return np.asarray(np.floor(np.clip(self.image, 0, 1) * 255 + 0.5), np.uint8)
