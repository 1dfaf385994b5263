# mistake: get_data_loader | both-loaders-returned | both loaders returned as a tuple, whatever training is
# mistake: build_model | other-sizes | hidden layers of 256 and 128 in place of 128 and 64
from collections import OrderedDict

import torch
import torch.nn as nn
from torchvision import datasets, transforms


def get_data_loader(training=True):
    """Returns the DataLoader of the training (default) or the test set."""
    custom_transform = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,))
    ])
    train_set = datasets.FashionMNIST('./data', train=True, download=True, transform=custom_transform)
    test_set = datasets.FashionMNIST('./data', train=False, download=True, transform=custom_transform)
    train_loader = torch.utils.data.DataLoader(train_set, batch_size=64, shuffle=True)
    test_loader = torch.utils.data.DataLoader(test_set, batch_size=64, shuffle=False)
    return train_loader, test_loader


def build_model():
    layers = OrderedDict([
        ('flatten', nn.Flatten()),
        ('fc1', nn.Linear(784, 256)),
        ('relu1', nn.ReLU()),
        ('fc2', nn.Linear(256, 128)),
        ('relu2', nn.ReLU()),
        ('fc3', nn.Linear(128, 10)),
    ])
    return nn.Sequential(layers)
