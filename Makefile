# Each target installs what it needs. PYTHON: a Python 3.11; WEIGHTS: those of
# efficientnet-b2.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
WEIGHTS ?= random
MODULES ?= modules

BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
EXPORT := $(BIN)/efficientnet-hub export --overwrite
VERIFY := $(BIN)/efficientnet-hub verify --strict

.PHONY: module collection test test-slow lint format docs compat bench bazel clean

## Builds efficientnet-b2 and efficientnet-lite0, verifies both, classifies photographs.
module: $(INSTALLED)
	$(EXPORT) --model=efficientnet-b2 --weights=$(WEIGHTS) --output=$(MODULES)/efficientnet-b2
	$(VERIFY) $(MODULES)/efficientnet-b2
	$(EXPORT) --model=efficientnet-lite0 --weights=imagenet --output=$(MODULES)/efficientnet-lite0
	$(VERIFY) $(MODULES)/efficientnet-lite0
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python examples/classify_photographs.py $(MODULES)/efficientnet-lite0

## Builds and verifies the sixteen modules of the original collection; see docs/ci.md.
collection: $(INSTALLED)
	$(BIN)/efficientnet-hub build modules/efficientnet.yaml --weights=$(WEIGHTS) \
		--output=$(MODULES)/collection --jobs=2

## Runs the linters and the fast tests.
test: lint
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not slow"

test-slow: $(INSTALLED)
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m slow

# mypy needs the package's name. This folder may have any name, so a link has it.
lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	mkdir -p $(VENV)/mypy
	ln -sfn "$(CURDIR)" $(VENV)/mypy/efficientnet_hub
	MYPYPATH=$(VENV)/mypy $(BIN)/mypy --package efficientnet_hub

format: $(INSTALLED)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python bazel/generate_build_files.py
	$(BIN)/python bazel/generate_packaged_weights.py

## Writes the documentation and the API reference to site/.
docs: $(INSTALLED)
	$(BIN)/mkdocs build --quiet

## Tests modules of each TensorFlow in each other; see docs/compatibility.md.
compat: $(INSTALLED)
	$(BIN)/nox

## Measures the performance; writes docs/performance.md.
bench: $(INSTALLED)
	$(BIN)/nox -f benchmarks/noxfile.py

bazel: $(INSTALLED)
	PYTHON=$(BIN)/python bazel/run.sh

$(INSTALLED): setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[hub,pretrained,download,images,finetune,build,serve,test,docs,compat]'
	touch $@

clean:
	rm -rf $(VENV) .nox .pytest_cache .ruff_cache .mypy_cache build dist site *.egg-info
