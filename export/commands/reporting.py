"""Prints what a command wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import exit_statuses, printing

if TYPE_CHECKING:
    from .. import exporter


def print_exported(exported: exporter.ExportedModule) -> int:
    """Prints the notes and the paths of an exported module.

    Returns:
      The exit status.
    """
    for note in exported.notes:
        printing.print_line(note)
    modules = [exported]
    if exported.saved_model is not None:
        modules.append(exported.saved_model)
    for module in modules:
        for path in (module.directory, module.card, module.archive):
            if path is not None:
                printing.print_line(f"wrote {path}")
    return exit_statuses.DONE
