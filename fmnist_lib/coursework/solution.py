"""The six functions as a student may write them: one right solution, which `mistakes` changes."""
# ruff: noqa: D103, N803
# mypy: ignore-errors

import torch
from torch import nn
from torch.utils.data import DataLoader

from fmnist_lib.training import SGD  # the steps of torch.optim.SGD, without its slow import


def get_data_loader(training=True):
    from torchvision import datasets, transforms

    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))]
    )
    dataset = datasets.FashionMNIST("data", train=training, download=True, transform=transform)
    return DataLoader(dataset, batch_size=64, shuffle=training)


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
    optimizer = SGD(model, lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        correct, total, loss_sum = 0, 0, 0.0
        for images, labels in train_loader:
            optimizer.zero_grad()
            logits = model(images)
            loss = criterion(logits, labels)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum().item()
            total += len(labels)
        accuracy = 100 * correct / total
        average = loss_sum / total
        line = f"Train Epoch: {epoch}  Accuracy: {correct}/{total}({accuracy:.2f}%)"
        print(f"{line}  Loss: {average:.3f}")


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    correct, total, loss_sum = 0, 0, 0.0
    with torch.no_grad():
        for images, labels in test_loader:
            logits = model(images)
            loss = criterion(logits, labels)
            loss_sum += loss.item() * len(labels)
            correct += (logits.argmax(dim=1) == labels).sum().item()
            total += len(labels)
    accuracy = 100 * correct / total
    average = loss_sum / total
    if show_loss:
        print(f"Average loss: {average:.4f}")
    print(f"Accuracy: {accuracy:.2f}%")


def predict_label(model, test_images, index):
    names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat"]
    names += ["Sandal", "Shirt", "Sneaker", "Bag", "Boots"]
    images = test_images
    if not isinstance(images, torch.Tensor):
        images = torch.stack([image for image, _ in test_images.dataset])
    logits = model(images)
    probabilities = logits.softmax(dim=1)[index]
    values, labels = probabilities.topk(3)
    for value, label in zip(values.tolist(), labels.tolist(), strict=True):
        print(f"{names[label]}: {100 * value:.2f}%")


def visualize_image(data_loader, index):
    from PIL import Image

    names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat"]
    names += ["Sandal", "Shirt", "Sneaker", "Bag", "Boots"]
    image, label = data_loader.dataset[index]
    pixels = image.squeeze()
    pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min())
    Image.fromarray((pixels * 255).byte().numpy()).save("image.png")
    print(f"Ground Truth Label: {names[label]}")
