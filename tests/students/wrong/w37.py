# mistake: get_data_loader | test-shuffled | test set shuffled
# mistake: train_model | zero-grad-missing | zero_grad forgotten: the gradients add up
# mistake: train_model | epochs-ignored | T ignored: always range(5)
import torch
import torchvision
import torchvision.transforms as tt


def get_data_loader(training=True):
    t = tt.Compose([tt.ToTensor(), tt.Normalize(mean=(0.1307,), std=(0.3081,))])
    which = 'train' if training else 'test'
    sets = {
        'train': torchvision.datasets.FashionMNIST('data', True, transform=t, download=True),
        'test': torchvision.datasets.FashionMNIST('data', False, transform=t, download=True),
    }
    return torch.utils.data.DataLoader(sets[which], 50, shuffle=True)


def train_model(model, train_loader, criterion, T):
    optimizer = torch.optim.SGD(model.parameters(), lr = 0.001, momentum = 0.9)
    model.train()
    for t in range(5):
        count = 0
        numImages = 0
        lossSum = 0
        for batch in train_loader:
            data = batch[0]
            target = batch[1]
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
            lossSum = lossSum + loss.item() * len(target)
            best = torch.argmax(output, 1)
            for j in range(len(target)):
                if best[j] == target[j]:
                    count += 1
            numImages = numImages + len(target)
        percent = count / numImages * 100
        print("Train Epoch: " + str(t) + "  Accuracy: " + str(count) + "/" + str(numImages)
              + "(" + "%.2f" % percent + "%)  Loss: " + "%.3f" % (lossSum / numImages))
