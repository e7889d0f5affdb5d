"""Copies the project's own files, like a new checkout."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

_ROOT = pathlib.Path(__file__).resolve().parents[1]


def copy(folder: pathlib.Path) -> None:
    """Copies the files that git tracks or does not ignore to a folder.

    Args:
      folder: the folder to copy to; created if it does not exist.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=str(_ROOT), check=True, stdout=subprocess.PIPE, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (_ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(str(_ROOT / name), str(target))
