"""Measure this library beside the usual torchvision way, and beside JAX, in one run.

    python benchmarks/speed.py            # needs Fashion-MNIST; JAX only if it is installed

Two tables: an epoch of training in a warm process, and whole programs from start to end. The
contestants take turns, and the fastest of several turns counts, so that a noisy machine spoils
neither the times nor their ratio. Everything runs on two threads.
"""

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = 2
os.environ |= {"OMP_NUM_THREADS": str(THREADS), "MKL_NUM_THREADS": str(THREADS)}
if hasattr(os, "sched_setaffinity"):  # JAX heeds the processors that it may use
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-THREADS:])

import numpy as np  # noqa: E402  (after the number of threads is set)
import torch  # noqa: E402
from torch import nn  # noqa: E402

from fmnist_lib import build_model, get_data_loader  # noqa: E402
from fmnist_lib.download import FILES, load_files  # noqa: E402
from fmnist_lib.training import SGD, train_epoch  # noqa: E402

TORCHVISION_WAY = """
import torch
from torch import nn
from torchvision import datasets, transforms

usual = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.2860,), (0.3530,))])

def loader(training):
    data = datasets.FashionMNIST({root!r}, train=training, download=True, transform=usual)
    return torch.utils.data.DataLoader(data, batch_size=64, shuffle=training)

def train(model, optimizer, criterion, batches):
    model.train()
    correct = total = loss_sum = 0
    for images, labels in batches:
        optimizer.zero_grad()
        logits = model(images)
        loss = criterion(logits, labels)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item() * len(labels)
        correct += (logits.argmax(1) == labels).sum().item()
        total += len(labels)
    return correct, total, loss_sum / total

def network():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )
"""

WHOLE_JOB = """
import matplotlib.pyplot as plt
model, criterion = network(), nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
train_loader, test_loader = loader(True), loader(False)
for epoch in range(5):
    correct, total, loss = train(model, optimizer, criterion, train_loader)
    print(f"Train Epoch: {epoch}  Accuracy: {correct}/{total}({correct / total:.2%})", end="  ")
    print(f"Loss: {loss:.3f}")
model.eval()
correct = total = loss_sum = 0
with torch.no_grad():
    for images, labels in test_loader:
        logits = model(images)
        loss_sum += criterion(logits, labels).item() * len(labels)
        correct += (logits.argmax(1) == labels).sum().item()
        total += len(labels)
    print(f"Average loss: {loss_sum / total:.4f}")
    print(f"Accuracy: {correct / total:.2%}")
    image, label = test_loader.dataset[1]
    for p, i in zip(*model(image[None]).softmax(1)[0].topk(3)):
        print(f"{test_loader.dataset.classes[i]}: {p:.2%}")
plt.imsave("image.png", image[0], cmap="gray")
print("Ground Truth Label:", test_loader.dataset.classes[label])
"""


def torchvision_epoch(root: Path):
    """Return a function that trains one epoch the usual way."""
    names: dict = {}
    exec(TORCHVISION_WAY.format(root=str(root)), names)
    model = names["network"]()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    batches = names["loader"](True)
    return lambda: names["train"](model, optimizer, nn.CrossEntropyLoss(), batches)


def our_epoch():
    """Return a function that trains one epoch with this library."""
    model, loader = build_model(), get_data_loader()
    optimizer = SGD(model)
    return lambda: train_epoch(model, loader, nn.CrossEntropyLoss(), optimizer)


def jax_epoch():
    """Return a function that trains one epoch with the same steps, compiled by JAX."""
    import jax
    import jax.numpy as jnp

    dataset = get_data_loader().dataset
    images = jnp.asarray(dataset.images.reshape(-1, 784).numpy())
    labels = jnp.asarray(dataset.targets.numpy().astype(np.int32))
    weights = [
        (jnp.asarray(layer.weight.detach().numpy().T), jnp.asarray(layer.bias.detach().numpy()))
        for layer in build_model()
        if isinstance(layer, nn.Linear)
    ]

    def mean_loss(weights, x, y):
        for i, (w, b) in enumerate(weights):
            x = x @ w + b
            if i < 2:
                x = jax.nn.relu(x)
        losses = -jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1)
        return losses.mean(), (losses.sum(), (x.argmax(1) == y).sum())

    @jax.jit
    def step(weights, velocities, loss_sum, correct, indices):
        gradients, (loss, right) = jax.grad(mean_loss, has_aux=True)(
            weights, images[indices], labels[indices]
        )
        velocities = jax.tree.map(lambda v, g: 0.9 * v + g, velocities, gradients)
        weights = jax.tree.map(lambda w, v: w - 0.001 * v, weights, velocities)
        return weights, velocities, loss_sum + loss, correct + right

    rng = np.random.default_rng(0)
    state = [weights, jax.tree.map(jnp.zeros_like, weights)]

    def epoch():
        order = rng.permutation(len(labels))
        loss_sum, correct = jnp.float32(0), jnp.int32(0)
        for i in range(0, len(order), 64):
            *state[:], loss_sum, correct = step(*state, loss_sum, correct, order[i : i + 64])
        return int(correct), len(order), float(loss_sum) / len(order)

    return epoch


def seconds(function) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def best(contestants: dict, turns: int, *, warm_up: bool) -> dict[str, float]:
    """Let the contestants take turns and return the fastest time of each, in seconds."""
    if warm_up:
        for function in contestants.values():
            function()
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(turns):
        for name, function in contestants.items():
            times[name].append(seconds(function))
    return {name: min(values) for name, values in times.items()}


def report(title: str, times: dict[str, float], reference: str) -> None:
    """Print one table in Markdown."""
    print(f"\n| {title} | seconds | ratio |\n|---|---:|---:|")
    for name, value in times.items():
        print(f"| {name} | {value:.2f} | {value / times[reference]:.3f} |")


def processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=5, help="turns of each (%(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(THREADS)
    _, data = load_files()
    print(
        f"{processor()}, {THREADS} threads, torch {torch.__version__}, "
        f"Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "FashionMNIST", "raw")
        raw.mkdir(parents=True)
        for name in FILES:
            (raw / name).write_bytes((data / name).read_bytes())
        usual = "torchvision's dataset, ToTensor, Normalize"
        contestants = {usual: torchvision_epoch(Path(folder)), "fmnist_lib": our_epoch()}
        if importlib.util.find_spec("jax"):
            contestants["the same steps, compiled by JAX"] = jax_epoch()
        report("an epoch of training", best(contestants, options.turns, warm_up=True), usual)

        def program(*arguments: str):
            environment = os.environ | {"FMNIST_DATA": str(data)}
            return lambda: subprocess.run(
                [sys.executable, *arguments],
                cwd=folder,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )

        script = TORCHVISION_WAY.format(root=folder) + WHOLE_JOB
        contestants = {
            "torchvision script": program("-c", script),
            "python -m fmnist_lib": program("-m", "fmnist_lib"),
        }
        turns = max(2, options.turns // 2)
        times = best(contestants, turns, warm_up=False)
        report("a whole program, 5 epochs", times, "torchvision script")


if __name__ == "__main__":
    main()
