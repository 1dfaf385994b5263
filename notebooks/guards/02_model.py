"""What lesson 2 must have reached; its variables are known here."""

pairs = zip(result.predictions.tolist(), result.labels.tolist(), strict=True)
right = sum(a == b for a, b in pairs)
assert abs(result.accuracy - right / len(train)) < 1e-9, "accuracy: right answers / images"
assert all(5 < value < 20 for value in accuracies), "percent, and near always the same class"
assert all(50 < value < 90 for value in favourites), "percent of all images"

rows = result.probabilities
assert torch.allclose(rows.sum(dim=1), torch.ones(len(train)), atol=1e-4), "the shares of an image"
for i in (0, 999):
    by_hand = torch.tensor(softmax(result.logits[i].tolist()))
    assert torch.allclose(rows[i], by_hand, atol=1e-5), "softmax of the logits of an image"

assert [type(layer).__name__ for layer in model] == [
    *("Flatten", "Linear", "ReLU", "Linear", "ReLU", "Linear"),
]
assert (result.logits < 0).float().mean() > 0.2, "no ReLU after the last layer"
assert min(logits) < 0 < max(logits), "the lesson points at negative logits"
assert sum(p.numel() for p in model.parameters()) == parameters(sizes) == 109_386

assert torch.allclose(product, output), "nn.Linear is the matrix product"
assert bent == [0, 0, 0, 15, 30], "the ReLU between two units"
assert "(1792x28 and 784x128)" in message, "the lesson reads it aloud"
assert all(0.05 < share < 0.15 for share in shares), "close to 10 %"
assert list(CLASS_NAMES[2:5]) == ["Pullover", "Dress", "Coat"]
