# mistake: train_model | softmax-before-criterion | softmax applied before the cross-entropy
# mistake: visualize_image | index-off-by-one | index off by one: image and label of number index - 1
import torch
from torchvision.transforms.functional import to_pil_image

class_names = ['T-shirt', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Boots']


def train_model(model, train_loader, criterion, T):
    """Trains for T epochs with SGD and prints one line for each epoch."""
    opt = torch.optim.SGD(model.parameters(), lr=.001, momentum=.9)
    model.train(True)
    for epoch in range(T):
        loss_total = 0.
        correct_total = 0
        image_total = 0
        it = iter(train_loader)
        while (batch := next(it, None)) is not None:
            xb, yb = batch
            opt.zero_grad(set_to_none=True)
            yhat = model(xb)
            loss = criterion(torch.softmax(yhat, dim=1), yb)
            loss.backward()
            opt.step()
            values, indices = torch.max(yhat, dim=1)
            correct_total += torch.sum(indices == yb).item()
            image_total += len(xb)
            loss_total += float(loss) * len(xb)
        acc = 100 * correct_total / image_total
        avg_loss = loss_total / image_total
        print(f"Train Epoch: {epoch}"
              f"  Accuracy: {correct_total}/{image_total}({acc:.2f}%)"
              f"  Loss: {avg_loss:.3f}")


def visualize_image(data_loader, index):
    sample = data_loader.dataset[index - 1]
    pixels = sample[0]
    low, high = pixels.min(), pixels.max()
    to_pil_image((pixels - low) / (high - low)).save("image.png")
    print("Ground Truth Label: " + class_names[int(sample[1])])
