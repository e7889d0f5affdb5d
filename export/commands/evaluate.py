"""`efficientnet-hub evaluate`: measures how well a module classifies photographs."""

from __future__ import annotations

import argparse

from ...evaluation import options as options_lib
from . import exit_statuses, flags, help_texts, json_output, printing, quiet_import


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a module's accuracy on your photographs",
        description="Classifies the images of a folder, and prints the accuracy, the "
        "precision and recall of each class, and the most frequent confusions. "
        f"{flags.EXECUTES}",
        epilog=help_texts.end(
            "evaluate modules/b2 --images=samples",
            "docs/evaluation.md",
            "the accuracy is below the minimum",
        ),
    )
    flags.add_module(parser)
    flags.add_flags(
        parser,
        options_lib.Options,
        only=[name for name in options_lib.NAMES if name != "module"],
    )
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import image_argument_checks

    image_argument_checks.check_evaluation(flags.values(arguments, options_lib.Options))


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    quiet_import.tensorflow_for_inference()
    from ...evaluation import report_text
    from ..evaluation import module_evaluation

    with json_output.keep_for_document(arguments.json):
        options = flags.values(arguments, options_lib.Options)
        report = module_evaluation.evaluate_module(**options)
    if arguments.json:
        json_output.print_document("evaluate", report.to_json())
    else:
        for line in report_text.format_lines(report):
            printing.print_line(line)
    minimum, found = arguments.minimum_top_1, report.metrics.top_1.value
    if minimum is not None and found < minimum:
        shown = f"{found:.4f}"
        if float(shown) >= minimum:  # It is rounded.
            shown = str(found)
        printing.print_problem(
            f"the top-1 accuracy must be at least {minimum}, found {shown}"
        )
        return exit_statuses.CHECK_FAILED
    return exit_statuses.DONE
