"""Finds the files of a TensorFlow checkpoint, without TensorFlow."""

from __future__ import annotations

import glob
import os
import re

from .... import errors
from ...storage import archive_reader
from . import checkpoint_state

# The files of a checkpoint, each of which may name it.
_FILE_ENDING = re.compile(r"\.(index|meta|data-\d+-of-\d+)$")


def is_archive(path: str) -> bool:
    """Returns whether a path is that of an archive with a checkpoint."""
    return os.path.isfile(path) and path.endswith(archive_reader.ENDINGS)


def list_files(path: str) -> list[str]:
    """Returns the files that hold the values of the checkpoint at a path.

    Args:
      path: see `tensorflow_checkpoint.open_checkpoint`.

    Raises:
      errors.InputError: if there is no checkpoint.
    """
    if is_archive(path):
        return [path]
    prefix = find_prefix(path)
    shards = sorted(glob.glob(glob.escape(prefix) + ".data-*-of-*"))
    return [prefix + ".index", *filter(os.path.isfile, shards)]


def find_prefix(path: str) -> str:
    """Returns the prefix of a checkpoint that is not in an archive.

    Args:
      path: its prefix, one of its files, or a directory with checkpoints.

    Raises:
      errors.InputError: if there is no checkpoint.
    """
    if os.path.isdir(path):
        return find_newest(path, path)
    prefix = _FILE_ENDING.sub("", path)
    if not os.path.exists(prefix + ".index"):
        found = "another kind of file" if os.path.exists(prefix) else "no checkpoint"
        raise errors.InputError(
            "weights must be a checkpoint's prefix, a directory or .tar.gz with one, "
            "a module, a file of PyTorch or Keras (.pth, .safetensors, .h5, .keras), "
            "an address, or a name such as 'random', 'imagenet' or 'noisy-student', "
            f"found {found} at '{prefix}': is it mistyped?"
        )
    return prefix


def find_newest(directory: str, path: str) -> str:
    """Returns the prefix that the file 'checkpoint' names, or the only one.

    Args:
      directory: the directory of the checkpoints.
      path: what messages call it.

    Raises:
      errors.InputError: if there is no checkpoint, or several and none is named.
    """
    prefixes = [
        file[: -len(".index")]
        for file in glob.glob(glob.escape(directory) + "/*.index")
    ]
    newest = checkpoint_state.read_newest(directory)
    if newest is not None:
        # The program may have run elsewhere: only the last part of the path counts.
        named = os.path.join(directory, os.path.basename(newest))
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
            f"that names one of them, found {len(prefixes)} checkpoints: is one of "
            "them meant, or another directory?"
        )
    return prefixes[0]
