# style: one-liners and comprehension tricks, generator sums, walrus, lambda, batch size 32
import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.data import DataLoader as DL
from torchvision.datasets import FashionMNIST as FM
from torchvision.transforms import ToTensor
from torchvision.transforms.functional import to_pil_image

L = "T-Shirt,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle Boot".split(",")
pct = lambda a, b: f"{100 * a / b:.2f}%"


def get_data_loader(training=True):
    return DL(FM("data", training, ToTensor(), download=True), 32, shuffle=training)


def build_model():
    s = [784, 128, 64, 10]
    hidden = [m for a, b in zip(s, s[1:]) for m in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Flatten(), *hidden[:-1])


def train_model(model, train_loader, criterion, T):
    opt = torch.optim.SGD(model.parameters(), lr=.001, momentum=.9)

    def step(x, y):
        # one batch -> (loss summed over images, correct, images)
        loss = criterion(o := model(x), y)
        opt.zero_grad(), loss.backward(), opt.step()
        return loss.item() * len(y), (o.argmax(1) == y).sum().item(), len(y)

    model.train()
    for e in range(T):
        l, c, n = map(sum, zip(*[step(x, y) for x, y in train_loader]))
        print(f"Train Epoch: {e}", f"Accuracy: {c}/{n}({pct(c, n)})", f"Loss: {l / n:.3f}", sep="  ")


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    with torch.no_grad():
        res = [(model(x), y) for x, y in test_loader]
    o, y = (torch.cat(t) for t in zip(*res))
    if show_loss: print(f"Average loss: {criterion(o, y):.4f}")
    print("Accuracy:", pct(sum(a == b for a, b in zip(o.argmax(1).tolist(), y.tolist())), len(y)))


def predict_label(model, test_images, index):
    x = test_images[index] if torch.is_tensor(test_images) else test_images.dataset[index][0]
    with torch.no_grad(): p = F.softmax(model.eval()(x[None]), 1)[0].tolist()
    print(*(f"{n}: {100 * q:.2f}%" for q, n in sorted(zip(p, L), reverse=True)[:3]), sep="\n")


def visualize_image(data_loader, index):
    x, y = data_loader.dataset[index]
    to_pil_image(x).save("image.png"), print("Ground Truth Label:", L[y])
