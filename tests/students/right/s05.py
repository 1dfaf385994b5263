# style: type hints, pathlib root, module-level constants, helper functions, torch.inference_mode, union input
from __future__ import annotations

from pathlib import Path
from typing import Union

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn, optim
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import Compose, Normalize, ToTensor

ROOT: Path = Path("data")
BATCH_SIZE: int = 256
MEAN: float = 0.1307
STD: float = 0.3081
LR: float = 1e-3
MOMENTUM: float = 0.9
TOP_K: int = 3
LABELS: tuple[str, ...] = (
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Boots",
)


def _transform() -> Compose:
    return Compose([ToTensor(), Normalize((MEAN,), (STD,))])


def _count_correct(logits: Tensor, target: Tensor) -> int:
    return int((logits.argmax(dim=1) == target).sum())


def _pick_image(source: Union[DataLoader, Tensor], index: int) -> Tensor:
    """Gives one image as a batch of size one."""
    if isinstance(source, Tensor):
        return source[index].unsqueeze(0)
    image, _ = source.dataset[index]
    return image.unsqueeze(0)


def get_data_loader(training: bool = True) -> DataLoader:
    dataset = FashionMNIST(ROOT, train=training, download=True, transform=_transform())
    return DataLoader(dataset, batch_size=BATCH_SIZE, shuffle=training)


def build_model() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(28 * 28, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, len(LABELS)),
    )


def train_model(model: nn.Module, train_loader: DataLoader, criterion: nn.Module, T: int) -> None:
    optimizer = optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    total: int = len(train_loader.dataset)
    model.train()
    for epoch in range(T):
        loss_sum: float = 0.0
        correct: int = 0
        for images, target in train_loader:
            optimizer.zero_grad(set_to_none=True)
            logits = model(images)
            loss = criterion(logits, target)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * images.size(0)
            correct += _count_correct(logits, target)
        print(
            f"Train Epoch: {epoch}  "
            f"Accuracy: {correct}/{total}({100 * correct / total:.2f}%)  "
            f"Loss: {loss_sum / total:.3f}"
        )


@torch.inference_mode()
def evaluate_model(model: nn.Module, test_loader: DataLoader, criterion: nn.Module, show_loss: bool = True) -> None:
    model.eval()
    total: int = len(test_loader.dataset)
    loss_sum: float = 0.0
    correct: int = 0
    for images, target in test_loader:
        logits = model(images)
        loss_sum += criterion(logits, target).item() * images.size(0)
        correct += _count_correct(logits, target)
    if show_loss:
        print(f"Average loss: {loss_sum / total:.4f}")
    print(f"Accuracy: {100 * correct / total:.2f}%")


@torch.inference_mode()
def predict_label(model: nn.Module, test_images: Union[DataLoader, Tensor], index: int) -> None:
    model.eval()
    probs = model(_pick_image(test_images, index)).softmax(dim=1).squeeze(0)
    top = probs.topk(TOP_K)
    for p, i in zip(top.values, top.indices):
        print(f"{LABELS[int(i)]}: {p.item() * 100:.2f}%")


def visualize_image(data_loader: DataLoader, index: int) -> None:
    image, label = data_loader.dataset[index]
    plt.imsave("image.png", image.squeeze(0).numpy())
    print(f"Ground Truth Label: {LABELS[int(label)]}")
