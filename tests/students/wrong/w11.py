# mistake: train_model | second-pass | accuracy from a second pass over the loader after the epoch, in place of the predictions made while training
import torch
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    model.train()
    for epoch in range(T):
        running_loss = 0.0
        correct = 0
        total = 0
        for images, labels in train_loader:
            optimizer.zero_grad()
            outputs = model(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()

            running_loss += loss.item() * images.size(0)
        with torch.no_grad():
            for images, labels in train_loader:
                predicted = model(images).argmax(dim=1)
                correct += (predicted == labels).sum().item()
                total += labels.size(0)
        print(f"Train Epoch: {epoch}  Accuracy: {correct}/{total}({100 * correct / total:.2f}%)  Loss: {running_loss / total:.3f}")
