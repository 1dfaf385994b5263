"""Run the lessons from fresh kernels, on the real images, and keep their outputs.

    python notebooks/execute.py                    # all of them
    python notebooks/execute.py 03_learning.ipynb  # some

The committed outputs are written by this script and never by saving in the browser: what the
browser adds (times, states of widgets, numbers of a second run) would differ each time.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
MARK = {"grade": False, "locked": False, "schema_version": 3, "solution": True, "task": False}


def prepare_kernels() -> None:
    """Set the environment that the kernels inherit, so that outputs are the same everywhere."""
    os.environ["TQDM_DISABLE"] = "1"
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # figures are outputs
    if folder := os.environ.get("FMNIST_DATA"):
        os.environ["FMNIST_DATA"] = str(Path(folder).absolute())  # a kernel starts elsewhere


def main(names: list[str]) -> None:
    """Run the named lessons, or all, and write each back if it runs to its end."""
    prepare_kernels()
    os.environ["FMNIST_SOURCE"] = "fashion-mnist"
    for path in [HERE / name for name in names] or sorted(HERE.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:  # where no predictions lie
            client = NotebookClient(
                notebook,
                timeout=120,
                record_timing=False,
                coalesce_streams=True,
                resources={"metadata": {"path": folder}},
            )
            client.execute()
        for cell in notebook.cells:
            if "BEGIN SOLUTION" in cell.source and "nbgrader" not in cell.metadata:
                cell.metadata["nbgrader"] = MARK | {"grade_id": cell.id}
            for output in cell.get("outputs", []):  # without a kernel, only its text is shown
                output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
        notebook.metadata = nbformat.from_dict(METADATA)  # no state of widgets, no versions
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    main(sys.argv[1:])
