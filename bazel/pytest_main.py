"""Runs the pytest file named on the command line as a Bazel test.

pytest's status is the verdict; it is not zero when no test was collected.
"""

from __future__ import annotations

import os
import sys

import pytest


def main() -> int:
    """Returns pytest's exit status."""
    scratch = os.environ["TEST_TMPDIR"]
    # Bazel sets none, and in its sandbox the user's own is read-only.
    os.environ["HOME"] = scratch
    return pytest.main(
        [
            *sys.argv[1:],
            "--rootdir=.",
            f"--basetemp={scratch}/pytest",
            "--junitxml=" + os.environ["XML_OUTPUT_FILE"],
            "-pno:cacheprovider",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
