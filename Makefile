# Needs make and Python 3.11 or newer; everything that is installed goes into the folder .venv.
.PHONY: run test lab lessons

PYTHON ?= python3
BIN = .venv/bin

run: .venv/library  # the main job: load, train, evaluate, predict, write image.png
	$(BIN)/python -m fmnist_lib

test: .venv/tests  # style, types, tests with branch coverage, and the lessons
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --cov --numprocesses 2 --dist loadscope
	$(BIN)/python -m pytest --nbval notebooks/

lab: .venv/notebooks  # JupyterLab at the first lesson
	$(BIN)/jupyter lab notebooks/01_loading_the_data.ipynb

lessons: .venv/tests  # run the lessons again, on the real images, and keep the outputs
	$(BIN)/python notebooks/execute.py

.venv/library: EXTRA =
.venv/notebooks: EXTRA = [notebooks]
.venv/tests: EXTRA = [tests]
.venv/library .venv/notebooks .venv/tests: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".$(EXTRA)"
	touch $@
