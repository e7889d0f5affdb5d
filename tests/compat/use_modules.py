"""Runs the checks of one consumer on the modules of several builders, one by one.

    python use_modules.py --environment=2.15.1 --modules=DIR --reports=DIR \
        --checkpoints=DIR --packages=FREEZE --cells=cells.json \
        --builders 1.15.5 2.15.1 -- [arguments of pytest]

All builders share one process, because importing TensorFlow takes longer than most
checks. Each builder has a report of its own, `<reports>/<environment>/<builder>.xml`,
and the key of its cell in `<builder>.key` beside it. A cell whose result and key are in
the file of cells does not run, and has no report.
"""

import argparse
import json
import os
import sys

import cell_key
import pytest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", required=True, help="its name in the table")
    parser.add_argument("--modules", required=True, help="the folder of all builders")
    parser.add_argument("--reports", required=True, help="the folder of all reports")
    parser.add_argument("--checkpoints", required=True, help="the folder to write to")
    parser.add_argument("--packages", required=True, help="the file of `pip freeze`")
    parser.add_argument("--cells", help="the known results; without it, all cells run")
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
    modules = os.path.join(arguments.modules, builder)
    folder = os.path.join(arguments.reports, arguments.environment)
    if not os.path.isdir(folder):
        os.makedirs(folder)
    report = os.path.join(folder, f"{builder}.xml")
    if os.path.exists(report):
        os.remove(report)
    with open(arguments.packages) as file:
        key = cell_key.compute_key(modules, file.read().splitlines())
    with open(os.path.join(folder, f"{builder}.key"), "w") as file:
        file.write(key)
    if _is_known(arguments.cells, f"{arguments.environment}/{builder}", key):
        print(f"{builder}: the result for the same modules and packages is known")
        return 0
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
            f"--modules={modules}",
            f"--checkpoints={checkpoints}",
            f"--junitxml={report}",
            f"--override-ini=junit_suite_name={suite.format(**versions)}",
            *pytest_arguments,
        ]
    )


def _is_known(path, cell, key):
    if path is None or not os.path.exists(path):
        return False
    with open(path) as file:
        return json.load(file).get(cell, {}).get("key") == key


if __name__ == "__main__":
    main()
