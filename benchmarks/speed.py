"""Measure this library beside the usual torchvision way, and beside JAX, in one run.

    python benchmarks/speed.py            # needs Fashion-MNIST; JAX only if it is installed

Three tables: an epoch of training in a warm process, whole programs from start to end, and the
eight lessons, each also beside two busy programs. All share two processors (on Linux) and run on
PyTorch's default number of threads, of which this library uses one for a network as small as this.
The contestants take turns, and the fastest turn of each counts, so that a noisy machine spoils
neither the times nor their ratio.
"""

import argparse
import contextlib
import importlib.util
import math
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
PROCESSORS = 2
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-PROCESSORS:])

import numpy as np  # noqa: E402  (after the number of processors is set)
import torch  # noqa: E402
from torch import nn  # noqa: E402

from fmnist_lib import build_model, get_data_loader  # noqa: E402
from fmnist_lib.recording import Recording  # noqa: E402
from fmnist_lib.sources.official import FILES, TORCHVISION_LAYOUT, load_files  # noqa: E402
from fmnist_lib.training import SGD, train_epoch  # noqa: E402

BATCH, BATCHES = 64, math.ceil(60_000 / 64)

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


def torchvision_epoch(folder):
    """Return a function that trains one epoch the usual way."""
    names: dict = {}
    exec(TORCHVISION_WAY.format(root=folder), names)
    model = names["network"]()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    batches = names["loader"](True)
    return lambda: names["train"](model, optimizer, nn.CrossEntropyLoss(), batches)


def our_epoch():
    """Return a function that trains one epoch with this library."""
    model, loader = build_model(), get_data_loader()
    optimizer = SGD(model)
    return lambda: train_epoch(model, loader, nn.CrossEntropyLoss(), optimizer)


def recorded_epoch():
    """Return a function that does the same and keeps a recording: 12 snapshots in an epoch."""
    model, loader = build_model(), get_data_loader()
    optimizer = SGD(model)

    def epoch():
        with Recording().of(model) as recording:
            return train_epoch(
                model,
                loader,
                nn.CrossEntropyLoss(),
                optimizer,
                on_batch=lambda loss: recording.add(0, loss),
            )

    return epoch


def on_all_threads(function):
    """Return the function as it would run if no network were small enough for one thread."""
    return mock.patch("fmnist_lib._batches.SMALL", 0)(function)


def products_epoch():
    """Return a function that computes the matrix products of an epoch, on one thread as ours.

    For each layer, (B, n) -> (B, m): one product forwards, one for the gradient of the weights,
    and, but for the first layer, one for the gradient of the layer's input.
    """
    factors = []
    for n, m in ((784, 128), (128, 64), (64, 10)):
        x, w, y = torch.rand(BATCH, n), torch.rand(n, m), torch.rand(BATCH, m)
        factors += [(x, w), (x.T, y)] + [(y, w.T)] * (n != 784)
    work = [(a, b, a @ b) for a, b in factors]

    def epoch():
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        for _ in range(BATCHES):
            for a, b, product in work:
                torch.mm(a, b, out=product)
        torch.set_num_threads(threads)

    return epoch


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


PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def program(folder, *arguments):
    """Return a function that runs a Python program and returns its peak memory in MB.

    A small program starts it: a child of this large one would inherit its peak.
    """
    command = [sys.executable, "-c", PEAK, sys.executable, *arguments]
    unit = 1 if sys.platform == "darwin" else 1024  # bytes in ru_maxrss

    def run():
        result = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE)
        return int(result.stdout) * unit / 1e6

    return run


@contextlib.contextmanager
def busy(count):
    """Keep that many programs busy beside this one; they end with it, however it ends."""
    work = f"import os\nwhile os.getppid() == {os.getpid()}: sum(range(100_000))"
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen([sys.executable, "-c", work], stderr=subprocess.DEVNULL)
            stack.enter_context(process)
            stack.callback(process.kill)
        yield


def fastest(contestants, turns):
    """Let the contestants take turns; return the fastest time of each, and its last result."""
    times = {name: math.inf for name in contestants}
    results = {}
    for _ in range(turns):
        for name, function in contestants.items():
            start = time.perf_counter()
            results[name] = function()
            times[name] = min(times[name], time.perf_counter() - start)
    return {name: (times[name], results[name]) for name in contestants}


def measure(contestants, under_load, turns):
    """Return the rows of a table: everyone alone, then some beside two busy programs."""
    rows = fastest(contestants, turns)
    with busy(2):
        loaded = fastest({name: contestants[name] for name in under_load}, max(1, turns // 2))
    return rows | {f"{name}, beside two busy programs": row for name, row in loaded.items()}


def report(title, column, rows):
    """Print one table in Markdown; the ratio is to its first row."""
    reference = next(iter(rows.values()))[0]
    print(f"\n| {title} | seconds | ratio | {column} |\n|---|---:|---:|---:|")
    for name, (seconds, number) in rows.items():
        print(f"| {name} | {seconds:.2f} | {seconds / reference:.3f} | {number:,.0f} |", flush=True)


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
    turns = parser.parse_args().turns
    _, data = load_files()
    os.environ["FMNIST_DATA"] = str(data)
    print(f"{processor()}, {torch.get_num_threads()} threads, torch {torch.__version__}, ", end="")
    print(f"Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, TORCHVISION_LAYOUT)
        raw.mkdir(parents=True)
        for name in FILES:
            shutil.copy(data / name, raw)

        ours = our_epoch()
        epochs = {
            "torchvision's dataset, ToTensor, Normalize": torchvision_epoch(folder),
            "fmnist_lib": ours,
            "fmnist_lib with a recording": recorded_epoch(),
            "fmnist_lib on all threads": on_all_threads(ours),
        }
        under_load = ["fmnist_lib", "fmnist_lib on all threads"]
        if importlib.util.find_spec("jax"):
            epochs["the same steps, compiled by JAX"] = jax_epoch()
        epochs["the eight matrix products alone"] = products_epoch()
        fastest(epochs, 1)  # warm up
        rows = measure(epochs, under_load, turns)
        per_batch = {
            name: (seconds, seconds / BATCHES * 1e6) for name, (seconds, _) in rows.items()
        }
        report("an epoch of training", "µs per batch", per_batch)

        script = TORCHVISION_WAY.format(root=folder) + WHOLE_JOB
        programs = {
            "torchvision script": program(folder, "-c", script),
            "python -m fmnist_lib": program(folder, "-m", "fmnist_lib"),
        }
        rows = measure(programs, programs, max(2, turns // 2))
        report("a whole program, 5 epochs", "peak MB", rows)

        lessons = [shutil.copy(path, folder) for path in sorted(NOTEBOOKS.glob("0*.ipynb"))]
        course = {"the eight lessons": program(folder, "-m", "jupyter", "execute", *lessons)}
        report("the course, one lesson after the other", "peak MB", measure(course, course, 1))


if __name__ == "__main__":
    main()
