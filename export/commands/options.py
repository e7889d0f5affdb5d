"""What several commands have in common: flags, a warning, what they print."""

from __future__ import annotations

import argparse
from typing import Any

from . import exit_statuses

EXECUTES = (
    "This executes the ops of the module, which is a program: only run modules that "
    "you trust on this machine."
)


def add_archive(parser: argparse.ArgumentParser) -> None:
    """Adds --archive."""
    parser.add_argument("--archive", metavar="FILE", help="a .tar.gz to write too")


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Adds --overwrite."""
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what is there"
    )


def print_exported(exported: Any) -> int:
    """Says what was written, an ExportedModule, and returns the exit status."""
    for note in exported.notes:
        print(note)
    for each in filter(None, (exported, exported.saved_model)):
        for path in filter(None, (each.directory, each.card, each.archive)):
            print(f"wrote {path}")
    return exit_statuses.DONE
