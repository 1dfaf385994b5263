# mistake: train_model | counters-not-reset | counters not reset at the start of each epoch
import torch
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    """
    INPUT: model - the model produced by build_model
           train_loader - the training DataLoader
           criterion - cross-entropy
           T - number of epochs
    RETURNS: None
    """
    opt = optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    correct, total, running_loss = 0, 0, 0.0
    for epoch in range(T):
        model.train()
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
            running_loss += loss.item() * labels.size(0)
        print(f'Train Epoch: {epoch}  Accuracy: {correct}/{total}({100. * correct / total:.2f}%)  Loss: {running_loss / total:.3f}')
