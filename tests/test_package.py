"""The package as it is installed: its public list, its start, its dependencies."""

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import fmnist_lib

ROOT = Path(__file__).parent.parent

SIGNATURES = {
    "get_data_loader": "training=True",
    "build_model": "",
    "train_model": "model, train_loader, criterion, T",
    "evaluate_model": "model, test_loader, criterion, show_loss=True",
    "predict_label": "model, test_images, index",
    "visualize_image": "data_loader, index",
}


def test_public_list():
    """A star import brings the six functions, the explorer and the class names."""
    names = {}
    exec("from fmnist_lib import *", names)
    del names["__builtins__"]
    assert set(names) == set(fmnist_lib.__all__) == {*SIGNATURES, "CLASS_NAMES", "explore"}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    """Users call the functions exactly so; whatever else there is, is keyword-only."""
    parameters = inspect.signature(getattr(fmnist_lib, name)).parameters.values()
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    shown = [p.name if p.default is p.empty else f"{p.name}={p.default}" for p in positional]
    assert ", ".join(shown) == SIGNATURES[name]
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters if p not in positional)


@pytest.mark.parametrize("name", fmnist_lib.__all__)
def test_docstrings(name):
    """Every public function has a numpydoc docstring that names its parameters."""
    thing = getattr(fmnist_lib, name)
    if callable(thing):
        text = inspect.getdoc(thing)
        assert text.splitlines()[0].endswith(".")
        for parameter in inspect.signature(thing).parameters:
            assert re.search(rf"\b{parameter}\b", text), f"{parameter} in {name}"


def test_class_names():
    """The ten names in the order of their labels."""
    assert (
        *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Boots"),
    ) == fmnist_lib.CLASS_NAMES


def test_start_imports_only_what_is_needed():
    """Training imports no compiler, no torchvision, no pyplot, no widgets: they cost seconds."""
    script = """
import sys, torch
from torch import nn
from torch.utils.data import DataLoader
from fmnist_lib import *
from fmnist_lib.data import FashionDataset
data = FashionDataset(torch.zeros(9, 28, 28).byte(), torch.zeros(9).byte(), "fashion-mnist")
train_model(build_model(), DataLoader(data), nn.CrossEntropyLoss(), 1)
heavy = {"torch._dynamo", "torchvision", "matplotlib.pyplot", "ipywidgets", "pooch", "sklearn"}
print(sorted(heavy & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stderr == ""
    assert result.stdout.splitlines()[-1] == "[]"


def bounds(requirements):
    """Return name -> lower bound of requirements like "torch>=2.4"."""
    return dict(re.fullmatch(r"([a-z-]+)>=([\d.]+)", text).groups() for text in requirements)


def test_environment_file_agrees_with_pyproject():
    """environment.yml asks conda-forge alone for the same packages with the same bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    expected = bounds(project["dependencies"] + extras["notebooks"])
    expected |= bounds(r for r in extras["tests"] if not r.startswith("fmnist_lib"))
    expected["python"] = project["requires-python"].removeprefix(">=")
    expected["pytorch"] = expected.pop("torch")
    expected["matplotlib-base"] = expected.pop("matplotlib")
    del expected["playwright"]  # its Python package comes from PyPI

    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = re.findall(r"^ +- (.+)$", text, flags=re.MULTILINE)
    assert listed[0] == "conda-forge"
    assert "nodefaults" in listed
    own = ["conda-forge", "nodefaults", "pip", "pip:", "--editable ."]
    assert bounds(line for line in listed if line not in own) == expected
    assert listed[-2:] == ["pip:", "--editable ."]


def test_links_of_the_readme():
    """Every picture and page of this repository that the README links is there, and committed."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    assert "docs/explorer.png" in links
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    committed = set(listing.stdout.splitlines()) or {
        link for link in links if (ROOT / link).exists()
    }
    assert links <= committed
