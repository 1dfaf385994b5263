# mistake: train_model | momentum-missing | momentum left out
# mistake: evaluate_model | show-loss-default | default of show_loss is False
import torch
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    stats = {}
    solver = optim.SGD(params=model.parameters(), lr=0.001)
    model = model.train()
    for epoch in range(T):
        stats = {"loss": 0.0, "correct": 0, "n": 0}
        for (features, targets) in train_loader:
            model.zero_grad()
            prediction = model(features)
            batch_loss = criterion(prediction, targets)
            batch_loss.backward()
            solver.step()
            stats["loss"] += batch_loss.item() * features.size()[0]
            stats["correct"] += int(prediction.topk(1, dim=1)[1].squeeze(1).eq(targets).sum())
            stats["n"] += features.size()[0]
        stats["acc"] = 100 * stats["correct"] / stats["n"]
        stats["loss"] /= stats["n"]
        print("Train Epoch: {e}  Accuracy: {correct}/{n}({acc:.2f}%)  Loss: {loss:.3f}".format(e=epoch, **stats))


def evaluate_model(model, test_loader, criterion, show_loss=False):
    model.train(False)
    device = next(model.parameters()).device
    total_loss = 0.
    n_correct = n_seen = 0
    with torch.no_grad():
        for data, target in test_loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            pred = output.max(1, keepdim=True)[1]
            n_correct += pred.eq(target.view_as(pred)).sum().item()
            n_seen += target.shape[0]
            total_loss += criterion(output, target).item() * target.shape[0]
    average = total_loss / n_seen
    accuracy = 100. * n_correct / n_seen
    if show_loss:
        print('Average loss: %.4f' % average)
    print('Accuracy: %.2f%%' % accuracy)
