"""`efficientnet-hub export`: writes a module."""

from __future__ import annotations

import argparse

from .. import options
from . import flags, help_texts, quiet_import, reporting, weights_report


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "export",
        help="write a module",
        description="Writes an EfficientNet as a module, with its documentation page "
        "beside it.",
        epilog=help_texts.end(
            "export --model=b2 --weights=random --output=modules/b2",
            "docs/exporting.md",
        ),
    )
    flags.add_flags(parser, options.ExportOptions)
    flags.add_flags(parser, options.OutputOptions)
    weights_report.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import argument_checks

    argument_checks.check_export(
        flags.values(arguments, options.ExportOptions),
        options.OutputOptions(**flags.values(arguments, options.OutputOptions)),
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow()
    from .. import exporter

    exported = exporter.export_module(
        **flags.values(arguments, options.ExportOptions),
        **flags.values(arguments, options.OutputOptions),
    )
    if arguments.report:
        weights_report.print_report(exported.mapping)
    return reporting.print_exported(exported)
