# format only: train_model
# style: one blank instead of two in the training line; Sequential, torch.max, topk, plt.imsave
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torchvision import datasets, transforms
import matplotlib.pyplot as plt

class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat',
               'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle Boot']


def get_data_loader(training=True):
    transform = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,))
    ])
    dataset = datasets.FashionMNIST('./data', train=training, download=True, transform=transform)
    return torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=training)


def build_model():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10)
    )


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        running_loss = 0.0
        correct = 0
        total = 0
        for inputs, labels in train_loader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()

            running_loss += loss.item() * labels.size(0)
            _, predicted = torch.max(outputs.data, 1)
            correct += (predicted == labels).sum().item()
            total += labels.size(0)
        print(f'Train Epoch: {epoch} Accuracy: {correct}/{total}({100 * correct / total:.2f}%) Loss: {running_loss / total:.3f}')


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    running_loss = 0.0
    correct = 0
    total = 0
    with torch.no_grad():
        for inputs, labels in test_loader:
            outputs = model(inputs)
            running_loss += criterion(outputs, labels).item() * labels.size(0)
            _, predicted = torch.max(outputs.data, 1)
            correct += (predicted == labels).sum().item()
            total += labels.size(0)
    if show_loss:
        print(f'Average loss: {running_loss / total:.4f}')
    print(f'Accuracy: {100 * correct / total:.2f}%')


def predict_label(model, test_images, index):
    if isinstance(test_images, torch.utils.data.DataLoader):
        image = test_images.dataset[index][0].unsqueeze(0)
    else:
        image = test_images[index].unsqueeze(0)
    model.eval()
    with torch.no_grad():
        prob = F.softmax(model(image), dim=1)
    top_p, top_i = prob.topk(3, dim=1)
    for p, i in zip(top_p[0], top_i[0]):
        print(f'{class_names[i]}: {p.item() * 100:.2f}%')


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    plt.imsave('image.png', image[0], cmap='gray')
    print(f'Ground Truth Label: {class_names[label]}')
