"""`efficientnet-hub build`: builds a list of modules."""

from __future__ import annotations

import argparse
import sys

from ... import dependencies, errors
from . import exit_statuses, options


def add(commands) -> None:
    """Adds the command's parser."""
    parser = commands.add_parser(
        "build",
        help="build a list of modules",
        description="Builds, verifies and publishes the modules of a list: "
        "<handle>/<version>.tar.gz, .html, .md and .manifest.json below OUTPUT, where "
        "what is up to date is left alone. Exit status 1 if any failed.",
    )
    parser.add_argument("modules", metavar="MODULES.yaml")
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="where to publish them"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="at a time; default: 1"
    )
    parser.add_argument(
        "--weights",
        metavar="SOURCE",
        help="in place of the list's own, e.g. 'random' to try a list",
    )
    options.add_overwrite(parser)
    parser.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Runs the command, and returns the exit status."""
    dependencies.tensorflow()
    dependencies.tensorflow_hub()
    from ..collection import entries, index, jobs, lock, manifest, reports

    tqdm = dependencies.optional("tqdm", "build", "building a list of modules")
    for package in ("jinja2", "junitparser", "markdown", "matplotlib"):
        dependencies.optional(package, "build", "building a list of modules")
    if arguments.jobs < 1:
        raise errors.InputError("jobs must be at least 1, found %d" % arguments.jobs)
    folder = arguments.output
    to_build = entries.read(arguments.modules, arguments.weights)
    versions = manifest.versions()
    on_terminal = sys.stderr.isatty()
    bar = tqdm.tqdm(total=len(to_build), unit="module", disable=not on_terminal)
    with lock.held(folder) as lock, bar:

        def tell(result):
            bar.update()
            tqdm.tqdm.write(str(result))
            sys.stdout.flush()

        results = jobs.build_all(
            to_build,
            folder,
            arguments.jobs,
            arguments.overwrite,
            versions,
            tell,
            lock,
        )
        reports.publish(folder, results, versions)
        for reason in index.publish(folder):
            print(f"efficientnet-hub: not in the index: {reason}", file=sys.stderr)
    failed = [result for result in results if result.outcome == jobs.FAILED]
    if not failed:
        return exit_statuses.DONE
    print(
        "efficientnet-hub: %d of %d modules failed" % (len(failed), len(results)),
        file=sys.stderr,
    )
    return exit_statuses.CHECK_FAILED
