# Each target installs what it needs. PYTHON: a Python 3.10 to 3.13, see
# create_environment.sh; WEIGHTS: those of efficientnet-b2.
PYTHON ?=
VENV ?= .venv
WEIGHTS ?= random
MODULES ?= modules
BAZEL_TESTS ?= //...

BIN := $(VENV)/bin
EXPORT := $(BIN)/efficientnet-hub export --overwrite
VERIFY := $(BIN)/efficientnet-hub verify --strict
# The tests start hundreds of processes, which use what Python compiles once.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 2

# The interpreter may change, so that the environment is checked each time.
.PHONY: environment
.PHONY: module collection test test-slow lint format docs compat bench bazel clean

## Builds efficientnet-b2 and efficientnet-lite0, verifies both, classifies photographs.
module: environment
	$(EXPORT) --model=efficientnet-b2 --weights=$(WEIGHTS) --output=$(MODULES)/efficientnet-b2
	$(VERIFY) $(MODULES)/efficientnet-b2
	$(EXPORT) --model=efficientnet-lite0 --weights=imagenet --output=$(MODULES)/efficientnet-lite0
	$(VERIFY) $(MODULES)/efficientnet-lite0
	TF_CPP_MIN_LOG_LEVEL=3 $(BIN)/python examples/classify_photographs.py $(MODULES)/efficientnet-lite0

## Builds and verifies the sixteen modules of the original collection; see docs/ci.md.
collection: environment
	$(BIN)/efficientnet-hub build modules/efficientnet.yaml --weights=$(WEIGHTS) \
		--output=$(MODULES)/collection --jobs=2

## Runs the linters and the fast tests.
test: lint
	$(PYTEST) --dist worksteal -m "not slow"

## Runs the slow tests, and lists the slowest.
test-slow: environment
	$(PYTEST) --dist loadfile -m slow --durations=40

# mypy needs the package's name. This folder may have any name, so a link has it.
lint: environment
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	mkdir -p $(VENV)/mypy
	ln -sfn "$(CURDIR)" $(VENV)/mypy/efficientnet_hub
	MYPYPATH=$(VENV)/mypy $(BIN)/mypy --package efficientnet_hub

format: environment
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python bazel/generate_build_files.py
	$(BIN)/python bazel/generate_packaged_weights.py

## Writes the documentation and the API reference to site/.
docs: environment
	$(BIN)/mkdocs build --quiet

## Tests modules of each TensorFlow in each other; see docs/compatibility.md.
compat: environment
	$(BIN)/nox

## Measures the performance; writes docs/performance.md.
bench: environment
	$(BIN)/nox -f benchmarks/noxfile.py

## Builds all targets with Bazel, and runs the tests of BAZEL_TESTS.
bazel: environment
	PYTHON=$(BIN)/python TESTS="$(BAZEL_TESTS)" bazel/run.sh

## Creates the virtual environment, or updates it.
environment:
	@./create_environment.sh "$(VENV)" "$(PYTHON)"

clean:
	rm -rf $(VENV) .nox .pytest_cache .ruff_cache .mypy_cache build dist site *.egg-info
