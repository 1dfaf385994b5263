# mistake: train_model | one-epoch-only | return inside the epoch loop: only one epoch is trained
# mistake: evaluate_model | loss-after-accuracy | accuracy printed before the loss
import torch
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
        return


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    lossSum = 0
    right = 0
    seen = 0
    with torch.no_grad():
        for batch in test_loader:
            imgs, lbls = batch
            scores = model(imgs)
            lossSum += criterion(scores, lbls).item() * len(lbls)
            guesses = torch.argmax(scores, 1)
            for k in range(len(lbls)):
                if guesses[k] == lbls[k]:
                    right += 1
            seen += len(lbls)
    print("Accuracy: " + format(right / seen * 100, ".2f") + "%")
    if show_loss:
        print("Average loss: " + format(lossSum / seen, ".4f"))
