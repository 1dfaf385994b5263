# style: one shared _run_epoch for train and evaluate, set_grad_enabled, dataclass of results, torch.topk unpacking
from dataclasses import dataclass

import matplotlib.pyplot as plt
import torch
import torch.nn as nn
import torch.optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

labels = ("T-shirt", "Trousers", "Pullover", "Dress", "Coat",
          "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boots")


@dataclass
class Result:
    loss: float = 0.0
    correct: int = 0
    count: int = 0

    @property
    def avg_loss(self):
        return self.loss / self.count

    @property
    def accuracy(self):
        return self.correct / self.count * 100


def _run_epoch(model, loader, criterion, optimizer=None):
    result = Result()
    model.train(optimizer is not None)
    with torch.set_grad_enabled(optimizer is not None):
        for images, targets in loader:
            logits = model(images)
            loss = criterion(logits, targets)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            result.loss += loss.item() * images.size(0)
            result.correct += logits.argmax(1).eq(targets).sum().item()
            result.count += targets.numel()
    return result


def get_data_loader(training=True):
    tf = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))])
    return DataLoader(
        datasets.FashionMNIST("./data", train=training, download=False, transform=tf),
        batch_size=64 if training else 256,
        shuffle=training,
    )


def build_model():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def train_model(model, train_loader, criterion, T):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    for epoch in range(T):
        r = _run_epoch(model, train_loader, criterion, optimizer)
        print(f"Train Epoch: {epoch}  Accuracy: {r.correct}/{r.count}({r.accuracy:.2f}%)  Loss: {r.avg_loss:.3f}")


def evaluate_model(model, test_loader, criterion, show_loss=True):
    r = _run_epoch(model, test_loader, criterion)
    if show_loss:
        print(f"Average loss: {r.avg_loss:.4f}")
    print(f"Accuracy: {r.accuracy:.2f}%")


def predict_label(model, test_images, index):
    try:
        image = test_images.dataset[index][0]   # loader
    except AttributeError:
        image = test_images[index]              # tensor
    model.eval()
    with torch.no_grad():
        probs = model(torch.unsqueeze(image, 0)).softmax(1)
    (p1, p2, p3), (i1, i2, i3) = probs[0].topk(3)
    print(f"{labels[i1]}: {p1 * 100:.2f}%")
    print(f"{labels[i2]}: {p2 * 100:.2f}%")
    print(f"{labels[i3]}: {p3 * 100:.2f}%")


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    fig = plt.figure()
    ax = fig.add_subplot(1, 1, 1)
    im = ax.imshow(image.permute(1, 2, 0), cmap="gray")
    fig.colorbar(im)
    ax.set_title(f"#{index}: {labels[label]}")
    fig.savefig("image.png", dpi=120)
    plt.close(fig)
    print(f"Ground Truth Label: {labels[label]}")
