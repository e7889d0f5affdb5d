"""Finds the files of a TensorFlow checkpoint, and reads its entries."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import tempfile
from typing import Iterator, Mapping, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from .... import errors
from ...storage import archive_reader

_ARCHIVE_ENDINGS = (".tar.gz", ".tgz")
# The files of a checkpoint, each of which may name it.
_FILE_ENDING = re.compile(r"\.(index|meta|data-\d+-of-\d+)$")


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
    if not is_archive(path):
        yield Checkpoint(find_prefix(path), path)
        return
    directory = tempfile.mkdtemp(prefix="efficientnet-hub-")
    try:
        archive_reader.extract(path, directory, max_bytes)
        folder = _find_folder_with_checkpoint(directory, path)
        yield Checkpoint(_find_newest(folder, path), path)
    finally:
        shutil.rmtree(directory)


def is_archive(path: str) -> bool:
    """Returns whether a path is that of an archive with a checkpoint."""
    return os.path.isfile(path) and path.endswith(_ARCHIVE_ENDINGS)


def list_files(path: str) -> list[str]:
    """Returns the files that hold the values of the checkpoint at a path.

    Args:
      path: see `open_checkpoint`.

    Raises:
      errors.InputError: if there is no checkpoint.
    """
    if is_archive(path):
        return [path]
    prefix = find_prefix(path)
    shards = glob.glob(glob.escape(prefix) + ".data-*-of-*")
    return [prefix + ".index"] + sorted(shards)


def find_prefix(path: str) -> str:
    """Returns the prefix of a checkpoint that is not in an archive.

    Args:
      path: its prefix, one of its files, or a directory with checkpoints.

    Raises:
      errors.InputError: if there is no checkpoint.
    """
    if os.path.isdir(path):
        return _find_newest(path, path)
    prefix = _FILE_ENDING.sub("", path)
    if not os.path.exists(prefix + ".index"):
        found = "another kind of file" if os.path.exists(prefix) else "no checkpoint"
        raise errors.InputError(
            "weights must be a checkpoint's prefix, a directory or .tar.gz with one, "
            f"a .pth file, 'random' or 'imagenet', found {found} at '{prefix}': is "
            "the path mistyped?"
        )
    return prefix


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


def _find_newest(directory: str, path: str) -> str:
    """Returns the prefix that the file 'checkpoint' names, or the only one.

    Args:
      directory: the directory of the checkpoints.
      path: what messages call it.
    """
    state = None
    with contextlib.suppress(tf.errors.OpError, ValueError):
        state = tf.train.get_checkpoint_state(directory)
    prefixes = [
        file[: -len(".index")]
        for file in glob.glob(glob.escape(directory) + "/*.index")
    ]
    if state is not None:
        # The program may have run elsewhere: only the last part of the path counts.
        named = os.path.join(directory, os.path.basename(state.model_checkpoint_path))
        if named in prefixes:
            return named
    if os.path.exists(os.path.join(directory, "tfhub_module.pb")):
        variables = os.path.join(directory, "variables", "variables")
        raise errors.InputError(
            f"weights must be a checkpoint, found the module '{directory}': is its "
            f"checkpoint '{variables}' meant?"
        )
    if len(prefixes) != 1:
        raise errors.InputError(
            f"directory '{path}' must hold one checkpoint, or a file 'checkpoint' "
            f"that names one of them, found {len(prefixes)}"
        )
    return prefixes[0]
