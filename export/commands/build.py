"""`efficientnet-hub build`: builds a list of modules."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Sequence

from ... import dependencies, errors, paths
from .. import options
from . import exit_statuses, flags, help_texts, json_output, printing, quiet_import
from .unknown_values import are_known

if TYPE_CHECKING:
    from ..collection import entries
    from ..collection import results as results_lib


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "build",
        help="build a list of modules",
        description="Builds, verifies and publishes the modules of a list as "
        "<handle>/<version>.tar.gz, .html, .md and .manifest.json below DIR. A "
        "version that is up to date is not built again.",
        epilog=help_texts.end(
            "build modules/efficientnet.yaml --output=published --jobs=2",
            "docs/ci.md",
            failed="a module failed",
        ),
    )
    parser.add_argument(
        "modules",
        type=paths.expand,
        metavar="MODULES.yaml",
        help="the list of the modules to build",
    )
    parser.add_argument(
        "--output",
        required=True,
        type=paths.expand,
        metavar="DIR",
        help="where to publish the modules",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="number of modules to build at a time; default: 1",
    )
    parser.add_argument(
        "--weights",
        type=paths.expand,
        metavar="SOURCE",
        help="replaces the weights of all modules, e.g. 'random' to try a list",
    )
    flags.add_flags(parser, options.OutputOptions, only=["overwrite"])
    json_output.add_flag(parser)
    parser.set_defaults(command=run, check=_check)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    folder, to_build = _check(arguments)
    # The processes that build import TensorFlow. This one needs only its version.
    if dependencies.find_tensorflow_version() is None:
        quiet_import.tensorflow()
    dependencies.check_tensorflow_hub_is_installed()
    for package in ("jinja2", "junitparser", "markdown", "matplotlib", "tqdm"):
        dependencies.optional(package, "build", "building a list of modules")
    results = _build(arguments, folder, to_build)
    if arguments.json:
        modules = [result.list_fields() for result in results]
        json_output.print_document("build", {"output": folder, "modules": modules})
    failed = [result for result in results if result.message is not None]
    if not failed:
        return exit_statuses.DONE
    printing.print_problem(f"{len(failed)} of {len(results)} modules failed")
    return exit_statuses.CHECK_FAILED


def _check(arguments: argparse.Namespace) -> tuple[str, list[entries.Entry]]:
    """Returns the folder of the collection, and what the list says.

    Raises:
      errors.InputError: if an argument or the list is wrong.
    """
    from .. import destinations
    from ..collection import entries, layout
    from ..storage import publication

    mistakes = errors.Mistakes()
    folder, listed = "", []
    if are_known(arguments.jobs) and arguments.jobs < 1:
        mistakes.add(f"jobs must be at least 1, found {arguments.jobs}")
    if are_known(arguments.output):
        with mistakes.collect():
            folder = destinations.normalize(arguments.output)
            publication.check_can_create(os.path.join(folder, layout.INDEX))
    if are_known(arguments.modules, arguments.weights):
        with mistakes.collect():
            listed = entries.read(arguments.modules, arguments.weights)
    for entry in listed:
        if entry.images_to_evaluate is not None and folder:
            with mistakes.collect(f"{entry.place}: "):
                _check_outside_of_images(folder, entry.images_to_evaluate)
    mistakes.raise_any()
    dependencies.check_tensorflow_is_installed()
    return folder, listed


def _check_outside_of_images(folder: str, images: str) -> None:
    from ..storage import publication

    if publication.is_within(folder, images):
        raise errors.InputError(
            f"output '{folder}' must be outside of the images to evaluate with, "
            f"'{images}', found it in there: its folders would be classes"
        )


def _build(
    arguments: argparse.Namespace, folder: str, to_build: Sequence[entries.Entry]
) -> Sequence[results_lib.Result]:
    """Builds the list, and publishes its reports and the collection's index."""
    import tqdm

    from ..collection import index, jobs, lock, manifest, ownership, reports

    ownership.check_collection(folder)
    versions = manifest.versions()
    on_terminal = sys.stderr.isatty()
    bar = tqdm.tqdm(total=len(to_build), unit="module", disable=not on_terminal)

    def report(result: results_lib.Result) -> None:
        bar.update()
        with tqdm.tqdm.external_write_mode(sys.stdout):
            if arguments.json:  # Then the document alone is on standard output.
                printing.print_note(str(result))
            else:
                printing.print_line(str(result), flush=True)

    with lock.hold(folder) as descriptor, bar:
        builder = jobs.Builder(folder, versions, arguments.overwrite, descriptor)
        results = builder.build_all(to_build, arguments.jobs, report)
        reports.publish(folder, results, versions)
        for reason in index.publish(folder):
            printing.print_problem(f"not in the index: {reason}")
    return results
