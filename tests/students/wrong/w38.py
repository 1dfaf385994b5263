# mistake: build_model | other-sizes | the 128->64 layer is missing (784->128->10)
# mistake: evaluate_model | evaluation-trains | the evaluation trains: backward and step on the test set
# mistake: visualize_image | nothing-printed | returns the text instead of printing it
import matplotlib.pyplot as plt
import torch.nn as nn
from torch.optim import SGD

labels_map = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
              "Shirt", "Sneaker", "Bag", "Boots"]


def build_model():
    model = nn.Sequential()
    model.add_module("flatten", nn.Flatten())
    model.add_module("dense1", nn.Linear(784, 128))
    model.add_module("act1", nn.ReLU())
    model.add_module("dense2", nn.Linear(128, 10))
    return model


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    running_loss = 0.0
    correct = 0
    total = 0
    optimizer = SGD(model.parameters(), lr=0.001, momentum=0.9)
    for images, labels in test_loader:
        optimizer.zero_grad()
        outputs = model(images)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item() * images.size(0)
        predicted = outputs.argmax(dim=1)
        correct += (predicted == labels).sum().item()
        total += labels.size(0)
    if show_loss:
        print(f"Average loss: {running_loss / total:.4f}")
    print(f"Accuracy: {100 * correct / total:.2f}%")


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    plt.imsave("image.png", image.squeeze().numpy(), cmap="gray")
    return f"Ground Truth Label: {labels_map[int(label)]}"
