"""Runs the pytest file named on the command line as a Bazel test.

The exit status is that of pytest, which is not zero if it collects no tests.
"""

from __future__ import annotations

import os
import sys

import pytest


def main() -> int:
    """Runs pytest, and returns its exit status."""
    scratch = os.environ["TEST_TMPDIR"]
    # Bazel does not set HOME, and the user's is read-only in its sandbox.
    os.environ["HOME"] = scratch
    return pytest.main(
        [
            *sys.argv[1:],
            "--rootdir=.",
            f"--basetemp={scratch}/pytest",
            f"--junitxml={os.environ['XML_OUTPUT_FILE']}",
            "-pno:cacheprovider",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
