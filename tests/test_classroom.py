"""The folder for a room without a network: how it is made, and how it installs itself."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers import run_python

import fmnist_lib
from fmnist_lib import __main__ as command
from fmnist_lib.coursework import editions
from fmnist_lib.teaching import classroom, install

KERNEL = "share/jupyter/kernels/python3/kernel.json"


@pytest.fixture
def pip(monkeypatch):
    """Put a small pip in the place of the real one; return its calls and its exit status."""
    record = SimpleNamespace(calls=[], status=0)

    def run(arguments):
        record.calls.append(arguments)
        folder = arguments[arguments.index("--wheel-dir") + 1]
        os.mkdir(folder)
        with open(os.path.join(folder, "one.whl"), "wb") as file:
            file.write(bytes(2_000_000))
        return SimpleNamespace(returncode=record.status)

    monkeypatch.setattr(classroom, "subprocess", SimpleNamespace(run=run))
    return record


def test_folder(pip, tiny, monkeypatch, capsys):
    """The command makes a folder with all four parts, and says how large they are."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    assert command.main(["classroom", "room"]) == 0
    parts = ["README.txt", "classroom.json", "images", "install.py", "lessons", "packages"]
    assert os.listdir() == ["room"]
    assert sorted(os.listdir("room")) == parts
    assert os.listdir("room/packages") == ["one.whl"]
    for path in tiny.iterdir():
        with open(f"room/images/{path.name}", "rb") as file:
            assert file.read() == path.read_bytes()
    lessons = [path.name for path in editions.sources()]
    assert sorted(os.listdir("room/lessons")) == sorted(lessons)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "packages     1 files      2.0 MB"
    assert lines[1].startswith("images       4 files")
    assert lines[2].startswith(f"lessons {len(lessons):>6} files")
    assert lines[3].startswith("together, in ")
    assert lines[4] == "Images: Fashion-MNIST, the four official files."


def test_texts(pip, tiny, monkeypatch, tmp_path):
    """The page to read first has ten lines; the installer knows Python, package and images."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    classroom.make_classroom(tmp_path / "room")
    text = (tmp_path / "room/README.txt").read_text()
    assert len(text.splitlines()) == 10
    assert install.this_python() in text
    assert json.loads((tmp_path / "room/classroom.json").read_text()) == {
        "package": f"fmnist_lib[notebooks]=={fmnist_lib.__version__}",
        "python": install.this_python(),
        "images": True,
    }


def test_sketches(pip, no_network, tmp_path):
    """Without the images, the folder has none, and says what it takes in their place, and why."""
    said = classroom.make_classroom(tmp_path / "room")
    assert "Images: sketches that the library draws, not Fashion-MNIST. Fashion-MNIST could" in said
    assert not (tmp_path / "room/images").exists()
    assert not json.loads((tmp_path / "room/classroom.json").read_text())["images"]


def test_wanted_sketches(pip, tiny, monkeypatch, tmp_path):
    """FMNIST_SOURCE=sketches leaves the images out."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    monkeypatch.setenv("FMNIST_SOURCE", "sketches")
    assert "FMNIST_SOURCE=sketches asks for it." in classroom.make_classroom(tmp_path / "room")


def test_what_pip_is_asked(pip, tiny, monkeypatch):
    """Pip of this Python makes wheels of the library with its extra, in the versions that run."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    assert command.main(["classroom", "room"]) == 0
    [call] = pip.calls
    assert call[:4] == [sys.executable, "-m", "pip", "wheel"]
    assert call[-3] == "--constraint"
    assert call[-1].startswith("fmnist_lib[notebooks] @ file:///")


def test_versions():
    """The versions are those that are installed; the library is none of them."""
    versions = classroom.installed_versions()
    assert f"numpy=={importlib.metadata.version('numpy')}" in versions
    assert not [line for line in versions if line.startswith(("fmnist_lib", "fmnist-lib"))]


@pytest.mark.parametrize(
    ("about", "address"),
    [
        ({"url": "file:///a/b", "dir_info": {"editable": True}}, "file:///a/b"),
        (
            {"url": "https://a.b/c.git", "vcs_info": {"vcs": "git", "commit_id": "12ab"}},
            "git+https://a.b/c.git@12ab",
        ),
    ],
)
def test_source_of_an_installed_library(about, address, monkeypatch, tmp_path):
    """An installed library is built again from where pip took it."""
    package = SimpleNamespace(read_text=lambda name: json.dumps(about))
    monkeypatch.setattr(fmnist_lib, "__file__", str(tmp_path / "site/fmnist_lib/__init__.py"))
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: package)
    assert classroom.own_source(tmp_path) == address


def test_unknown_source(monkeypatch, tmp_path):
    """A library that came from an unknown wheel says where the command works."""
    package = SimpleNamespace(read_text=lambda name: None)
    monkeypatch.setattr(fmnist_lib, "__file__", str(tmp_path / "site/fmnist_lib/__init__.py"))
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: package)
    with pytest.raises(OSError, match="run the command in the project's folder"):
        classroom.own_source(tmp_path)


def test_folder_that_is_not_empty(pip, tiny, capsys):
    """A folder with something in it is refused, before anything is fetched, and stays."""
    os.mkdir("room")
    os.mkdir("room/mine")
    assert command.main(["classroom", "room"]) == 1
    assert capsys.readouterr().err.startswith("Error: FOLDER must be new or empty; ")
    assert os.listdir("room") == ["mine"]
    assert pip.calls == []


def test_empty_folder(pip, tiny, monkeypatch):
    """An empty folder is taken."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    os.mkdir("room")
    assert command.main(["classroom", "room"]) == 0
    assert os.listdir() == ["room"]


def test_nothing_is_left_half_made(pip, tiny, monkeypatch, capsys):
    """If pip fails there is no folder, nor anything beside it."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    pip.status = 1
    assert command.main(["classroom", "room"]) == 1
    assert "Error: pip could not get all packages" in capsys.readouterr().err
    assert os.listdir() == []


def test_no_pip(tiny, monkeypatch, capsys):
    """A Python without pip says how to get it."""
    monkeypatch.setenv("FMNIST_DATA", str(tiny))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert command.main(["classroom", "room"]) == 1
    assert "this Python has no pip" in capsys.readouterr().err


@pytest.fixture
def room(tmp_path):
    """Return a folder with the installer and a package of one file, the description of a kernel."""
    folder = tmp_path / "a room"
    (folder / "packages").mkdir(parents=True)
    about = {"package": "tiny_room==1", "python": install.this_python(), "images": True}
    (folder / "classroom.json").write_text(json.dumps(about))
    shutil.copy(install.__file__, folder)
    files = {
        f"tiny_room-1.data/data/{KERNEL}": '{"argv": ["python"]}',
        "tiny_room-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny_room\nVersion: 1\n",
        "tiny_room-1.dist-info/WHEEL": (
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
        "tiny_room-1.dist-info/RECORD": "",
    }
    with zipfile.ZipFile(folder / "packages/tiny_room-1-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return folder


def test_install(room, tmp_path):
    """`python install.py` installs from the folder alone, whatever pip's own settings say."""
    settings = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_CONSTRAINT": "/nowhere"}
    done = run_python(room / "install.py", cwd=tmp_path, env={**os.environ, **settings})
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == (
        f'"{room / ".venv/bin/python"}" -m jupyterlab --notebook-dir "{room / "lessons"}"'
    )
    kernel = json.loads((room / ".venv" / KERNEL).read_text())
    assert kernel == {"argv": ["python"], "env": {"FMNIST_DATA": str(room / "images")}}


def test_install_failure(room, monkeypatch):
    """If pip fails, no environment is left."""
    (room / "packages/tiny_room-1-py3-none-any.whl").unlink()
    monkeypatch.setattr(install, "venv", SimpleNamespace(create=lambda path, **_: path.mkdir()))
    monkeypatch.setattr(
        install.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1)
    )
    with pytest.raises(OSError, match="pip could not install tiny_room==1 from "):
        install.install(room)
    assert not (room / ".venv").exists()


def test_another_python(room, monkeypatch):
    """The installer refuses a Python that the packages don't fit."""
    monkeypatch.setattr(install, "this_python", lambda: "CPython 9.9 on Plan9 vax")
    with pytest.raises(OSError, match=r"for CPython 3\..*; this is CPython 9\.9 on Plan9 vax"):
        install.install(room)


def test_installed_already(room):
    """What is installed stays as it is."""
    (room / ".venv").mkdir()
    with pytest.raises(OSError, match="is there already; delete it to install again"):
        install.install(room)


def test_python_without_ensurepip(room, monkeypatch):
    """A Python that can't make environments says which package of the system is missing."""
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OSError, match="apt install python3-venv"):
        install.install(room)


def test_kernels_without_images(tmp_path):
    """Where there are no images, the kernels take the sketches at once."""
    path = tmp_path / KERNEL
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    install.tell_kernels(tmp_path, tmp_path, images=False)
    assert json.loads(path.read_text()) == {"env": {"FMNIST_SOURCE": "sketches"}}


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), 130), (OSError("no"), 1)])
def test_status_of_the_installer(error, status, monkeypatch, capsys):
    """Ctrl-C and a failure have a status and a line of their own."""

    def fail(folder):
        raise error

    monkeypatch.setattr(install, "install", fail)
    assert install.main() == status
    assert capsys.readouterr().err == ("Stopped.\n" if status == 130 else "Error: no\n")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the folder of an unpacked wheel, built as a class gets it."""
    version = importlib.metadata.version("setuptools")
    if int(version.split(".")[0]) < 77:
        pytest.skip(f"setuptools {version} can't build the library; 77 or newer can")
    folder = tmp_path_factory.mktemp("wheel")
    build = ["-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    done = run_python(*build, "--wheel-dir", str(folder), classroom.own_source(folder))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_wheel_is_complete(wheel):
    """A wheel has all files of the package, and of the notebooks' folder the notebooks alone."""

    def files(folder):
        paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        return {path.as_posix() for path in paths if "__pycache__" not in path.parts}

    notebooks = {f"notebooks/{path.name}" for path in editions.sources()}
    assert files(wheel / "fmnist_lib") == files(Path(fmnist_lib.__file__).parent) | notebooks


@pytest.mark.proof
def test_lessons_from_a_wheel(wheel, tmp_path):
    """`python -m fmnist_lib lessons` works where the project's folder isn't."""
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    done = run_python("-m", "fmnist_lib", "lessons", "mine", cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert len(os.listdir(tmp_path / "mine")) == len(editions.sources())
