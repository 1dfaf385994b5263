# mistake: train_model | criterion-as-class | criterion()(outputs, labels): the criterion is already an object, TypeError
# mistake: predict_label | softmax-missing | softmax forgotten: logits printed as percent
import torch

label_names = ("T-shirt/Top", "Trouser", "Pullover", "Dress", "Coat",
               "Sandal", "Shirt", "Sneaker", "Bag", "Ankle Boot")


def train_model(model, train_loader, criterion, T):
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    model.train()
    N = len(train_loader.dataset)
    for ep in range(T):
        ok = 0
        running = 0
        for batch_idx, (data, target) in enumerate(train_loader):
            optimizer.zero_grad()
            output = model(data)
            loss = criterion()(output, target)
            loss.backward()
            optimizer.step()
            running += loss.item() * len(data)
            pred = output.argmax(dim=1, keepdim=True)
            ok += pred.eq(target.view_as(pred)).sum().item()
        print("Train Epoch: %d  Accuracy: %d/%d(%.2f%%)  Loss: %.3f" % (ep, ok, N, 100.0 * ok / N, running / N))


def predict_label(model, test_images, index):
    if isinstance(test_images, torch.Tensor):
        img = test_images[index]
    else:
        img = test_images.dataset[index][0]
    model.eval()
    with torch.no_grad():
        scores = model(img.view(1, 1, 28, 28))
        p = scores.squeeze()
    top = torch.sort(p, descending=True)
    for rank in range(3):
        name = label_names[int(top.indices[rank])]
        print("%s: %.2f%%" % (name, 100 * top.values[rank].item()))
