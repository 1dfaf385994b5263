"""The ten garments: functions that paint shapes on a page, in the order of their labels.

Dice decide the sizes, within ranges chosen by looking at clothes; no pixel of Fashion-MNIST is in
here. As there, grey is inverted: black cloth is drawn white, and a shaded part lighter.
"""

import numpy as np

from fmnist_lib.sources.sketches.canvas import (
    Array,
    Number,
    Page,
    below,
    box,
    choose,
    curve,
    ellipse,
    intersection,
    only,
    outline,
    strip,
    triangle_wave,
)

Cut = tuple[Number, ...]


def cloth(p: Page, *, bright: float, patterned: float = 0.2, folds: float = 0.4) -> Array:
    """Return the tones of a fabric: plain, striped, checked or printed, with folds."""
    tone = p.either(bright, p.between(0.8, 1), p.between(0.25, 0.8))
    rows = triangle_wave(p.y * p.between(0.12, 0.45) + p.random())
    columns = triangle_wave(p.x * p.between(0.12, 0.45) + p.random())
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


def draw_top(p: Page, fabric: Array, body: Cut, arm: Cut, neck: Cut, edge: float = 0.15) -> Array:
    """Paint body, sleeves and neckline of a garment and return the shape of its body.

    `body`: half its width at the shoulders and the waist, the flare of the hem, and the hem's y.
    `arm`: the y of the cuffs (0: no sleeves), how far they reach beyond the shoulders, and half
    the thickness at shoulder and cuff. `neck`: half the width of the neckline, its depth, and
    how far the shoulders fall from it.
    """
    (shoulder, waist, flare, hem), (end, reach, thick, cuff), (width, dip, drop) = body, arm, neck
    side, y, top = p.side, p.y, 0.3
    slope = below(side, y, (width, top), (shoulder, top + drop))
    half = curve(y, (top + drop, 14, hem), (shoulder, waist, waist + flare))
    trunk = intersection(side - half, slope, y - hem)
    bow = curve(y, (3, 8, 28), (0, 1.5, 0))  # arms hang in an arc
    joint = (shoulder - thick, top + drop + thick / 2)
    limb = intersection(strip(side - bow, y, joint, (shoulder + reach, end), thick, cuff), slope)
    armhole = ellipse(side - shoulder - 0.2, y - top - drop, 1.8, 5)
    sleeved = np.greater(end, 0)
    p.paint(trunk, fabric, edge)
    p.paint(only(sleeved, limb), fabric * p.around(1, 0.12), edge * p.between(0.5, 3))
    p.paint(only(~sleeved, armhole), 0)
    p.paint(ellipse(p.x, y - top, width, dip), fabric * p.either(0.5, 0, p.between(0.2, 1)))
    return trunk


def t_shirt(p: Page) -> None:
    """Draw short sleeves or none, a round neck, often a print on the chest."""
    fabric = cloth(p, bright=0.4, patterned=0.25)
    cuffs = p.either(0.15, 0, p.either(0.1, p.around(18, 6), p.around(9, 1.5)))
    body = p.around(7.9, 1), p.around(6.5, 1), p.around(0.3, 0.7), p.between(27, 28.5)
    arm = cuffs, p.around(1, 0.8), p.around(2.5, 0.3), p.around(2.3, 0.3)
    draw_top(p, fabric, body, arm, neck=(p.around(3.5, 0.6), p.between(0.8, 4), 3.3))
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
    legs = intersection(side - outer, inner - side, 0.2 - y, y - p.between(27, 29))
    p.paint(legs, fabric, 0.2)
    p.paint(intersection(legs, y - p.between(1, 2)), fabric * p.between(0.7, 1.2))


def pullover(p: Page) -> None:
    """Draw long sleeves down to a ribbed hem; sometimes a hood, sometimes a print."""
    fabric = cloth(p, bright=0.4, patterned=0.12)
    length = p.between(23.5, 28)
    body = p.around(7.7, 0.9), p.around(5.8, 0.9), p.around(0, 0.5), length
    arm = p.around(27.4, 1.3), p.around(1.2, 0.8), p.around(2.2, 0.3), p.around(1.4, 0.3)
    neck = p.around(3.7, 0.6), p.between(0.5, 3), p.around(3.3, 0.6)
    hem = intersection(draw_top(p, fabric, body, arm, neck), length - 2 - p.y)
    p.paint(p.maybe(0.5, hem), fabric * p.between(0.8, 1.2))
    hood = ellipse(p.x, p.y - 1.5, p.around(4.5, 0.5), p.between(2, 4))
    p.paint(p.maybe(0.2, hood), fabric * p.between(0.8, 1.2), 0.2)
    emblem(p, 0.3, fabric)


def dress(p: Page) -> None:
    """Draw a slim body that widens down to the lower edge, with sleeves of any length."""
    fabric = cloth(p, bright=0.5, patterned=0.25, folds=0.35)
    cuffs = p.either(0.35, 0, p.either(0.55, p.around(16, 4), p.around(7, 1.2)))
    body = p.around(4.9, 1.1), p.around(4, 1), p.between(0, 3.2), p.between(27.5, 28.5)
    arm = cuffs, p.around(0.6, 0.6), p.around(1.6, 0.3), p.around(1.3, 0.2)
    trunk = draw_top(p, fabric, body, arm, neck=(p.around(2.6, 0.4), p.between(0.5, 5), 2))
    belt = intersection(trunk, abs(p.y - p.around(11, 1.5)) - p.between(0.4, 1))
    p.paint(p.maybe(0.3, belt), fabric * p.between(0.4, 1.3))


def coat(p: Page) -> None:
    """Draw a wide body with long thick sleeves, a collar, and an opening down the front."""
    fabric = cloth(p, bright=0.72, patterned=0.12)
    x, y = p.side, p.y
    body = p.around(7.2, 0.9), p.around(6.5, 0.9), p.around(0.2, 0.7), p.between(23, 27.8)
    arm = p.around(26.3, 1.5), p.around(1.2, 0.8), p.around(2.4, 0.3), p.around(1.7, 0.3)
    neck = p.around(3, 0.5), p.between(0.3, 1.5), p.around(3.6, 0.6)
    trunk = draw_top(p, fabric, body, arm, neck)
    collar = strip(x, y, (p.around(3.2, 0.4), 0), (p.between(0.5, 2), p.around(4, 1)), 1.4, 0.8)
    p.paint(p.maybe(0.6, collar), fabric * p.between(0.8, 1.2), 0.15)
    opening = intersection(x - p.between(0.2, 0.7), trunk)
    p.paint(p.maybe(0.65, opening), fabric * p.between(0.6, 1.3))
    quilt = intersection(triangle_wave(y * p.between(0.2, 0.35)) - 0.3, trunk)
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
    instep = ellipse(x - p.around(-1, 1.5), over, p.between(5, 9), foot * p.between(0.5, 0.9))
    arch = outline(instep, width)
    buckle = p.around(6, 1.5), foot * p.between(0.7, 1)
    behind = back + 0.5, foot * p.between(0.6, 1)
    ankle = strip(x, over, buckle, behind, width, width)
    counter = strip(x, over, (back, 0), behind, p.between(0.5, 2.5), width)
    front = strip(x, over, (p.around(-4, 3), 0), buckle, width, width)
    shoe = intersection(over - curve(x, (-13, -9, 5), (1, 3, foot)), x - back - 1, -13 - x)
    slits = triangle_wave((x + p.around(0, 0.8) * over) * p.between(0.1, 0.25) + p.random())
    woven = intersection(shoe, slits - p.between(-0.2, 1.2))
    for strap in (
        p.either(0.5, p.either(0.8, toe, outline(toe, width)), arch),
        p.maybe(0.3, arch),
        p.maybe(0.6, np.minimum(ankle, counter)),
        p.maybe(0.5, np.minimum(ankle, front)),
        p.maybe(0.12, woven),
    ):
        p.paint(intersection(strap, -over), leather)

    rubber = leather * p.either(0.5, p.between(0.3, 1.3), 1)
    p.paint(intersection(abs(over + sole) - sole, abs(x) - 13.8, x - back - 1.3), rubber)
    thick = p.either(0.5, p.between(0.5, 1), p.between(1, 3.5))
    stem = strip(x, up, (back - 0.3, lift + sole), (back + p.around(0.5, 0.5), 0), thick, thick)
    p.paint(only(heeled, stem), rubber)
    p.paint(p.maybe(0.35, intersection(over, -up, -8 - x, x - back - 1)), rubber)


def shirt(p: Page) -> None:
    """Draw a collar, a row of buttons, and long sleeves or short ones."""
    fabric = cloth(p, bright=0.24, patterned=0.3, folds=0.35)
    long = p.chance(0.82)
    cuffs = choose(long, p.around(26.5, 1.7), p.either(0.15, 0, p.around(10, 2)))
    body = p.around(7.3, 1), p.around(6.35, 1), p.around(0.3, 0.6), p.between(26, 28.3)
    reach, thick = p.around(1.2, 0.8), p.around(2.3, 0.3)
    arm = cuffs, reach, thick, choose(long, p.around(1.5, 0.3), p.around(2.4, 0.3))
    neck = p.around(3.2, 0.5), p.between(0.3, 2.5), p.around(3.4, 0.6)
    trunk = draw_top(p, fabric, body, arm, neck, edge=0.16)
    collar = strip(p.side, p.y, (p.around(3, 0.3), 0.3), (0.8, 3), 1.2, 0.6)
    p.paint(p.maybe(0.45, collar), fabric * p.between(0.9, 1.4), 0.1)
    opening = intersection(p.side - p.between(0.2, 0.7), trunk)
    p.paint(p.maybe(0.3, opening), fabric * p.between(0.5, 1.2))
    buttons = intersection(p.side - 0.6, triangle_wave(p.y * 0.3) - 0.6, trunk)
    p.paint(p.maybe(0.4, buttons), fabric * p.either(0.6, 0.4, 1.5))


def sneaker(p: Page) -> None:
    """Draw a low shoe with its toe to the left, laces, a flash on the side and a flat sole."""
    fabric = cloth(p, bright=0.6, patterned=0.2, folds=0.2)
    height = p.either(0.22, p.around(14, 3), p.around(9.2, 1.1))
    x, up = p.x, 14.8 + height / 2 - p.y
    throat, collar = p.around(3, 1.2), height - p.between(0, 3)
    toe, instep, tab = p.around(4.5, 0.3), p.around(6, 0.3), height - p.between(0, 2)
    places = -14, -12.5, -8, -3, throat, throat + 1.5, throat + 4, throat + 6, 12.5, 14
    heights = 1, 3, toe, instep, height, height, collar, collar, tab, 4
    form = intersection(up - curve(x, places, heights), -up, abs(x) - 14)
    p.paint(form, fabric, 0.1)
    p.weather(p.between(0, 0.8), 14)
    p.paint(p.maybe(0.4, intersection(p.between(9, 12) - x, form)), fabric * p.between(0.2, 1.4))
    p.paint(p.maybe(0.4, intersection(x + p.between(7, 11), form)), fabric * p.between(0.2, 1.4))
    laces = strip(x, up, (-6, 4.5), (throat, height - 0.5), 0.8, 0.8)
    p.paint(p.maybe(0.5, intersection(laces, form)), fabric * p.between(0.4, 1.4))
    slant, place = p.between(-1, 1), p.around(0, 2)
    flash = abs(x - place + slant * (up - 4)) - p.between(0.4, 1.5)
    p.paint(p.maybe(0.5, intersection(flash, form)), fabric * p.between(0.2, 1.6))
    sole = intersection(form, up - p.between(0.8, 2.8))
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
    body = intersection(side - sides, top - y, y - bottom, corners)

    grip = p.between(3, 7)
    loop = outline(ellipse(x, y - top, grip, np.maximum(top - 0.7, 1)), p.between(0.4, 0.9))
    straps = strip(side, y, (grip, top), (p.between(0.5, 2), 0.3), 0.6, 0.6)
    handle = intersection(p.either(0.65, loop, straps), y - top)
    p.paint(only(~(clutch & p.chance(0.7)), handle), fabric * p.between(0.6, 1.1))
    p.paint(body, fabric, 0.15)
    flap = intersection(abs(y - top - height * p.between(0.2, 0.6)) - 0.5, body)
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
    places = -14, -13, -9, -5, front - 2, front - 0.5, tip, 13
    tab = height - p.around(0.3, 0.8)
    heights = 1, 3.2, toe, 6.3 + heel / 3, ankle - 1.5, ankle, height, tab
    top = curve(x, places, heights)
    back = curve(up, (0, 4, 9, 16), (13.5, 13.8, p.around(12.5, 0.6), p.around(12.6, 0.8)))
    rise = heel * np.clip((x + 7) / 10, 0, 1)
    arch = intersection(up - rise, x - p.between(5, 10))
    form = intersection(up - top, -up, x - back, -13.8 - x, -arch)
    p.paint(form, fabric, 0.12)
    p.weather(p.between(0, 0.6), 14)
    gore = box(x - p.around(6, 1), up - height * 0.75, p.between(1, 2.5), height * 0.25)
    p.paint(p.maybe(0.3, intersection(gore, form)), fabric * p.between(0.4, 1.3))
    buckle = abs(up - height * p.between(0.4, 0.9) + p.around(0, 0.3) * x) - p.between(0.3, 0.8)
    p.paint(p.maybe(0.4, intersection(buckle, form)), fabric * p.between(0.5, 1.3))
    laces = strip(x, up, (-8, 2), (front + 2, ankle), 0.6, 0.6)
    p.paint(p.maybe(0.3, intersection(laces, form)), fabric * p.between(0.4, 1.2))
    sole = intersection(form, up - rise - p.between(0.6, 1.8))
    p.paint(sole, p.either(0.4, p.between(0, 0.5), p.between(0.5, 1)))


GARMENTS = (t_shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, boots)
