"""`efficientnet-hub verify`: checks a module's promises."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Sequence

from ... import errors, paths
from . import exit_statuses, flags, help_texts, json_output, printing, quiet_import

if TYPE_CHECKING:
    from ..verification import promise


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "verify",
        help="check a module's promises",
        description="Loads a module as its users do and checks every promise for its "
        "kind of module. " + flags.EXECUTES,
        epilog=help_texts.end(
            "verify --strict modules/b2",
            "docs/exporting.md",
            failed="a promise is broken",
        ),
    )
    flags.add_module(parser)
    parser.add_argument(
        "--strict",
        action="store_true",
        help="also fail if an optional part is missing, such as class names or the "
        'graph tagged "serve", or if there is an op that touches files, the network or '
        "Python",
    )
    parser.add_argument(
        "--manifest",
        type=paths.expand,
        metavar="FILE",
        help="first compare the module, and its pages if they are beside the "
        "manifest, byte by byte with what build wrote; execute nothing if they "
        "differ",
    )
    parser.add_argument(
        "--hashes_only",
        action="store_true",
        help="only compare the module with the manifest, and execute nothing",
    )
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=check)


def check(arguments: argparse.Namespace) -> None:
    """Checks the arguments, which may be `UNKNOWN`, before TensorFlow is imported."""
    from . import argument_checks

    if not arguments.hashes_only:
        argument_checks.check_verification(arguments.module)
    elif arguments.manifest is None:
        raise errors.InputError(
            "hashes_only must be given with a manifest, found none: is --manifest "
            "missing?"
        )


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    check(arguments)
    differences = _find_differences(arguments)
    findings: Sequence[promise.Finding] = ()
    failures = list(differences)
    conclusion = f"{arguments.module} has the hashes of {arguments.manifest}"
    if not (differences or arguments.hashes_only):
        report = _verify(arguments)
        findings = report.findings
        failures += map(str, report.failures)
        conclusion = (
            f"{arguments.module} keeps its promises{_describe_unchecked(report)}"
        )
    if arguments.json:
        _print_json(arguments.module, differences, findings, passed=not failures)
    else:
        for line in (*map(str, findings), *([] if failures else [conclusion])):
            printing.print_line(line)
    for failure in failures:
        printing.print_problem(failure)
    return exit_statuses.CHECK_FAILED if failures else exit_statuses.DONE


def _find_differences(arguments: argparse.Namespace) -> list[str]:
    """Returns how the module differs from its manifest, if one is given."""
    if arguments.manifest is None:
        return []
    from ..collection import comparison

    return comparison.find_differences(arguments.manifest, arguments.module)


def _verify(arguments: argparse.Namespace) -> promise.Report:
    quiet_import.tensorflow()
    from ..verification import verifier

    return verifier.verify_module(arguments.module, arguments.strict)


def _print_json(
    module: str,
    differences: Sequence[str],
    findings: Sequence[promise.Finding],
    passed: bool,
) -> None:
    promises = [
        {
            "promise": finding.statement,
            "outcome": finding.outcome.value,
            "detail": finding.detail,
        }
        for finding in findings
    ]
    fields = {"module": module, "passed": passed, "differences": differences}
    json_output.print_document("verify", {**fields, "promises": promises})


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
