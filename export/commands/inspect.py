"""`efficientnet-hub inspect`: describes a module."""

from __future__ import annotations

import argparse
import dataclasses

from ... import dependencies
from . import exit_statuses, flags, help_texts, json_output, printing


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "inspect",
        help="describe a module",
        description="Describes a module from its files, and executes nothing.",
        epilog=help_texts.end(
            "inspect modules/b2.tar.gz",
            "docs/exporting.md",
        ),
    )
    flags.add_module(parser)
    json_output.add_flag(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.protobuf()
    from .. import inspection

    described = inspection.inspect_module(arguments.module)
    if arguments.json:
        json_output.print_document("inspect", dataclasses.asdict(described))
    else:
        printing.print_lines(str(described))
    return exit_statuses.DONE
