"""From what a network gets back to grey values, as a canvas holds them, and forth."""

from dataclasses import dataclass

from torch import Tensor

from fmnist_lib._batches import describe
from fmnist_lib.data import MEAN, STD

ROUNDING = 0.1  # of a grey value: half precision moves one by 0.04


@dataclass(frozen=True)
class Scale:
    """How images are prepared for a network: ``(grey / 255 - mean) / std``."""

    mean: float = MEAN
    std: float = STD

    def prepare(self, grey: Tensor) -> Tensor:
        """Return grey values, uint8, as the network gets them, float32, as `normalise` does it."""
        return grey.div(255).sub_(self.mean).div_(self.std)

    def grey(self, images: Tensor) -> Tensor:
        """Return grey values, (N, 28, 28), before they are rounded."""
        return images.double().mul(self.std).add(self.mean).mul(255).reshape(-1, 28, 28)


def scale_of(images: Tensor, name: str) -> Scale:
    """Return the scale on which images, (N, ...), are grey values 0 to 255.

    It is the library's, or that of `ToTensor`, or the one on which the darkest pixel is black and
    the brightest white.
    """
    low, high = (extreme.item() for extreme in images.double().aminmax())
    std = 1 / ((high - low) or 1)
    for scale in (Scale(), Scale(0, 1), Scale(-low * std, std)):
        if images[0].numel() == 28 * 28:
            grey = scale.grey(images)
            if (grey - grey.round().clamp(0, 255)).abs().max() < ROUNDING:
                return scale
    raise ValueError(
        f"{name} must give images of 28 x 28 grey values, 0 to 255, all scaled and shifted alike; "
        f"got {describe(images)}, {low:.2f} to {high:.2f}"
    )
