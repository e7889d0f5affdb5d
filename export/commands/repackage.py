"""`efficientnet-hub repackage`: writes anew a module that a program exported."""

from __future__ import annotations

import argparse

from ... import dependencies
from . import options


def add(commands) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "repackage",
        help="write a module that a program exported, as export does",
        description="Writes a module with the weights of one that a TF1 program "
        "exported with hub.Module.export or hub.LatestModuleExporter: with its "
        "documentation page, for TensorFlow 1.13 and newer, for servers too.",
    )
    parser.add_argument("module", metavar="DIR_OR_ARCHIVE")
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="the module to write"
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        help="class names, one a line; default: those that the module carries",
    )
    options.add_archive(parser)
    options.add_overwrite(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.tensorflow()
    from .. import repackaging

    return options.print_exported(
        repackaging.repackage_module(
            arguments.module,
            arguments.output,
            labels=arguments.labels,
            archive=arguments.archive,
            overwrite=arguments.overwrite,
        )
    )
