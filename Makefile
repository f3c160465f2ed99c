# make demo: set up and run the main job on photos that ship with the dependencies.
# make test: set up and pass the tests.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready

.PHONY: demo test clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -c constraints.txt -e ".[benchmarks,dev]"
	touch $@

demo: $(READY)
	$(BIN)/python -m looksmith.demo --out demo

test: $(READY)
	$(BIN)/ruff check src tests benchmarks scripts
	$(BIN)/mypy
	$(BIN)/pytest

clean:
	rm -rf $(VENV) build demo
