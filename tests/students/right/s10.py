# style: predict_label concatenates all batches, test batches of size 1, loss / len(loader.dataset), numpy softmax, commented-out code
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
import matplotlib.pyplot as plt


def get_data_loader(training=True):
    """
    INPUT:  optional boolean
    RETURNS: Dataloader for the training set (if training = True) or the test set
    """
    custom_transform = transforms.Compose([
        transforms.ToTensor(),
        # transforms.Normalize((0.1307,), (0.3081,))
    ])
    data_train = datasets.FashionMNIST('./data', train=True, download=True, transform=custom_transform)
    data_test = datasets.FashionMNIST('./data', train=False, download=True, transform=custom_transform)

    if training:
        return DataLoader(data_train, batch_size=64, shuffle=True)
    return DataLoader(data_test, batch_size=1, shuffle=False)


def build_model():
    model = nn.Sequential(nn.Flatten(1), nn.Linear(in_features=784, out_features=128), nn.ReLU(),
                          nn.Linear(in_features=128, out_features=64), nn.ReLU(),
                          nn.Linear(in_features=64, out_features=10, bias=True))
    # model.add_module('softmax', nn.Softmax(dim=1))
    return model


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    epoch = 0
    while epoch < T:
        model.train()
        correct = 0
        train_loss = 0
        for images, labels in train_loader:
            optimizer.zero_grad()
            output = model(images)
            loss = criterion(output, labels)
            loss.backward()
            optimizer.step()
            train_loss = train_loss + loss.item() * images.shape[0]
            correct = correct + np.sum(output.detach().numpy().argmax(axis=1) == labels.numpy())
        n = len(train_loader.dataset)
        acc = correct / n * 100
        # print('acc', acc)
        print('Train Epoch: {0}  Accuracy: {1}/{2}({3:.2f}%)  Loss: {4:.3f}'.format(epoch, correct, n, acc, train_loss / n))
        epoch += 1


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    correct = 0
    test_loss = 0
    n = len(test_loader.dataset)
    with torch.no_grad():
        for images, labels in test_loader:
            output = model(images)
            test_loss = test_loss + criterion(output, labels).item() * images.shape[0]
            correct = correct + np.sum(output.numpy().argmax(axis=1) == labels.numpy())
    if show_loss is True:
        print('Average loss: {0:.4f}'.format(test_loss / n))
    print('Accuracy: {0:.2f}%'.format(correct / n * 100))


def class_name(i):
    return ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle Boot'][int(i)]


def predict_label(model, test_images, index):
    model.eval()
    if not isinstance(test_images, torch.Tensor):
        batches = []
        for images, labels in test_images:
            batches.append(images)
        test_images = torch.cat(batches, dim=0)
    # print(test_images.shape)
    with torch.no_grad():
        logits = model(test_images[index].unsqueeze(0)).numpy()[0].astype(np.float64)
    prob = np.exp(logits) / np.sum(np.exp(logits))
    best = np.argsort(-prob)
    print('{0}: {1:.2f}%'.format(class_name(best[0]), prob[best[0]] * 100))
    print('{0}: {1:.2f}%'.format(class_name(best[1]), prob[best[1]] * 100))
    print('{0}: {1:.2f}%'.format(class_name(best[2]), prob[best[2]] * 100))


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    plt.figure(figsize=(4, 4))
    plt.title(class_name(label))
    plt.xlabel('x')
    plt.ylabel('y')
    plt.imshow(np.squeeze(image.numpy()), cmap='viridis')
    plt.savefig('image.png')
    plt.close('all')
    print('Ground Truth Label: {0}'.format(class_name(label)))
