# style: OrderedDict with layer names, str.format, sort(descending), tensor only, image without batch dimension, savefig with title
from collections import OrderedDict

import torch
from torch import nn
from torch.optim import SGD
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import ToTensor, Normalize, Compose
import matplotlib.pyplot as plt

CLASSES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle Boot"]


def get_data_loader(training=True):
    tf = Compose([ToTensor(), Normalize((0.5,), (0.5,))])
    ds = datasets.FashionMNIST(root="data", train=training, download=True, transform=tf)
    return DataLoader(ds, batch_size=32, shuffle=training)


def build_model():
    layers = OrderedDict([
        ("flatten", nn.Flatten()),
        ("dense1", nn.Linear(28 * 28, 128)),
        ("relu1", nn.ReLU()),
        ("dense2", nn.Linear(128, 64)),
        ("relu2", nn.ReLU()),
        ("logits", nn.Linear(64, 10)),
    ])
    return nn.Sequential(layers)


def train_model(model, train_loader, criterion, T):
    optimizer = SGD(model.parameters(), lr=1e-3, momentum=0.9)
    n = len(train_loader.dataset)
    model.train()
    for epoch in range(T):
        epoch_loss = 0.0
        hits = 0
        for X, y in train_loader:
            logits = model(X)
            loss = criterion(logits, y)

            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            epoch_loss += loss.item() * X.size(0)
            hits += logits.argmax(dim=1).eq(y).sum().item()
        print("Train Epoch: {}  Accuracy: {}/{}({:.2f}%)  Loss: {:.3f}".format(
            epoch, hits, n, 100.0 * hits / n, epoch_loss / n))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    n = len(test_loader.dataset)
    test_loss = 0.0
    hits = 0
    with torch.no_grad():
        for X, y in test_loader:
            logits = model(X)
            test_loss += criterion(logits, y).item() * X.size(0)
            hits += logits.argmax(dim=1).eq(y).sum().item()
    if show_loss:
        print("Average loss: {:.4f}".format(test_loss / n))
    print("Accuracy: {:.2f}%".format(100.0 * hits / n))


def predict_label(model, test_images, index):
    # test_images: tensor (N, 1, 28, 28); the channel takes the place of the batch here
    model.eval()
    with torch.no_grad():
        logits = model(test_images[index])
    probs = nn.functional.softmax(logits, dim=-1).flatten()
    vals, idx = probs.sort(descending=True)
    for v, k in zip(vals[:3].tolist(), idx[:3].tolist()):
        print("{}: {:.2f}%".format(CLASSES[k], v * 100))


def visualize_image(data_loader, index):
    img, label = data_loader.dataset[index]
    fig, ax = plt.subplots(figsize=(3, 3))
    ax.imshow(img[0], cmap="gray")
    ax.set_title(CLASSES[label])
    ax.axis("off")
    fig.savefig("image.png")
    plt.close(fig)
    # plt.show()
    print("Ground Truth Label: {}".format(CLASSES[label]))
