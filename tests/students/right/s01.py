# style: plain Sequential, both sets built before the if, torch.max, f-strings, topk, plt.imsave gray
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import matplotlib.pyplot as plt
from torchvision import datasets, transforms

# Feel free to import other packages, if needed.


def get_data_loader(training=True):
    """
    TODO: implement this function.

    INPUT:
        An optional boolean argument (default value is True for training dataset)

    RETURNS:
        Dataloader for the training set (if training = True) or the test set (if training = False)
    """
    custom_transform = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize((0.1307,), (0.3081,))
    ])
    train_set = datasets.FashionMNIST('./data', train=True, download=True, transform=custom_transform)
    test_set = datasets.FashionMNIST('./data', train=False, download=True, transform=custom_transform)
    if training:
        loader = torch.utils.data.DataLoader(train_set, batch_size=64)
    else:
        loader = torch.utils.data.DataLoader(test_set, batch_size=64, shuffle=False)
    return loader


def build_model():
    """
    TODO: implement this function.

    RETURNS:
        An untrained neural network model
    """
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 128),
        nn.ReLU(),
        nn.Linear(128, 64),
        nn.ReLU(),
        nn.Linear(64, 10)
    )
    return model


def train_model(model, train_loader, criterion, T):
    opt = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        running_loss = 0.0
        correct = 0
        total = 0
        for data in train_loader:
            inputs, labels = data
            opt.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            opt.step()
            running_loss += loss.item() * inputs.size(0)
            _, predicted = torch.max(outputs, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
        print(f"Train Epoch: {epoch}  Accuracy: {correct}/{total}({100 * correct / total:.2f}%)  Loss: {running_loss / total:.3f}")


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    running_loss, correct, total = 0.0, 0, 0
    with torch.no_grad():
        for data, labels in test_loader:
            outputs = model(data)
            running_loss += criterion(outputs, labels).item() * data.size(0)
            _, predicted = torch.max(outputs, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
    if show_loss:
        print(f"Average loss: {running_loss / total:.4f}")
    print(f"Accuracy: {100 * correct / total:.2f}%")


def predict_label(model, test_images, index):
    class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle Boot']
    if isinstance(test_images, torch.utils.data.DataLoader):
        image = test_images.dataset[index][0]
    else:
        image = test_images[index]
    with torch.no_grad():
        prob = F.softmax(model(image.unsqueeze(0)), dim=1)
    values, indices = torch.topk(prob[0], 3)
    for i in range(3):
        print(f"{class_names[indices[i]]}: {values[i].item() * 100:.2f}%")


def visualize_image(data_loader, index):
    class_names = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle Boot']
    image, label = data_loader.dataset[index]
    plt.imsave('image.png', image.squeeze().numpy(), cmap='gray')
    print(f"Ground Truth Label: {class_names[label]}")


if __name__ == '__main__':
    criterion = nn.CrossEntropyLoss()
