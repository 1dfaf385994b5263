"""What lesson 7 claims, measured."""

from functools import cache

import torch
from common import loader
from PIL import Image, ImageDraw

from fmnist_lib import build_model, train_model
from fmnist_lib._common import CLASS_NAMES
from fmnist_lib.coursework.lessons.lesson7 import first_row, learned_after, moved  # noqa: F401
from fmnist_lib.data import normalise
from fmnist_lib.recording import Recording
from fmnist_lib.sources.photo import convert_photo
from fmnist_lib.widgets.timeline import look_back

SHIRT, TROUSER, SANDAL, SNEAKER, BOOTS = map(
    CLASS_NAMES.index, ("Shirt", "Trouser", "Sandal", "Sneaker", "Boots")
)


@cache
def recorded(source: str, seed: int):
    """Return the lesson's network, the recording of its training, and what each snapshot says."""
    torch.manual_seed(seed)
    model, recording = build_model(), Recording()
    criterion = torch.nn.CrossEntropyLoss()
    train_model(model, loader(source), criterion, T=5, progress=False, recording=recording)
    history = look_back(recording, model, loader(source, False), progress=False)
    return model, recording, history


def steps(source: str) -> list[int]:
    """Return the number of all steps, and the steps of the first five snapshots."""
    _, recording, _ = recorded(source, 0)
    return [len(recording.steps), *list(recording.snapshots)[:5]]


def wrong_now(source: str, seed: int) -> float:
    """Return how many images there are for each that is wrong at the end."""
    right = recorded(source, seed)[2].correct[-1]
    return len(right) / int((~right).sum())


def forgotten(source: str, seed: int) -> float:
    """Return how many of the images that are wrong at the end were once right, in percent."""
    right = recorded(source, seed)[2].correct
    return 100 * right.any(dim=0)[~right[-1]].double().mean().item()


def first_classes_and_never_shirts(source: str, seed: int) -> bool:
    """Tell which classes stay at 80 % or more first, and that shirts never do."""
    history = recorded(source, seed)[2]
    columns = history.class_accuracy.T.tolist()
    found = [learned_after(history.steps, column) for column in columns]
    first = min(step for step in found if step is not None)
    firsts = {label for label, step in enumerate(found) if step == first}
    return bool(firsts) and firsts <= {TROUSER, BOOTS, SNEAKER} and found[SHIRT] is None


def shares(source: str, seed: int, grey) -> torch.Tensor:
    """Return the ten probabilities of one image of grey values, (28, 28)."""
    with torch.no_grad():
        return recorded(source, seed)[0](normalise(grey)).softmax(dim=1)[0]


def sure_of_a_sandal(source: str, seed: int) -> float:
    """Return how sure the network is, in percent, that an empty picture is a sandal; 0 if not."""
    answer = shares(source, seed, torch.zeros(28, 28, dtype=torch.uint8))
    return 100 * answer.max().item() if answer.argmax() == SANDAL else 0.0


def darkest(source: str) -> int:
    """Return the class whose training images have the smallest mean."""
    train = loader(source).dataset
    means = [train.data[train.targets == label].float().mean() for label in range(10)]
    return int(torch.stack(means).argmin())


def accuracy_moved(source: str, seed: int, columns: int) -> float:
    """Return the accuracy on the first 1,000 test images, moved to the right, in percent."""
    test = loader(source, False).dataset
    pictures = [moved(picture, columns) for picture in test.data[:1000].tolist()]
    with torch.no_grad():
        images = normalise(torch.tensor(pictures, dtype=torch.uint8))
        said = recorded(source, seed)[0](images).argmax(dim=1)
    return 100 * (said == test.targets[:1000]).double().mean().item()


def middle(source: str) -> float:
    """Return how far the middle of the training garments is from that of the picture, in pixels.

    The mean of the left, right, upper and lower edge, over the first 1,000 images.
    """
    bright = loader(source).dataset.data[:1000] > 0
    places = torch.arange(28.0)
    found = []
    for axis in (1, 2):
        on = bright.any(dim=axis)
        low = torch.where(on, places, 28.0).amin(dim=1)
        high = torch.where(on, places, -1.0).amax(dim=1)
        found.append(((low + high) / 2 - 13.5).abs().mean().item())
    return max(found)


def trousers():
    """Return the drawing of the lesson, as `convert_photo` turns it."""
    sheet = Image.new("RGB", (900, 1200), "white")
    outline = [(310, 100), (590, 100), (640, 1100), (490, 1100), (450, 350), (410, 1100)]
    ImageDraw.Draw(sheet).polygon([*outline, (260, 1100)], fill=(40, 60, 110))
    return convert_photo(sheet)


def surer_unscaled(source: str, seed: int) -> bool:
    """Tell whether trousers from 0 to 255 stay trousers, with a larger probability."""
    photo = trousers()
    right = shares(source, seed, photo.image)
    with torch.no_grad():
        raw = recorded(source, seed)[0](torch.tensor(photo.image).float()[None]).softmax(dim=1)[0]
    return bool(right.argmax() == raw.argmax() == TROUSER and raw[TROUSER] > right[TROUSER])
