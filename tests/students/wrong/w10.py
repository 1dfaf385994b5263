# mistake: evaluate_model | no-grad-missing | no_grad missing
import torch


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    test_loss, test_correct = 0, 0
    n_images = len(test_loader.dataset)
    for X, y in test_loader:
        pred = model(X)
        test_loss += criterion(pred, y).item() * len(X)
        test_correct += (pred.argmax(1) == y).type(torch.float).sum().item()
    test_loss /= n_images
    test_correct /= n_images
    if show_loss:
        print(f"Average loss: {test_loss:.4f}")
    print(f"Accuracy: {test_correct:.2%}")
