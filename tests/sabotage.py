"""Break the library in ten ways, one at a time, and see that the lessons notice.

    python tests/sabotage.py                # all ten, each on all five lessons
    python tests/sabotage.py "zero_grad"    # those whose name holds the text

The lessons run under nbval against a broken copy of the library, without the unit tests. The
exit status is 0 when the whole library passes and every sabotage turns a lesson red.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent

SABOTAGES = {  # name: (file, text, replacement)
    "two class names swapped": (
        "data.py",
        '"Pullover",\n    "Dress",',
        '"Dress",\n    "Pullover",',
    ),
    "accuracy counted over batches": (
        "training.py",
        "return self.correct.sum().item() / len(self.labels)",
        "return sum(c.double().mean().item() for c in self.correct.split(64)) / "
        "len(self.correct.split(64))",
    ),
    "loss not divided by the images": ("training.py", "loss_sum / total)", "loss_sum)"),
    "softmax over the wrong axis": (
        "training.py",
        "return self.logits.softmax(dim=1)",
        "return self.logits.softmax(dim=0)",
    ),
    "top three in ascending order": (
        "prediction.py",
        "for i, p in ranking][:number]",
        "for i, p in ranking][:number][::-1]",
    ),
    "normalisation left out": ("data.py", ".sub_(MEAN).div_(STD)", ""),
    "test and training set exchanged": (
        "data.py",
        "load_dataset(training, source",
        "load_dataset(not training, source",
    ),
    "label shifted by one": (
        "data.py",
        "self.targets = targets.long()",
        "self.targets = (targets.long() + 1) % 10",
    ),
    "zero_grad forgotten": ("training.py", "            optimizer.zero_grad()\n", ""),
    "ReLU on the logits": (
        "model.py",
        "nn.Linear(64, 10),\n",
        "nn.Linear(64, 10),\n        nn.ReLU(),\n",
    ),
}


def broken_copy(folder: Path, file: str, text: str, replacement: str) -> None:
    """Copy the library into a folder, with one text of one file replaced."""
    shutil.copytree(ROOT / "fmnist_lib", folder / "fmnist_lib")
    path = folder / "fmnist_lib" / file
    source = path.read_text(encoding="utf-8")
    if source.count(text) != 1:
        raise SystemExit(f"{file} must hold this once, it does {source.count(text)} times: {text}")
    path.write_text(source.replace(text, replacement), encoding="utf-8")


def red_cells(library: Path) -> dict[str, int]:
    """Run the lessons on a library and return the number of red cells of each."""
    run = subprocess.run(
        [
            shutil.which("pytest") or "pytest",
            "--nbval",
            "-p",
            "no:cacheprovider",
            "-rfE",
            "notebooks/",
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(library)},
        capture_output=True,
        text=True,
    )
    if run.returncode not in (0, 1):
        raise SystemExit(run.stdout + run.stderr)
    lessons = {path.name[:2]: 0 for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    for lesson in re.findall(
        r"^(?:FAILED|ERROR) notebooks/(\d\d)_", run.stdout, flags=re.MULTILINE
    ):
        lessons[lesson] += 1
    if bool(run.returncode) != any(lessons.values()):
        raise SystemExit(run.stdout + run.stderr)
    return lessons


def main(wanted: str) -> int:
    """Print a table, sabotage by lesson, and return the exit status."""
    whole = red_cells(ROOT)
    print(f"| sabotage | {' | '.join(whole)} |\n|---|{'---|' * len(whole)}")
    results = {"none": whole}
    for name, change in {"none": None, **SABOTAGES}.items():
        if change and wanted in name:
            with tempfile.TemporaryDirectory() as folder:
                broken_copy(Path(folder), *change)
                results[name] = red_cells(Path(folder))
        if name in results:
            cells = (f"red ({n})" if n else "green" for n in results[name].values())
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
    unnoticed = [name for name, red in results.items() if any(red.values()) == (name == "none")]
    print("\nevery sabotage was noticed" if not unnoticed else f"\nNOT AS IT MUST BE: {unnoticed}")
    return bool(unnoticed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
