"""What lesson 6 must have reached; its variables are known here."""

import io
from contextlib import redirect_stdout

import numpy as np
from PIL import Image as PillowImage

NAMES = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat"]
NAMES += ["Sandal", "Shirt", "Sneaker", "Bag", "Boots"]


def printed(function, *arguments):
    """Return the lines that a function prints."""
    with redirect_stdout(io.StringIO()) as text:
        function(*arguments)
    return text.getvalue().splitlines()


def pixels(file):
    """Return the 28 x 28 grey values of a picture, each of which is a square."""
    picture = np.asarray(PillowImage.open(file))
    assert picture.shape == (280, 280), "each pixel is a square"
    assert (picture == picture[::10, ::10].repeat(10, 0).repeat(10, 1)).all(), "squares"
    return picture[::10, ::10]


assert (len(parts[0]), len(parts[1])) == (54_000, 6_000), "the two parts"
assert len(train) == 60_000, "the hunt is in the training images"
assert model[1].weight.shape == (128, 784), "the first network"
assert (explorer.index, explorer.show.value, explorer.count) == (1, "all images", 6_000), "calm"
assert (explorer.label.value, explorer.order.value) == ("any", "by index"), "calm"

# all of it anew, with nothing of the library
places = torch.tensor(parts[1].indices)
with torch.no_grad():
    by_hand = model((train.data[places, None] / 255 - 0.2860) / 0.3530).softmax(dim=1)
said, true = by_hand.argmax(dim=1), train.targets[places]
assert 0.8 < (said == true).double().mean() < 0.95, "the accuracy"
line = printed(evaluate_model, model, validation_loader, criterion)[1]
assert line == f"Accuracy: {100 * (said == true).double().mean():.2f}%", line
assert torch.allclose(result.probabilities, by_hand, atol=1e-4)
assert [*before] == (said != true).nonzero().flatten().tolist(), "the mistakes"
highest = by_hand.amax(dim=1)
assert said[surest] != true[surest], "the surest mistake is a mistake"
assert highest[surest] >= highest[said != true].max() - 1e-5, "the surest mistake"
assert abs(highest[surest] - 0.995) < 0.01, "very sure"
assert abs(wrong.sum() - 10) < 1e-3, "each of ten is 100 %"
assert abs(probabilities.sum() - 1) < 1e-4, "all ten together are"

for index in [1, 0, 500, 5999, int(surest), *before[:2], 1]:
    values, labels = by_hand[index].topk(3)
    lines = [f"{NAMES[i]}: {100 * v:.2f}%" for v, i in zip(values, labels.tolist(), strict=True)]
    names, numbers = zip(*(line.rstrip("%").split(": ") for line in lines), strict=True)
    truth = [f"Ground Truth Label: {NAMES[true[index]]}"]
    explorer.index = index
    for top in (printed(predict_label, model, validation_loader, index), explorer.top):
        assert [line.split(": ")[0] for line in top] == [*names], (top, lines)
        assert all(line.endswith("%") for line in top), top
        shown = [float(line.rstrip("%").split(": ")[1]) for line in top]
        assert np.allclose(shown, [float(n) for n in numbers], atol=0.02), (top, lines)
    assert printed(visualize_image, validation_loader, index) == truth, "the label"
    assert explorer.truth == truth[0], "the explorer's label"
    expected = train.data[places[index]].numpy()
    assert np.array_equal(pixels("image.png"), expected), "the picture"
    assert np.array_equal(pixels(io.BytesIO(explorer.picture)), expected), "the explorer's picture"
    assert np.array_equal(picture_of(validation_loader, index), expected), "the figure's picture"
    verdict = "✓ right" if said[index] == true[index] else "✗ wrong"
    assert explorer.verdict.startswith(verdict), "the verdict"
    pairs = top_three(by_hand[index])
    assert [name for name, _ in pairs] == [*names], "top_three"
explorer.show.value = "only mistakes"
assert explorer.count == len(before), "the explorer counts as many"
explorer.show.value, explorer.order.value = "only mistakes", "most certain first"
explorer.slider.value = 0
assert highest[explorer.index] >= highest[surest] - 1e-4, "the surest comes first"
for name in ("Shirt", "Trouser"):
    explorer.label.value = name
    assert explorer.count == ((said != true) & (true == NAMES.index(name))).sum() > 0, name
explorer.show.value, explorer.label.value = "all images", "any"
explorer.order.value = "least certain first"
explorer.slider.value = 0
assert highest[explorer.index] < 0.4, "treasure 2"

for other in (larger, again):  # each mends some, and makes new ones
    right = evaluate(other, validation_loader, criterion).correct
    gone = (right & (said != true)).sum().item()
    assert 5 < 100 * gone / len(before) < 35, "mended"
    assert (~right & (said == true)).sum() > 0.4 * gone, "new ones"
    assert abs(float(printed(compare, other)[0].split()[2]) - gone) < 1, "compare"
