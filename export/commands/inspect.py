"""`efficientnet-hub inspect`: tells what a module is."""

from __future__ import annotations

import argparse

from ... import dependencies


def add(commands) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "inspect",
        help="tell what a module is",
        description="Tells what a module is by its files, and executes nothing.",
    )
    parser.add_argument("module", metavar="DIR_OR_ARCHIVE")
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.protobuf()
    from .. import inspection

    print(inspection.inspect_module(arguments.module))
    return 0
