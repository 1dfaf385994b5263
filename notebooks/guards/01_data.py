"""What lesson 1 must have reached; its variables are known here."""

assert len(train) == 60_000, "the training set"
assert len(test_loader.dataset) == 10_000, "the test set"
assert train.data.shape == (60_000, 28, 28)
assert torch.bincount(train.targets).tolist() == [6_000] * 10
assert darkest == "Sandal"

assert abs(train.images.mean()) < 0.01, "normalised: the mean is about 0"
assert abs(train.images.std() - 1) < 0.05, "normalised: the standard deviation is about 1"
for column in range(28):
    assert abs(yours[column] - library[column]) < 1e-5, "by hand, and by the library"
for images, labels in test_loader:
    expected = (test_loader.dataset.data[: len(images)] / 255 - 0.2860) / 0.3530
    assert torch.allclose(images[:, 0], expected, atol=1e-5), "a batch of the loader"
    assert labels.tolist() == test_loader.dataset.targets[: len(images)].tolist()
    break

assert results == [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]
assert handed_out == list(batch_sizes(60_000, 64)) == [64] * 937 + [32]

for index in (1, 9_999):  # not symmetric, and not alike
    visualize_image(test_loader, index)
    saved = torch.tensor(plt.imread("image.png")) * 255  # 0 to 1 in the file
    assert saved.shape == (280, 280)
    wanted = test_loader.dataset.data[index].float()
    assert not torch.equal(wanted, wanted.T)
    assert torch.equal(saved[::10, ::10].round(), wanted), "the picture is another image"
