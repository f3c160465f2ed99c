# The commands of those who work on Looksmith; each sets up a virtual environment first if need be.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PHOTOS ?= ../shared/data/photos
READY = $(VENV)/.ready
SOURCES = src tests benchmarks scripts examples

.PHONY: help demo test lint format bench commands lock clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -c constraints.txt -e ".[benchmarks,dev]"
	touch $@

demo: $(READY)  ## learn a look from sample photos, write demo/contact-sheet.png
	$(BIN)/python -m looksmith.demo --out demo

test: lint  ## lint, types and all tests
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile

lint: $(READY)  ## ruff and mypy
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: $(READY)  ## let ruff format the code
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

bench: $(READY)  ## look recovery and speed; photos from PHOTOS=folder
	$(BIN)/looksmith benchmark look-recovery --photos $(PHOTOS)
	$(BIN)/python benchmarks/speed.py

commands: $(READY)  ## write docs/commands.md anew from the command line
	$(BIN)/python scripts/commands.py > docs/commands.md

lock: $(READY)  ## pin in constraints.txt what is installed
	$(BIN)/python scripts/lock.py > constraints.new
	mv constraints.new constraints.txt

clean:  ## remove the virtual environment and what was built
	rm -rf $(VENV) build demo
