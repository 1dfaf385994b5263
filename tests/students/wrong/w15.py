# mistake: build_model | activation-at-the-end | softmax as last layer
import torch.nn as nn


def build_model():
    """Returns the untrained network."""
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
        nn.Softmax(dim=1)
    )
    return model
