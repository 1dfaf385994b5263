# mistake: train_model | fixed-batch-size | batch loss times a fixed 64 (the last batch is smaller), divided by len(dataset)
import torch


def train_model(model, train_loader, criterion, T):
    sgd = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    model.train()
    N = len(train_loader.dataset)
    for ep in range(T):
        hits = 0
        train_loss = 0
        for batch_idx, (data, target) in enumerate(train_loader):
            sgd.zero_grad()
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            sgd.step()
            train_loss += loss.item() * 64
            pred = output.argmax(dim=1, keepdim=True)
            hits += pred.eq(target.view_as(pred)).sum().item()
        print("Train Epoch: %d  Accuracy: %d/%d(%.2f%%)  Loss: %.3f" % (ep, hits, N, 100.0 * hits / N, train_loss / N))
