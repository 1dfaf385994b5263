# mistake: get_data_loader | digits | MNIST (digits) in place of FashionMNIST
# mistake: train_model | printed-for-each-batch | print inside the batch loop: a line for every batch
import torch
from torch.utils.data import DataLoader
from torchvision import datasets, transforms


def get_data_loader(training=True):
    dataset = datasets.MNIST(root="data", train=training, download=True,
                             transform=transforms.ToTensor())
    return DataLoader(dataset, batch_size=64, shuffle=training)


def train_model(model, train_loader, criterion, T):
    """Trains for T epochs with SGD and prints one line for each epoch."""
    opt = torch.optim.SGD(model.parameters(), lr=.001, momentum=.9)
    model.train(True)
    for epoch in range(T):
        loss_total = 0.
        correct_total = 0
        image_total = 0
        it = iter(train_loader)
        while (batch := next(it, None)) is not None:
            xb, yb = batch
            opt.zero_grad(set_to_none=True)
            yhat = model(xb)
            loss = criterion(yhat, yb)
            loss.backward()
            opt.step()
            values, indices = torch.max(yhat, dim=1)
            correct_total += torch.sum(indices == yb).item()
            image_total += len(xb)
            loss_total += float(loss) * len(xb)
            acc = 100 * correct_total / image_total
            avg_loss = loss_total / image_total
            print(f"Train Epoch: {epoch}"
                  f"  Accuracy: {correct_total}/{image_total}({acc:.2f}%)"
                  f"  Loss: {avg_loss:.3f}")
