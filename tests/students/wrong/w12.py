# mistake: evaluate_model | batches-minus-one | sum of batch losses divided by the last index of enumerate (batches - 1)
import torch


def evaluate_model(model, test_loader, criterion, show_loss = True):
    """Prints the average total_loss (if show_loss) and the accuracy on the test set."""
    model.eval()
    total_loss = 0
    correct = 0
    with torch.no_grad():
        for i, data in enumerate(test_loader, 0):
            x, y = data
            outputs = model(x)
            _, predicted = torch.max(outputs.data, 1)
            correct += (predicted == y).sum().item()
            total_loss += criterion(outputs, y).item()
    size = len(test_loader.dataset)
    if show_loss == True:
        print("Average loss: %.4f" % (total_loss / i))
    print("Accuracy: %.2f%%" % (100 * correct / size))
