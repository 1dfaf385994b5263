# style: batch size 1, beginner, global lists, lists of losses, manual softmax with math.exp and hand-made top three
import math
import torch
import torch.nn as nn
import torch.optim as optim
from torchvision import datasets, transforms
import matplotlib.pyplot as plt

class_names = ['T-shirt/top','Trouser','Pullover','Dress','Coat','Sandal','Shirt','Sneaker','Bag','Ankle Boot']

def get_data_loader(training = True):
    custom_transform= transforms.Compose([
    transforms.ToTensor(),
    transforms.Normalize((0.1307,), (0.3081,))
    ])

    if training:
        train_set=datasets.FashionMNIST('./data',train=True,download=True,transform=custom_transform)
        return torch.utils.data.DataLoader(train_set)
    test_set=datasets.FashionMNIST('./data', train=False,download=True,transform=custom_transform)
    return torch.utils.data.DataLoader(test_set)

def build_model():
    class Network(nn.Module):
        def __init__(self):
            nn.Module.__init__(self)
            self.l1 = nn.Linear(784,128)
            self.l2 = nn.Linear(128,64)
            self.l3 = nn.Linear(64,10)
            self.relu = nn.ReLU()
        def forward(self, x):
            x = torch.flatten(x, 1)
            x = self.relu(self.l1(x))
            x = self.relu(self.l2(x))
            return self.l3(x)
    return Network()

def train_model(model, train_loader, criterion, T):
    opt = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        losses = []
        correct = 0
        total = 0
        for inputs, labels in train_loader:
            opt.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            opt.step()
            losses.append(loss.item() * len(labels))
            for i in range(len(labels)):
                best = 0
                scores = outputs[i].tolist()
                for j in range(10):
                    if scores[j] > scores[best]:
                        best = j
                if best == int(labels[i]):
                    correct = correct + 1
                total = total + 1
        percent = correct / total * 100
        print("Train Epoch: %s  Accuracy: %s/%s(%.2f%%)  Loss: %.3f" % (epoch, correct, total, percent, sum(losses) / total))

def evaluate_model(model, test_loader, criterion, show_loss = True):
    model.eval()
    losses = []
    correct = 0
    total = 0
    with torch.no_grad():
        for inputs, labels in test_loader:
            outputs = model(inputs)
            losses.append(criterion(outputs, labels).item() * len(labels))
            for i in range(len(labels)):
                if int(torch.argmax(outputs[i])) == int(labels[i]):
                    correct = correct + 1
                total = total + 1
    if show_loss:
        print("Average loss: %.4f" % (sum(losses) / total))
    print("Accuracy: %.2f%%" % (correct / total * 100))

def predict_label(model, test_images, index):
    if isinstance(test_images, torch.Tensor):
        image = test_images[index]
    else:
        image = test_images.dataset[index][0]
    logits = model(image)          # shape 1 x 10
    numbers = logits[0].tolist()
    exps = []
    for v in numbers:
        exps.append(math.exp(v))
    s = sum(exps)
    probs = []
    for v in exps:
        probs.append(v / s)
    names = class_names[:]
    for k in range(3):
        m = max(probs)
        where = probs.index(m)
        print("%s: %.2f%%" % (names[where], m * 100))
        del probs[where]
        del names[where]

def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    plt.imshow(image.squeeze())
    plt.savefig("image.png")
    plt.close()
    print("Ground Truth Label: " + class_names[label])
