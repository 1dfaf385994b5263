# style: own decorator for eval mode, generator function, IntEnum labels, log_softmax exp, per-class confusion matrix for the count, {:.2%}
import enum
import functools

import torch
import torch.utils.data as tud
from torch import nn
from torch import optim as optimizers
from torchvision import datasets, transforms
from torchvision.transforms import functional as TF


class Klasse(enum.IntEnum):
    TSHIRT = 0
    TROUSER = 1
    PULLOVER = 2
    DRESS = 3
    COAT = 4
    SANDAL = 5
    SHIRT = 6
    SNEAKER = 7
    BAG = 8
    ANKLE_BOOT = 9

    def __str__(self):
        if self is Klasse.TSHIRT:
            return "T-Shirt"
        return self.name.replace("_", " ").title()


def eval_mode(func):
    @functools.wraps(func)
    def wrapper(model, *args, **kwargs):
        model.eval()
        with torch.no_grad():
            return func(model, *args, **kwargs)
    return wrapper


def get_data_loader(training=True):
    # Normalisierung wie in der Vorlesung
    pipeline = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    data = datasets.FashionMNIST("data", train=training, transform=pipeline, download=True)
    return tud.DataLoader(data, batch_size=50, sampler=tud.RandomSampler(data) if training else None)


def build_model():
    return nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(784, 128), nn.ReLU()),
        *(nn.Linear(128, 64), nn.ReLU()),
        nn.Linear(64, 10),
    )


def batches(model, loader, criterion, cm):
    """yields (loss, number of images) and fills the confusion matrix"""
    for x, y in loader:
        logits = model(x)
        cm.index_put_((y, logits.argmax(1)), torch.ones(len(y), dtype=torch.long), accumulate=True)
        yield criterion(logits, y), len(y)


def train_model(model, train_loader, criterion, T):
    opt = optimizers.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    for epoch in range(T):
        model.train()
        cm = torch.zeros(10, 10, dtype=torch.long)
        acc_loss = 0.0
        for loss, n in batches(model, train_loader, criterion, cm):
            opt.zero_grad()
            loss.backward()
            opt.step()
            acc_loss += loss.item() * n
        correct, total = cm.trace().item(), cm.sum().item()
        print(f"Train Epoch: {epoch:d}  Accuracy: {correct:d}/{total:d}({correct / total:.2%})  Loss: {acc_loss / total:.3f}")


@eval_mode
def evaluate_model(model, test_loader, criterion, show_loss=True):
    cm = torch.zeros(10, 10, dtype=torch.long)
    acc_loss = sum(loss.item() * n for loss, n in batches(model, test_loader, criterion, cm))
    correct, total = cm.trace().item(), cm.sum().item()
    if show_loss:
        print(f"Average loss: {acc_loss / total:.4f}")
    print(f"Accuracy: {correct / total:.2%}")


@eval_mode
def predict_label(model, test_images, index):
    bild = test_images[index] if isinstance(test_images, torch.Tensor) else test_images.dataset[index][0]
    p = torch.log_softmax(model(bild.unsqueeze(0)), dim=1).exp().squeeze(0)
    for k in p.argsort(descending=True)[:3].tolist():
        print(f"{Klasse(k)}: {p[k].item():.2%}")


def visualize_image(data_loader, index):
    bild, k = data_loader.dataset[index]
    TF.to_pil_image(bild * 0.5 + 0.5).resize((140, 140)).save("image.png")
    print(f"Ground Truth Label: {Klasse(k)}")
