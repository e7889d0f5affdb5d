"""`efficientnet-hub convert`: writes weights as a file of another library."""

from __future__ import annotations

import argparse

from ... import paths
from ..conversion import conversion_options
from . import exit_statuses, flags, help_texts, printing, quiet_import, weights_report


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "convert",
        help="write weights in another format",
        description="Writes the weights of a module, or others, as a TensorFlow "
        "checkpoint or as a file for PyTorch or Keras. The values do not change.",
        epilog=help_texts.end(
            "convert modules/b2 b2.safetensors --to=safetensors --library=timm",
            "docs/weights.md",
        ),
    )
    parser.add_argument(
        "weights",
        type=paths.expand,
        metavar="SOURCE",
        help="a module, or a value of export --weights with --model",
    )
    parser.add_argument(
        "output",
        type=paths.expand,
        metavar="OUTPUT",
        help="the file to write, or the folder for a checkpoint; it must not exist",
    )
    flags.add_flags(parser, conversion_options.ConversionOptions)
    weights_report.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import argument_checks

    argument_checks.check_conversion(
        arguments.weights, arguments.output, _options(arguments)
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow()
    from ..conversion import converter

    converted = converter.convert(
        arguments.weights, arguments.output, _options(arguments)
    )
    if arguments.report:
        weights_report.print_report(converted.mapping)
    for line in (*converted.notes, f"wrote {converted.output}"):
        printing.print_line(line)
    return exit_statuses.DONE


def _options(arguments: argparse.Namespace) -> conversion_options.ConversionOptions:
    return conversion_options.ConversionOptions(
        **flags.values(arguments, conversion_options.ConversionOptions)
    )
