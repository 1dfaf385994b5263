# format only: train_model, predict_label
# style: count and percent without parentheses, predictions numbered and without colon; type hints, inference_mode, save_image
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision import transforms as tr
from torchvision.utils import save_image

FASHION = FashionMNIST.classes


def get_data_loader(training: bool = True) -> DataLoader:
    """TODO: implement this function."""
    data = FashionMNIST("data", train=training, download=True, transform=tr.ToTensor())
    if training:
        return DataLoader(data, batch_size=32, shuffle=True)
    return DataLoader(data, batch_size=256, shuffle=False)


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden1 = nn.Linear(784, 128)
        self.hidden2 = nn.Linear(128, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.flatten(start_dim=1)
        x = torch.relu(self.hidden1(x))
        x = torch.relu(self.hidden2(x))
        return self.output(x)


def build_model() -> nn.Module:
    return Model()


def train_model(model: nn.Module, train_loader: DataLoader, criterion, T: int) -> None:
    """TODO: implement this function."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    n = len(train_loader.dataset)
    for epoch in range(T):
        model.train()
        correct, loss_sum = 0, 0.0
        for x, y in train_loader:
            model.zero_grad()
            out = model(x)
            loss = criterion(out, y)
            loss.backward()
            optimizer.step()
            correct += out.argmax(dim=1).eq(y).sum().item()
            loss_sum += loss.item() * x.size(0)
        print(f"Train Epoch: {epoch}  Accuracy: {correct}/{n} {100 * correct / n:.2f}%  Loss: {loss_sum / n:.3f}")


def evaluate_model(model: nn.Module, test_loader: DataLoader, criterion, show_loss: bool = True) -> None:
    """TODO: implement this function."""
    model.eval()
    n = len(test_loader.dataset)
    correct, loss_sum = 0, 0.0
    with torch.inference_mode():
        for x, y in test_loader:
            out = model(x)
            correct += out.argmax(dim=1).eq(y).sum().item()
            loss_sum += criterion(out, y).item() * x.size(0)
    if show_loss:
        print(f"Average loss: {loss_sum / n:.4f}")
    print(f"Accuracy: {100 * correct / n:.2f}%")


def predict_label(model: nn.Module, test_images, index: int) -> None:
    """TODO: implement this function."""
    model.eval()
    if isinstance(test_images, DataLoader):
        image, _ = test_images.dataset[index]
    else:
        image = test_images[index]
    with torch.inference_mode():
        p = F.softmax(model(image[None, ...]), dim=1)[0]
    values, idx = torch.topk(p, 3)
    for rank, (v, i) in enumerate(zip(values.tolist(), idx.tolist()), start=1):
        print(f"{rank}. {FASHION[i]} {v * 100:.2f}%")


def visualize_image(data_loader: DataLoader, index: int) -> None:
    """TODO: implement this function."""
    image, label = data_loader.dataset[index]
    save_image(image.repeat(3, 1, 1), "image.png")
    print(f"Ground Truth Label: {FASHION[label]}")
