"""Reads the entries of a TensorFlow checkpoint."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from typing import Iterator, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .... import errors
from ...storage import archive_reader
from . import checkpoint_files


class Checkpoint:
    """An open checkpoint.

    Attributes:
      place: what messages call the checkpoint, with the path that the user gave.
      shapes: shape of each entry by name.
    """

    place: str
    shapes: Mapping[str, Sequence[int]]

    def __init__(self, prefix: str, path: str):
        """Opens a checkpoint.

        Args:
          prefix: the path of its files without their endings.
          path: what the user calls it.

        Raises:
          errors.InputError: if a file is missing or damaged.
        """
        self.place = f"checkpoint '{path}'"
        with self._refuse_damage():
            self._reader = tf.train.load_checkpoint(prefix)
            self.shapes = self._reader.get_variable_to_shape_map()

    def read(self, name: str) -> np.ndarray:
        """Returns the value of an entry. TensorFlow checks its checksum.

        Raises:
          errors.InputError: if a file is missing or damaged.
        """
        with self._refuse_damage():
            return self._reader.get_tensor(name)

    @contextlib.contextmanager
    def _refuse_damage(self) -> Iterator[None]:
        try:
            yield
        except (tf.errors.OpError, IndexError, ValueError, RuntimeError) as error:
            raise errors.InputError(
                f"{self.place} must be a whole TensorFlow checkpoint, but reading "
                f"it ends in '{errors.first_line(error)}': is a file of it "
                "missing, truncated or damaged?"
            ) from error


@contextlib.contextmanager
def open_checkpoint(path: str, max_bytes: int) -> Iterator[Checkpoint]:
    """Opens the checkpoint at a path.

    Args:
      path: the prefix or a file of a checkpoint, a directory with checkpoints, of
        which the newest is opened, or a .tar.gz of such a directory.
      max_bytes: the number of bytes that an archive may unpack to.

    Yields:
      The checkpoint. An archive is unpacked for as long as it is open.

    Raises:
      errors.InputError: if the checkpoint is missing or damaged.
    """
    if not checkpoint_files.is_archive(path):
        yield Checkpoint(checkpoint_files.find_prefix(path), path)
        return
    directory = tempfile.mkdtemp(prefix="efficientnet-hub-")
    try:
        archive_reader.extract(path, directory, max_bytes)
        folder = _find_folder_with_checkpoint(directory, path)
        yield Checkpoint(checkpoint_files.find_newest(folder, path), path)
    finally:
        shutil.rmtree(directory)


def _find_folder_with_checkpoint(directory: str, path: str) -> str:
    folders = [
        folder
        for folder, _, files in os.walk(directory)
        if any(file.endswith(".index") for file in files)
    ]
    if len(folders) != 1:
        raise errors.InputError(
            f"archive '{path}' must hold one folder with a checkpoint, found "
            f"{len(folders)}"
        )
    return folders[0]
