"""Small modules that differ in one thing, and a comparison of two."""

from __future__ import annotations

import pathlib

from efficientnet_hub.export.comparison import findings
from efficientnet_hub.tests.export.verification import spoiling


def write(folder: pathlib.Path, **changes) -> str:
    """Writes a module whose network has other fields, and returns its path."""
    return spoiling.write(folder, config=spoiling.small_config(**changes))


def differing(found) -> list[tuple[str, str]]:
    """Returns the topic and the subject of each finding that differs."""
    return [
        (each.topic, each.subject)
        for each in found
        if each.outcome is findings.Outcome.DIFFERS
    ]
