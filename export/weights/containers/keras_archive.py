"""Reads a `.keras` file: the weights of a model and its configuration, as data.

Keras 3 and 2.15 write a zip archive of `metadata.json`, `config.json`, which describes
the layers, and `model.weights.h5`. No layer is made of the configuration.
"""

from __future__ import annotations

import dataclasses
import os
from typing import Any, BinaryIO

from .... import errors, json_files, paths
from ...storage import temporary_folders
from . import contents as contents_lib
from . import hdf5_file, refusal, whole_file, zip_members
from .refusal import RefusedError

_EXPECTED = "a model that Keras saved"
_WRITER = "Keras"
_CONFIG = "config.json"
_METADATA = "metadata.json"
_WEIGHTS = "model.weights.h5"


def read(path: str, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of a `.keras` file.

    Args:
      path: the file.
      max_bytes: the size that the file may have, and that its arrays may have together.

    Returns:
      The arrays and the metadata as `hdf5_file.read` returns them for the weights. The
      metadata also have the values of the two JSON files: 'config', such as
      {'class_name': 'Functional', 'config': {'layers': [...]}}, and 'metadata', such as
      {'keras_version': '2.15.0'}.

    Raises:
      errors.InputError: if the file cannot be read, is larger, or is damaged, the JSON
        has more than 16 MiB or 100 levels, or `hdf5_file.read` refuses the weights.
      errors.DependencyError: if h5py is missing.
    """
    place = f"Keras file '{path}'"
    paths.check_is_file(place, path)
    hdf5_file.check_library()
    with refusal.naming(place, _EXPECTED), whole_file.open_file(
        path, _EXPECTED, max_bytes
    ) as file:
        archive = _open_archive(file)
        config, metadata = (_parse(archive, name) for name in (_CONFIG, _METADATA))
        found = _read_weights(archive, max_bytes)
        return dataclasses.replace(
            found, metadata=dict(found.metadata, config=config, metadata=metadata)
        )


def _open_archive(file: BinaryIO) -> zip_members.Archive:
    with whole_file.refuse_errors(_EXPECTED):
        start = file.read(64)
    if not zip_members.is_zipped(start):
        raise whole_file.describe_other(start, _EXPECTED)
    archive = zip_members.Archive(file, _WRITER)
    for name in (_CONFIG, _METADATA, _WEIGHTS):
        if name not in archive.sizes:
            raise zip_members.describe_foreign(_WRITER, f"no member '{name}'")
    return archive


def _parse(archive: zip_members.Archive, name: str) -> Any:
    try:
        found = json_files.parse(archive.read(name))
    except ValueError as error:
        shown = refusal.quoted(errors.first_line(error))
        raise _describe_damage(f"a '{name}' that is no such JSON ({shown})") from error
    if not isinstance(found, dict):
        raise _describe_damage(f"a '{name}' that is no JSON object")
    return found


def _read_weights(
    archive: zip_members.Archive, max_bytes: int
) -> contents_lib.Contents:
    # Another process reads it, and HDF5 2.0 resolves the path of the file.
    with temporary_folders.in_system_folder() as folder:
        path = os.path.join(folder, _WEIGHTS)
        archive.copy(_WEIGHTS, path)
        with open(path, "rb") as file:
            return hdf5_file.parse(file, max_bytes)


def _describe_damage(found: str) -> RefusedError:
    return RefusedError(_EXPECTED, found, "the file was damaged")
