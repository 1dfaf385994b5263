# style: dataset.classes for the names, F.cross_entropy(reduction="sum") for the totals, print with sep/commas, download only if missing
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
from torchvision import datasets, transforms, utils

DATA_DIR = os.path.join(".", "data")


def get_data_loader(training=True):
    transform = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize(mean=[0.1307], std=[0.3081]),
    ])
    need = not os.path.isdir(os.path.join(DATA_DIR, "FashionMNIST"))
    dataset = datasets.FashionMNIST(DATA_DIR, train=training, download=need, transform=transform)
    return torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=False)


def build_model():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128, bias=True),
        nn.ReLU(inplace=True),
        nn.Linear(128, 64, bias=True),
        nn.ReLU(inplace=True),
        nn.Linear(64, 10, bias=True))


def train_model(model, train_loader, criterion, T):
    """
    TODO: implement this function.

    INPUT:
        model - the model produced by the previous function
        train_loader  - the train DataLoader produced by the first function
        criterion   - cross-entropy
        T - number of epochs for training

    RETURNS:
        None
    """
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train(True)
    num = len(train_loader.dataset)
    for epoch in range(T):
        correct, loss_total = 0, 0.0
        for image, label in train_loader:
            optimizer.zero_grad()
            score = model(image)
            loss = criterion(score, label)
            loss.backward()
            optimizer.step()
            loss_total += F.cross_entropy(score.detach(), label, reduction="sum").item()
            correct += torch.sum(torch.max(score, dim=1).indices == label).item()
        acc = format(correct / num * 100, ".2f")
        lo = format(loss_total / num, ".3f")
        print("Train Epoch:", epoch, "", "Accuracy:", f"{correct}/{num}({acc}%)", "", "Loss:", lo)


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.train(False)
    num = len(test_loader.dataset)
    correct, loss_total = 0, 0.0
    with torch.no_grad():
        for image, label in test_loader:
            score = model(image)
            loss_total += criterion(score, label).item() * len(label)
            correct += torch.sum(torch.max(score, dim=1).indices == label).item()
    if show_loss:
        print("Average loss:", format(loss_total / num, ".4f"))
    print("Accuracy: ", format(correct / num * 100, ".2f"), "%", sep="")


def predict_label(model, test_images, index):
    classes = datasets.FashionMNIST.classes
    is_loader = isinstance(test_images, torch.utils.data.DataLoader)
    picture = test_images.dataset[index][0] if is_loader else test_images[index]
    with torch.no_grad():
        probability = F.softmax(model(picture.view(1, 1, 28, 28)), dim=1).view(-1)
    for _ in range(3):
        i = int(torch.argmax(probability))
        print(classes[i], ": ", format(probability[i].item() * 100, ".2f"), "%", sep="")
        probability[i] = -1     # take it out


def visualize_image(data_loader, index):
    picture, label = data_loader.dataset[index]
    utils.save_image(picture, "image.png", normalize=True)
    print("Ground Truth Label:", data_loader.dataset.classes[label])


if __name__ == "__main__":
    crit = nn.CrossEntropyLoss()
    m = build_model()
    train_model(m, get_data_loader(), crit, T=5)
    evaluate_model(m, get_data_loader(False), crit, show_loss=False)
    evaluate_model(m, get_data_loader(False), crit)
    visualize_image(get_data_loader(False), 1)
    predict_label(m, get_data_loader(False), 1)
