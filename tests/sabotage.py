"""Break the library, one way at a time, and see that the lessons notice.

    python tests/sabotage.py                # in all ways
    python tests/sabotage.py "zero_grad"    # in those whose name holds the text

The six functions take the wrong versions of the catalogue, `fmnist_lib/coursework/mistakes.py`;
what lies below them is changed in its text. Each broken copy of the library meets the lesson that
must notice, under nbval and without the unit tests; two copies run at a time. The exit status is
0 when the lessons pass on the whole library and every sabotage turns its lesson red.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent

Change = tuple[str, ...]  # function and mistake of the catalogue; or file, text, replacement

SABOTAGES: dict[str, tuple[str, Change]] = {  # name: lesson, change
    "two class names swapped": (
        "01",
        ("_common.py", '"Pullover", "Dress"', '"Dress", "Pullover"'),
    ),
    "normalisation left out": ("01", ("data.py", ".sub_(MEAN).div_(STD)", "")),
    "test and training set exchanged": (
        "01",
        ("data.py", "load_dataset(training, source", "load_dataset(not training, source"),
    ),
    "label shifted by one": (
        "01",
        ("data.py", "value = check_labels(", "value = (lambda *a: (check_labels(*a) + 1) % 10)("),
    ),
    "picture of the next image": ("01", ("visualize_image", "index-off-by-one")),
    "picture transposed": ("01", ("visualize_image", "transposed")),
    "ReLU on the logits": ("02", ("build_model", "activation-at-the-end")),
    "ReLU missing": ("02", ("build_model", "relu-missing")),
    "softmax over the wrong axis": (
        "02",
        ("evaluation.py", "self.logits.softmax(dim=1)", "self.logits.softmax(dim=0)"),
    ),
    "accuracy counted over batches": (
        "05",
        (
            "evaluation.py",
            "self.correct.sum().item() / len(self.labels)",
            "sum(b.double().mean().item() for b in self.correct.split(64)) / "
            "len(self.correct.split(64))",
        ),
    ),
    "loss not divided by the images": (
        "04",
        ("training.py", "loss_sum / total)", "loss_sum)"),
    ),
    "zero_grad forgotten": ("03", ("train_model", "zero-grad-missing")),
    "step forgotten": ("03", ("train_model", "no-learning")),
    "accuracy printed as a share": ("05", ("evaluate_model", "share-as-percent")),
    "accuracy printed as a mean of batches": (
        "05",
        ("evaluate_model", "mean-of-batch-accuracies"),
    ),
    "interval with z = 1.64": ("05", ("evaluation.py", "1.96, count,", "1.64, count,")),
    "reliability shifted by one bin": (
        "05",
        ("evaluation.py", ".clamp(1, bins) - 1", ".clamp(0, bins - 1)"),
    ),
    "confusion matrix transposed": (
        "05",
        (
            "evaluation.py",
            "self.labels * classes + self.predictions",
            "self.predictions * classes + self.labels",
        ),
    ),
    "model left in eval mode": (
        "04",
        ("_batches.py", "module.training = was_training", "module.training = False"),
    ),
    "a right answer taken for a wrong one": (
        "00",
        (
            "evaluation.py",
            "return self.predictions == self.labels",
            "return self.predictions != self.labels",
        ),
    ),
    "top three in ascending order": ("06", ("predict_label", "ascending")),
    "labels shifted": ("06", ("predict_label", "labels-shifted")),
    "snapshots that follow the training": (
        "07",
        ("recording.py", 'part.detach().to("cpu", copy=True)', "part.detach()"),
    ),
    "a photograph not negated": (
        "07",
        ("sources/photo.py", '255 - steps["centred"]', 'steps["centred"]'),
    ),
    "the canvas not normalised": (
        "07",
        ("widgets/paint.py", "self._scale.prepare(self.image[None])", "self.image[None] / 255"),
    ),
    "a page of other images": (
        "07",
        ("widgets/page.py", '"pixels": _text(grey)', '"pixels": _text(grey.flip(0))'),
    ),
}


def break_in(package: Path, name: str, *change: str) -> None:
    """Replace a function by a wrong version, or a text in a file."""
    if len(change) == 1:
        path = package / "__init__.py"
        wrong = f"""
from fmnist_lib.coursework.mistakes import MISTAKES, build
[_mistake] = [m for m in MISTAKES if m.name == {change[0]!r}]
{name} = build({name!r}, _mistake.versions[0])
"""
        path.write_text(path.read_text(encoding="utf-8") + wrong, encoding="utf-8")
        return
    path, (text, replacement) = package / name, change
    source = path.read_text(encoding="utf-8")
    if source.count(text) != 1:
        raise SystemExit(f"{name} must hold this text exactly once: {text}")
    path.write_text(source.replace(text, replacement), encoding="utf-8")


def red_cells(lesson: str, change: Change | None) -> int:
    """Run one lesson on a copy of the library, whole or broken; return how many cells are red."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("fmnist_lib", "notebooks"):
            shutil.copytree(ROOT / part, Path(folder, part))
        if change:
            break_in(Path(folder, "fmnist_lib"), *change)
        [notebook] = Path(folder, "notebooks").glob(f"{lesson}_*.ipynb")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "--nbval", "-p", "no:cacheprovider", notebook],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": folder, "OMP_NUM_THREADS": "1"},  # two run at a time
            capture_output=True,
            text=True,
        )
    if run.returncode not in (0, 1):
        raise SystemExit(run.stdout + run.stderr)
    return sum(map(int, re.findall(r"(\d+) (?:failed|error)", run.stdout.splitlines()[-1])))


def main(wanted: str) -> int:
    """Print a table of the sabotages and return the exit status."""
    if data := os.environ.get("FMNIST_DATA"):
        os.environ["FMNIST_DATA"] = str(Path(data).absolute())  # the lessons run elsewhere
    broken = [(name, *job) for name, job in SABOTAGES.items() if wanted in name]
    if not broken:
        raise SystemExit(f"no sabotage has {wanted!r} in its name")
    whole = [("none", lesson, None) for lesson in sorted({lesson for _, lesson, _ in broken})]
    unexpected = []
    print("| sabotage | lesson | red cells |\n|---|---|---|")
    with ThreadPoolExecutor(2) as pool:
        counts = pool.map(lambda job: red_cells(*job[1:]), whole + broken)
        for (name, lesson, change), count in zip(whole + broken, counts, strict=True):
            print(f"| {name} | {lesson} | {count} |", flush=True)
            if bool(count) != bool(change):
                unexpected.append(f"{name}, lesson {lesson}")
    print(f"\nNOT AS EXPECTED: {unexpected}" if unexpected else "\nevery sabotage was noticed")
    return bool(unexpected)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
