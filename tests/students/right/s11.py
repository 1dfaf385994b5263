# style: own Dataset class wrapping FashionMNIST, num_workers=2, dict of labels, per-sample losses summed, PIL nearest resize
import torch
from torch import nn
from torch.utils.data import Dataset, DataLoader
import torchvision
from PIL import Image

LABELS = {
    0: "T-shirt", 1: "Trouser", 2: "Pullover", 3: "Dress", 4: "Coat",
    5: "Sandal", 6: "Shirt", 7: "Sneaker", 8: "Bag", 9: "Ankle Boot",
}


class Fashion(Dataset):
    """Thin wrapper so that I control what an item looks like."""

    def __init__(self, train):
        self.raw = torchvision.datasets.FashionMNIST("./data", train=train, download=True)
        self.to_tensor = torchvision.transforms.ToTensor()

    def __len__(self):
        return len(self.raw)

    def __getitem__(self, i):
        img, label = self.raw[i]
        return self.to_tensor(img), label


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.stack = nn.Sequential(
            nn.Linear(784, 128),
            nn.ReLU(),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 10),
        )

    def forward(self, x):
        return self.stack(self.flatten(x))


def get_data_loader(training=True):
    return DataLoader(Fashion(training), batch_size=100, shuffle=training, num_workers=2)


def build_model():
    return Mlp()


def train_model(model, train_loader, criterion, T):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    per_sample = nn.CrossEntropyLoss(reduction="none")
    model.train()
    for epoch in range(T):
        total_loss = torch.zeros((), dtype=torch.double)
        correct = torch.zeros((), dtype=torch.long)
        seen = 0
        for x, y in train_loader:
            optimizer.zero_grad()
            pred = model(x)
            criterion(pred, y).backward()
            optimizer.step()
            with torch.no_grad():
                total_loss += per_sample(pred, y).sum()
                correct += pred.argmax(1).eq(y).sum()
                seen += len(x)
        print(f"Train Epoch: {epoch}  Accuracy: {correct.item()}/{seen}({100 * correct.item() / seen:.2f}%)"
              f"  Loss: {total_loss.item() / seen:.3f}")


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    per_sample = []
    hits = []
    with torch.no_grad():
        for x, y in test_loader:
            pred = model(x)
            per_sample += [criterion(pred, y).item()] * len(y)
            hits += pred.argmax(1).eq(y).tolist()
    if show_loss:
        print(f"Average loss: {sum(per_sample) / len(per_sample):.4f}")
    print(f"Accuracy: {100 * sum(hits) / len(hits):.2f}%")


def predict_label(model, test_images, index):
    model.eval()
    if hasattr(test_images, "dataset"):
        image, _ = test_images.dataset[index]
    else:
        image = test_images[index]
    with torch.no_grad():
        probs = nn.Softmax(dim=1)(model(image.unsqueeze(0)))[0]
    table = {LABELS[i]: p for i, p in enumerate(probs.tolist())}
    for name in sorted(table, key=table.get, reverse=True)[:3]:
        print(f"{name}: {table[name] * 100:.2f}%")


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    gray = image.mul(255).round().byte().squeeze(0).numpy()
    Image.fromarray(gray).resize((224, 224), Image.NEAREST).save("image.png")
    print(f"Ground Truth Label: {LABELS[label]}")
