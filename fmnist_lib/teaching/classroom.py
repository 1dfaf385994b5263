"""A folder with all that a class needs in a room without a network."""

import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import fmnist_lib
from fmnist_lib._common import NEIGHBOUR
from fmnist_lib.coursework.editions import write_lessons
from fmnist_lib.sources import official
from fmnist_lib.teaching import install

PACKAGE = "fmnist_lib[notebooks]"

README = """\
fmnist_lib {version}: the lessons, for a room without a network.
It fits {python}, and nothing else.

1. Copy this folder to the machine where it is to stay.
2. In it, type: {command} install.py
   The network may be off. The packages go into the folder .venv, beside this file.
3. It prints the line that starts JupyterLab. Begin with 00_start_here.ipynb.

Images: {images}
To remove everything, delete the folder; only Jupyter's settings are kept elsewhere.
"""

SKETCHES = "sketches that the library draws, not Fashion-MNIST."


def make_classroom(folder: Path) -> str:
    """Make the folder, for this platform and this version of Python.

    Parameters
    ----------
    folder : pathlib.Path
        It must not exist, or be empty. It is there at the end, complete, or not at all.

    Returns
    -------
    str
        What is in it, with the size of each part.

    Raises
    ------
    OSError, ValueError
        The folder won't do, the images that FMNIST_DATA names are wrong, or pip failed.
    """
    folder = folder.absolute()
    if folder.is_symlink() or (
        folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
    ):
        raise OSError(f"FOLDER must be new or empty; {str(folder)!r} is there already")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=NEIGHBOUR, dir=folder.parent) as name:
        half = Path(name, folder.name)
        half.mkdir()
        images = write_images(half / "images")
        write_lessons(half / "lessons")
        write_packages(half / "packages")
        _write_texts(half, images)
        if folder.exists():
            folder.rmdir()
        half.rename(folder)
    return _sizes(folder) + f"\nImages: {images}"


def write_images(folder: Path) -> str:
    """Write the four verified files, if they can be had; return what there is, in a sentence."""
    reason = "FMNIST_SOURCE=sketches asks for it."
    if os.environ.get("FMNIST_SOURCE") != "sketches":
        try:
            files, _ = official.load_files()
        except official.DataUnavailableError as error:
            reason = str(error).partition("\n")[0]
        else:
            folder.mkdir()
            for name, content in files.items():
                (folder / name).write_bytes(content)
            return "Fashion-MNIST, the four official files."
    return f"{SKETCHES} {reason}"


def write_packages(folder: Path) -> None:
    """Write the wheels of the library and of all that the lessons need, with pip.

    The versions are those of this environment, so what was tried here is what the class gets.
    pip's own settings say where packages come from.
    """
    if not importlib.util.find_spec("pip"):
        raise OSError("this Python has no pip: `python -m ensurepip` brings it")
    with tempfile.TemporaryDirectory(prefix=NEIGHBOUR) as name:
        constraints = Path(name, "constraints.txt")
        constraints.write_text("\n".join(installed_versions()) + "\n", encoding="utf-8")
        requirement = f"{PACKAGE} @ {own_source(Path(name))}"
        done = subprocess.run(pip_command(folder, constraints, requirement))
    if done.returncode:
        raise OSError("pip could not get all packages; it says why above")


def pip_command(folder: Path, constraints: Path, requirement: str) -> list[str]:
    """Return the command that puts the wheels into a folder."""
    return [
        *(sys.executable, "-m", "pip", "wheel", "--wheel-dir", str(folder)),
        *("--constraint", str(constraints), requirement),
    ]


def installed_versions() -> list[str]:
    """Return "name==version" of each package that is installed here from an index."""
    packages = importlib.metadata.distributions()
    pins = {f"{one.name}=={one.version}" for one in packages if not _address(one)}
    return sorted(pin for pin in pins if not pin.startswith(("fmnist_lib==", "fmnist-lib==")))


def own_source(folder: Path) -> str:
    """Return the address that pip can build this library from.

    A project's folder is copied first: what an earlier build left in it would go into the wheel.
    """
    project = Path(fmnist_lib.__file__).parent.parent
    if (project / "pyproject.toml").is_file():
        copy = folder / "project"
        copy.mkdir()
        for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
            shutil.copy(project / name, copy)
        for name in ("fmnist_lib", "notebooks"):
            shutil.copytree(
                project / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        return copy.as_uri()
    if address := _address(importlib.metadata.distribution("fmnist_lib")):
        return address
    raise OSError(
        "this library was installed from a wheel that is not known here: run the command in the "
        "project's folder"
    )


def _address(package: importlib.metadata.Distribution) -> str:
    """Return where pip was told to take a package from (PEP 610); "" if from an index."""
    about = json.loads(package.read_text("direct_url.json") or "{}")
    if version_control := about.get("vcs_info"):
        return f"{version_control['vcs']}+{about['url']}@{version_control['commit_id']}"
    return str(about.get("url", ""))


def _write_texts(folder: Path, images: str) -> None:
    """Write the installer, what it must know, and the page to read first."""
    shutil.copy(install.__file__, folder / "install.py")
    python, version = install.this_python(), fmnist_lib.__version__
    about = {
        "package": f"{PACKAGE}=={version}",
        "python": python,
        "images": (folder / "images").is_dir(),
    }
    (folder / "classroom.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    command = "py" if os.name == "nt" else "python{}.{}".format(*sys.version_info)
    text = README.format(version=version, python=python, command=command, images=images)
    (folder / "README.txt").write_text(text, encoding="utf-8")


def _sizes(folder: Path) -> str:
    """Return a line for each part of the folder, and one for all."""
    lines, together = [], 0
    for part in ("packages", "images", "lessons"):
        sizes = [path.stat().st_size for path in (folder / part).glob("*")]
        together += sum(sizes)
        lines.append(f"{part:<9} {len(sizes):>4} files {sum(sizes) / 1e6:>8,.1f} MB")
    lines.append(f"together, in {str(folder)!r}: {together / 1e6:,.1f} MB")
    return "\n".join(lines)
