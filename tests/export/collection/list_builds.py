"""The command line that builds a list of modules, as the tests run it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

# A module that is built in seconds.
SMALL = """\
modules:
  - handle: me/lite0
    model: efficientnet-lite0
    weights: random
    image_size: 32
    num_classes: 5
"""


def command(
    text: str, folder: pathlib.Path, output: pathlib.Path, *options: str
) -> list[str]:
    """Writes a list into a folder; returns the command that builds it."""
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
    """Builds a list, with variables of the environment."""
    return subprocess.run(
        command(text, folder, output, *options),
        env=dict(os.environ, **variables),
        capture_output=True,
        text=True,
    )
