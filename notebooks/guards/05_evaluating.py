"""What lesson 5 must have reached; its variables are known here."""

import contextlib
import io
import re

from torch.utils.data import DataLoader, Subset

from fmnist_lib.coursework.ledger import Calibration
from fmnist_lib.evaluation import wilson_interval


def printed(network, loader):
    """Return the numbers that evaluate_model prints: the loss, the accuracy."""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        evaluate_model(network, loader, criterion)
    pattern = r"Average loss: (\d+\.\d{4})\nAccuracy: (\d+\.\d\d)%\n"
    return [float(number) for number in re.fullmatch(pattern, output.getvalue()).groups()]


# The test set, and what is printed about it, by hand from the logits.
assert len(test_loader.dataset) == 10_000, "the exam has 10,000 questions"
logits, labels = [], []
model.eval()
with torch.no_grad():
    for images, truth in test_loader:
        logits.append(model(images))
        labels.append(truth)
logits, labels = torch.cat(logits), torch.cat(labels)
assert torch.equal(labels, test_loader.dataset.targets), "in order, each with its own label"
said = logits.argmax(dim=1)
good = said == labels
by_hand = good.sum().item() / 10_000
loss = nn.functional.cross_entropy(logits, labels).item()
shown = printed(model, test_loader)
assert abs(shown[0] - loss) < 2e-4, "loss / images"
assert abs(shown[1] - 100 * by_hand) < 0.006, "right / images, in percent"
assert 0.8 < by_hand < 0.95, "far from what it should reach"

# A last batch of six images, all wrong: 64 of 70 are right.
chosen = [*good.nonzero().flatten()[:64].tolist(), *(~good).nonzero().flatten()[:6].tolist()]
uneven = printed(model, DataLoader(Subset(test_loader.dataset, chosen), batch_size=64))
assert uneven[1] == 91.43, "counted over images, not over batches"
loss = nn.functional.cross_entropy(logits[chosen], labels[chosen]).item()
assert abs(uneven[0] - loss) < 2e-4, "the loss over images, not over batches"

# Eval mode, and the mode restored.
random = nn.Sequential(nn.Dropout(0.5), model).train()
assert printed(random, test_loader) == shown, "evaluate_model must switch to eval mode"
assert random.training, "the mode is restored"
assert random[0].training, "the mode of its parts, too"
model.eval()

# What the lesson shows of it.
assert abs(result.accuracy - by_hand) < 1e-9
assert abs(share - by_hand) < 1e-6, "the student's accuracy"
assert torch.equal(result.predictions, said)
assert torch.equal(result.labels, labels)
assert abs(half - 1.96 * (by_hand * (1 - by_hand) / 10_000) ** 0.5) < 1e-6
for edge, sign in zip(result.interval, (-1, 1), strict=True):
    assert abs(edge - by_hand - sign * half) < 3e-4, "the 95 % interval"
low, high = wilson_interval(0.5, 100)
assert abs(low - 0.4038) < 1e-4, "Wilson's interval"
assert abs(high - 0.5962) < 1e-4, "Wilson's interval"

# The confusion table: rows are true labels.
shirt, tee = CLASS_NAMES.index("Shirt"), CLASS_NAMES.index("T-shirt")
for true in range(10):
    for column in range(10):
        count = ((labels == true) & (said == column)).sum()
        assert result.confusion[true, column] == count == table[true, column]
drawn = [
    int(text.get_text())
    for text in plots.confusion_matrix(plt.figure().add_subplot(), result).texts
]
plt.close()
assert drawn == table.flatten().int().tolist(), "the picture shows the table, row by row"
for label in range(10):
    right = good[labels == label].double().mean()
    assert abs(result.class_accuracy[label] - right) < 1e-6, "right / images of the class"
    assert abs(float(class_accuracy(table)[label]) - right) < 1e-6
names = {CLASS_NAMES[i] for pair in result.most_confused(3) for i in pair[:2]}
assert names <= {"T-shirt", "Pullover", "Coat", "Shirt"}, "what the caption says"
assert CLASS_NAMES[lowest] in ("Shirt", "Coat", "Pullover")
for name in ("Trouser", "Bag", "Boots"):
    assert result.class_accuracy[CLASS_NAMES.index(name)] > by_hand > result.class_accuracy[shirt]

# Calibration: each bin by hand, and where its point is drawn.
probability = logits.softmax(dim=1).amax(dim=1).double()
assert torch.allclose(result.probabilities.sum(dim=1), torch.ones(10_000)), "shares of a row"
sure, right, images = result.reliability(bins=10)
for i in range(10):
    inside = (probability > i / 10) & (probability <= (i + 1) / 10)
    assert abs(images[i] - inside.sum()) <= 2, "a bin holds what lies between its edges"
    if images[i] >= 100:
        assert abs(sure[i] - probability[inside].mean()) < 2e-3
        assert abs(right[i] - good[inside].double().mean()) < 1e-2
        assert abs(sure[i] - right[i]) < 0.07, "near the diagonal"
assert images.sum() == 10_000
[left] = [line for line in axes[0].lines if line.get_label() == "this model"]
seen = torch.tensor([list(line) for line in left.get_data()])
assert torch.allclose(seen, torch.stack([sure, right]), equal_nan=True), "what is drawn"
assert abs(mean - by_hand) < 0.02, "as sure as right"

# The invented student: 11 of 20 right, and 80 % sure.
invented = calibration(pairs)
assert isinstance(invented, Calibration)
assert [(g.count, round(g.sure, 6), g.right) for g in invented.groups] == [
    (10, 0.7, 0.5),
    (10, 0.9, 0.6),
]
assert invented.groups[0].high > 0.7, "the first crosses the diagonal"
assert invented.groups[1].high < 0.9, "the second misses it"
