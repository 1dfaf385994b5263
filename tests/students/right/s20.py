# format only: train_model, evaluate_model, predict_label
# style: tabs instead of blanks, "Average Loss" with a capital; own class, .format, sort
import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import ToTensor
from torchvision.utils import save_image

KLEIDER = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boots"]


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28*28, 128),
            nn.ReLU(),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 10)
        )

    def forward(self, x):
        x = self.flatten(x)
        logits = self.linear_relu_stack(x)
        return logits


def get_data_loader(training=True):
    training_data = datasets.FashionMNIST(root="data", train=True, download=True, transform=ToTensor())
    test_data = datasets.FashionMNIST(root="data", train=False, download=True, transform=ToTensor())
    return DataLoader(training_data if training else test_data, batch_size=64)


def build_model():
    return NeuralNetwork()


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    size = len(train_loader.dataset)
    model.train()
    for t in range(T):
        train_loss, correct = 0, 0
        for batch, (X, y) in enumerate(train_loader):
            # Compute prediction error
            pred = model(X)
            loss = criterion(pred, y)

            # Backpropagation
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

            train_loss += loss.item() * len(X)
            correct += (pred.argmax(1) == y).type(torch.int).sum().item()
        print("Train Epoch: {}\tAccuracy: {}/{}({:.2f}%)\tLoss: {:.3f}".format(
            t, correct, size, 100 * correct / size, train_loss / size))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    size = len(test_loader.dataset)
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for X, y in test_loader:
            pred = model(X)
            test_loss += criterion(pred, y).item() * len(X)
            correct += (pred.argmax(1) == y).type(torch.int).sum().item()
    if show_loss:
        print("Average Loss: {:.4f}".format(test_loss / size))
    print("Accuracy:\t{:.2f}%".format(100 * correct / size))


def predict_label(model, test_images, index):
    x = test_images.dataset[index][0] if isinstance(test_images, DataLoader) else test_images[index]
    model.eval()
    with torch.no_grad():
        pred = nn.functional.softmax(model(x), dim=1)
    p, i = torch.sort(pred[0], descending=True)
    for k in range(3):
        print("{}:\t{:.2f}%".format(KLEIDER[i[k]], p[k].item() * 100))


def visualize_image(data_loader, index):
    x, y = data_loader.dataset[index]
    save_image(x, "image.png")
    print("Ground Truth Label: {}".format(KLEIDER[y]))
