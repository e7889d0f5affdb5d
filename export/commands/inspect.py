"""`efficientnet-hub inspect`: describes a module."""

from __future__ import annotations

import argparse

from ... import dependencies
from . import exit_statuses, flags, printing


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "inspect",
        help="describe a module",
        description="Describes a module from its files, and executes nothing.",
    )
    flags.add_module(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.protobuf()
    from .. import inspection

    printing.print_lines(inspection.inspect_module(arguments.module))
    return exit_statuses.DONE
