# format only: evaluate_model, predict_label, visualize_image
# style: aligned columns, "=" instead of ":", no blank after the colon; OrderedDict, Counter, plt.savefig
from collections import Counter, OrderedDict

import matplotlib.pyplot as plt
import torch
import torch.nn as nn
import torch.optim as optim
from torchvision import datasets, transforms

LABELS = ['T-Shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boots']
BATCH = 64


def get_data_loader(training=True):
    t = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))])
    d = datasets.FashionMNIST('./data', train=training, download=True, transform=t)
    return torch.utils.data.DataLoader(d, batch_size=BATCH)


def build_model():
    return nn.Sequential(OrderedDict(
        flatten=nn.Flatten(),
        fc1=nn.Linear(784, 128),
        relu1=nn.ReLU(),
        fc2=nn.Linear(128, 64),
        relu2=nn.ReLU(),
        fc3=nn.Linear(64, 10),
    ))


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        count = Counter(loss=0.0)
        for images, labels in train_loader:
            optimizer.zero_grad()
            output = model(images)
            loss = criterion(output, labels)
            loss.backward()
            optimizer.step()
            count['loss'] += loss.item() * images.size(0)
            count['ok'] += (output.argmax(1) == labels).sum().item()
            count['all'] += images.size(0)
        print('Train Epoch: %d  Accuracy: %d/%d(%.2f%%)  Loss: %.3f' % (
            epoch, count['ok'], count['all'], count['ok'] / count['all'] * 100, count['loss'] / count['all']))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    count = Counter(loss=0.0)
    with torch.no_grad():
        for images, labels in test_loader:
            output = model(images)
            count['loss'] += criterion(output, labels).item() * images.size(0)
            count['ok'] += (output.argmax(1) == labels).sum().item()
            count['all'] += images.size(0)
    if show_loss:
        print('Average loss = %.4f' % (count['loss'] / count['all']))
    print('Accuracy     = %.2f%%' % (count['ok'] / count['all'] * 100))


def predict_label(model, test_images, index):
    # tensor or loader
    if isinstance(test_images, torch.Tensor):
        x = test_images[index]
    else:
        x = test_images.dataset[index][0]
    model.eval()
    with torch.no_grad():
        logits = model(x.unsqueeze(0))[0]
    prob = torch.exp(logits - logits.max())
    prob = prob / prob.sum()
    for i in prob.argsort(descending=True)[:3]:
        print('%-10s: %6.2f%%' % (LABELS[i], prob[i] * 100))


def visualize_image(data_loader, index):
    x, label = data_loader.dataset[index]
    plt.figure(figsize=(2, 2))
    plt.imshow(x.view(28, 28))
    plt.axis('off')
    plt.savefig('image.png')
    plt.close()
    print('Ground Truth Label:%s' % LABELS[label])


if __name__ == '__main__':
    criterion = nn.CrossEntropyLoss()
    model = build_model()
    train_model(model, get_data_loader(), criterion, T=5)
    evaluate_model(model, get_data_loader(False), criterion)
