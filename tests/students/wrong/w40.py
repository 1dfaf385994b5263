# mistake: train_model | no-learning | optimizer.step() forgotten
# mistake: train_model | hard-coded-size | 60000 hard-coded as number of images
# mistake: evaluate_model | other-loader | a global loader is used in place of the argument
import numpy as np
import torch
import torch.optim as optim
from torchvision import datasets, transforms


def get_data_loader(training=True):
    dataset = datasets.FashionMNIST('data', training, transforms.ToTensor(), download=True)
    return torch.utils.data.DataLoader(dataset, batch_size=50)


def train_model(model, train_loader, criterion, T):
    stats = {}
    solver = optim.SGD(params=model.parameters(), momentum=0.9, lr=0.001)
    model = model.train()
    for epoch in range(T):
        stats = {"loss": 0.0, "correct": 0, "n": 60000}
        for (features, targets) in train_loader:
            model.zero_grad()
            prediction = model(features)
            batch_loss = criterion(prediction, targets)
            batch_loss.backward()
            stats["loss"] += batch_loss.item() * features.size()[0]
            stats["correct"] += int(prediction.topk(1, dim=1)[1].squeeze(1).eq(targets).sum())
        stats["acc"] = 100 * stats["correct"] / stats["n"]
        stats["loss"] /= stats["n"]
        print("Train Epoch: {e}  Accuracy: {correct}/{n}({acc:.2f}%)  Loss: {loss:.3f}".format(e=epoch, **stats))


testloader = get_data_loader(training=False)


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    losses = []
    counts = []
    hits = []
    with torch.no_grad():
        for x, y in testloader:
            out = model(x)
            losses.append(criterion(out, y).item())
            counts.append(x.shape[0])
            hits.extend(np.argmax(out.numpy(), axis=1) == y.numpy())
    avg_loss = np.average(losses, weights=counts)
    accuracy = np.mean(hits) * 100
    if show_loss:
        print(f'Average loss: {avg_loss:.4f}')
    print(f'Accuracy: {accuracy:.2f}%')
