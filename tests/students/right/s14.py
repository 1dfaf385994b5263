# style: functional (partial, reduce, map, lambda), sizes in a loop, model.zero_grad(), raw dataset.data written as PNG by PIL
from functools import partial, reduce
from itertools import islice
from operator import itemgetter

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.optim.sgd import SGD
from torch.utils.data import DataLoader
from torchvision.datasets import FashionMNIST
from torchvision.transforms import v2 as T2

SIZES = (784, 128, 64, 10)
CLASSES = dict(enumerate(["T-shirt/Top", "Trouser", "Pullover", "Dress", "Coat",
                          "Sandal", "Shirt", "Sneaker", "Bag", "Ankle Boot"]))

make_sgd = partial(SGD, lr=0.001, momentum=0.9)
add = lambda a, b: tuple(u + v for u, v in zip(a, b))


def get_data_loader(training=True):
    tf = T2.Compose([T2.ToImage(), T2.ToDtype(torch.float32, scale=True)])
    return DataLoader(FashionMNIST("data", train=training, transform=tf, download=True),
                      batch_size=256, shuffle=bool(training))


def build_model():
    model = nn.Sequential(nn.Flatten())
    for i in range(len(SIZES) - 1):
        model.append(nn.Linear(SIZES[i], SIZES[i + 1]))
        if i < len(SIZES) - 2:
            model.append(nn.ReLU())
    return model


def stats(criterion, out, y):
    loss = criterion(out, y)
    return loss, (loss.item() * len(y), int(torch.eq(out.argmax(-1), y).sum()), len(y))


def train_model(model, train_loader, criterion, T):
    sgd = make_sgd(model.parameters())

    def learn(batch):
        x, y = batch
        loss, s = stats(criterion, model(x), y)
        model.zero_grad()
        loss.backward()
        sgd.step()
        return s

    for epoch in range(T):
        model.train()
        loss, good, n = reduce(add, map(learn, train_loader))
        print("Train Epoch: %d  Accuracy: %d/%d(%.2f%%)  Loss: %.3f" % (epoch, good, n, 100 * good / n, loss / n))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    with torch.no_grad():
        loss, good, n = reduce(add, (stats(criterion, model(x), y)[1] for x, y in test_loader))
    lines = ["Accuracy: %.2f%%" % (100 * good / n)]
    if show_loss:
        lines.insert(0, "Average loss: %.4f" % (loss / n))
    print("\n".join(lines))


def predict_label(model, test_images, index):
    get = test_images.__getitem__ if isinstance(test_images, torch.Tensor) else lambda i: test_images.dataset[i][0]
    with torch.no_grad():
        out = model(get(index)).reshape(-1).double()
    e = out.exp()
    p = (e / e.sum()).numpy()
    pairs = sorted(enumerate(p), key=itemgetter(1), reverse=True)
    for k, v in islice(pairs, 3):
        print("%s: %.2f%%" % (CLASSES[k], 100 * v))


def visualize_image(data_loader, index):
    ds = data_loader.dataset
    pixels = np.asarray(ds.data[index], dtype=np.uint8)
    Image.fromarray(pixels).save("image.png")
    print("Ground Truth Label: %s" % CLASSES[int(ds.targets[index])])
