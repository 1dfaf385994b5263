"""What lesson 0 must have reached, computed in another way; its variables are known here."""

import contextlib
import io
import re

import matplotlib.pyplot as plt
from torch.nn import functional
from torch.utils.data import DataLoader, Subset


def _printed(function, *arguments, **options):
    with contextlib.redirect_stdout(io.StringIO()) as text:
        function(*arguments, **options)
    return text.getvalue().splitlines()


_names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat"]
_names += ["Sandal", "Shirt", "Sneaker", "Bag", "Boots"]
_train, _test = train_loader.dataset, test_loader.dataset
assert images.source == _train.source == _test.source, "one kind of images"
assert (len(images), len(_train), len(_test)) == (60_000, 60_000, 10_000), "the two sets"
_first = {"fashion-mnist": [9, 2, 1, 1, 6, 1, 4, 6], "sketches": [3, 2, 2, 6, 2, 1, 5, 6]}
assert _test.targets[:8].tolist() == _first[_test.source], "the labels of the test images"

# the network, on images normalised by hand
_pixels = ((_test.data / 255 - 0.2860) / 0.3530)[:, None]
with torch.no_grad():
    _logits = model(_pixels)
assert [type(layer).__name__ for layer in model][1:] == ["Linear", "ReLU"] * 2 + ["Linear"]
_right = _logits.argmax(dim=1) == _test.targets
assert len(result.labels) == 10_000, "all test images"
assert abs(int(_right.sum()) - correct) <= 2, "the count of right answers"
assert 80 < percent(correct, 10_000) < 93, "the network has learned"
assert percent(3, 4) == 75, "the blank"

# what the functions print
_loss, _accuracy = _printed(evaluate_model, model, test_loader, criterion)
_expected = functional.cross_entropy(_logits, _test.targets).item()
assert abs(float(re.fullmatch(r"Average loss: (\d\.\d{4})", _loss)[1]) - _expected) < 0.001
_share = float(re.fullmatch(r"Accuracy: (\d\d\.\d\d)%", _accuracy)[1])
assert abs(_share - 100 * _right.double().mean().item()) < 0.03, "the accuracy, in percent"
for _index in (1, 7, 1000):
    _values, _labels = _logits[_index].softmax(dim=0).topk(3)
    _lines = [line.split(": ") for line in _printed(predict_label, model, test_loader, _index)]
    assert [name for name, _ in _lines] == [_names[i] for i in _labels], "the top three"
    _gap = [abs(float(s[:-1]) - 100 * p.item()) for (_, s), p in zip(_lines, _values, strict=True)]
    assert max(_gap) < 0.05, "their percentages"
    assert all(re.fullmatch(r"\d+\.\d\d%", s) for _, s in _lines), "in percent"
[_line] = _printed(visualize_image, test_loader, 1)  # writes the same file again
assert _line == f"Ground Truth Label: {_names[_test.targets[1]]}", "the label of the picture"
_file = torch.tensor(plt.imread("image.png"))[5::10, 5::10] * 255
assert torch.equal(_file.round(), _test.data[1].float()), "the picture is the image"

# one epoch on 100 images: counts and loss of each batch, before its step
_few = DataLoader(Subset(_train, range(100)), batch_size=64)
torch.manual_seed(0)
_one = build_model()
[_line] = _printed(train_model, _one, _few, criterion, T=1)
torch.manual_seed(0)
_twin, _sum, _count = build_model(), 0.0, 0
_velocity = [torch.zeros_like(p) for p in _twin.parameters()]
for _x, _y in _few:
    _z = _twin(_x)
    _l = functional.cross_entropy(_z, _y)
    _sum, _count = _sum + _l.item() * len(_y), _count + int((_z.argmax(dim=1) == _y).sum())
    _slopes = torch.autograd.grad(_l, list(_twin.parameters()))
    for _p, _v, _g in zip(_twin.parameters(), _velocity, _slopes, strict=True):
        _v.mul_(0.9).add_(_g)
        _p.data.sub_(0.001 * _v)
_form = r"Train Epoch: 0  Accuracy: (\d+)/100\((\d+\.\d\d)%\)  Loss: (\d\.\d{3})"
_found = re.fullmatch(_form, _line)
assert _found, "the line of an epoch"
assert int(_found[1]) == _count == round(float(_found[2])), "the right answers of an epoch"
assert abs(float(_found[3]) - _sum / 100) < 0.002, "the loss, per image"
for _p, _q in zip(_one.parameters(), _twin.parameters(), strict=True):
    assert torch.allclose(_p, _q, atol=1e-5), "the steps"

# the explorer
assert explorer.count == 10_000 - correct, "as many mistakes as the evaluation counts"
assert not _right[explorer.index], "a mistake is on show"
_said = _names[_logits[explorer.index].argmax()]
assert explorer.verdict == f"✗ wrong: the model says {_said}", "the verdict"
assert explorer.truth == f"Ground Truth Label: {_names[_test.targets[explorer.index]]}"
assert explorer.top[0].startswith(f"{_said}: ")
