"""What lesson 4 must have reached; its variables are known here."""

import contextlib
import io
import re

assert len(train_part) == 54_000, "the training part"
assert len(validation_part) == 6_000, "the validation part"
assert not set(train_part.indices) & set(validation_part.indices), "an image is in both"

assert abs(unseen.accuracy - again.accuracy) < 0.02, "asked again, the gap must be gone"
assert 0.75 < unseen.accuracy < 0.87, "the first epoch"
assert 0.83 < five.accuracy < 0.91, "five epochs"
assert 0.86 < twenty.accuracy < 0.94, "twenty epochs"
assert five.accuracy < twenty.accuracy, "fifteen more epochs"
assert 0.3 < five.loss < 0.6, "the loss after five epochs"
own_loss = criterion(five.logits, five.labels).item()
assert abs(five.loss - own_loss) < 1e-4, "the loss is the mean over the images"
assert abs((five.predictions == true).float().mean().item() - five.accuracy) < 1e-6, "accuracy"
assert 0.60 < (by_mean == true).float().mean().item() < 0.75, "the class mean"
assert 0.83 < straight.accuracy < 0.90, "the linear layer"
assert 800 < looked_up < 900, "the look-up"
assert own.accuracy > 0.97, "random labels are learned by heart"
assert other.accuracy < 0.2, "random labels are of no use for other images"
assert 3 < spread([70, 74]) < 5, "the spread"

_, losses, checks = train_small(few, lr=0.01, epochs=40)
assert losses[-1] < 0.1 < losses[0] < 3, "the training loss, divided by the images"
assert min(checks) + 0.05 < checks[-1], "40 epochs must overfit"
assert 10 <= best_epoch(checks) <= 30, "the best epoch"
assert lines["learning rate 0.02"][-1] + 0.2 < min(
    lines["learning rate 0.0005"][-1], lines["learning rate 0.2"][-1]
), "0.02 is the best of the three"

shown = io.StringIO()
with contextlib.redirect_stdout(shown):
    torch.manual_seed(0)
    guarded = build_model()
    train_model(guarded, DataLoader(few, batch_size=64), criterion, T=1)
line = re.fullmatch(
    r"Train Epoch: 0  Accuracy: (\d+)/500\((\d+\.\d\d)%\)  Loss: (\d\.\d{3})\n", shown.getvalue()
)
assert line, "the epoch line"
assert abs(int(line[1]) / 5 - float(line[2])) < 0.01, "percent, not a fraction"
assert 2 < float(line[3]) < 2.5, "the loss of a network that knows almost nothing"
assert guarded.training, "train_model must restore train mode"
assert loaded.training, "evaluate must restore train mode"
