# mistake: train_model | no-learning | zero_grad between backward and step: the gradients are gone before the step
import torch
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    device = next(model.parameters()).device
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)

    for epoch in range(0, T):
        model.train()
        epoch_loss = 0
        epoch_correct = 0
        for X, y in train_loader:
            X, y = X.to(device), y.to(device)

            # forward
            logits = model(X)
            loss = criterion(logits, y)

            # backward
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()

            epoch_loss += loss.item() * X.shape[0]
            epoch_correct += (torch.argmax(logits, dim=1) == y).type(torch.int).sum().item()

        size = len(train_loader.dataset)
        accuracy = epoch_correct / size
        print(f'Train Epoch: {epoch}  Accuracy: {epoch_correct}/{size}({accuracy:.2%})  Loss: {epoch_loss / size:.3f}')
