"""`efficientnet-hub repackage`: writes a module with the weights of another."""

from __future__ import annotations

import argparse

from ... import paths
from .. import options
from . import flags, help_texts, quiet_import, reporting


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "repackage",
        help="rewrite a module that a program exported",
        description="Writes a module with the weights of a module that a TF1 program "
        "exported with hub.Module.export or hub.LatestModuleExporter. The new module "
        "has a documentation page, loads in TensorFlow 1.13 and newer, and has a graph "
        "for servers.",
        epilog=help_texts.end(
            "repackage exported/1700000000 --output=modules/mine",
            "docs/exporting.md",
        ),
    )
    flags.add_module(parser)
    flags.add_flags(
        parser, options.OutputOptions, only=("output", "archive", "overwrite")
    )
    parser.add_argument(
        "--labels",
        type=paths.expand,
        metavar="FILE",
        help="class names, one per line; default: those in the module",
    )
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import argument_checks

    argument_checks.check_repackaging(
        arguments.module,
        arguments.labels,
        arguments.output,
        arguments.archive,
        arguments.overwrite,
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow()
    from .. import repackaging

    return reporting.print_exported(
        repackaging.repackage_module(
            arguments.module,
            arguments.output,
            labels=arguments.labels,
            archive=arguments.archive,
            overwrite=arguments.overwrite,
        )
    )
