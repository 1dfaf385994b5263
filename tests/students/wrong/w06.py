# mistake: train_model | criterion-replaced | own nn.CrossEntropyLoss() in place of the criterion given
import torch.nn as nn
from torch.optim import SGD


def _train_step(model, x, y, criterion, optimizer):
    optimizer.zero_grad()
    scores = model(x)
    loss = criterion(scores, y)
    loss.backward()
    optimizer.step()
    n_right = (scores.max(1)[1] == y).sum().item()
    return loss.item(), n_right


def train_model(model, train_loader, criterion, T):
    criterion = nn.CrossEntropyLoss()
    optimizer = SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    epoch = 0
    while epoch < T:
        total_loss, total_right, total_seen = 0.0, 0, 0
        for x, y in train_loader:
            batch_loss, n_right = _train_step(model, x, y, criterion, optimizer)
            total_loss += batch_loss * y.shape[0]
            total_right += n_right
            total_seen += y.shape[0]
        msg = f"Train Epoch: {epoch}  Accuracy: {total_right}/{total_seen}"
        msg += f"({100 * total_right / total_seen:.2f}%)  Loss: {total_loss / total_seen:.3f}"
        print(msg)
        epoch += 1
