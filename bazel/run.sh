#!/bin/sh
# Builds every target and runs every test with Bazel.
#
#   PYTHON=.venv/bin/python bazel/run.sh [bazel flags]
#
# PYTHON is the interpreter of the virtual environment with the tests' third-party
# libraries, absolute or from the root of the project.
set -eu
cd "$(dirname "$0")/.."

if ! command -v bazel >/dev/null; then
  echo "bazel is not installed: apt-get install bazel-bootstrap" >&2
  exit 1
fi

PYTHON=${PYTHON:-.venv/bin/python}
case $PYTHON in
  /*) ;;
  *) PYTHON=$PWD/$PYTHON ;;
esac
export PYTHON  # bazel/venv.bzl reads it.
if ! [ -x "$PYTHON" ]; then
  echo "no Python interpreter at $PYTHON: make the venv, or set PYTHON" >&2
  exit 1
fi

# Bazel does not look into the venv: with other packages in it, cached test
# results no longer hold.
packages=$("$PYTHON" -c '
from importlib import metadata
print(sorted((d.metadata["Name"], d.version) for d in metadata.distributions()))
' | cksum)

bazel build --test_env=VENV_PACKAGES="$packages" "$@" //...
bazel test --test_env=VENV_PACKAGES="$packages" "$@" //...
