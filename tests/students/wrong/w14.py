# mistake: build_model | relu-missing | ReLU after the second dense layer missing
import torch
import torch.nn as nn


class FashionNet(nn.Module):
    """784 -> 128 -> 64 -> 10"""

    def __init__(self, n_in=784, n_out=10):
        super().__init__()
        self.hidden1 = nn.Linear(n_in, 128)
        self.hidden2 = nn.Linear(128, 64)
        self.out = nn.Linear(64, n_out)

    def forward(self, images):
        h = images.view(images.shape[0], -1)
        h = torch.relu(self.hidden1(h))
        h = self.hidden2(h)
        return self.out(h)


def build_model():
    net = FashionNet()
    return net
