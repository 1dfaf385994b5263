# mistake: train_model | other-learning-rate | learning rate 0.01 in place of 0.001
# mistake: visualize_image | transposed | picture transposed (rows and columns exchanged)
import numpy as np
import torch
from PIL import Image

fashion = ("T-shirt/Top", "Trouser", "Pullover", "Dress", "Coat",
           "Sandal", "Shirt", "Sneaker", "Bag", "Ankle Boot")


def train_model(model, train_loader, criterion, T):
    optimizer = torch.optim.SGD(model.parameters(), lr = 0.01, momentum = 0.9)
    model.train()
    for t in range(T):
        count = 0
        numImages = 0
        lossSum = 0
        for batch in train_loader:
            imgs = batch[0]
            lbls = batch[1]
            optimizer.zero_grad()
            preds = model(imgs)
            loss = criterion(preds, lbls)
            loss.backward()
            optimizer.step()
            lossSum = lossSum + loss.item() * len(lbls)
            best = torch.argmax(preds, 1)
            for j in range(len(lbls)):
                if best[j] == lbls[j]:
                    count += 1
            numImages = numImages + len(lbls)
        percent = count / numImages * 100
        print("Train Epoch: " + str(t) + "  Accuracy: " + str(count) + "/" + str(numImages)
              + "(" + "%.2f" % percent + "%)  Loss: " + "%.3f" % (lossSum / numImages))


def visualize_image(data_loader, index):
    x, y = data_loader.dataset[index]
    arr = np.array(x).reshape(28, 28).T
    arr = (arr - arr.min()) / (arr.max() - arr.min())
    picture = Image.fromarray((arr * 255).astype(np.uint8))
    picture.save('image.png')
    print("Ground Truth Label: %s" % fashion[int(y)])
