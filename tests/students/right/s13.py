# style: upper case labels, zip loops for counting, verbose beginner comments, string built piece by piece, batch first image by slicing
import torch
import torch.nn as nn
import torchvision.datasets as datasets
import torchvision.transforms as transforms
import torch.optim as optim
from matplotlib import pyplot as plt


def get_data_loader(training=True):
    # the transformation that is given in the exercise
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    data = datasets.FashionMNIST("./data", train=training, transform=transform, download=True)
    # make the loader
    loader = torch.utils.data.DataLoader(data, batch_size=32)
    return loader


def build_model():
    flatten = nn.Flatten()
    layer1 = nn.Linear(784, 128)
    layer2 = nn.Linear(128, 64)
    layer3 = nn.Linear(64, 10)
    # no softmax at the end, CrossEntropyLoss does it
    return nn.Sequential(flatten, layer1, nn.ReLU(), layer2, nn.ReLU(), layer3)


def train_model(model, train_loader, criterion, T):
    # optimizer
    opt = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    # train mode
    model.train()
    for epoch in range(T):
        all_loss = 0.0
        correct = 0
        images_seen = 0
        for batch in train_loader:
            images = batch[0]
            labels = batch[1]
            # reset gradients
            opt.zero_grad()
            # forward
            outputs = model(images)
            loss = criterion(outputs, labels)
            # backward
            loss.backward()
            opt.step()
            # statistics
            predictions = outputs.argmax(dim=1)
            for p, l in zip(predictions, labels):
                if p == l:
                    correct += 1
                images_seen += 1
            all_loss += loss.item() * len(images)
        text = "Train Epoch: " + str(epoch)
        text += "  Accuracy: " + str(correct) + "/" + str(images_seen)
        text += "({:.2f}%)".format(correct / images_seen * 100)
        text += "  Loss: {:.3f}".format(all_loss / images_seen)
        print(text)


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    all_loss = 0.0
    correct = 0
    images_seen = 0
    # no gradients needed
    with torch.no_grad():
        for batch in test_loader:
            images = batch[0]
            labels = batch[1]
            outputs = model(images)
            predictions = outputs.argmax(dim=1)
            for p, l in zip(predictions, labels):
                if p == l:
                    correct += 1
                images_seen += 1
            all_loss += criterion(outputs, labels).item() * len(images)
    if show_loss == True:
        print("Average loss: {:.4f}".format(all_loss / images_seen))
    print("Accuracy: {:.2f}%".format(correct / images_seen * 100))


CLASS_NAMES = ["T-SHIRT", "TROUSER", "PULLOVER", "DRESS", "COAT", "SANDAL", "SHIRT", "SNEAKER", "BAG", "BOOTS"]


def predict_label(model, test_images, index):
    model.eval()
    # works with tensor and loader
    if type(test_images) == torch.Tensor:
        image = test_images[index:index + 1]
    else:
        image = test_images.dataset[index][0].unsqueeze(0)
    prob = torch.softmax(model(image), dim=1)
    three = torch.topk(prob, k=3, dim=1)
    for p, i in zip(three.values[0], three.indices[0]):
        print(CLASS_NAMES[i] + ": {:.2f}%".format(p.item() * 100))


def visualize_image(data_loader, index):
    image, label = data_loader.dataset[index]
    image = image.reshape(28, 28)
    plt.figure(figsize=(5, 5), dpi=80)
    plt.imshow(image, cmap="Greys_r")
    plt.xticks([])
    plt.yticks([])
    plt.savefig("image.png")
    plt.close()
    print("Ground Truth Label: " + CLASS_NAMES[label])
