# mistake: evaluate_model | one-batch-size-for-all | test_loader.batch_size used for every batch, also for the smaller last one
import torch


def evaluate_model(model, test_loader, criterion, show_loss = True):
    """Prints the average test_loss (if show_loss) and the accuracy on the test set."""
    model.eval()
    test_loss = 0
    correct = 0
    with torch.no_grad():
        for i, data in enumerate(test_loader, 0):
            inputs, labels = data
            outputs = model(inputs)
            _, predicted = torch.max(outputs.data, 1)
            correct += (predicted == labels).sum().item()
            test_loss += criterion(outputs, labels).item() * test_loader.batch_size
    size = len(test_loader.dataset)
    if show_loss == True:
        print("Average loss: %.4f" % (test_loss / size))
    print("Accuracy: %.2f%%" % (100 * correct / size))
