# style: add_module, @torch.no_grad() decorator, numpy for counting, numpy argsort, np.kron enlargement, PNG by PIL
import numpy as np
import torch
import torchvision
import torchvision.transforms as transforms
from PIL import Image

NAMES = np.array(["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                  "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"])


def get_data_loader(training=True):
    dataset = torchvision.datasets.FashionMNIST(
        root="./data",
        train=training,
        transform=transforms.ToTensor(),
        download=True,
    )
    return torch.utils.data.DataLoader(dataset, batch_size=100, shuffle=False)


def build_model():
    net = torch.nn.Sequential()
    net.add_module("flat", torch.nn.Flatten())
    net.add_module("fc1", torch.nn.Linear(784, 128))
    net.add_module("act1", torch.nn.ReLU())
    net.add_module("fc2", torch.nn.Linear(128, 64))
    net.add_module("act2", torch.nn.ReLU())
    net.add_module("out", torch.nn.Linear(64, 10))
    return net


def train_model(model, train_loader, criterion, T):
    model.train()
    sgd = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)

    for t in range(T):
        losses, sizes, rights = [], [], []
        for x, y in train_loader:
            sgd.zero_grad()
            out = model(x)
            loss = criterion(out, y)
            loss.backward()
            sgd.step()

            guess = np.argmax(out.detach().numpy(), axis=1)
            rights.append(np.sum(guess == y.numpy()))
            losses.append(loss.item())
            sizes.append(len(y))
        total = np.sum(sizes)
        right = np.sum(rights)
        # batches may have different sizes -> weight with the sizes
        mean_loss = np.dot(losses, sizes) / total
        print(f"Train Epoch: {t}  Accuracy: {right}/{total}({right / total:.2%})  Loss: {mean_loss:.3f}")


@torch.no_grad()
def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    losses, sizes, rights = [], [], []
    for x, y in test_loader:
        out = model(x)
        losses.append(criterion(out, y).item())
        sizes.append(len(y))
        rights.append(np.sum(np.argmax(out.numpy(), axis=1) == y.numpy()))
    if show_loss:
        print(f"Average loss: {np.average(losses, weights=sizes):.4f}")
    print(f"Accuracy: {np.sum(rights) / np.sum(sizes):.2%}")


@torch.no_grad()
def predict_label(model, test_images, index):
    if not torch.is_tensor(test_images):
        img = test_images.dataset[index][0][None]
    else:
        img = test_images[index:index + 1]
    p = torch.softmax(model(img), dim=1).numpy()[0]
    best = np.argsort(p)[::-1][:3]
    for name, q in zip(NAMES[best], p[best]):
        print(f"{name}: {100 * q:.2f}%")


def visualize_image(data_loader, index):
    img, label = data_loader.dataset[index]
    pixels = np.uint8(np.round(img.numpy()[0] * 255))
    big = np.kron(pixels, np.ones((8, 8), dtype=np.uint8))
    Image.fromarray(big).save("image.png")
    print("Ground Truth Label:", NAMES[label])
