"""`efficientnet-hub verify`: checks a module's promises."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ... import paths
from . import exit_statuses, flags, printing, quiet_import

if TYPE_CHECKING:
    from ..verification import promise


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "verify",
        help="check a module's promises",
        description="Loads a module as its users do and checks every promise for its "
        "kind of module. Exit status 1 if a promise is broken. " + flags.EXECUTES,
    )
    flags.add_module(parser)
    parser.add_argument(
        "--strict",
        action="store_true",
        help="also fail if an optional part is missing, such as class names or the "
        'graph tagged "serve"',
    )
    parser.add_argument(
        "--manifest",
        type=paths.expand,
        metavar="FILE",
        help="first compare the module, and its pages if they are beside the "
        "manifest, byte by byte with what build wrote; execute nothing if they "
        "differ",
    )
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import argument_checks

    argument_checks.check_verification(arguments.module)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    if arguments.manifest is not None and _report_differences(arguments):
        return exit_statuses.CHECK_FAILED
    quiet_import.tensorflow()
    from ..verification import verifier

    report = verifier.verify_module(arguments.module, arguments.strict)
    for finding in report.findings:
        printing.print_line(str(finding))
    if report.passed:
        printing.print_line(
            f"{arguments.module} keeps its promises{_describe_unchecked(report)}"
        )
        return exit_statuses.DONE
    for finding in report.failures:
        printing.print_problem(str(finding))
    return exit_statuses.CHECK_FAILED


def _describe_unchecked(report: promise.Report) -> str:
    """Says how many promises are not checked, and what their checks need."""
    unchecked = report.unchecked
    if not unchecked:
        return ""
    reasons = ", ".join(sorted({finding.detail for finding in unchecked}))
    return (
        f", as far as this environment can check them: not checked {len(unchecked)} of "
        f"{len(report.findings)} ({reasons})"
    )


def _report_differences(arguments: argparse.Namespace) -> bool:
    """Prints how a module differs from its manifest, and returns whether it does."""
    from ..collection import comparison

    differences = comparison.find_differences(arguments.manifest, arguments.module)
    for difference in differences:
        printing.print_problem(difference)
    return bool(differences)
