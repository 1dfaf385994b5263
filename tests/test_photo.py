"""A photograph as an image of the set: against ImageMagick, and whatever else is handed in.

The oracle is ImageMagick 6, on photographs drawn here. Where it is missing its tests are skipped,
unless FMNIST_REQUIRE_IMAGEMAGICK is 1.
"""

import doctest
import io
import os
import re
import shutil
import subprocess
import zlib

import numpy as np
import pytest
from ipywidgets import FileUpload
from PIL import Image, ImageDraw, ImageFilter

from fmnist_lib.sources import photo as module
from fmnist_lib.sources.photo import centre, convert_photo, sample, sharpen, trim

PULLOVER = [(30, 20), (45, 12), (55, 12), (70, 20), (92, 80), (80, 86), (71, 50), (71, 90)]
PULLOVER += [(29, 90), (29, 50), (20, 86), (8, 80)]  # percent of width and height


def draw(seed=0, size=(300, 400), ground=(255, 255, 255), noise=0, stripes=True):
    """Return a photograph of a pullover as a Pillow image, some of it by chance."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", size, ground)
    pen, colours = ImageDraw.Draw(image), rng.integers(0, 200, (2, 3))
    outline = [(x * size[0] / 100, y * size[1] / 100) for x, y in PULLOVER]
    pen.polygon(outline, fill=tuple(colours[0]))
    if stripes:
        for i in range(4, 9):
            y = size[1] * i / 10
            box = (0.32 * size[0], y, 0.68 * size[0], y + size[1] / 25)
            pen.rectangle(box, fill=tuple(colours[1]))
    image = image.filter(ImageFilter.GaussianBlur(int(rng.integers(0, 4))))
    noisy = np.asarray(image) + rng.integers(-noise, noise + 1, (*size[::-1], 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def encoded(image, kind="PNG", **options):
    """Return a Pillow image as the bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def magick(pixels, *options):
    """Return what ImageMagick makes of pixels, uint8 (H, W, 3), or of a file's bytes."""
    program = shutil.which("convert") or "convert"
    try:
        version = subprocess.run([program, "-version"], capture_output=True, text=True).stdout
    except OSError:
        version = ""
    if "ImageMagick 6" not in version:
        fail = os.environ.get("FMNIST_REQUIRE_IMAGEMAGICK") == "1"
        (pytest.fail if fail else pytest.skip)("ImageMagick 6 is not installed")
    data = pixels if isinstance(pixels, bytes) else encoded(Image.fromarray(pixels))
    command = [program, "-", *options, "+repage", "-depth", "8", "png:-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    return np.asarray(Image.open(io.BytesIO(done.stdout)).convert("RGB"))


def apart(one, other):
    """Return how far two pictures of the same shape are apart, in grey values."""
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other).max())


PHOTOS = [
    {"seed": 1},
    {"seed": 2, "noise": 5},
    {"seed": 3, "size": (51, 73)},  # as the authors had them
    {"seed": 4, "size": (600, 180), "ground": (235, 230, 210), "noise": 6},
    {"seed": 5, "size": (901, 1203), "noise": 4, "stripes": False},
    {"seed": 6, "size": (20, 17)},  # smaller than 28
    {"seed": 7, "ground": (40, 60, 50), "noise": 2},
    {"seed": 8, "noise": 30},  # a ground with more than 5 %
]


@pytest.mark.parametrize("drawn", PHOTOS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_whole_way_is_imagemagick_s(drawn, kind):
    """From file to grey values, the two are at most 1 apart."""
    data = encoded(draw(**drawn), kind)
    steps = "-fuzz 5% -trim +repage -sample 28x28 -adaptive-sharpen 1x1 -background white"
    steps += " -gravity center -extent 28x28 -negate -colorspace gray"
    image = convert_photo(data).image
    assert (image.shape, image.dtype) == ((28, 28), np.uint8)
    assert apart(image, magick(data, *steps.split())[..., 0]) <= 1


@pytest.mark.parametrize("drawn", PHOTOS)
def test_trim_is_imagemagick_s(drawn):
    """The box is the same to the pixel."""
    pixels = np.asarray(draw(**drawn))
    assert apart(trim(pixels), magick(pixels, "-fuzz", "5%", "-trim")) == 0


@pytest.mark.parametrize("change", range(9))
def test_trim_with_corners_of_different_colours(change):
    """Each edge is compared with the corner that ImageMagick takes."""
    rng = np.random.default_rng(change)
    pixels = np.full((60, 50, 3), 120) + rng.integers(-8, 9, (60, 50, 3))
    pixels[:, 42:] += rng.integers(-20, 21, 3)
    pixels[52:] += rng.integers(-20, 21, 3)
    pixels[12:40, 9:35] = 255
    pixels = pixels.clip(0, 255).astype(np.uint8)
    assert apart(trim(pixels), magick(pixels, "-fuzz", "5%", "-trim")) == 0


@pytest.mark.parametrize(("more", "size"), [((22, 0, 0), 1), ((23, 0, 0), 3), ((12,) * 3, 1)])
def test_five_percent(more, size):
    """The colours differ from 5 % of the distance from black to white on, 22.08 of 441.67."""
    pixels = np.full((9, 9, 3), 100, np.uint8)
    pixels[3:6, 3:6] += np.array(more, np.uint8)
    pixels[4, 4] = 255
    assert trim(pixels).shape == (size, size, 3)


@pytest.mark.parametrize("shape", [(73, 51), (28, 28), (300, 100), (3, 500), (50, 1), (9, 20)])
def test_sample_is_imagemagick_s(shape):
    """Rows and columns are the same, also of what is smaller than 28, or very narrow."""
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    small = sample(pixels)
    assert max(small.shape) == 28
    assert apart(small, magick(pixels, "-sample", "28x28")) == 0


@pytest.mark.parametrize("shape", [(28, 28), (28, 11), (1, 28), (28, 1)])
@pytest.mark.parametrize("coarse", [1, 4, 28])
def test_sharpen_is_imagemagick_s(shape, coarse):
    """Noise, soft patches and one colour are sharpened alike, but for rounding."""
    parts = tuple(-(-n // coarse) for n in shape)
    pixels = np.random.default_rng(0).integers(0, 256, (*parts, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(pixels).resize(shape[::-1]))
    assert apart(sharpen(pixels), magick(pixels, "-adaptive-sharpen", "1x1")) <= 1


@pytest.mark.parametrize("shape", [(28, 9), (28, 10), (1, 28), (28, 28)])
def test_centre_is_imagemagick_s(shape):
    """The middle is the same, also where an odd pixel is left."""
    pixels = np.zeros((*shape, 3), np.uint8)
    options = ["-background", "white", "-gravity", "center", "-extent", "28x28"]
    assert apart(centre(pixels), magick(pixels, *options)) == 0


def test_sharpening_grows_near_outlines():
    """A soft ramp stays, an outline gets a dark and a bright rim."""
    pixels = np.full((28, 28, 3), 200, np.uint8)
    pixels[:, :14] = 90
    pixels[:, 20:] = np.arange(200, 208)[None, :, None]
    sharp = sharpen(pixels)
    assert (sharp[:, 13] < 90).all()
    assert (sharp[:, 14] > 200).all()
    assert apart(sharp[:, 20:], pixels[:, 20:]) == 0


def test_steps():
    """Each step is a picture of its own, from the photograph to grey values on black."""
    steps = convert_photo(draw(size=(300, 400))).steps
    assert list(steps) == [
        *("photograph", "trimmed", "sampled", "sharpened", "centred", "negated", "grey"),
    ]
    assert steps["photograph"].shape == (400, 300, 3)
    assert steps["sampled"].shape == steps["sharpened"].shape == (28, 23, 3)
    assert apart(steps["centred"][:, 3:26], steps["sharpened"]) == 0
    assert apart(steps["negated"], 255 - steps["centred"]) == 0
    assert (steps["grey"][:, :3] == 0).all()
    assert steps["grey"].max() > 100
    assert all(pixels.dtype == np.uint8 and pixels.flags.writeable for pixels in steps.values())


def test_example():
    """The example in the docstring does what it says."""
    [test] = doctest.DocTestFinder().find(convert_photo, globs={"convert_photo": convert_photo})
    result = doctest.DocTestRunner().run(test)
    assert (result.attempted, result.failed) == (6, 0)


def uploaded(*files):
    """Return the value of a FileUpload after a browser sent files to it."""
    upload = FileUpload(multiple=True)
    facts = {"type": "image/png", "last_modified": 0}
    sent = [{"name": "a", "size": len(f), "content": memoryview(f), **facts} for f in files]
    upload.set_state({"value": sent})
    return upload.value


@pytest.mark.parametrize("way", ["str", "Path", "bytes", "bytearray", "file", "upload", "Pillow"])
def test_ways_to_hand_it_in(way, tmp_path):
    """A path, bytes, a file, an upload and a Pillow image are one and the same photograph."""
    picture = draw()
    data, path = encoded(picture), tmp_path / "pullover.png"
    path.write_bytes(data)
    given = {
        "str": lambda: str(path),
        "Path": lambda: path,
        "bytes": lambda: data,
        "bytearray": lambda: bytearray(data),
        "file": lambda: io.BytesIO(data),
        "upload": lambda: uploaded(data),
        "Pillow": lambda: picture,
    }[way]()
    assert apart(convert_photo(given).image, convert_photo(data).image) == 0


def test_path_below_home(tmp_path, monkeypatch):
    """A path may begin with ~, as in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    draw().save(tmp_path / "pullover.png")
    assert apart(convert_photo("~/pullover.png").image, convert_photo(draw()).image) == 0


SHIRT = draw(9, size=(60, 80))
RGB = np.asarray(SHIRT)
GROUND = (RGB == 255).all(axis=2)
TURNED = Image.Exif()
TURNED[0x0112] = 6  # orientation: what was above lies to the right


def stamped(alpha, mode="RGBA"):
    """Return the shirt, black with this alpha where its ground was."""
    pixels = np.dstack([np.where(GROUND[..., None], 0, RGB), np.where(GROUND, alpha, 255)])
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def in_grey(picture):
    """Return a picture as three equal channels of grey."""
    return np.asarray(picture.convert("L").convert("RGB"))


HANDLED = {  # a picture, how it is saved, and what must be seen
    "transparent": (stamped(0), {}, RGB),
    "half transparent": (stamped(128), {}, np.where(GROUND[..., None], 127, RGB)),
    "grey and transparent": (stamped(0, "LA"), {}, in_grey(SHIRT)),
    "transparent palette": (
        SHIRT.quantize(8),
        {"transparency": SHIRT.quantize(8).getpixel((0, 0))},
        np.where(GROUND[..., None], 255, SHIRT.quantize(8).convert("RGB")),
    ),
    "palette": (SHIRT.quantize(8), {}, SHIRT.quantize(8).convert("RGB")),
    "CMYK": (SHIRT.convert("CMYK"), {"kind": "TIFF"}, RGB),
    "16 bits": (
        Image.fromarray(np.maximum(RGB[..., 0] * np.uint16(257), 100) - 100),
        {},
        RGB[..., [0, 0, 0]],
    ),
    "black and white": (SHIRT.convert("1"), {}, in_grey(SHIRT.convert("1"))),
    "animated": (
        SHIRT.quantize(8),
        {"kind": "GIF", "save_all": True, "append_images": [Image.new("P", SHIRT.size)]},
        SHIRT.quantize(8).convert("RGB"),
    ),
    "turned by EXIF": (SHIRT.rotate(90, expand=True), {"exif": TURNED}, RGB),
    "one pixel wide": (SHIRT.crop((30, 0, 31, 80)), {}, RGB[:, 30:31]),
}


@pytest.mark.parametrize("name", HANDLED)
def test_kinds_of_images(name):
    """What is seen is what anybody sees who opens the file, on white, upright."""
    picture, options, expected = HANDLED[name]
    photo = convert_photo(encoded(picture, **options))
    assert apart(photo.steps["photograph"], np.asarray(expected)) == 0
    assert photo.image.shape == (28, 28)


def png_of(width, height):
    """Return the beginning of a PNG file that claims to be so large."""
    small = encoded(Image.new("L", (1, 1)))
    fields = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + small[24:29]
    return small[:12] + fields + zlib.crc32(fields).to_bytes(4, "big") + small[33:]


WHOLE = "photo must be a whole image, best a JPEG, of up to 64 million pixels, but it"
BARE = "photo must show a garment that stands out from its ground"
REFUSED = {
    "empty": (b"", WHOLE + " is in no format that Pillow knows"),
    "no image": (b"Dear diary", WHOLE + " is in no format that Pillow knows"),
    "HEIC": (b"\0\0\0\x18ftypheic" + bytes(99), WHOLE + " .*, perhaps in an iPhone's HEIC"),
    "65 megapixels": (png_of(6500, 10_000), WHOLE + " has more"),
    "100 megapixels": (png_of(10_000, 10_000), WHOLE + " has more"),
    "200 megapixels": (png_of(20_000, 10_000), WHOLE + " has more"),
    "cut off": (encoded(draw(noise=9), "JPEG")[:-2000], WHOLE + " is cut off, damaged"),
    "cut off, PNG": (encoded(draw(noise=9))[:-2000], WHOLE + " is cut off, damaged"),
    "cut off early": (encoded(draw())[:20], WHOLE + " is"),
    "decimals": (encoded(SHIRT.convert("F"), "TIFF"), WHOLE + " is .*pixels are decimals"),
    "one pixel": (encoded(Image.new("RGB", (1, 1))), BARE),
    "all of one colour": (encoded(Image.new("RGB", (30, 40), "teal")), BARE),
    "white on white": (encoded(draw(ground=(245, 246, 247)).point(lambda n: max(n, 240))), BARE),
    "two halves": (encoded(Image.linear_gradient("L").point(lambda n: 255 * (n > 99))), BARE),
    "two files": (uploaded(b"1", b"2"), "photo must be one uploaded file, got 2"),
    "no file": (uploaded(), "photo must be one uploaded file, got 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_a_sentence(name):
    """A ValueError names the argument and what is allowed, without a trace from Pillow."""
    given, message = REFUSED[name]
    with pytest.raises(ValueError, match=f"^{message}") as caught:
        convert_photo(given)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF"])
def test_damaged_files(kind):
    """Whichever bytes are wrong, a file is read, or refused in the same words."""
    rng, data = np.random.default_rng(0), encoded(SHIRT, kind)
    for _ in range(60):
        damaged = bytearray(data)
        for place in rng.integers(0, min(len(data), 400), 4):
            damaged[place] = rng.integers(0, 256)
        try:
            convert_photo(damaged[: rng.integers(len(data) // 2, 2 * len(data))])
        except ValueError as error:
            assert str(error).startswith((WHOLE, BARE))  # noqa: PT017


def test_what_is_no_photograph(tmp_path):
    """A number, text and an array are named; a file that can't be opened, with its whole path."""
    for given, kind in ((3, "int"), (None, "NoneType"), (np.eye(3), "ndarray"), ({}, "dict")):
        with pytest.raises(TypeError, match=f"^photo must be a path, bytes, .*, got {kind}$"):
            convert_photo(given)
    with pytest.raises(TypeError, match="opened with 'rb'.*, got StringIO"):
        convert_photo(io.StringIO("text"))
    with pytest.raises(FileNotFoundError, match=re.escape(os.path.abspath("none.jpg"))):
        convert_photo("none.jpg")
    with pytest.raises(IsADirectoryError, match="photo: ") as caught:
        convert_photo(tmp_path)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_too_large_a_photograph_is_not_decoded(monkeypatch):
    """Its size in the header is enough."""
    data = encoded(SHIRT)
    monkeypatch.setattr(module, "MOST_PIXELS", 60 * 80 - 1)
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(ValueError, match="but it has more"):
        convert_photo(data)
