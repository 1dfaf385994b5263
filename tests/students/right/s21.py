# format only: train_model, evaluate_model, predict_label
# style: round() instead of fixed decimals, a blank before the percent sign; comma prints, numpy argsort
import numpy as np
import torch
import torch.nn as nn
from torch.optim import SGD
import torchvision
import matplotlib.pyplot as plt

names = {0: 'T-shirt', 1: 'Trouser', 2: 'Pullover', 3: 'Dress', 4: 'Coat',
         5: 'Sandal', 6: 'Shirt', 7: 'Sneaker', 8: 'Bag', 9: 'Ankle Boot'}


def get_data_loader(training=True):
    transform = torchvision.transforms.Compose([
        torchvision.transforms.ToTensor(),
        torchvision.transforms.Normalize((0.5,), (0.5,)),
    ])
    if training:
        data = torchvision.datasets.FashionMNIST('./data', train=True, transform=transform, download=True)
        return torch.utils.data.DataLoader(data, batch_size=100, shuffle=True)
    else:
        data = torchvision.datasets.FashionMNIST('./data', train=False, transform=transform, download=True)
        return torch.utils.data.DataLoader(data, batch_size=100, shuffle=False)


def build_model():
    model = nn.Sequential()
    model.add_module('0', nn.Flatten())
    model.add_module('1', nn.Linear(784, 128))
    model.add_module('2', nn.ReLU())
    model.add_module('3', nn.Linear(128, 64))
    model.add_module('4', nn.ReLU())
    model.add_module('5', nn.Linear(64, 10))
    return model


def train_model(model, train_loader, criterion, T):
    opt = SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        total_loss = 0
        correct = 0
        number = 0
        for img, lab in train_loader:
            opt.zero_grad()
            out = model(img)
            loss = criterion(out, lab)
            loss.backward()
            opt.step()
            total_loss += loss.item() * len(lab)
            correct += int(np.sum(out.detach().numpy().argmax(1) == lab.numpy()))
            number += len(lab)
        print('Train Epoch: ' + str(epoch) + '  Accuracy: ' + str(correct) + '/' + str(number) +
              '(' + str(round(100 * correct / number, 3)) + ' %)  Loss: ' + str(round(total_loss / number, 5)))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    total_loss = 0
    correct = 0
    number = 0
    with torch.no_grad():
        for img, lab in test_loader:
            out = model(img)
            total_loss += criterion(out, lab).item() * len(lab)
            correct += int(np.sum(out.numpy().argmax(1) == lab.numpy()))
            number += len(lab)
    if show_loss:
        print('Average loss:', round(total_loss / number, 6))
    print('Accuracy:', round(100 * correct / number, 3), '%')


def predict_label(model, test_images, index):
    if isinstance(test_images, torch.Tensor):
        img = test_images[index]
    else:
        img = test_images.dataset[index][0]
    model.eval()
    with torch.no_grad():
        prob = torch.softmax(model(img.unsqueeze(0)), 1)[0].numpy()
    for i in np.argsort(prob)[::-1][0:3]:
        print(names[int(i)] + ':', round(float(prob[i]) * 100, 4), '%')


def visualize_image(data_loader, index):
    img, lab = data_loader.dataset[index]
    plt.imshow(img.numpy()[0], cmap='gray')
    plt.title(names[lab])
    plt.savefig('image.png')
    plt.close()
    print('Ground Truth Label:', names[lab])
