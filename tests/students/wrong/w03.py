# mistake: train_model | batch-losses-over-images | sum of the batch mean losses divided by the number of images
import torch
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    opt = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    for epoch in range(T):
        model.train()
        correct, total, cum_loss = 0, 0, 0.0
        for i, data in enumerate(train_loader, 0):
            inputs, labels = data
            opt.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            opt.step()
            _, predicted = torch.max(outputs.data, 1)
            total += labels.size(0)
            correct += (predicted == labels).sum().item()
            cum_loss += loss.item()
        print(f'Train Epoch: {epoch}  Accuracy: {correct}/{total}({100. * correct / total:.2f}%)  Loss: {cum_loss / total:.3f}')
