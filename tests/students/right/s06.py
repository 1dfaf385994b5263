# style: network without torch.nn layers (nn.Parameter and matrix products), manual exp/sum softmax, save_image after un-normalising
import math

import torch
import torch.nn as nn
import torch.optim as optim
from torchvision import datasets, transforms
from torchvision.utils import save_image

M, S = 0.5, 0.5
labels_list = "T-shirt Trouser Pullover Dress Coat Sandal Shirt Sneaker Bag Boots".split()


class HandMade(nn.Module):
    """784 -> 128 -> 64 -> 10, weights by hand because I wanted to understand it."""

    def __init__(self, sizes=(784, 128, 64, 10)):
        super().__init__()
        self.W = nn.ParameterList()
        self.b = nn.ParameterList()
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            k = 1 / math.sqrt(n_in)
            self.W.append(nn.Parameter((torch.rand(n_in, n_out) * 2 - 1) * k))
            self.b.append(nn.Parameter((torch.rand(n_out) * 2 - 1) * k))

    def forward(self, x):
        h = x.reshape(-1, 784)
        h = torch.clamp(h @ self.W[0] + self.b[0], min=0)   # relu
        h = torch.clamp(h @ self.W[1] + self.b[1], min=0)
        return h @ self.W[2] + self.b[2]                    # no softmax here!


def get_data_loader(training=True):
    t = transforms.Compose([transforms.ToTensor(), transforms.Normalize((M,), (S,))])
    d = datasets.FashionMNIST('data', train=training, download=True, transform=t)
    return torch.utils.data.DataLoader(d, batch_size=64, shuffle=training)


def build_model():
    return HandMade()


def train_model(model, train_loader, criterion, T):
    model.train()
    optimizer = optim.SGD(model.parameters(), 0.001, 0.9)
    for e in range(T):
        L, C, N = 0, 0, 0
        for x, y in train_loader:
            scores = model(x)
            loss = criterion(scores, y)
            model.zero_grad()
            loss.backward()
            optimizer.step()
            N += y.shape[0]
            C += (scores.argmax(1) == y).sum().item()
            L += loss.item() * y.shape[0]
        print('Train Epoch: {}  Accuracy: {}/{}({:.2f}%)  Loss: {:.3f}'.format(e, C, N, 100 * C / N, L / N))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    L, C, N = 0, 0, 0
    with torch.no_grad():
        for x, y in test_loader:
            scores = model(x)
            N += y.shape[0]
            C += (scores.argmax(1) == y).sum().item()
            L += criterion(scores, y).item() * y.shape[0]
    if show_loss:
        print('Average loss: {:.4f}'.format(L / N))
    print('Accuracy: {:.2f}%'.format(100 * C / N))


def predict_label(model, test_images, index):
    if isinstance(test_images, torch.Tensor):
        x = test_images[index]
    else:
        x = test_images.dataset[index][0]
    with torch.no_grad():
        z = model(x)[0]
    e = torch.exp(z - z.max())
    p = e / e.sum()
    ranking = sorted(range(10), key=lambda i: p[i].item(), reverse=True)
    for i in ranking[:3]:
        print('{}: {:.2f}%'.format(labels_list[i], p[i].item() * 100))


def visualize_image(data_loader, index):
    img, label = data_loader.dataset[index]
    save_image(img * S + M, 'image.png')
    print('Ground Truth Label: {}'.format(labels_list[label]))
