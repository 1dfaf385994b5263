# Needs make and Python 3.11 or newer. All packages are installed into the folder .venv.
.PHONY: run test proofs style lowest lab lessons claims

PYTHON ?= python3
BIN = .venv/bin
LOW = .venv-lowest/bin
TWO = --numprocesses 2 --dist loadscope
UNIT_TESTS = -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder

run: .venv/library  # the main job: load, train, evaluate, predict, write image.png
	$(BIN)/python -m fmnist_lib

test: style  # style, types, tests with branch coverage, and the lessons
	OMP_NUM_THREADS=1 $(BIN)/python $(UNIT_TESTS) --cov -m "not proof"
	$(BIN)/python -m pytest --nbval notebooks/ --ignore notebooks/assignment.ipynb $(TWO)

proofs: .venv/tests  # what takes longer: the assignment, also in the hands of nbgrader
	$(BIN)/python -m pytest --nbval notebooks/assignment.ipynb
	OMP_NUM_THREADS=1 $(BIN)/python $(UNIT_TESTS) -m proof

style: .venv/tests  # what the pre-commit hook runs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Packages that old use what newer companions of theirs deprecate: that is no error here.
lowest: .venv-lowest/tests  # the unit tests on the lowest versions allowed; Python 3.11 or 3.12
	OMP_NUM_THREADS=1 $(LOW)/python $(UNIT_TESTS) -m "not proof" \
		--ignore tests/test_browser.py --ignore tests/test_page_browser.py \
		--ignore tests/test_firefox.py -W ignore::DeprecationWarning

lab: .venv/notebooks  # your own copy of the lessons, in JupyterLab
	$(BIN)/python -m fmnist_lib lessons my_lessons
	$(BIN)/jupyter lab my_lessons/00_start_here.ipynb

lessons: .venv/tests  # run the lessons again, on the real images, and keep the outputs
	$(BIN)/python notebooks/execute.py

claims: .venv/tests  # measure what the lessons claim, over five seeds and on both sets
	$(BIN)/python notebooks/claims --write

.venv/library: EXTRA =
.venv/notebooks: EXTRA = [notebooks]
.venv/tests: EXTRA = [tests]
.venv/library .venv/notebooks .venv/tests: pyproject.toml fmnist_lib/__init__.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".$(EXTRA)"
	touch $@

LOWEST = import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	bounds = sum(project["optional-dependencies"].values(), project["dependencies"]); \
	print(*(bound.replace(">=", "==") for bound in bounds if ">=" in bound), sep="\n")

.venv-lowest/tests: pyproject.toml
	$(PYTHON) -m venv .venv-lowest
	$(PYTHON) -c '$(LOWEST)' >.venv-lowest/constraints.txt
	$(LOW)/python -m pip install --quiet --editable ".[tests]" \
		--constraint .venv-lowest/constraints.txt
	touch $@
