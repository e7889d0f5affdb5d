"""`efficientnet-hub build`: builds a list of modules."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Sequence

from ... import dependencies, errors
from .. import options
from . import exit_statuses, flags

if TYPE_CHECKING:
    from ..collection import jobs


def add(commands: argparse._SubParsersAction) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "build",
        help="build a list of modules",
        description="Builds, verifies and publishes the modules of a list as "
        "<handle>/<version>.tar.gz, .html, .md and .manifest.json below DIR. A "
        "version that is up to date is not built again. Exit status 1 if a module "
        "failed.",
    )
    parser.add_argument(
        "modules", metavar="MODULES.yaml", help="the list of the modules to build"
    )
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="where to publish the modules"
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
        metavar="SOURCE",
        help="replaces the weights of all modules, e.g. 'random' to try a list",
    )
    flags.add_flags(parser, options.OutputOptions, only=["overwrite"])
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    if arguments.jobs < 1:
        raise errors.InputError(f"jobs must be at least 1, found {arguments.jobs}")
    dependencies.tensorflow()
    dependencies.tensorflow_hub()
    for package in ("jinja2", "junitparser", "markdown", "matplotlib", "tqdm"):
        dependencies.optional(package, "build", "building a list of modules")
    results = _build(arguments)
    failed = [result for result in results if result.message is not None]
    if not failed:
        return exit_statuses.DONE
    print(
        f"efficientnet-hub: {len(failed)} of {len(results)} modules failed",
        file=sys.stderr,
    )
    return exit_statuses.CHECK_FAILED


def _build(arguments: argparse.Namespace) -> Sequence[jobs.Result]:
    """Builds the list, and publishes its reports and the collection's index."""
    import tqdm

    from .. import destinations
    from ..collection import entries, index, jobs, lock, manifest, reports

    folder = destinations.normalize(arguments.output)
    to_build = entries.read(arguments.modules, arguments.weights)
    versions = manifest.versions()
    on_terminal = sys.stderr.isatty()
    bar = tqdm.tqdm(total=len(to_build), unit="module", disable=not on_terminal)

    def report(result: jobs.Result) -> None:
        bar.update()
        tqdm.tqdm.write(str(result))
        sys.stdout.flush()

    with lock.hold(folder) as descriptor, bar:
        builder = jobs.Builder(folder, versions, arguments.overwrite, descriptor)
        results = builder.build_all(to_build, arguments.jobs, report)
        reports.publish(folder, results, versions)
        for reason in index.publish(folder):
            print(f"efficientnet-hub: not in the index: {reason}", file=sys.stderr)
    return results
