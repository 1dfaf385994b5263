"""What lesson 3 must have reached; its variables are known here."""

import contextlib
import io
import re

from torch.utils.data import DataLoader, Subset

from fmnist_lib.training import train_epoch

# the untrained network: near ln 10, and the loss is a mean over images
assert abs(untrained.loss - math.log(10)) < 0.1, "an untrained network knows nothing"
right = untrained.probabilities[torch.arange(60_000), untrained.labels]
assert abs(-right.log().mean() - untrained.loss) < 0.001, "not the loss by hand"

# the slopes
assert abs(measured - computed) < 1e-4 < abs(computed), "measured, not computed"
assert gap < 1e-5, "the twin of the library is another network"
assert abs(path[-1] - 2.678) < 0.01
assert loss_after(1) < loss_after(0.1) < loss_after(0) < loss_after(5)

# the loop
assert result.loss < 1 < untrained.loss
assert 0.7 < result.accuracy < 0.95
hits = (result.logits.argmax(dim=1) == result.labels).sum().item()
assert abs(result.accuracy - hits / 60_000) < 1e-6, "not the accuracy by hand"
assert accuracy_after(forgetful, 0.9) < 30
assert accuracy_after(learn, 0) < accuracy_after(forgetful, 0)

# one pass over 200 images, an uneven last batch: the library's loop beside one by hand
few = DataLoader(Subset(train, range(200)), batch_size=64)


def fresh():
    torch.manual_seed(0)
    return build_model()


def by_hand(model, lr, momentum):
    loss_sum, hits, velocity = 0.0, 0, [torch.zeros_like(p) for p in model.parameters()]
    for x, y in few:
        logits = model(x)
        loss = criterion(logits, y)
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, v, g in zip(model.parameters(), velocity, slopes, strict=True):
                v.mul_(momentum).add_(g)
                p.sub_(lr * v)
        loss_sum += loss.item() * len(y)
        hits += (logits.argmax(dim=1) == y).sum().item()
    return loss_sum / 200, hits / 200


def apart(model, other):
    pairs = zip(model.parameters(), other.parameters(), strict=True)
    return max((p - q).abs().max().item() for p, q in pairs)


expected = fresh()
loss_by_hand, accuracy_by_hand = by_hand(expected, 0.01, 0.9)
epoch_model = fresh()
epoch = train_epoch(epoch_model, few, criterion, SGD(epoch_model, lr=0.01, momentum=0.9))
assert apart(expected, epoch_model) < 1e-6, "train_epoch makes other steps"
assert abs(epoch.loss - loss_by_hand) < 1e-5, "the loss is not divided by the images"
assert abs(epoch.accuracy - accuracy_by_hand) < 1e-6, "not the accuracy by hand"

printed, printed_model = io.StringIO(), fresh()
with contextlib.redirect_stdout(printed):
    optimizer = SGD(printed_model, lr=0.01, momentum=0.9)
    train_model(printed_model, few, criterion, T=1, optimizer=optimizer, progress=False)
assert apart(expected, printed_model) < 1e-6, "train_model makes other steps"
line = re.search(r"Accuracy: (\d+)/200\(([\d.]+)%\)  Loss: ([\d.]+)", printed.getvalue())
assert int(line[1]) == round(200 * accuracy_by_hand), "not the count by hand"
assert abs(float(line[2]) - 100 * accuracy_by_hand) < 0.01, "not in percent"
assert abs(float(line[3]) - loss_by_hand) < 0.001, "not the loss by hand"
