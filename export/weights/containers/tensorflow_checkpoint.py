"""Reads the entries of a TensorFlow checkpoint."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .... import aligned_arrays, errors
from ...storage import archive_reader
from . import (
    checkpoint_files,
    checkpoint_index,
    sorted_table,
    string_tensor,
    tensor_entry,
)


class Checkpoint:
    """An open checkpoint.

    Attributes:
      place: what messages call the checkpoint, with the path that the user gave.
      shapes: shape of each entry by name.
      dtypes: name of the type of each entry, such as 'float32', by name.
    """

    place: str
    shapes: Mapping[str, Sequence[int]]
    dtypes: Mapping[str, str]

    def __init__(self, prefix: str, path: str):
        """Opens a checkpoint.

        Args:
          prefix: the path of its files without their endings.
          path: what the user calls it.

        Raises:
          errors.InputError: if a file is missing or damaged.
        """
        self.place = f"checkpoint '{path}'"
        self._prefix = prefix
        # TensorFlow's reader stops the process at a damaged index.
        self._entries = self._read_index(prefix)
        self.shapes = {name: entry.shape for name, entry in self._entries.items()}
        self.dtypes = {name: entry.dtype.name for name, entry in self._entries.items()}
        with self._refuse_damage():
            # Of a path, `tf.train.load_checkpoint` may read another checkpoint: that
            # of a directory of the same name.
            self._reader = tf.train.NewCheckpointReader(
                os.fsencode(os.path.abspath(prefix))
            )

    def read(self, name: str) -> np.ndarray:
        """Returns the value of an entry, aligned. TensorFlow checks its checksum.

        Args:
          name: the name of an entry whose type is one of numbers.

        Raises:
          errors.InputError: if a file is missing or damaged.
        """
        if not self._entries[name].has_fixed_size:
            raise ValueError(f"'{name}' must be of numbers: reading others can abort")
        with self._refuse_damage():
            # A number, not an array, for a scalar.
            value = np.asarray(self._reader.get_tensor(name))
        # TensorFlow 2 does not free what its reader returns: nothing holds on to it.
        copied = aligned_arrays.empty(value.shape, value.dtype)
        copied[...] = value
        return copied

    def count_bytes(self, name: str) -> int:
        """Returns the number of bytes of an entry whose type is one of numbers."""
        return self._entries[name].num_bytes

    def read_bytes(self, name: str, max_bytes: int) -> bytes:
        """Returns the value of an entry that is a single string, after its checksum.

        Args:
          name: the name of an entry.
          max_bytes: the size that it may have.

        Raises:
          errors.InputError: if a file is missing or damaged, or the entry is another
            kind of tensor, or larger.
        """
        with self._refuse_damage():
            return string_tensor.read(
                self._prefix, self._entries[name], repr(name), max_bytes
            )

    def _read_index(self, prefix: str) -> Mapping[str, tensor_entry.Entry]:
        with self._refuse_damage():
            return checkpoint_index.read(prefix)

    @contextlib.contextmanager
    def _refuse_damage(self) -> Iterator[None]:
        try:
            yield
        except sorted_table.DamagedError as error:
            raise errors.InputError(
                f"{self.place} must be a whole TensorFlow checkpoint, found {error}: "
                "is a file of it missing, truncated or damaged?"
            ) from error
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
    if checkpoint_files.is_archive(path):
        with open_archive(path, max_bytes) as opened:
            yield opened
    else:
        yield Checkpoint(checkpoint_files.find_prefix(path), path)


@contextlib.contextmanager
def open_archive(path: str, max_bytes: int) -> Iterator[Checkpoint]:
    """Opens the checkpoint in an archive, whatever the name of the archive.

    Args:
      path: a .tar.gz of a directory with checkpoints.
      max_bytes: the number of bytes that it may unpack to.

    Yields:
      The checkpoint. The archive is unpacked for as long as it is open.

    Raises:
      errors.InputError: if the archive or the checkpoint is damaged.
    """
    with archive_reader.unpack(path, max_bytes=max_bytes) as directory:
        folder = _find_folder_with_checkpoint(directory, path)
        yield Checkpoint(checkpoint_files.find_newest(folder, path), path)


def _find_folder_with_checkpoint(directory: str, path: str) -> str:
    folders = [
        folder
        for folder, _, files in os.walk(directory)
        if any(file.endswith(".index") for file in files)
    ]
    if len(folders) != 1:
        raise errors.InputError(
            f"archive '{path}' must hold one folder with a checkpoint, found "
            f"{len(folders)}: is it of something else?"
        )
    return folders[0]
