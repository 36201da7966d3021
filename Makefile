# One command sets up, one checks everything. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
BENCHMARKS := audio demo_corpus driver extract face_network model report
export RAY_USAGE_STATS_ENABLED := 0
# Compiled once: the suites start some two hundred Pythons, and each would compile avemo anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-long test-extras test-readers test-cluster cluster-servers fuzz lint types bench bench-audio check browser clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready  ## make .venv and bring the model files (pinned, checked by sha256)

.venv/.ready: pyproject.toml avemo_core/runtime/weights.py
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python -m avemo_core.runtime.weights
	@touch $@

demo: setup  ## make a small corpus of talking faces and run the whole way through it
	$(BIN)/python jobs/demo.py --out demo

test: setup  ## the everyday tests (about three minutes)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --durations 20

test-slow: setup  ## the long tests: faults, object storage, clusters, browser
	$(BIN)/python -m pytest -m 'slow and not alone and not long' --numprocesses 3 --dist loadfile --no-loadscope-reorder --durations 20
	$(BIN)/python -m pytest -m 'slow and alone and not long' --durations 20

test-long: setup  ## whole ways and trainings of a minute and more, by hand
	$(BIN)/python -m pytest -m long --durations 20

test-extras: setup  ## features of one's own that need other packages: onnx, speech, egemaps (installs them)
	$(BIN)/python -m pip install --quiet --editable '.[onnx,speech,egemaps]' 'onnx>=1.16' onnxscript
	$(BIN)/python -m pytest -m extras

test-readers: setup  ## our tables in the readers of Parquet, each in an environment of its own (4 GB in .venv-readers; Java 17)
	$(BIN)/python -m tests.readers.environments
	$(BIN)/python -m pytest tests/readers

test-cluster: setup  ## SLURM, Azure's and Google's stores, an image (as root, after `make cluster-servers`; about an hour)
	$(BIN)/python -m pytest tests/slurm
	$(BIN)/python -m pytest tests/stores
	$(BIN)/python -m pytest tests/containers

fuzz: setup  ## 10,000 hostile files, decoded under watch and driven through real workers (about three minutes)
	$(BIN)/python -m tests.fuzz

browser:  ## install what the browser tests need (Debian)
	apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends chromium chromium-driver

cluster-servers: setup  ## install what test-cluster needs (Debian, npm, PyPI)
	apt-get update --quiet && apt-get install --quiet --yes --no-install-recommends \
		slurm-wlm munge buildah crun debootstrap nodejs npm
	npm install --prefix .stores azurite@3.35.0
	$(BIN)/python -m pip install --quiet kubernetes-validate

lint: setup  ## ruff, and the imports between packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

types: setup  ## mypy --strict on the four layers
	$(BIN)/mypy

check: lint types test  ## all that must hold before a commit

bench: setup  ## every benchmark that needs no data of yours, one after the other
	@for name in $(BENCHMARKS); do echo "== benchmarks/$$name.py"; $(BIN)/python benchmarks/$$name.py || exit 1; done

bench-audio: setup  ## speed of the 27 audio features beside an FFT and librosa
	$(BIN)/python benchmarks/audio.py

clean:  ## remove what the commands above made (not the model files)
	rm -rf .venv .venv-readers .stores demo artefacts build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
