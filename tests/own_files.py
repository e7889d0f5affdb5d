"""The project's own files, as a fresh checkout has them."""

from __future__ import annotations

import pathlib
import shutil
import subprocess

_ROOT = pathlib.Path(__file__).resolve().parents[1]


def copy(folder: pathlib.Path) -> None:
    """Copies what git tracks, or would not ignore, to a folder.

    Args:
      folder: made where it is not there.
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
