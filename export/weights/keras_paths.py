"""Says which paths are those of files of Keras, without TensorFlow."""

from __future__ import annotations

from . import file_existence
from .containers import checkpoint_files

ARCHIVE_ENDING = ".keras"
_ENDINGS = (ARCHIVE_ENDING, ".h5", ".hdf5")


def is_file(path: str) -> bool:
    """Returns whether a path is that of one file of Keras, which need not exist."""
    return path.endswith(_ENDINGS)


def list_files(path: str) -> list[str]:
    """Returns the paths of the files that `keras_files.read` reads.

    Raises:
      errors.InputError: if there are no such files.
    """
    if not is_file(path):
        return checkpoint_files.list_files(path)
    file_existence.check(f"Keras file '{path}'", path, "Keras file")
    return [path]
