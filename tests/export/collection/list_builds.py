"""Runs the command that builds a list of modules, for tests."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from efficientnet_hub.tests import small_networks

# A module that is built in seconds.
SMALL = """\
modules:
  - handle: me/small
    model: efficientnet-small-lite
    weights: random
    image_size: 32
    num_classes: 5
"""


def command(
    text: str, folder: pathlib.Path, output: pathlib.Path, *options: str
) -> list[str]:
    """Writes a list to a folder, and returns the command that builds it."""
    folder.mkdir(exist_ok=True)
    path = folder / "modules.yaml"
    path.write_text(text)
    program = [sys.executable, "-m", "efficientnet_hub", "build"]
    return [*program, str(path), f"--output={output}", *options]


def build(
    text: str,
    folder: pathlib.Path,
    output: pathlib.Path,
    *options: str,
    **variables: str,
) -> subprocess.CompletedProcess:
    """Builds a list, with further variables in the environment."""
    return subprocess.run(
        command(text, folder, output, *options),
        env=small_networks.environment(**variables),
        capture_output=True,
        text=True,
    )
