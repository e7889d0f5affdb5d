#!/bin/sh
# Builds every target, and runs tests, with Bazel.
#
#   PYTHON=.venv/bin/python [TESTS=//tests/builder/...] bazel/run.sh [bazel flags]
#
# PYTHON is the interpreter of the virtual environment with the tests' third-party
# libraries: an absolute path, or one relative to the root of the project. TESTS is the
# pattern of the tests to run; by default, all run.
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
  echo "PYTHON must be a Python interpreter, found none at $PYTHON: create the venv" >&2
  exit 1
fi

# Bazel does not see the packages in the venv. If they change, it must not use cached
# test results.
packages=$("$PYTHON" -c '
from importlib import metadata
print(sorted((d.metadata["Name"], d.version) for d in metadata.distributions()))
' | cksum)

bazel build --test_env=VENV_PACKAGES="$packages" "$@" //...
bazel test --test_env=VENV_PACKAGES="$packages" "$@" "${TESTS:-//...}"
