# mistake: evaluate_model | label-anywhere | counted as correct when the prediction occurs anywhere among the batch's labels (in)
# mistake: predict_label | labels-shifted | names shifted by one (class - 1)
import torch
import torch.nn.functional as F

classes = ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat',
           'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot']


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
                if guesses[k] in lbls:
                    right += 1
            seen += len(lbls)
    text = "Accuracy: " + format(right / seen * 100, ".2f") + "%"
    if show_loss:
        text = "Average loss: " + format(lossSum / seen, ".4f") + "\n" + text
    print(text)


def predict_label(model, test_images, index):
    # test_images: tensor of size (N, 1, 28, 28)
    model.eval()
    with torch.no_grad():
        logits = model(test_images[index].unsqueeze(0))
    prob = F.softmax(logits, dim=1)
    top_p, top_class = prob.topk(3, dim=1)
    for i in range(3):
        print(f"{classes[int(top_class[0][i]) - 1]}: {100 * top_p[0][i].item():.2f}%")
