"""Sketches of clothing: a stand-in for Fashion-MNIST that this module draws itself.

THESE ARE NOT THE FASHION-MNIST IMAGES. They are there so that every lesson runs on a machine
without a network: as many images of the same size and the same ten classes, somewhat easier to
learn. Shirts, T-shirts, pullovers and coats are confused as there; shoes are confused less. A
score on them says nothing about Fashion-MNIST.

A garment is a function that paints shapes on a `Page`; the shapes' sizes are thrown by dice
within ranges that were chosen by looking at clothes. No pixel of Fashion-MNIST is in here. As
there, grey is inverted: black cloth is drawn white, and what lies in the shade is lighter.

The bytes are the same on every machine and with every version of numpy, because all is done by
integers and by float32 operations that IEEE 754 rounds in one way only: + - * / sqrt, minimum,
maximum, floor. Sines, exponentials, sums along an axis, and numpy's distributions are not.

How like they are, in percent of images named right, by class. (a) is a model trained on
Fashion-MNIST that names the 10,000 test sketches; (b) a model trained on the sketches that names
the real test images; (c) the same model on the test sketches; (d) the first one on the real test
images. Each is the mean of three seeds, with the network and the defaults of the library, five
epochs each; guessing gives 10 %. `tests/test_sketches.py` measures seed 0 where `FMNIST_DATA`
names the real files.

====  =======  =======  ========  =====  =====  ======  =====  =======  =====  =====  =====
..    T-shirt  Trouser  Pullover  Dress  Coat   Sandal  Shirt  Sneaker  Bag    Boots  all
====  =======  =======  ========  =====  =====  ======  =====  =======  =====  =====  =====
(a)   80       81       70        85     60     84      16     71       92     81     71.9
(b)   68       90       45        75     58     63      41     77       91     87     69.5
(c)   87       98       74        95     69     98      67     98       99     98     88.3
(d)   83       95       76        88     76     93      54     92       95     93     84.5
====  =======  =======  ========  =====  =====  ======  =====  =======  =====  =====  =====

To add a garment, write a function such as `trouser` below and append it to `GARMENTS` (and its
name to `CLASS_NAMES` in `fmnist_lib.data`). The images then have new sums: the failing test of
`SHA256` shows them.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# One float32 for each pixel of n images, (n, 28, 28), with 1 for 28 where all are the same;
# a number is one for all images, or one for each, (n, 1, 1).
Array = NDArray[np.floating[Any]]
Number = Array | float
Point = tuple[Number, Number]

SIZE = 28
COUNTS = {True: 60_000, False: 10_000}  # training and test images
SEEDS = {True: 0, False: 6}  # 6 puts a Pullover at test index 1, as in the real set
SHA256 = {  # of all images, then all labels
    True: "16c335e592d814918ae004d7ac8770cd8e359714e168664d9da034416919d6f9",
    False: "def59079ba5f18c933fba828410fc19196920ce5b92158bdcfa7162dc757208a",
}
NOWHERE = 99.0  # the distance to a shape that is left out

# --- shapes -------------------------------------------------------------------------------------
#
# A shape is an array of distances from each pixel to the outline, negative inside (a signed
# distance field). Where only the neighbourhood of the outline matters, a bound does as well as
# the distance. Formulas: Inigo Quilez, https://iquilezles.org/articles/distfunctions2d/


def box(x: Array, y: Array, width: Number, height: Number) -> Array:
    """Return a rectangle around the origin, with half its width and height given."""
    shape: Array = np.maximum(abs(x) - width, abs(y) - height)
    return shape


def ellipse(x: Array, y: Array, width: Number, height: Number) -> Array:
    """Return an ellipse around the origin, with its half axes given."""
    u, v = x / width, y / height
    shape: Array = (np.sqrt(u * u + v * v) - 1) * np.asarray(np.minimum(width, height), np.float32)
    return shape


def span(a: Point, b: Point) -> tuple[Array, Array]:
    """Return the way from a to b, each part (n, 1, 1), or (1, 1, 1) for all images alike."""
    # arrays, for numpy 1 and 2 disagree on the precision of a lone float32 with Python's numbers
    u, v = (np.asarray(end - start, np.float32) for start, end in zip(a, b, strict=True))
    return u.reshape(-1, 1, 1), v.reshape(-1, 1, 1)


def strip(x: Array, y: Array, a: Point, b: Point, start: Number, end: Number) -> Array:
    """Return a band from a to b, half as wide as `start` at a and `end` at b."""
    u, v = span(a, b)
    length = np.sqrt(u * u + v * v)
    u, v = u / length, v / length
    x, y = x - a[0], y - a[1]
    along, across = x * u + y * v, abs(x * v - y * u)
    half = length / 2
    return np.maximum(across - start - (end - start) / length * along, abs(along - half) - half)


def below(x: Array, y: Array, a: Point, b: Point) -> Array:
    """Return all that lies below the line through a and b, where b is to the right of a."""
    u, v = span(a, b)
    return ((x - a[0]) * v - (y - a[1]) * u) / np.sqrt(u * u + v * v)


def outline(shape: Array, width: Number) -> Array:
    """Return the line around a shape, with half its width given."""
    return abs(shape) - width


def common(*shapes: Array) -> Array:
    """Return what several shapes have in common."""
    return reduce(np.maximum, shapes)


def union(*shapes: Array) -> Array:
    """Return what lies in one shape at least."""
    return reduce(np.minimum, shapes)


def curve(t: Array, places: Sequence[Number], values: Sequence[Number]) -> Array:
    """Return the value at t of the line through values at given places, level beyond them."""
    value = np.asarray(values[0], np.float32)
    for (t0, t1), (v0, v1) in zip(pairwise(places), pairwise(values), strict=True):
        value = value + (v1 - v0) * np.clip((t - t0) / (t1 - t0), 0, 1)
    return value


def wave(t: Array) -> Array:
    """Return a zigzag between -1 and 1 with period 1."""
    return abs(t - np.floor(t) - 0.5) * 4 - 1


def choose(condition: NDArray[np.bool_], this: ArrayLike, that: ArrayLike) -> Array:
    """Return `this` where the condition holds and `that` elsewhere."""
    return np.where(condition, np.asarray(this, np.float32), np.asarray(that, np.float32))


# --- dice and paper -----------------------------------------------------------------------------


def mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit integers (the output function of SplitMix64, Steele et al., 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def blend(corners: Array) -> Array:
    """Fill the pixels between rows of corners, (n, cells + 1, k) to (n, 28, k)."""
    n, cells, k = corners.shape[0], corners.shape[1] - 1, corners.shape[2]
    t = (np.arange(SIZE // cells, dtype=np.float32) + 0.5) * (cells / SIZE)
    t = (t * t * (3 - 2 * t)).reshape(-1, 1)  # a smooth step from one corner to the next
    start, step = corners[:, :-1, None], np.diff(corners, axis=1)[:, :, None]
    rows: Array = (start + step * t).reshape(n, SIZE, k)
    return rows


class Page:
    """Paper for n images that are drawn at once, each by its own dice.

    Parameters
    ----------
    streams : numpy.ndarray
        Any different numbers, uint64, (n,): where the dice of each image begin.

    Attributes
    ----------
    x, y : array
        Where the pixels are: x from -14 at the left to 14, y from 0 at the top to 28. Each image
        is moved, stretched and, rarely, turned a little.
    side : array
        The distance abs(x) from the middle: shapes drawn with it are symmetrical.
    image : array
        What is painted, 0 black to 1 white.
    """

    def __init__(self, streams: NDArray[np.uint64]) -> None:
        self.state = streams[:, None, None]
        self.image = np.zeros((len(streams), SIZE, SIZE), np.float32)
        middles = np.arange(SIZE, dtype=np.float32) + 0.5
        self.y = middles[:, None] + self.around(0, 0.4)
        turned = self.either(0.06, self.around(0, 0.2), 0) * (self.y - 14)
        self.x = (middles - 14 + self.around(0, 0.5)) * self.around(1, 0.07) + turned
        self.side = abs(self.x)

    def random(self, rows: int = 1, columns: int = 1) -> Array:
        """Return numbers evenly from [0, 1), (n, rows, columns)."""
        cells = np.arange(rows * columns, dtype=np.uint64).reshape(rows, columns)
        bits = mix(self.state + cells * np.uint64(0x9E3779B97F4A7C15))
        self.state = mix(self.state + np.uint64(1))
        return (bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)

    def between(self, low: Number, high: Number) -> Array:
        """Return numbers evenly from low to high, one for each image, (n, 1, 1)."""
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
        return self.either(probability, shape, NOWHERE)

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
        grey: NDArray[np.uint8] = np.floor(np.clip(self.image, 0, 1) * 255 + 0.5).astype(np.uint8)
        return grey


# --- what garments share ------------------------------------------------------------------------


def cloth(p: Page, *, bright: float, patterned: float = 0.2, folds: float = 0.4) -> Array:
    """Return the tones of a fabric: plain, striped, checked or printed, with folds."""
    tone = p.either(bright, p.between(0.8, 1), p.between(0.25, 0.8))
    rows = wave(p.y * p.between(0.12, 0.45) + p.random())
    columns = wave(p.x * p.between(0.12, 0.45) + p.random())
    stripes = choose(rows > p.between(-0.5, 0.5), 1, p.between(0.35, 0.85))
    check = choose(rows > 0, 1, p.between(0.6, 0.9)) * choose(columns > 0, 1, p.between(0.6, 1))
    leaves = p.between(0.5, 0.85) + p.between(1, 4) * (p.clouds(28, 28) - 0.5)
    kind = p.random() / patterned
    pattern = choose(kind < 0.5, check, np.clip(leaves, 0.1, 1.2))
    pattern = choose(kind < 1, choose(kind < 0.25, stripes, pattern), 1)
    fold = 1 + p.between(0, folds) * (2 * p.clouds(2, 7) - 1)
    return tone * pattern * fold * (1 + p.around(0, 0.01) * (p.y - 14))


def emblem(p: Page, probability: float, fabric: Array) -> None:
    """Print a picture on the chest."""
    place = box(p.x, p.y - p.around(10, 2), p.between(1.5, 4.5), p.between(0.7, 5))
    ink = np.clip(p.between(-0.8, 1.2) + 1.5 * p.clouds(14, 14), 0, 1.4)
    p.paint(p.maybe(probability, place), fabric * ink)


def upper(
    p: Page,
    fabric: Array,
    *,
    body: tuple[Number, Number, Number],
    length: Number,
    sleeve: Point,
    arm: Point,
    neck: tuple[Number, Number, Number],
    edge: float = 0.15,
) -> Array:
    """Paint body, sleeves and neckline of a garment and return the shape of its body.

    Parameters
    ----------
    p : Page
        The paper.
    fabric : array
        Its tones, from `cloth`.
    body : three numbers
        Half its width at the shoulders and the waist, and how much wider it is at the hem.
    length : number
        The height y of the hem.
    sleeve : two numbers
        The height y of the cuffs, 0 for no sleeves, and how far beyond the shoulders they are.
    arm : two numbers
        Half the thickness of the sleeves, at the shoulder and at the cuff.
    neck : three numbers
        Half the width of the neckline, its depth, and how far the shoulders fall from it.
    edge : number
        How much lighter the outlines are.
    """
    side, y, top = p.side, p.y, 0.3
    (shoulder, waist, flare), (width, dip, drop) = body, neck
    (end, reach), (thick, cuff) = sleeve, arm
    slope = below(side, y, (width, top), (shoulder, top + drop))
    half = curve(y, (top + drop, 14, length), (shoulder, waist, waist + flare))
    trunk = common(side - half, slope, y - length)
    bow = curve(y, (3, 8, 28), (0, 1.5, 0))  # arms hang in an arc
    joint = (shoulder - thick, top + drop + thick / 2)
    limb = common(strip(side - bow, y, joint, (shoulder + reach, end), thick, cuff), slope)
    armhole = ellipse(side - shoulder - 0.2, y - top - drop, 1.8, 5)
    sleeved = np.greater(end, 0)
    p.paint(trunk, fabric, edge)
    p.paint(choose(sleeved, limb, NOWHERE), fabric * p.around(1, 0.12), edge * p.between(0.5, 3))
    p.paint(choose(sleeved, NOWHERE, armhole), 0)
    p.paint(ellipse(p.x, y - top, width, dip), fabric * p.either(0.5, 0, p.between(0.2, 1)))
    return trunk


# --- the garments, in the order of their labels -------------------------------------------------


def t_shirt(p: Page) -> None:
    """Draw short sleeves or none, a round neck, often a print on the chest."""
    fabric = cloth(p, bright=0.4, patterned=0.25)
    cuffs = p.either(0.15, 0, p.either(0.1, p.around(18, 6), p.around(9, 1.5)))
    upper(
        p,
        fabric,
        body=(p.around(7.9, 1), p.around(6.5, 1), p.around(0.3, 0.7)),
        length=p.between(27, 28.5),
        sleeve=(cuffs, p.around(1, 0.8)),
        arm=(p.around(2.5, 0.3), p.around(2.3, 0.3)),
        neck=(p.around(3.5, 0.6), p.between(0.8, 4), 3.3),
    )
    polo = strip(p.side, p.y, (3, 0.3), (0.8, 3), 1, 0.6)
    p.paint(p.maybe(0.15, polo), fabric * p.between(0.9, 1.5))
    emblem(p, 0.35, fabric)


def trouser(p: Page) -> None:
    """Draw two long legs under one waistband; sometimes one leg is bent."""
    fabric = cloth(p, bright=0.55, patterned=0.12)
    y, side = p.y, abs(p.x + p.around(0, 0.05) * p.y)
    waist, gap = p.around(4.3, 0.8), p.between(0.7, 2.4)
    outer = curve(y, (0, 7, 28), (waist, waist + p.between(0.2, 1), p.around(4.6, 0.9)))
    crotch = p.around(8.5, 1.5)
    inner = curve(y, (crotch, crotch + 5, 28), (-0.6, gap * 0.8, gap))
    legs = common(side - outer, inner - side, 0.2 - y, y - p.between(27, 29))
    p.paint(legs, fabric, 0.2)
    p.paint(common(legs, y - p.between(1, 2)), fabric * p.between(0.7, 1.2))


def pullover(p: Page) -> None:
    """Draw long sleeves down to a ribbed hem; sometimes a hood, sometimes a print."""
    fabric = cloth(p, bright=0.4, patterned=0.12)
    length = p.between(23.5, 28)
    body = upper(
        p,
        fabric,
        body=(p.around(7.7, 0.9), p.around(5.8, 0.9), p.around(0, 0.5)),
        length=length,
        sleeve=(p.around(27.4, 1.3), p.around(1.2, 0.8)),
        arm=(p.around(2.2, 0.3), p.around(1.4, 0.3)),
        neck=(p.around(3.7, 0.6), p.between(0.5, 3), p.around(3.3, 0.6)),
    )
    p.paint(p.maybe(0.5, common(body, length - 2 - p.y)), fabric * p.between(0.8, 1.2))
    hood = ellipse(p.x, p.y - 1.5, p.around(4.5, 0.5), p.between(2, 4))
    p.paint(p.maybe(0.2, hood), fabric * p.between(0.8, 1.2), 0.2)
    emblem(p, 0.3, fabric)


def dress(p: Page) -> None:
    """Draw a slim body that widens down to the lower edge, with sleeves of any length."""
    fabric = cloth(p, bright=0.5, patterned=0.25, folds=0.35)
    cuffs = p.either(0.35, 0, p.either(0.55, p.around(16, 4), p.around(7, 1.2)))
    body = upper(
        p,
        fabric,
        body=(p.around(4.9, 1.1), p.around(4, 1), p.between(0, 3.2)),
        length=p.between(27.5, 28.5),
        sleeve=(cuffs, p.around(0.6, 0.6)),
        arm=(p.around(1.6, 0.3), p.around(1.3, 0.2)),
        neck=(p.around(2.6, 0.4), p.between(0.5, 5), 2),
    )
    belt = common(body, abs(p.y - p.around(11, 1.5)) - p.between(0.4, 1))
    p.paint(p.maybe(0.3, belt), fabric * p.between(0.4, 1.3))


def coat(p: Page) -> None:
    """Draw a wide body with long thick sleeves, a collar, and an opening down the front."""
    fabric = cloth(p, bright=0.72, patterned=0.12)
    x, y = p.side, p.y
    body = upper(
        p,
        fabric,
        body=(p.around(7.2, 0.9), p.around(6.5, 0.9), p.around(0.2, 0.7)),
        length=p.between(23, 27.8),
        sleeve=(p.around(26.3, 1.5), p.around(1.2, 0.8)),
        arm=(p.around(2.4, 0.3), p.around(1.7, 0.3)),
        neck=(p.around(3, 0.5), p.between(0.3, 1.5), p.around(3.6, 0.6)),
    )
    collar = strip(x, y, (p.around(3.2, 0.4), 0), (p.between(0.5, 2), p.around(4, 1)), 1.4, 0.8)
    p.paint(p.maybe(0.6, collar), fabric * p.between(0.8, 1.2), 0.15)
    p.paint(p.maybe(0.65, common(x - p.between(0.2, 0.7), body)), fabric * p.between(0.6, 1.3))
    quilt = common(wave(y * p.between(0.2, 0.35)) - 0.3, body)
    p.paint(p.maybe(0.2, quilt), fabric * p.between(0.7, 1.1))
    pocket = box(x - p.around(4.2, 0.4), y - p.around(18, 1.5), 1.8, 0.5)
    p.paint(p.maybe(0.4, pocket), fabric * p.between(0.7, 1.2))


def sandal(p: Page) -> None:
    """Draw a footbed, flat or on a heel, and the straps over it."""
    shade = p.either(0.6, p.between(0.7, 1), p.between(0.2, 0.7))
    leather = shade * (1 + p.between(0, 0.8) * (p.clouds(14, 14) - 0.5))
    heeled, heel = p.chance(0.45), p.between(5, 14)
    lift = choose(heeled, heel, p.between(0, 2))  # of the heel over the toes
    foot = choose(heeled, p.between(6, 13), p.around(7.5, 2))  # height of the ankle strap
    back = choose(heeled, p.around(11, 1), 12.5)
    sole = choose(heeled, p.between(0.4, 0.9), p.between(0.5, 1.4))
    x, up = p.x, 14.5 + (lift + foot) / 2 - p.y
    over = up - 2 * sole - lift * curve(x, (-6, 1, back - 3, back), (0, 0.3, 0.9, 1))

    width = p.between(0.4, 1.4)
    toe = ellipse(x - p.around(-9, 1.2), over, p.between(2, 4.5), p.between(2.5, 4.5))
    arch = ellipse(x - p.around(-1, 1.5), over, p.between(5, 9), foot * p.between(0.5, 0.9))
    arch = outline(arch, width)
    buckle = (p.around(6, 1.5), foot * p.between(0.7, 1))
    behind = (back + 0.5, foot * p.between(0.6, 1))
    ankle = strip(x, over, buckle, behind, width, width)
    counter = strip(x, over, (back, 0), behind, p.between(0.5, 2.5), width)
    front = strip(x, over, (p.around(-4, 3), 0), buckle, width, width)
    shoe = common(over - curve(x, (-13, -9, 5), (1, 3, foot)), x - back - 1, -13 - x)
    slits = wave((x + p.around(0, 0.8) * over) * p.between(0.1, 0.25) + p.random())
    woven = common(shoe, slits - p.between(-0.2, 1.2))
    for strap in (
        p.either(0.5, p.either(0.8, toe, outline(toe, width)), arch),
        p.maybe(0.3, arch),
        p.maybe(0.6, union(ankle, counter)),
        p.maybe(0.5, union(ankle, front)),
        p.maybe(0.12, woven),
    ):
        p.paint(common(strap, -over), leather)

    rubber = leather * p.either(0.5, p.between(0.3, 1.3), 1)
    p.paint(common(abs(over + sole) - sole, abs(x) - 13.8, x - back - 1.3), rubber)
    thick = p.either(0.5, p.between(0.5, 1), p.between(1, 3.5))
    stem = strip(x, up, (back - 0.3, lift + sole), (back + p.around(0.5, 0.5), 0), thick, thick)
    p.paint(choose(heeled, stem, NOWHERE), rubber)
    p.paint(p.maybe(0.35, common(over, -up, -8 - x, x - back - 1)), rubber)


def shirt(p: Page) -> None:
    """Draw a collar, a row of buttons, and long sleeves or short ones."""
    fabric = cloth(p, bright=0.24, patterned=0.3, folds=0.35)
    long = p.chance(0.82)
    cuffs = choose(long, p.around(26.5, 1.7), p.either(0.15, 0, p.around(10, 2)))
    body = upper(
        p,
        fabric,
        body=(p.around(7.3, 1), p.around(6.35, 1), p.around(0.3, 0.6)),
        length=p.between(26, 28.3),
        sleeve=(cuffs, p.around(1.2, 0.8)),
        arm=(p.around(2.3, 0.3), choose(long, p.around(1.5, 0.3), p.around(2.4, 0.3))),
        neck=(p.around(3.2, 0.5), p.between(0.3, 2.5), p.around(3.4, 0.6)),
        edge=0.16,
    )
    collar = strip(p.side, p.y, (p.around(3, 0.3), 0.3), (0.8, 3), 1.2, 0.6)
    p.paint(p.maybe(0.45, collar), fabric * p.between(0.9, 1.4), 0.1)
    p.paint(p.maybe(0.3, common(p.side - p.between(0.2, 0.7), body)), fabric * p.between(0.5, 1.2))
    buttons = common(p.side - 0.6, wave(p.y * 0.3) - 0.6, body)
    p.paint(p.maybe(0.4, buttons), fabric * p.either(0.6, 0.4, 1.5))


def sneaker(p: Page) -> None:
    """Draw a low shoe with its toe to the left, laces, a flash on the side and a flat sole."""
    fabric = cloth(p, bright=0.6, patterned=0.2, folds=0.2)
    height = p.either(0.22, p.around(14, 3), p.around(9.2, 1.1))
    x, up = p.x, 14.8 + height / 2 - p.y
    throat, collar = p.around(3, 1.2), height - p.between(0, 3)
    toe, instep, tab = p.around(4.5, 0.3), p.around(6, 0.3), height - p.between(0, 2)
    top = curve(
        x,
        (-14, -12.5, -8, -3, throat, throat + 1.5, throat + 4, throat + 6, 12.5, 14),
        (1, 3, toe, instep, height, height, collar, collar, tab, 4),
    )
    form = common(up - top, -up, abs(x) - 14)
    p.paint(form, fabric, 0.1)
    p.weather(p.between(0, 0.8), 14)
    p.paint(p.maybe(0.4, common(p.between(9, 12) - x, form)), fabric * p.between(0.2, 1.4))
    p.paint(p.maybe(0.4, common(x + p.between(7, 11), form)), fabric * p.between(0.2, 1.4))
    laces = strip(x, up, (-6, 4.5), (throat, height - 0.5), 0.8, 0.8)
    p.paint(p.maybe(0.5, common(laces, form)), fabric * p.between(0.4, 1.4))
    slant, place = p.between(-1, 1), p.around(0, 2)
    flash = abs(x - place + slant * (up - 4)) - p.between(0.4, 1.5)
    p.paint(p.maybe(0.5, common(flash, form)), fabric * p.between(0.2, 1.6))
    sole = common(form, up - p.between(0.8, 2.8))
    p.paint(sole, p.either(0.5, p.between(0, 0.3), p.between(0.5, 1)))


def bag(p: Page) -> None:
    """Draw a wide body, with a handle above it or none, a flap, a seam and a clasp."""
    x, y, side = p.x, p.y, p.side
    fabric = cloth(p, bright=0.5, patterned=0.25, folds=0.1)
    clutch = p.chance(0.4)
    width = choose(clutch, p.between(12, 14), p.between(7, 13.5))
    height = choose(clutch, p.between(10, 20), p.between(10, 19))
    bottom = choose(clutch, 14 + height / 2, p.between(26.5, 28))
    top, middle = bottom - height, bottom - height / 2
    sides = curve(y, (top, bottom), (width - p.either(0.5, p.between(0, 3), 0), width))
    corners = side + abs(y - middle) - width - height / 2 + p.between(0.3, 3.5)
    body = common(side - sides, top - y, y - bottom, corners)

    grip = p.between(3, 7)
    loop = outline(ellipse(x, y - top, grip, np.maximum(top - 0.7, 1)), p.between(0.4, 0.9))
    straps = strip(side, y, (grip, top), (p.between(0.5, 2), 0.3), 0.6, 0.6)
    handle = common(p.either(0.65, loop, straps), y - top)
    p.paint(choose(clutch & p.chance(0.7), NOWHERE, handle), fabric * p.between(0.6, 1.1))
    p.paint(body, fabric, 0.15)
    flap = common(abs(y - top - height * p.between(0.2, 0.6)) - 0.5, body)
    p.paint(p.maybe(0.5, flap), fabric * p.between(0.5, 1.2))
    p.paint(p.maybe(0.3, outline(body + 1.5, 0.4)), fabric * p.between(0.6, 1.2))
    clasp = box(x, y - middle, p.between(0.5, 1.5), p.between(0.5, 1.5))
    p.paint(p.maybe(0.4, clasp), p.between(0, 1))


def boots(p: Page) -> None:
    """Draw a shoe with a shaft over the ankle, on a flat sole or a heel."""
    fabric = cloth(p, bright=0.8, patterned=0.06, folds=0.2)
    height = p.either(0.6, p.around(18, 3), p.between(18, 27.5))
    tall = np.clip((height - 14) / 14, 0, 1)  # a tall boot is narrower, to fit the page
    x, up = p.x * (1 + tall * p.between(0, 0.35)), 14 + height / 2 - p.y
    heel = p.either(0.5, p.between(1, 3 + 5 * tall), 0)
    ankle, front = np.minimum(10 + heel, height - 2), p.around(2.3 - 2 * tall, 1.2)
    toe, tip = p.around(5, 0.5), front + p.between(0, 1)
    top = curve(
        x,
        (-14, -13, -9, -5, front - 2, front - 0.5, tip, 13),
        (1, 3.2, toe, 6.3 + heel / 3, ankle - 1.5, ankle, height, height - p.around(0.3, 0.8)),
    )
    back = curve(up, (0, 4, 9, 16), (13.5, 13.8, p.around(12.5, 0.6), p.around(12.6, 0.8)))
    rise = heel * np.clip((x + 7) / 10, 0, 1)
    arch = common(up - rise, x - p.between(5, 10))
    form = common(up - top, -up, x - back, -13.8 - x, -arch)
    p.paint(form, fabric, 0.12)
    p.weather(p.between(0, 0.6), 14)
    gore = box(x - p.around(6, 1), up - height * 0.75, p.between(1, 2.5), height * 0.25)
    p.paint(p.maybe(0.3, common(gore, form)), fabric * p.between(0.4, 1.3))
    buckle = abs(up - height * p.between(0.4, 0.9) + p.around(0, 0.3) * x) - p.between(0.3, 0.8)
    p.paint(p.maybe(0.4, common(buckle, form)), fabric * p.between(0.5, 1.3))
    laces = strip(x, up, (-8, 2), (front + 2, ankle), 0.6, 0.6)
    p.paint(p.maybe(0.3, common(laces, form)), fabric * p.between(0.4, 1.2))
    sole = common(form, up - rise - p.between(0.6, 1.8))
    p.paint(sole, p.either(0.4, p.between(0, 0.5), p.between(0.5, 1)))


GARMENTS = (t_shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, boots)


# --- the two sets -------------------------------------------------------------------------------


def draw_sketches(training: bool = True) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw all images of one set, the same bytes on every machine.

    Parameters
    ----------
    training : bool
        True for the 60,000 training images, False for the 10,000 test images.

    Returns
    -------
    images : numpy.ndarray
        Grey values, uint8, (60000, 28, 28) or (10000, 28, 28).
    labels : numpy.ndarray
        Labels 0 to 9, uint8, (60000,) or (10000,): each as often as any other, shuffled.
    """
    count = COUNTS[training]
    streams = mix(np.arange(count, dtype=np.uint64) + np.uint64(SEEDS[training] << 32))
    labels = np.empty(count, np.uint8)
    labels[np.argsort(streams)] = np.arange(count) % len(GARMENTS)
    return draw(streams, labels), labels


def draw(
    streams: NDArray[np.uint64], labels: NDArray[np.uint8], *, chunk: int = 200, threads: int = 0
) -> NDArray[np.uint8]:
    """Draw one image for each stream of dice (see `Page`) and label, uint8, (N, 28, 28).

    An image depends on its own stream and label only, not on the images that are drawn at once,
    a chunk on each thread: 200 are enough to keep numpy busy and few enough for the processor's
    cache. By default there are two threads, or one where there is one processor.
    """
    images = np.empty((len(labels), SIZE, SIZE), np.uint8)

    def draw_chunk(garment: Callable[[Page], None], indices: NDArray[np.intp]) -> None:
        page = Page(streams[indices])
        garment(page)
        images[indices] = page.develop()

    with ThreadPoolExecutor(threads or min(2, os.cpu_count() or 1)) as pool:
        tasks = []
        for label, garment in enumerate(GARMENTS):
            members = np.flatnonzero(labels == label)
            tasks += [
                pool.submit(draw_chunk, garment, members[i : i + chunk])
                for i in range(0, len(members), chunk)
            ]
        for task in tasks:
            task.result()  # raises here what went wrong there
    return images
