# style: own nn.Module class, enumerate, % formatting, torch.argsort, only a loader (dataset[i]), PIL with resize
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from PIL import Image


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 64)
        self.fc3 = nn.Linear(64, 10)

    def forward(self, x):
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        x = self.fc3(x)
        return x


label_names = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat',
               'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boots']


def get_data_loader(training = True):
    transform = transforms.Compose([transforms.ToTensor()])
    if training == True:
        train_set = datasets.FashionMNIST('./data', train=True, download=True, transform=transform)
        return DataLoader(train_set, batch_size = 50, shuffle = True)
    else:
        test_set = datasets.FashionMNIST('./data', train=False, download=True, transform=transform)
        return DataLoader(test_set, batch_size = 50, shuffle = False)


def build_model():
    return Net()


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    for epoch in range(0, T):
        model.train()
        loss_sum = 0.0
        correct = 0
        for i, (images, labels) in enumerate(train_loader, 0):
            optimizer.zero_grad()
            out = model(images)
            loss = criterion(out, labels)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            pred = torch.max(out.data, 1)[1]
            correct += int(torch.sum(pred == labels))
            # if i % 100 == 99:
            #     print('[%d, %5d] loss: %.3f' % (epoch + 1, i + 1, loss_sum / 100))
        size = len(train_loader.dataset)
        print('Train Epoch: %d  Accuracy: %d/%d(%.2f%%)  Loss: %.3f' %
              (epoch, correct, size, correct / size * 100, loss_sum / size))


def evaluate_model(model, test_loader, criterion, show_loss = True):
    model.eval()
    correct = 0
    loss_sum = 0.0
    size = len(test_loader.dataset)
    with torch.no_grad():
        for i, (images, labels) in enumerate(test_loader):
            out = model(images)
            loss_sum += criterion(out, labels).item() * len(labels)
            pred = torch.max(out.data, 1)[1]
            correct += int(torch.sum(pred == labels))
    if show_loss == True:
        print('Average loss: %.4f' % (loss_sum / size))
    print('Accuracy: %.2f%%' % (correct / size * 100))


def predict_label(model, test_images, index):
    # test_images is the test loader
    img, _ = test_images.dataset[index]
    model.eval()
    with torch.no_grad():
        prob = F.softmax(model(img.unsqueeze(0)), dim=1).squeeze()
    order = torch.argsort(prob, descending=True)
    for k in order[:3]:
        print('%s: %.2f%%' % (label_names[int(k)], float(prob[k]) * 100))


def visualize_image(data_loader, index):
    img, label = data_loader.dataset[index]
    arr = (img.squeeze().numpy() * 255).round().astype('uint8')
    pic = Image.fromarray(arr)
    pic = pic.resize((280, 280))
    pic.save('image.png')
    print('Ground Truth Label: %s' % label_names[label])


if __name__ == "__main__":
    train_loader = get_data_loader()
    test_loader = get_data_loader(False)
    model = build_model()
    criterion = nn.CrossEntropyLoss()
    train_model(model, train_loader, criterion, 5)
    evaluate_model(model, test_loader, criterion)
    predict_label(model, test_loader, 1)
