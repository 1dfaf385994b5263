"""A photograph, turned into an image as the authors of Fashion-MNIST did.

The steps are those of H. Xiao, K. Rasul and R. Vollgraf, arXiv:1708.07747, section 2. They read
like options of ImageMagick: ``-fuzz 5% -trim -sample 28x28 -adaptive-sharpen 1x1 -gravity center
-extent 28x28 -negate -colorspace gray``. So each step here does what ImageMagick 6.9 does. The
tests compare: the same box, the same rows and columns, grey values at most 1 apart.

Nothing leaves the computer on which Python runs; with a notebook, that is the kernel's.
"""

import io
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmnist_lib._common import check_path

SIZE = 28
MOST_PIXELS = 64_000_000  # phones give 12 to 50 millions; a copy of 64 takes 192 MB
FUZZ = 0.05 * 255 * 3**0.5  # 5 % of the way from black to white, the longest in RGB
GREY = np.array([0.212656, 0.715158, 0.072186])  # luma of Rec. 709, ImageMagick's grey

# Weights, 3 x 3, of radius and standard deviation 1, from ImageMagick's magick/effect.c; for the
# blur, magick/morphology.c adds up the Gaussian at three places in each pixel.
NEXT = np.exp(-0.5)  # the Gaussian one pixel from its centre, where it is 1
GAUSSIAN = np.outer([NEXT, 1, NEXT], [NEXT, 1, NEXT])
SHARPEN = np.where(GAUSSIAN == 1, 2 * GAUSSIAN.sum(), -GAUSSIAN) / (GAUSSIAN.sum() + 1)
OUTLINE = np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
THIRDS = np.exp(-((np.arange(-4, 5) / 3) ** 2) / 2).reshape(3, 3).sum(axis=1)
BLUR = np.outer(THIRDS, THIRDS) / THIRDS.sum() ** 2

Pixels = NDArray[np.uint8]  # (H, W, 3)
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Photo:
    """What `convert_photo` makes of a photograph.

    Attributes
    ----------
    steps : dict of str to numpy.ndarray
        The picture after each step, in order: uint8, (H, W, 3) in colour, at last (28, 28) in grey.
    """

    steps: Mapping[str, Pixels]

    @property
    def image(self) -> Pixels:
        """Return the last step: grey values, uint8, (28, 28), bright on black."""
        return self.steps["grey"]


def convert_photo(photo: Any) -> Photo:
    """Turn a photograph of one garment into an image like those of Fashion-MNIST.

    The authors had pictures of a shop, 51 x 73: one garment from the front, evenly lit, on almost
    white. A phone's picture lacks all that. Lay the garment flat on something white, in daylight,
    without shadows, and cut away whatever else is in the picture: one shadow at the edge, and
    nothing is trimmed. The authors left white products out, which vanish on white.

    Parameters
    ----------
    photo : path, bytes, binary file, PIL.Image.Image or ``ipywidgets.FileUpload().value``
        An image in a format that Pillow reads, of up to 64 million pixels. It is turned upright as
        its EXIF data say; transparent parts become white; of an animation, the first frame counts.

    Returns
    -------
    Photo
        Its `image` is uint8, (28, 28), and its `steps` are pictures of the way there.

    Raises
    ------
    TypeError, ValueError, OSError
        `photo` is something else, no whole image or too large, nothing stands out from its ground,
        or its file cannot be opened. The message says what to do.

    Examples
    --------
    >>> from PIL import Image
    >>> sheet = Image.new("RGB", (300, 400), "white")
    >>> sheet.paste("navy", (50, 100, 250, 380))  # left, top, right, bottom
    >>> photo = convert_photo(sheet)
    >>> {name: pixels.shape[:2] for name, pixels in photo.steps.items()}  # doctest: +ELLIPSIS
    {'photograph': (400, 300), 'trimmed': (280, 200), 'sampled': (28, 20), ...}
    >>> photo.image.shape
    (28, 28)

    A network sees it as ``fmnist_lib.data.normalise(photo.image)``.
    """
    steps = {"photograph": _open(photo)}
    steps["trimmed"] = trim(steps["photograph"])
    steps["sampled"] = sample(steps["trimmed"])
    steps["sharpened"] = sharpen(steps["sampled"])
    steps["centred"] = centre(steps["sharpened"])
    steps["negated"] = 255 - steps["centred"]
    steps["grey"] = (steps["negated"] @ GREY + 0.5).astype(np.uint8)
    return Photo(steps)


def trim(pixels: Pixels) -> Pixels:
    """Cut the edges off as far as they have a corner's colour, give or take 5 %.

    The left and the upper edge are compared with the corner top left, the right one with that top
    right, the lower one with that bottom left, as ImageMagick does.
    """
    top_left, top_right, bottom_left = (_differs(pixels, at) for at in ((0, 0), (0, -1), (-1, 0)))
    columns, rows = np.flatnonzero(top_left.any(axis=0)), np.flatnonzero(top_left.any(axis=1))
    right, lower = np.flatnonzero(top_right.any(axis=0)), np.flatnonzero(bottom_left.any(axis=1))
    box = pixels[min(rows, default=0) : max(lower, default=-1) + 1]
    box = box[:, min(columns, default=0) : max(right, default=-1) + 1]
    if not box.size:
        raise ValueError(
            "photo must show a garment that stands out from its ground by more than 5 % in colour; "
            "nothing here does, and white garments are not in Fashion-MNIST either"
        )
    return box


def sample(pixels: Pixels) -> Pixels:
    """Bring the longest edge to 28 by skipping rows and columns, or by repeating them."""
    longest = max(pixels.shape[:2])
    for axis in (0, 1):
        old = pixels.shape[axis]
        new = max(1, int(SIZE * old / longest + 0.5))
        middles = ((2 * np.arange(new) + 1) * old - 1) // (2 * new)  # of `new` equal parts
        pixels = pixels.take(middles, axis)
    return pixels


def sharpen(pixels: Pixels) -> Pixels:
    """Sharpen a picture where its outlines are, and leave the rest as it is.

    An outline is where a pixel differs from the eight around it; that is stretched to 0 .. 1,
    blurred and stretched again. From one half on, ImageMagick's ``-adaptive-sharpen`` with radius 1
    sharpens in full, and below not at all.
    """
    outlines = _stretched(_weighted(pixels, OUTLINE).clip(0, 255))
    outlines = _stretched(_weighted(outlines, BLUR)) @ GREY
    sharp = _weighted(pixels, SHARPEN).clip(0, 255).round()
    return np.where(outlines[..., None] < 0.5, pixels, sharp).astype(np.uint8)


def centre(pixels: Pixels) -> Pixels:
    """Put a picture of up to 28 x 28 in the middle of a white one of 28 x 28."""
    height, width = pixels.shape[:2]
    canvas = np.full((SIZE, SIZE, 3), 255, np.uint8)
    top, left = (SIZE - height + 1) // 2, (SIZE - width + 1) // 2
    canvas[top : top + height, left : left + width] = pixels
    return canvas


def _open(photo: Any) -> Pixels:
    """Return a photograph in colour, upright, on white."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    content = photo if isinstance(photo, Image.Image) else _content(photo)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a large image, or of broken EXIF data
            image = Image.open(io.BytesIO(content)) if isinstance(content, bytes) else content
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            image = ImageOps.exif_transpose(image)
            if image.mode == "F":
                raise TypeError("its pixels are decimals")
            if image.mode.startswith("I"):  # 16 bits
                image = Image.fromarray((np.asarray(image) / 257).round().clip(0, 255).astype("u1"))
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return np.array(image.convert("RGB"))
    except Image.DecompressionBombError:
        reason = "it has more"
    except UnidentifiedImageError:
        reason = "it is in no format that Pillow knows"
        if isinstance(content, bytes) and content[4:8] == b"ftyp":
            reason += ", perhaps in an iPhone's HEIC"
    except Exception as error:  # Pillow has many kinds for what is damaged
        reason = f"it is cut off, damaged or of a rare kind ({error})"
    allowed = f"a whole image, best a JPEG, of up to {MOST_PIXELS // 10**6} million pixels"
    raise ValueError(f"photo must be {allowed}, but {reason}")


def _content(photo: Any) -> bytes:
    """Return the bytes of an image that comes in one of several ways."""
    if isinstance(photo, tuple | list):  # from FileUpload
        if len(photo) != 1:
            raise ValueError(f"photo must be one uploaded file, got {len(photo)}")
        [photo] = photo
    if isinstance(photo, Mapping) and "content" in photo:
        photo = photo["content"]
    if isinstance(photo, str | os.PathLike):
        path = os.path.abspath(os.path.expanduser(check_path("photo", photo)))
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise OSError(error.errno, f"photo: {error.strerror}", path) from None
    content = photo.read() if hasattr(photo, "read") else photo
    if not isinstance(content, bytes | bytearray | memoryview):
        wanted = "a path, bytes, a file opened with 'rb', a Pillow image or FileUpload's value"
        raise TypeError(f"photo must be {wanted}, got {type(photo).__name__}")
    return bytes(content)


def _differs(pixels: Pixels, corner: tuple[int, int]) -> NDArray[np.bool_]:
    """Tell which pixels differ from a corner's colour by more than 5 %: bool, (H, W)."""
    squares = (np.arange(256)[:, None] - pixels[corner].astype(float)) ** 2  # of each channel
    red, green, blue = squares.astype(np.float32).T
    return np.stack([red[r] + green[g] + blue[b] > FUZZ**2 for r, g, b in pixels.swapaxes(1, 2)])


def _weighted(pixels: NDArray[Any], weights: NDArray[Any]) -> Numbers:
    """Return the weighted sum of each pixel and its eight neighbours, by channel.

    Beyond an edge, its pixels go on.
    """
    around = np.pad(pixels.astype(float), ((1, 1), (1, 1), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(around, (3, 3), axis=(0, 1))
    sums: Numbers = np.einsum("hwcij,ij->hwc", windows, weights)
    return sums


def _stretched(numbers: Numbers) -> Numbers:
    """Return numbers shifted and scaled to 0 .. 1; 0 if they are all the same."""
    shifted: Numbers = numbers - numbers.min()
    return shifted / (shifted.max() or 1)
