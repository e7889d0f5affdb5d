"""The benchmarks are programs beside the package: their folder is put on the path."""

from __future__ import annotations

import pathlib
import sys

# Resolved: under Bazel this file is a link, and the benchmarks are no Bazel target.
_PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"

# Last, so that nothing that is installed is hidden.
sys.path.append(str(_PROGRAMS))
