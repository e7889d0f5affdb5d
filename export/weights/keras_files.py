"""Reads the files of Keras as named arrays, and the configuration of the model."""

from __future__ import annotations

import dataclasses
from typing import Any

from ... import bounded_files, errors, json_files
from . import keras_paths
from .containers import (
    contents,
    hdf5_file,
    keras_archive,
    object_checkpoint,
)

_HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


@dataclasses.dataclass(frozen=True)
class KerasContents:
    """The content of a file.

    Attributes:
      contents: its arrays, see `keras_layers.group`.
      config: the parsed configuration of the model, or None if the file has none.
    """

    contents: contents.Contents
    config: Any


def read(path: str, max_bytes: int) -> KerasContents:
    """Reads a file.

    Args:
      path: `.h5`, `.hdf5`, `.keras`, or else a checkpoint in the format of TensorFlow
        2, see `tensorflow_checkpoint.open_checkpoint`.
      max_bytes: the size that the file may have, and that its arrays may have together.

    Raises:
      errors.InputError: if it is missing, damaged, larger, or not of Keras.
      errors.DependencyError: if h5py is needed and missing.
    """
    if path.endswith(keras_paths.ARCHIVE_ENDING) and not _is_hdf5(path):
        archive = keras_archive.read(path, max_bytes)
        return KerasContents(archive, archive.metadata["config"])
    if keras_paths.is_file(path):
        file = hdf5_file.read(path, max_bytes)
        return KerasContents(file, _parse_config(file, path))
    return KerasContents(object_checkpoint.read(path, max_bytes), None)


def _is_hdf5(path: str) -> bool:
    """Returns whether a file is HDF5, as `.keras` files of Keras 2.12 are."""
    start = bounded_files.read(path, "a file of Keras", len(_HDF5_SIGNATURE))
    return start.startswith(_HDF5_SIGNATURE)


def _parse_config(file: contents.Contents, path: str) -> Any:
    """Returns the configuration in a whole model, or None for weights alone."""
    text = file.metadata["attributes"].get("", {}).get("model_config")
    if text is None:
        return None
    try:
        return json_files.parse(text.encode())
    except ValueError as error:
        raise json_files.describe_damage(
            path, "a file with a 'model_config' in JSON", errors.first_line(error)
        ) from error
