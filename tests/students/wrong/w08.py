# mistake: train_model | train-mode-missing | model.train() missing
import torch.optim as optim


def train_model(model, train_loader, criterion, T):
    stats = {}
    solver = optim.SGD(params=model.parameters(), momentum=0.9, lr=0.001)
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
