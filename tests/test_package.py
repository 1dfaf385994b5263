"""The package as a whole: its public list, its start, its dependencies, who imports whom."""

import ast
import doctest
import importlib.metadata
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from helpers import run_python

import fmnist_lib

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "fmnist_lib"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

SIGNATURES = {
    "get_data_loader": "training=True",
    "build_model": "",
    "train_model": "model, train_loader, criterion, T",
    "evaluate_model": "model, test_loader, criterion, show_loss=True",
    "predict_label": "model, test_images, index",
    "visualize_image": "data_loader, index",
    "explore": "model, data_loader",
}

BELOW = {"_common", "_batches", "_loss", "_marks"}
FIVE = {"data", "model", "training", "evaluation", "prediction"}
MAY_IMPORT = {  # the rooms of the package, from the bottom up
    "_common": set(),
    "_batches": {"_common"},
    "_loss": {"_batches", "_common"},
    "_marks": {"_common"},
    "sources": {"_common"},
    "data": {"_batches", "_common", "sources"},
    "model": {"_common"},
    "recording": {"_batches"},
    "training": BELOW | {"recording"},
    "evaluation": BELOW,
    "prediction": BELOW,
    "plots": FIVE | BELOW,
    "widgets": FIVE | BELOW | {"recording"},
    "coursework": FIVE | BELOW | {"plots"},
    "__init__": FIVE | {"_common", "widgets"},
    "teaching": {"__init__", "_common", "coursework", "sources"},
    "__main__": {"__init__", "_common", "_marks", "coursework", "teaching", "widgets"},
}


def test_public_list():
    """A star import brings the six functions, the explorer and the names in label order."""
    names = {}
    exec("from fmnist_lib import *", names)
    del names["__builtins__"]
    assert set(names) == set(fmnist_lib.__all__) == {*SIGNATURES, "CLASS_NAMES"}
    assert names["CLASS_NAMES"] == (
        *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Boots"),
    )


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    """Users call the functions exactly so; all else is keyword-only, and the docstring has all."""
    function = getattr(fmnist_lib, name)
    parameters = inspect.signature(function).parameters.values()
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    shown = [p.name if p.default is p.empty else f"{p.name}={p.default}" for p in positional]
    assert ", ".join(shown) == SIGNATURES[name]
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters if p not in positional)
    assert all(re.search(rf"\b{p.name}\b", function.__doc__) for p in parameters)


@pytest.mark.parametrize("name", [name for name in SIGNATURES if name != "explore"])
def test_examples(name, monkeypatch, tmp_path, tmp_path_factory):
    """The example in the docstring of each of the six functions does what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FMNIST_CACHE", str(tmp_path_factory.getbasetemp() / "sketches"))
    monkeypatch.setenv("FMNIST_SOURCE", "sketches")
    names = {}
    exec("from fmnist_lib import *\nfrom torch import nn", names)
    [test] = doctest.DocTestFinder().find(names[name], name, globs=names)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    result = runner.run(test)
    assert result.attempted > 0
    assert result.failed == 0


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
heavy = {"torch._dynamo", "torchvision", "matplotlib", "IPython", "ipywidgets", "requests"}
print(sorted(heavy & set(sys.modules)))
"""
    result = run_python("-c", script)
    assert result.stderr == ""
    assert result.stdout.splitlines()[-1] == "[]"


def imports(path):
    """Return the dotted names that a module imports anywhere; `from a import b` is "a.b"."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(name):
    """Return the room of a dotted name in the package: a module or a folder of modules."""
    first = f"{name}.".split(".")[1]
    exists = (PACKAGE / first).is_dir() or (PACKAGE / f"{first}.py").is_file()
    return first if first and exists else "__init__"


def test_imports_point_downwards():
    """Each room imports only the rooms that the table allows, and `sources` no PyTorch."""
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for name in imports(path):
            top = name.split(".")[0]
            upwards = top == "fmnist_lib" and room(name) not in MAY_IMPORT[own] | {own}
            if upwards or (top == "torch" and own == "sources"):
                wrong.append(f"{own} imports {name}")
    assert wrong == []


def bounds(requirements):
    """Return name -> lower bound of requirements like "torch>=2.4"."""
    return dict(re.fullmatch(r"([a-z0-9-]+)>=([\d.]+)", text).groups() for text in requirements)


def test_every_import_is_declared():
    """Whatever the library imports, also late, is a dependency; widgets are in an extra."""
    found = {name.split(".")[0] for path in PACKAGE.rglob("*.py") for name in imports(path)}
    packages = {"PIL": "pillow", "IPython": "ipython"}
    needed = {packages.get(name, name) for name in found - sys.stdlib_module_names - {"fmnist_lib"}}
    in_notebooks = needed - bounds(PROJECT["dependencies"]).keys()
    extra = "anywidget ipython ipywidgets nbconvert nbformat torchvision traitlets"
    assert in_notebooks <= set(extra.split())
    assert in_notebooks <= bounds(PROJECT["optional-dependencies"]["notebooks"]).keys()


def test_version_is_one_fact():
    """pyproject.toml takes the version from the package."""
    assert PROJECT["dynamic"] == ["version"]
    assert importlib.metadata.version("fmnist_lib") == fmnist_lib.__version__


def test_environment_file_agrees_with_pyproject():
    """environment.yml asks conda-forge alone for the same packages with the same bounds."""
    extras = PROJECT["optional-dependencies"]
    expected = bounds(PROJECT["dependencies"] + extras["notebooks"])
    expected |= bounds(r for r in extras["tests"] if not r.startswith("fmnist_lib"))
    expected["python"] = PROJECT["requires-python"].removeprefix(">=")
    expected["pytorch"] = expected.pop("torch")
    expected["matplotlib-base"] = expected.pop("matplotlib")
    for name in ("axe-playwright-python", "playwright"):  # these come from PyPI
        del expected[name]

    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    listed = re.findall(r"^ +- (.+)$", text, flags=re.MULTILINE)
    assert listed[0] == "conda-forge"
    assert "nodefaults" in listed
    own = ["conda-forge", "nodefaults", "pip", "pip:", "--editable ."]
    assert bounds(line for line in listed if line not in own) == expected
    assert listed[-2:] == ["pip:", "--editable ."]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links(page):
    """Every picture and page of this repository that a page links is there, and committed."""
    text = (ROOT / page).read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link}
    assert "docs/sketches.md" in links
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    committed = set(listing.stdout.splitlines()) or {
        link for link in links if (ROOT / link).exists()
    }
    assert links <= committed
