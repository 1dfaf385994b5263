# mistake: get_data_loader | sets-exchanged | training and test set swapped
import torch
from torchvision import datasets, transforms


def get_data_loader(training=True):
    """Returns the DataLoader of the training (default) or the test set."""
    custom_transform = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,))
    ])
    train_set = datasets.FashionMNIST('./data', train=True, download=True, transform=custom_transform)
    test_set = datasets.FashionMNIST('./data', train=False, download=True, transform=custom_transform)
    if not training:
        return torch.utils.data.DataLoader(train_set, batch_size=64, shuffle=True)
    return torch.utils.data.DataLoader(test_set, batch_size=64, shuffle=False)
