"""`efficientnet-hub compare`: says whether a module may replace another."""

from __future__ import annotations

import argparse

from ... import paths
from ..comparison import options as options_lib
from . import exit_statuses, flags, help_texts, json_output, printing, quiet_import


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "compare",
        help="say whether a module may replace another",
        description="Compares the signatures, variables, class names and outputs of "
        "two modules, and a step of training with each. " + flags.EXECUTES,
        epilog=help_texts.end(
            "compare old/b2 modules/b2 --images=photographs",
            "docs/compare.md",
            "the modules differ",
        ),
    )
    for name, what in (("a", "replaced"), ("b", "the replacement")):
        parser.add_argument(
            name,
            type=paths.expand,
            metavar=name.upper(),
            help=f"the module that is {what}: its directory or its .tar.gz",
        )
    flags.add_flags(parser, options_lib.Options)
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import image_argument_checks

    image_argument_checks.check_comparison(
        arguments.a, arguments.b, flags.values(arguments, options_lib.Options)
    )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow()
    from ..comparison import comparer, report_text

    chosen = flags.values(arguments, options_lib.Options)
    with json_output.keep_for_document(arguments.json):
        report = comparer.compare_modules(arguments.a, arguments.b, **chosen)
    if arguments.json:
        json_output.print_document("compare", report.to_json())
    else:
        for line in report_text.format_lines(report):
            printing.print_line(line)
    return exit_statuses.DONE if report.is_same else exit_statuses.CHECK_FAILED
