"""Runs the checks of one consumer on the modules of several builders, one by one.

    python use_modules.py --environment=2.15.1 --modules=DIR --reports=DIR \
        --checkpoints=DIR --builders 1.15.5 2.15.1 -- [arguments of pytest]

All builders share one process, because importing TensorFlow takes longer than most
checks. Each builder has a report of its own, `<reports>/<environment>/<builder>.xml`.
"""

import argparse
import os
import sys

import pytest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", required=True, help="its name in the table")
    parser.add_argument("--modules", required=True, help="the folder of all builders")
    parser.add_argument("--reports", required=True, help="the folder of all reports")
    parser.add_argument("--checkpoints", required=True, help="the folder to write to")
    parser.add_argument("--builders", required=True, nargs="+")
    argv, pytest_arguments = _split(sys.argv[1:])
    arguments = parser.parse_args(argv)
    failed = [
        builder
        for builder in arguments.builders
        if check(builder, arguments, pytest_arguments) != 0
    ]
    if failed:
        sys.exit(f"failed with the modules of {', '.join(failed)}")


def _split(argv):
    """Returns the arguments before and after '--'."""
    end = argv.index("--")
    return argv[:end], argv[end + 1 :]


def check(builder, arguments, pytest_arguments):
    """Checks the modules of one builder; returns the exit status of pytest."""
    report = os.path.join(arguments.reports, arguments.environment, f"{builder}.xml")
    if os.path.exists(report):
        os.remove(report)
    checkpoints = os.path.join(arguments.checkpoints, builder)
    if not os.path.isdir(checkpoints):
        os.makedirs(checkpoints)
    versions = dict(
        argument.lstrip("-").split("=", 1)
        for argument in pytest_arguments
        if argument.startswith(("--python=", "--tensorflow=", "--tensorflow_hub="))
    )
    suite = "Python {python}, TensorFlow {tensorflow}, tensorflow_hub {tensorflow_hub}"
    return pytest.main(
        [
            "--quiet",
            "--disable-warnings",
            f"--modules={os.path.join(arguments.modules, builder)}",
            f"--checkpoints={checkpoints}",
            f"--junitxml={report}",
            f"--override-ini=junit_suite_name={suite.format(**versions)}",
            *pytest_arguments,
        ]
    )


if __name__ == "__main__":
    main()
