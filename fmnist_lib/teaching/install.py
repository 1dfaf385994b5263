"""Install what lies in this folder, with the network off: `python install.py`.

Plain Python: it runs before anything is installed. The packages go into the folder `.venv`,
which is there at the end, complete, or not at all.
"""

import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path


def this_python() -> str:
    """Return what the packages must fit: "CPython 3.11 on Linux x86_64"."""
    version = f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}"
    return f"{version} on {platform.system()} {platform.machine()}"


def install(folder: Path) -> Path:
    """Make `.venv` in the folder from its packages, and return the path of its Python."""
    about = json.loads((folder / "classroom.json").read_text(encoding="utf-8"))
    target = folder / ".venv"
    if about["python"] != this_python():
        raise OSError(f"this folder is for {about['python']}; this is {this_python()}")
    if target.exists():
        raise OSError(f"{str(target)!r} is there already; delete it to install again")
    if not importlib.util.find_spec("ensurepip"):
        raise OSError("this Python can't make environments: apt install python3-venv, or the like")
    try:
        venv.create(target, with_pip=True)
        python = target / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        run_pip(python, folder / "packages", about["package"])
        tell_kernels(target, folder, about["images"])
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return python


def run_pip(python: Path, packages: Path, package: str) -> None:
    """Install a package and what it needs from a folder and from nowhere else."""
    command = [str(python), "-m", "pip", "install", "--isolated", "--quiet", "--no-index"]
    command += ["--no-cache-dir", "--find-links", str(packages), package]
    done = subprocess.run(command, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    if done.returncode:
        raise OSError(f"pip could not install {package} from {str(packages)!r}; it says why above")


def tell_kernels(target: Path, folder: Path, images: bool) -> None:
    """Tell the notebooks' kernels where the images are, or that there are none."""
    path = target / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    data = {"FMNIST_DATA": str(folder / "images")}
    spec["env"] = data if images else {"FMNIST_SOURCE": "sketches"}
    path.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    """Install, say how to begin, and return the exit status."""
    folder = Path(__file__).resolve().parent
    begin = time.monotonic()
    print("Installing. This takes some minutes, and needs no network.", flush=True)
    try:
        python = install(folder)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except (OSError, ValueError, KeyError, subprocess.CalledProcessError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"Installed in {time.monotonic() - begin:.0f} s. To begin, type:")
    print(f'"{python}" -m jupyterlab --notebook-dir "{folder / "lessons"}"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
