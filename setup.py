"""What pyproject.toml can't say: a wheel carries the notebooks, which lie beside the package."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithNotebooks(build_py):
    """Copies the notebooks into the package, where `editions.sources` finds them."""

    def run(self) -> None:
        """Build the package; an editable one has its notebooks beside it."""
        super().run()
        if not self.editable_mode:
            folder = Path(self.build_lib, "fmnist_lib", "notebooks")
            self.mkpath(str(folder))
            for notebook in sorted(Path("notebooks").glob("*.ipynb")):
                self.copy_file(str(notebook), str(folder / notebook.name))


setup(cmdclass={"build_py": BuildWithNotebooks})
