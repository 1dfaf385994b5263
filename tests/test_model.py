"""The network."""

import torch
from torch import nn

from fmnist_lib import build_model


def test_number_of_parameters():
    """784 * 128 + 128, 128 * 64 + 64 and 64 * 10 + 10 make 109,386."""
    assert sum(p.numel() for p in build_model().parameters()) == 109_386


def test_layers():
    """The layers come in the order that the lessons teach, with no activation at the end."""
    kinds = [type(layer) for layer in build_model()]
    assert kinds == [nn.Flatten, nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]


def test_takes_images_with_and_without_channel():
    """(B, 1, 28, 28) and (B, 28, 28) give the same (B, 10) logits."""
    model, images = build_model(), torch.randn(5, 1, 28, 28)
    assert model(images).shape == (5, 10)
    torch.testing.assert_close(model(images), model(images[:, 0]))


def test_gives_logits():
    """Outputs are logits: of both signs, not summing to 1."""
    logits = build_model()(torch.randn(100, 1, 28, 28))
    assert logits.min() < 0 < logits.max()
    assert not torch.allclose(logits.sum(dim=1), torch.ones(100), atol=0.01)


def test_every_model_is_new():
    """Two calls give two models with their own weights."""
    first, second = build_model(), build_model()
    assert not torch.equal(first[1].weight, second[1].weight)
