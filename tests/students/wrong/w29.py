# mistake: evaluate_model | show-loss-ignored | show_loss ignored: the loss is always printed
# mistake: predict_label | softmax-over-the-batch | softmax over dim 0 of a batch of one: every share is 100%
import numpy as np
import torch

classes = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boots']


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.eval()
    losses = []
    counts = []
    hits = []
    with torch.no_grad():
        for x, y in test_loader:
            out = model(x)
            losses.append(criterion(out, y).item())
            counts.append(x.shape[0])
            hits.extend(np.argmax(out.numpy(), axis=1) == y.numpy())
    avg_loss = np.average(losses, weights=counts)
    accuracy = np.mean(hits) * 100
    print(f'Average loss: {avg_loss:.4f}')
    print(f'Accuracy: {accuracy:.2f}%')


def predict_label(model, test_images, index):
    # test_images is the test loader (not shuffled)
    model.eval()
    seen = 0
    for images, labels in test_images:
        if index < seen + len(images):
            image = images[index - seen]
            break
        seen += len(images)
    with torch.no_grad():
        output = model(image.unsqueeze(0))
    percents = torch.nn.functional.softmax(output, dim=0) * 100
    best, where = percents.topk(3)
    for b, w in zip(best[0].tolist(), where[0].tolist()):
        print(f"{classes[w]}: {b:.2f}%")
