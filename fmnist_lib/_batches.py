"""From a loader, or a loader and an index, to checked batches on the model's device.

Nobody else knows of collate functions, samplers, devices, or the shape of a batch.
"""

import contextlib
import copy
import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils.data import DataLoader, IterableDataset

from fmnist_lib._common import CLASS_NAMES, check_index, warn

SMALL = 200_000
"""The most parameters a dense network can have before a second thread pays off.

On two cores, with batches of 64, a second thread makes a step of `build_model()` (109,386
parameters) 1.1 times as fast, one of 218,058 parameters 1.2 times, one of 870,090 1.5 times. But
beside two busy programs, two threads that wait for each other take up to ten times as long as one.
"""

OWN_IMAGES = (
    " What get_data_loader gives, fmnist_lib.data.normalise makes of grey values 0 to 255; "
    "fmnist_lib.sources.photo.convert_photo makes those of a photograph."
)

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)

_learned: WeakKeyDictionary[nn.Module, tuple[torch.Size, Tensor, Tensor]] = WeakKeyDictionary()
"""For each model trained here, the shape of an image, and each first image's extreme values."""


@contextlib.contextmanager
def batches_for(
    model: nn.Module, loader: Iterable[Any], *, training: bool, name: str
) -> Iterator[Iterator[tuple[Tensor, Tensor]]]:
    """Give a loader's batches to a model that learns from them, or that only answers.

    Each batch is checked. Images, floating point (B, ...), are moved to the model's device;
    labels, int64 (B,), stay where they are. Gradients are on in training and off otherwise.
    Afterwards every module is back in its own mode and PyTorch on its own number of threads;
    without training, the random numbers go on as if nothing had happened. An error in the block
    gets a note that names the batch; `name` is the loader's name in messages.
    """
    check_model(model)
    if not isinstance(loader, Iterable):
        raise TypeError(f"{name} must be a torch.utils.data.DataLoader, got {describe(loader)}")
    place: tuple[int, Tensor] | None = None

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        nonlocal place
        tensors = itertools.chain(model.parameters(), model.buffers())
        device = next((tensor.device for tensor in tensors), torch.device("cpu"))
        number = -1
        for number, batch in enumerate(_fetch(loader, name)):
            images, labels = _check_batch(batch, loader, name)
            if number == 0 and training:
                first = (images.shape[1:], *_extremes(images))  # a model may work in place
            elif number == 0:
                _check_scale(model, images, name)
            place = number, images
            yield images.to(device), labels
            place = None  # an error in fetching the next batch is not about this one
            if number == 0 and training:
                _learned[model] = first
        if number < 0:
            once = "; a generator gives its batches only once" * isinstance(loader, Iterator)
            raise ValueError(f"{name} is empty: it gives no batch of images{once}")

    modes = [(module, module.training) for module in model.modules()]
    threads = torch.get_num_threads()
    try:
        if not (training and model.training):  # a part set to eval mode on purpose stays so
            model.train(training)
        if _is_small(model):
            torch.set_num_threads(1)
        dice = contextlib.nullcontext() if training else _dice_kept(loader)
        with dice, torch.inference_mode(False), torch.set_grad_enabled(training):
            yield batches()
    except Exception as error:
        if place:
            number, images = place
            error.add_note(f"It was batch {number} of {name}, images {describe(images)}.")
        raise
    finally:
        torch.set_num_threads(threads)
        for module, was_training in modes:
            module.training = was_training


def one_image(loader: "DataLoader[Any]", index: int, name: str) -> tuple[Tensor, int]:
    """Return one image as the model gets it, a batch (1, ...), and its label, 0 to 9.

    `index` is the position in the loader's dataset, whatever its sampler does. The image is
    fetched and collated as the loader does it.
    """
    indexed(loader, name)
    i = check_index(index, len(loader.dataset))  # type: ignore[arg-type]
    try:
        with _dice_kept(loader):
            fetched = _fetch(part_of(loader, [[i]]), name)
            batches = [_check_batch(batch, loader, name) for batch in fetched]
    except Exception as error:
        error.add_note(f"It was asked for image {i} alone.")
        raise
    if [len(images) for images, _ in batches] != [1]:
        raise ValueError(f"{name} must give one image for index {i}; its collate_fn does not")
    [(images, labels)] = batches
    check_finite(images, i, name)
    return images, int(labels)


def check_finite(image: Tensor, index: int, name: str) -> None:
    """Refuse an image with NaN or infinity."""
    if not image.isfinite().all():
        raise ValueError(f"{name} must hold finite images; image {index} has NaN or infinity")


def shaped_for(model: nn.Module, images: Tensor) -> Tensor:
    """Return images that come in a tensor, (B, ...), in the shape in which a loader gives them.

    That is the shape that the model was trained with, if it was trained here and the pixels are
    as many: flattened, or with other dimensions of 1. Otherwise (B, H, W) gets a channel. A
    colour image is flattened if its channels come first, the usual order.
    """
    if model in _learned:
        shape = _learned[model][0]
        given, learned = ([n for n in s if n > 1] for s in (images.shape[1:], shape))
        flat = 1 in (len(given), len(learned)) and math.prod(given) == math.prod(learned)
        if given == learned or (flat and (len(given) < 3 or given[0] == 3)):
            return images.reshape(-1, *shape)
    return images.unsqueeze(1) if images.ndim == 3 else images


def indices_of(loader: "DataLoader[Any]", name: str) -> list[int]:
    """Return the indices of the images that a pass of a loader gives, each once, in order."""
    indexed(loader, name)
    with _dice_kept(loader), _home(loader):
        torch.empty((), dtype=torch.int64).random_(generator=loader.generator)  # as a pass does
        sampler = loader.sampler if loader.batch_sampler is None else loader.batch_sampler
        one_pass = itertools.islice(sampler, length_of(loader))  # some samplers never end
        batches = [torch.as_tensor(batch).flatten().tolist() for batch in one_pass]
    return sorted(set(itertools.chain.from_iterable(batches)))


def part_of(loader: "DataLoader[Any]", batches: list[list[int]]) -> "DataLoader[Any]":
    """Return a loader of these batches of indices that otherwise does what `loader` does."""
    part = copy.copy(loader)
    vars(part).update(num_workers=0, timeout=0)
    if loader.batch_sampler is not None:
        vars(part).update(batch_sampler=batches)
        return part
    # Without a batch sampler, the sampler gives whole batches of indices, or the dataset's items
    # are the batches, and an index is that of a batch.
    with _dice_kept(loader), _home(loader):
        whole = isinstance(next(iter(loader.sampler), 0), Iterable)
    vars(part).update(sampler=batches if whole else [i for batch in batches for i in batch])
    return part


def indexed(loader: Any, name: str) -> None:
    """Refuse anything but a DataLoader over a dataset with indices and a length."""
    if not isinstance(loader, DataLoader):
        raise TypeError(f"{name} must be a torch.utils.data.DataLoader, got {describe(loader)}")
    if isinstance(loader.dataset, IterableDataset):
        raise TypeError(f"{name} is over an IterableDataset, a stream, where no image has an index")
    if not hasattr(loader.dataset, "__len__"):
        raise TypeError(f"{name}.dataset must have __len__, got {describe(loader.dataset)}")


def length_of(loader: Any) -> int | None:
    """Return the number of batches, or None if the loader does not know it."""
    try:
        return len(loader)
    except TypeError:
        return None


def describe(value: Any) -> str:
    """Return a value's type, and a tensor's shape and dtype or a collection's parts, briefly."""
    kind = type(value).__name__
    if isinstance(value, Tensor):
        return f"{kind} {tuple(value.shape)} {value.dtype}"
    if isinstance(value, dict):
        return f"{kind} with the keys {', '.join(map(repr, value))}"
    if isinstance(value, (tuple, list)):
        kinds = dict.fromkeys(type(part).__name__ for part in value)
        return f"{kind} of {len(value)} ({', '.join(kinds)})"
    return kind


def check_labels(labels: Any, count: int | None, must: str) -> Tensor:
    """Return labels as int64, (B,); refuse anything but integers 0 to 9, `count` if it is known."""
    shape = (count or getattr(labels, "numel", int)(),)
    if not isinstance(labels, Tensor) or labels.dtype not in INTEGERS or labels.shape != shape:
        wanted = f"one integer label per image, shape ({count or 'N'},)"
        one_hot = isinstance(labels, Tensor) and labels.shape[1:] == (len(CLASS_NAMES),)
        hint = "; labels.argmax(dim=1) turns one-hot labels into integers" * one_hot
        raise TypeError(f"{must} {wanted}, got {describe(labels)}{hint}")
    values, last = labels.tolist(), len(CLASS_NAMES) - 1  # for a batch quicker than aminmax
    if values and not 0 <= min(values) <= max(values) <= last:
        raise ValueError(f"{must} labels 0 to {last}, got {min(values)} to {max(values)}")
    return labels.long()


def check_model(model: Any) -> None:
    """Refuse anything but a `torch.nn.Module`."""
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {model!r}")


def _fetch(loader: Iterable[Any], name: str) -> Iterator[Any]:
    """Yield the batches of a loader; an error in it gets a note with the loader's name."""
    home, end = _home(loader), object()
    try:
        with home:
            iterator = iter(loader)
        while True:
            with home:
                batch = next(iterator, end)
            if batch is end:
                return
            yield batch
    except Exception as error:
        hint = "; transforms.ToTensor() makes tensors of pictures" * ("class 'PIL." in str(error))
        error.add_note(f"It came from {name}{hint}.")
        raise


def _home(loader: Any) -> contextlib.AbstractContextManager[Any]:
    """Return a context for a loader, which can fail under `torch.set_default_device`."""
    if torch.get_default_device().type == "cpu":
        return contextlib.nullcontext()
    return torch.device(getattr(getattr(loader, "generator", None), "device", "cpu"))


@contextlib.contextmanager
def _dice_kept(loader: Any) -> Iterator[None]:
    """Restore PyTorch's random state afterwards, and that of the loader's own generator.

    Even a DataLoader that does not shuffle draws a number for each pass.
    """
    samplers = [getattr(loader, name, None) for name in ("sampler", "batch_sampler")]
    owners = (loader, *samplers, getattr(samplers[1], "sampler", None))
    dice = [getattr(owner, "generator", None) for owner in owners]
    states = [(own, own.get_state()) for own in dice if isinstance(own, torch.Generator)]
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        for own, state in states:
            own.set_state(state)


def _check_batch(batch: Any, loader: Any, name: str) -> tuple[Tensor, Tensor]:
    """Return the images and the int64 labels of one batch."""
    if not (isinstance(batch, (tuple, list)) and len(batch) == 2):
        a_loader = isinstance(loader, DataLoader)
        hint = "its collate_fn can make them" if a_loader else "a torch.utils.data.DataLoader does"
        raise TypeError(f"{name} must give pairs (images, labels), got {describe(batch)}; {hint}")
    images, labels = batch
    if not (isinstance(images, Tensor) and images.is_floating_point()):
        grey = getattr(images, "dtype", None) == torch.uint8
        hint = "; images / 255 turns grey values into it, or fmnist_lib.data.normalise"
        got = describe(images) + hint * grey
        raise TypeError(f"{name} must give images as floating point, got {got}")
    if images.ndim < 2 or not len(images):
        raise ValueError(f"{name} must give one image or more, (B, ...), got {describe(images)}")
    return images, check_labels(labels, len(images), f"{name} must give")


def _extremes(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the darkest and the brightest value of each image, (B,) each."""
    return images.detach().flatten(1).aminmax(dim=1)


def _check_scale(model: nn.Module, images: Tensor, name: str) -> None:
    """Suspect images on another scale than those that the model learned from.

    For each image we look at the darkest and the brightest value. Of the median image, the first
    must lie in the range learned, the second not above it nor close to the first; with some room.
    """
    if model not in _learned:
        return
    _, darkest, brightest = _learned[model]
    low, high = _extremes(images)
    middle = low.median()
    room = (brightest.max() - darkest.min()) / 4
    inside = darkest.min() - room <= middle <= darkest.max() + room
    faint = 0 < high.median() - middle < room / 4
    if not inside or faint or high.median() > brightest.max() + room:
        learned = f"{darkest.min():.2f} to {brightest.max():.2f}"
        warn(
            f"{name} has images with values from {low.min():.2f} to {high.max():.2f}, where model "
            f"learned from {learned}: its answers are worth little. Prepare both in the same way."
            f"{OWN_IMAGES if name == 'test_images' else ''}"
        )


def _is_small(model: nn.Module) -> bool:
    """Tell whether one thread serves a model best: a dense network of few parameters.

    In dense layers each weight is used once per image, so the number of parameters measures
    the work. Other layers, such as convolutions, use a weight many times: they keep all threads.
    """
    owners = (module for module in model.modules() if list(module.parameters(recurse=False)))
    dense = all(isinstance(module, (nn.Linear, nn.BatchNorm1d)) for module in owners)
    parameters = list(model.parameters())
    return (
        dense and not any(map(is_lazy, parameters)) and sum(map(Tensor.numel, parameters)) <= SMALL
    )
