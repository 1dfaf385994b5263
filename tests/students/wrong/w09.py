# mistake: evaluate_model | eval-mode-missing | model.eval() missing
import torch


def evaluate_model(model, test_loader, criterion, show_loss=True):
    test_loss = 0.0
    correct = 0
    total = 0
    with torch.no_grad():
        for X, y in test_loader:
            y_pred = model(X)
            loss = criterion(y_pred, y)
            test_loss += loss.item() * X.size(0)
            predicted = y_pred.argmax(dim=1)
            correct += (predicted == y).sum().item()
            total += y.size(0)
    if show_loss:
        print(f"Average loss: {test_loss / total:.4f}")
    print(f"Accuracy: {100 * correct / total:.2f}%")
