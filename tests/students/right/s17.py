# style: device taken from the model, .cpu()/.to(), bincount/stack numpy counting, whole batch of the loader's dataset, imsave with upscaled interpolate
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision as tv
from torch import optim as O
import matplotlib.pyplot as plt

labelNames = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boot']


def deviceOf(model):
    return next(model.parameters()).device


def get_data_loader(training=True):
    transf = tv.transforms.Compose([tv.transforms.ToTensor()])
    sets = {True: None, False: None}
    for flag in sets:
        sets[flag] = tv.datasets.FashionMNIST(root='data', train=flag, transform=transf, download=True)
    return torch.utils.data.DataLoader(sets[bool(training)], batch_size=100, shuffle=bool(training), drop_last=False)


def build_model():
    class FeedForward(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Flatten(), nn.Linear(28 ** 2, 128), nn.ReLU(),
                             nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    return FeedForward()


def train_model(model, train_loader, criterion, T):
    dev = deviceOf(model)
    optimiser = O.SGD(model.parameters(), lr=10 ** -3, momentum=9 / 10)
    for epoch in range(T):
        model.train()
        lossSum = 0.0
        hits = np.zeros(2, dtype=np.int64)      # wrong, right
        for (img, lab) in train_loader:
            img, lab = img.to(dev), lab.to(dev)
            optimiser.zero_grad()
            out = model(img)
            loss = criterion(out, lab)
            loss.backward()
            optimiser.step()
            lossSum += float(loss) * img.shape[0]
            same = (out.argmax(axis=1) == lab).cpu().numpy()
            hits += np.bincount(same.astype(int), minlength=2)
        n = hits.sum()
        print('Train Epoch: {e}  Accuracy: {c}/{n}({a:.2f}%)  Loss: {l:.3f}'.format(
            e=epoch, c=hits[1], n=n, a=100 * hits[1] / n, l=lossSum / n))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    dev = deviceOf(model)
    model.eval()
    lossSum = 0.0
    hits = np.zeros(2, dtype=np.int64)
    with torch.inference_mode():
        for (img, lab) in test_loader:
            img, lab = img.to(dev), lab.to(dev)
            out = model(img)
            lossSum += float(criterion(out, lab)) * img.shape[0]
            hits += np.bincount((out.argmax(axis=1) == lab).cpu().numpy().astype(int), minlength=2)
    if show_loss:
        print('Average loss: {l:.4f}'.format(l=lossSum / hits.sum()))
    print('Accuracy: {a:.2f}%'.format(a=100 * hits[1] / hits.sum()))


def predict_label(model, test_images, index):
    if isinstance(test_images, torch.utils.data.DataLoader):
        # put the images before and including index in one tensor, then take the last one
        ds = test_images.dataset
        test_images = torch.stack([ds[i][0] for i in range(index + 1)])
    model.eval()
    with torch.no_grad():
        probs = F.softmax(model(test_images.to(deviceOf(model))), dim=1).cpu().numpy()
    p = probs[index]
    for i in np.argsort(p)[:-4:-1]:
        print('{n}: {p:.2f}%'.format(n=labelNames[i], p=p[i] * 100))


def visualize_image(data_loader, index):
    img, lab = data_loader.dataset[index]
    big = F.interpolate(img.unsqueeze(0), scale_factor=10, mode='nearest')[0, 0]
    plt.imsave('image.png', big.numpy(), cmap='gray', vmin=0, vmax=1)
    print('Ground Truth Label: {n}'.format(n=labelNames[lab]))


if __name__ == '__main__':
    crit = nn.CrossEntropyLoss()
    net = build_model()
    train_model(net, get_data_loader(), crit, 5)
    evaluate_model(net, get_data_loader(False), crit)
