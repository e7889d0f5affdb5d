"""Files of a module to pack, with content that is quick to compare."""

from __future__ import annotations

import pathlib
from typing import Iterable

CONTENTS = {
    "assets/labels.txt": b"tench\n",
    "saved_model.pb": b"graph" * 1000,
    "tfhub_module.pb": b"\x08\x03",
    "variables/variables.data-00000-of-00001": bytes(range(256)) * 100,
    "variables/variables.index": b"index",
}


def write(folder: pathlib.Path, names: Iterable[str] = tuple(CONTENTS)) -> str:
    """Writes files to a folder in the order of `names`, and returns its path."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(CONTENTS[name])
    return str(folder)
