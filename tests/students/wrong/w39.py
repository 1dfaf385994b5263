# mistake: build_model | activation-at-the-end | ReLU also after the last layer
# mistake: train_model | argmax-over-the-batch | argmax over dim 0 (over the images): sizes of the two tensors do not agree
# mistake: evaluate_model | criterion-replaced | F.cross_entropy in place of the criterion given
import torch
import torch.nn.functional as F
from torch import nn, optim


def build_model():
    sizes = [784, 128, 64, 10]
    layers = [nn.Flatten()]
    for i in range(len(sizes) - 1):
        layers.append(nn.Linear(sizes[i], sizes[i + 1]))
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def train_model(model, train_loader, criterion, T):
    optimizer = optim.SGD(model.parameters(), 0.001, 0.9)
    model.train()
    for e in range(T):
        all_preds = []
        all_labels = []
        total_loss = torch.tensor(0.0)
        for images, labels in train_loader:
            out = model(images)
            loss = criterion(out, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.detach() * images.shape[0]
            all_preds.append(out.detach().argmax(0))
            all_labels.append(labels)
        p = torch.cat(all_preds)
        l = torch.cat(all_labels)
        c = torch.eq(p, l).sum().item()
        print('Train Epoch:', e, ' Accuracy: %d/%d(%.2f%%)' % (c, len(l), 100 * c / len(l)),
              ' Loss: %.3f' % (total_loss.item() / len(l)))


def evaluate_model(model, test_loader, criterion, show_loss=True):
    model.train(False)
    device = next(model.parameters()).device
    total_loss = 0.
    n_correct = n_seen = 0
    with torch.no_grad():
        for data, target in test_loader:
            data, target = data.to(device), target.to(device)
            output = model(data)
            pred = output.max(1, keepdim=True)[1]
            n_correct += pred.eq(target.view_as(pred)).sum().item()
            n_seen += target.shape[0]
            total_loss += F.cross_entropy(output, target).item() * target.shape[0]
    average = total_loss / n_seen
    accuracy = 100. * n_correct / n_seen
    if show_loss:
        print('Average loss: %.4f' % average)
    print('Accuracy: %.2f%%' % accuracy)
