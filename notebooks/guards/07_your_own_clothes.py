"""What lesson 7 must have reached; its variables are known here."""

import base64
import json
import re
from pathlib import Path

assert len(recording.steps) == 4_690, "five epochs"
assert list(recording.snapshots)[:5] == [0, 1, 2, 4, 8]
last = recording.model_after(4_690, model)
for name, value in model.state_dict().items():
    assert torch.equal(last.state_dict()[name], value), "the last snapshot is the network"
first = recording.model_after(0, model)
assert abs(recording.losses[0] - 2.3) < 0.1, "the first batch: knowing nothing"

# the history, with nothing of the library
test_pixels = (test_loader.dataset.data[:2000, None] / 255 - 0.2860) / 0.3530
test_labels = test_loader.dataset.targets[:2000]
for row, network in ((0, first), (-1, model)):
    with torch.no_grad():
        said = network(test_pixels).argmax(dim=1)
    differ = (history.correct[row] != (said == test_labels)).sum()
    assert differ <= 2, "right and wrong, by hand"  # a tie may fall either way
    for label in (0, 6):
        share = (said == label)[test_labels == label].double().mean()
        assert abs(history.class_accuracy[row, label] - share) < 0.01, "of a class"
assert 0.5 < forgotten.sum() / wrong_now.sum() < 0.7, "forgotten"
assert panel.step == 4_690, "the panel shows the end"
assert panel.history.steps == history.steps == list(recording.snapshots)

# the canvas is empty, and says what the network says
assert painting.image.sum() == 0, "nothing is painted"
with torch.no_grad():
    empty = model(torch.full((1, 1, 28, 28), -0.2860 / 0.3530)).softmax(dim=1)[0]
assert torch.allclose(painting.images, torch.full((1, 1, 28, 28), -0.2860 / 0.3530), atol=1e-5)
assert painting.top[0] == f"{CLASS_NAMES[empty.argmax()]}: {100 * empty.max():.2f}%"
assert CLASS_NAMES[empty.argmax()] == "Sandal"
painting.start(1)
assert torch.equal(painting.image, test_loader.dataset.data[1]), "an image of the set"
painting.image = torch.zeros(28, 28, dtype=torch.uint8)

assert accuracy_moved(4) < 40 < accuracy_moved(2) < accuracy_moved(0), "moved"
assert there[:, :4].sum() == 0
assert torch.equal(there[:, 4:], test_loader.dataset.data[1][:, :-4])

# the photograph: as bright as the drawing is dark, in the middle, 28 high
assert next(iter(photo.steps)) == "photograph"
assert list(photo.steps)[-1] == "grey"
on = torch.tensor(photo.image) > 100
assert on.any(dim=1).all(), "from top to bottom"
assert on.any(dim=0).nonzero().flatten().tolist() == list(range(9, 20)), "in the middle"
assert not on[:, 14].all(), "between the legs"
grey = 255 - (0.2126 * 40 + 0.7152 * 60 + 0.0722 * 110)
assert abs(photo.image[3, 12] - grey) <= 1, "negated"
with torch.no_grad():
    seen = model(torch.tensor((photo.image / 255 - 0.2860) / 0.3530).float()[None, None])
assert CLASS_NAMES[seen.argmax()] == "Trouser"
assert CLASS_NAMES[best] != "Trouser", "not negated"
assert len(told) == 1, "one warning"
assert "normalise" in str(told[0].message), "which names the way"
assert 1200 - above - below == trimmed.shape[0] == 1001

# the page
text = Path("my_network.html").read_text(encoding="utf-8")
inside = json.loads(re.search(r'type="application/json" id="data">(.*?)</script>', text, re.S)[1])
assert inside["labels"] == test_loader.dataset.targets[:1000].tolist()
grey = base64.b64decode(inside["pixels"])
assert grey == test_loader.dataset.data[:1000].numpy().tobytes(), "the images"
assert "default-src 'none'" in text
assert len(text) < 1_500_000
