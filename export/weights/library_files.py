"""Writes the values of a network's variables as files of other libraries."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import Any, Iterator, Mapping

import numpy as np

from ... import dependencies, errors
from ...efficientnet import config as config_lib
from . import file_formats, keras_writer
from .containers import checkpoint_writer, pytorch_writer
from .naming import libraries, pytorch_layout

_LIBRARIES = {library.name: library for library in libraries.PYTORCH}
_CHECKPOINT_NAME = "model.ckpt"


def write(
    path: str,
    values: Mapping[str, np.ndarray],
    network: config_lib.NetworkConfig,
    to: str,
    library: str | None,
) -> None:
    """Writes the values, bit for bit.

    Args:
      path: the file, or the folder of a checkpoint. It may be written in part if the
        disk is full: its directory must be one that the caller removes.
      values: float32 array of each variable of the network, by name.
      network: the network.
      to: one of `file_formats.FORMATS`.
      library: one of `file_formats.LIBRARIES` for a named format, else None.

    Raises:
      errors.InputError: if the format cannot express the network.
      errors.DependencyError: if a package that writes the format is missing.
      OSError: if the file cannot be written.
    """
    with _raising_causes(path):
        if to == file_formats.CHECKPOINT:
            _write_checkpoint(path, values)
        elif to == file_formats.KERAS:
            keras_writer.write(path, values, network)
        else:
            arrays = _rename(values, network, library or "")
            _write_state_dict(path, arrays, to)


@contextlib.contextmanager
def _raising_causes(path: str) -> Iterator[None]:
    """Raises the error of the system: libraries have their own for a full disk."""
    try:
        yield
    except Exception as error:
        cause = errors.find_cause(error, path)
        if cause is None or isinstance(error, errors.InputError):
            raise
        raise cause from error


def _write_checkpoint(folder: str, values: Mapping[str, np.ndarray]) -> None:
    """Writes a checkpoint, and the file that names it as the newest."""
    os.mkdir(folder)
    checkpoint_writer.write(os.path.join(folder, _CHECKPOINT_NAME), values)
    with open(os.path.join(folder, "checkpoint"), "w", encoding="utf-8") as state:
        state.write(f'model_checkpoint_path: "{_CHECKPOINT_NAME}"\n')


def _rename(
    values: Mapping[str, np.ndarray], network: config_lib.NetworkConfig, library: str
) -> dict[str, np.ndarray]:
    """Returns views of the values by the library's names, in its order of axes."""
    naming = _LIBRARIES[library]
    return {
        key: pytorch_layout.from_tensorflow(name, values[name])
        for key, name in naming.name_variables(network).items()
        if name in values
    }


def _write_state_dict(path: str, arrays: Mapping[str, np.ndarray], to: str) -> None:
    if to == file_formats.PTH:
        pytorch_writer.write(path, arrays)
        return
    safetensors: Any = dependencies.optional(
        "safetensors.numpy", "safetensors", "writing safetensors files"
    )
    # The library writes the memory of an array, whatever the order of its dimensions.
    contiguous = {key: np.ascontiguousarray(array) for key, array in arrays.items()}
    # The library writes another file, which only the user may read, and renames it.
    with open(path, "wb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    # Readers of PyTorch require the metadata.
    safetensors.save_file(contiguous, path, metadata={"format": "pt"})
    os.chmod(path, mode)
