# style: predict_label iterates over the loader with an offset, Counter for correct, zero_grad after step, "%" and f-string mixed
from collections import Counter
import torch
from torch import nn
from torch.optim import SGD
from torchvision import datasets, transforms
import matplotlib.pyplot as plt

names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boots"]


def get_data_loader(training=True):
    normalize = transforms.Normalize((0.5,), (0.5,))
    tr = transforms.Compose([transforms.ToTensor(), normalize])
    if training:
        ds = datasets.FashionMNIST(root="./data", train=True, download=True, transform=tr)
    else:
        ds = datasets.FashionMNIST(root="./data", train=False, download=True, transform=tr)
    # shuffle=False so that index means the same thing everywhere
    return torch.utils.data.DataLoader(ds, batch_size=100, shuffle=False)


def build_model():
    layers = []
    layers.append(nn.Flatten())
    layers.append(nn.Linear(784, 128))
    layers.append(nn.ReLU())
    layers.append(nn.Linear(128, 64))
    layers.append(nn.ReLU())
    layers.append(nn.Linear(64, 10))
    return nn.Sequential(*layers)


def train_model(model, train_loader, criterion, T):
    optimizer = SGD(params=model.parameters(), lr=0.001, momentum=0.9)
    optimizer.zero_grad()
    for epoch in range(T):
        model.train()
        stats = Counter()
        loss_sum = 0.0
        for images, labels in train_loader:
            outputs = model(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            stats.update((torch.argmax(outputs, dim=1) == labels).tolist())
            loss_sum += loss.item() * labels.size(0)
        right = stats[True]
        total = stats[True] + stats[False]
        print(f"Train Epoch: {epoch}  Accuracy: {right}/{total}" + "(%.2f%%)" % (right / total * 100) + "  Loss: %.3f" % (loss_sum / total))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    stats = Counter()
    loss_sum = 0.0
    with torch.no_grad():
        for images, labels in test_loader:
            outputs = model(images)
            stats.update((torch.argmax(outputs, dim=1) == labels).tolist())
            loss_sum += criterion(outputs, labels).item() * labels.size(0)
    total = sum(stats.values())
    if show_loss:
        print("Average loss: %.4f" % (loss_sum / total))
    print("Accuracy: %.2f%%" % (stats[True] / total * 100))


def predict_label(model, test_images, index):
    """ test_images: the test loader """
    model.eval()
    offset = 0
    image = None
    for images, _ in test_images:
        if index < offset + len(images):
            image = images[index - offset]
            break
        offset += len(images)
    with torch.no_grad():
        logits = model(image.unsqueeze(0))
        prob = torch.nn.functional.softmax(logits, dim=1)
    sorted_p, sorted_i = torch.sort(prob, dim=1, descending=True)
    for j in range(0, 3):
        print(f"{names[sorted_i[0][j]]}: " + "%.2f%%" % (sorted_p[0][j] * 100))


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    image = image / 2 + 0.5     # unnormalize
    plt.imshow(image.numpy().reshape(28, 28), cmap="gray")
    plt.axis("off")
    plt.savefig("image.png", bbox_inches="tight", pad_inches=0)
    plt.clf()
    print(f"Ground Truth Label: {names[label]}")
