# mistake: train_model | epochs-from-one | epochs counted from 1
# mistake: evaluate_model | last-batch-only | accuracy of the last batch only
import torch
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    device = next(model.parameters()).device
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)

    for epoch in range(1, T + 1):
        model.train()
        epoch_loss = 0
        epoch_correct = 0
        for X, y in train_loader:
            X, y = X.to(device), y.to(device)

            # forward
            logits = model(X)
            loss = criterion(logits, y)

            # backward
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            epoch_loss += loss.item() * X.shape[0]
            epoch_correct += (torch.argmax(logits, dim=1) == y).type(torch.int).sum().item()

        size = len(train_loader.dataset)
        accuracy = epoch_correct / size
        print(f'Train Epoch: {epoch}  Accuracy: {epoch_correct}/{size}({accuracy:.2%})  Loss: {epoch_loss / size:.3f}')


@torch.no_grad()
def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    test_loss, test_correct = 0, 0
    n_images = len(test_loader.dataset)
    for X, y in test_loader:
        pred = model(X)
        test_loss += criterion(pred, y).item() * len(X)
        test_correct = (pred.argmax(1) == y).type(torch.float).mean().item()
    test_loss /= n_images
    if show_loss:
        print(f"Average loss: {test_loss:.4f}")
    print(f"Accuracy: {test_correct:.2%}")
