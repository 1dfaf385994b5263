# mistake: train_model | new-optimizer-each-epoch | new optimizer in every epoch (momentum is lost)
import torch


def train_model(model, train_loader, criterion, T):
    model.train()
    for t in range(T):
        optimizer = torch.optim.SGD(model.parameters(), lr = 0.001, momentum = 0.9)
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
