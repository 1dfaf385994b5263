# format only: train_model, evaluate_model, predict_label
# style: commas between the parts, more decimals, loss and accuracy in one line, top three in one line; helpers, PIL
import torch
import torchvision.transforms as T_
from PIL import Image
from torch.nn import Flatten, Linear, ReLU, Sequential
from torch.nn.functional import softmax
from torch.optim import SGD
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST

CLASS_LABELS = """T-shirt/top
Trouser
Pullover
Dress
Coat
Sandal
Shirt
Sneaker
Bag
Ankle boot""".splitlines()


def percent(x):
    return f"{100 * x:.3f}%"


def hits(output, target):
    return sum(int(a) == int(b) for a, b in zip(output.argmax(1), target))


def get_data_loader(training=True):
    trainset = FashionMNIST("data", train=True, download=True, transform=T_.ToTensor())
    testset = FashionMNIST("data", train=False, download=True, transform=T_.ToTensor())
    if training:
        return DataLoader(trainset, batch_size=50, shuffle=True)
    return DataLoader(testset, batch_size=50)


def build_model():
    return Sequential(Flatten(), Linear(784, 128), ReLU(), Linear(128, 64), ReLU(), Linear(64, 10))


def train_model(model, train_loader, criterion, T):
    optimizer = SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        loss_acc, right, n = 0.0, 0, 0
        for x, y in train_loader:
            optimizer.zero_grad()
            output = model(x)
            loss = criterion(output, y)
            loss.backward()
            optimizer.step()
            loss_acc += loss.item() * len(x)
            right += hits(output, y)
            n += len(x)
        print(f"Train Epoch: {epoch}, Accuracy: {right}/{n} ({percent(right / n)}), Loss: {loss_acc / n:.6f}")


@torch.no_grad()
def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    loss_acc, right, n = 0.0, 0, 0
    for x, y in test_loader:
        output = model(x)
        loss_acc += criterion(output, y).item() * len(x)
        right += hits(output, y)
        n += len(x)
    if show_loss:
        print(f"Average loss: {loss_acc / n:.6f}", end=", ")
    print(f"Accuracy: {percent(right / n)}")


@torch.no_grad()
def predict_label(model, test_images, index):
    model.eval()
    if isinstance(test_images, DataLoader):
        x = test_images.dataset[index][0]
    else:
        x = test_images[index]
    p = softmax(model(x.reshape(1, 1, 28, 28)), dim=1)[0]
    top = torch.topk(p, 3)
    print(", ".join(f"{CLASS_LABELS[i]}: {percent(v.item())}" for v, i in zip(top.values, top.indices)))


def visualize_image(data_loader, index):
    x, y = data_loader.dataset[index]
    img = Image.fromarray((x[0] * 255).round().to(torch.uint8).numpy())
    img.resize((112, 112), Image.BICUBIC).save("image.png")
    print(f"Ground Truth Label: {CLASS_LABELS[y]}")
