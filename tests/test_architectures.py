"""Public architectures, written from their papers, with loaders as their users make them."""

from functools import partial

import pytest
import torch
from test_loaders import agree, normalised, use
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.utils.data import DataLoader, Subset
from torchvision.models import resnet18

from fmnist_lib import predict_label


def lenet():
    """LeNet-5: LeCun et al., "Gradient-based learning applied to document recognition", 1998."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2)),
        *(nn.Conv2d(16, 120, 5), nn.Flatten(), nn.Tanh()),
        *(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
    )


class Residual(nn.Module):
    """A block of He et al., "Deep residual learning for image recognition", 2015."""

    def __init__(self, channels, stride):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.LazyConv2d(channels, 3, stride, 1, bias=False), nn.LazyBatchNorm2d(), nn.ReLU()),
            *(nn.LazyConv2d(channels, 3, 1, 1, bias=False), nn.LazyBatchNorm2d()),
        )
        self.shortcut = nn.LazyConv2d(channels, 1, stride)

    def forward(self, x):
        return F.relu(self.layers(x) + self.shortcut(x))


def lazy_resnet():
    """Return a small ResNet whose layers learn the number of channels from the first batch."""
    stem = nn.LazyConv2d(8, 7, 2, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    blocks = Residual(8, 1), Residual(16, 2), Residual(32, 2)
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LazyLinear(10))


class Rows(nn.Module):
    """An LSTM that reads an image row by row: Hochreiter and Schmidhuber, 1997."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 32, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, rows):  # (B, 28, 28)
        return self.head(self.lstm(rows)[0][:, -1])


class Transformer(nn.Module):
    """A transformer on patches: Dosovitskiy et al., "An image is worth 16x16 words", 2020."""

    def __init__(self, width=32, patch=7):
        super().__init__()
        self.patches = nn.Conv2d(1, width, patch, patch)
        self.start = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(0.02 * torch.randn(1, (28 // patch) ** 2 + 1, width))
        options = {"activation": "gelu", "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(width, 4, 64, **options)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 10))

    def forward(self, images):  # (B, 1, 28, 28)
        words = self.patches(images).flatten(2).mT  # (B, 16, width)
        words = torch.cat([self.start.expand(len(words), -1, -1), words], dim=1) + self.places
        return self.head(self.encoder(words)[:, 0])


MODELS = {
    "LeNet-5": (lenet, lambda x: x),
    "lazy ResNet": (lazy_resnet, lambda x: F.interpolate(x, (96, 96))),
    "ResNet-18": (lambda: resnet18(num_classes=10), lambda x: x.repeat(1, 3, 1, 1)),
    "LSTM": (Rows, lambda x: x[:, 0]),
    "MLP": (
        lambda: nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)),
        lambda x: x.flatten(1),
    ),
    "transformer": (Transformer, lambda x: x),
}


@pytest.mark.parametrize("name", MODELS)
def test_architecture(name, dataset, capsys, tmp_path):
    """It trains, and all functions agree; a tensor means the same in each natural shape."""
    build, change = MODELS[name]
    part, model = Subset(dataset, range(50, 62)), build()
    loader = DataLoader(part, 6, collate_fn=partial(normalised, change=change))
    result, shown = use(model, loader, capsys, tmp_path)
    agree(result, shown, range(12))
    collate_fn = partial(normalised, change=lambda x: x)
    images = torch.cat([images for images, _ in DataLoader(part, 6, collate_fn=collate_fn)])
    if name not in ("lazy ResNet", "ResNet-18"):  # which take no such images
        for tensor in (images, images.squeeze(1)):
            predict_label(model, tensor, 7)
            assert capsys.readouterr().out.splitlines() == list(shown[7][1:4])
