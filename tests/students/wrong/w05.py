# mistake: evaluate_model | hard-coded-size | 10000 hard-coded as number of images in the accuracy
import torch


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    lossSum = 0
    right = 0
    seen = 0
    with torch.no_grad():
        for batch in test_loader:
            imgs, lbls = batch
            scores = model(imgs)
            lossSum += criterion(scores, lbls).item() * len(lbls)
            guesses = torch.argmax(scores, 1)
            for k in range(len(lbls)):
                if guesses[k] == lbls[k]:
                    right += 1
            seen += len(lbls)
    text = "Accuracy: " + format(right / 10000 * 100, ".2f") + "%"
    if show_loss:
        text = "Average loss: " + format(lossSum / seen, ".4f") + "\n" + text
    print(text)
