"""The network of the lessons."""

from torch import nn


def build_model() -> nn.Sequential:
    """Return an untrained network that turns images into ten logits.

    Flatten, 784 -> 128 ReLU, 128 -> 64 ReLU, 64 -> 10: 109,386 parameters, PyTorch's default
    initialisation. There is no activation after the last layer: the outputs are logits,
    as `torch.nn.CrossEntropyLoss` expects.

    Returns
    -------
    torch.nn.Sequential
        Takes float32 images, (B, 1, 28, 28) or (B, 28, 28); gives float32 logits, (B, 10).

    Examples
    --------
    >>> import torch
    >>> build_model()(torch.zeros(64, 1, 28, 28)).shape
    torch.Size([64, 10])
    """
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )
