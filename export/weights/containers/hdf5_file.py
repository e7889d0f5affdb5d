"""Reads the arrays of an HDF5 file, as Keras writes it.

No layer is made of it, and no code in it runs. Soft and external links, values in other
files, and filters other than gzip are refused.
"""

from __future__ import annotations

from typing import BinaryIO

from .... import dependencies, paths
from . import contents as contents_lib
from . import hdf5_process, refusal, whole_file

EXPECTED = "the groups and datasets of an HDF5 file"
# A user's own block of 512 bytes, or twice as often, may precede it.
_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_FIRST_BLOCK = 512


def read(path: str, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of an HDF5 file, such as `.h5` or `.weights.h5`.

    Args:
      path: the file.
      max_bytes: the size that the file may have, and that its arrays may have together.

    Returns:
      The arrays by their paths, such as 'layers/conv2d/vars/0' or
      'stem_conv/stem_conv/kernel:0'. The metadata are {'attributes': attributes}, where
      attributes has for each group with known attributes, by its path, '' for the file
      itself, their values by name: a text or a list of texts of each of 'backend',
      'keras_version', 'layer_names', 'model_config', 'name' and 'weight_names'.

    Raises:
      errors.InputError: if the file cannot be read, is larger, is damaged, or has what
        Keras does not write: other links than hard links, two links to an object,
        values in other files, filters other than gzip, more than 20,000 arrays or
        32 levels.
      errors.DependencyError: if h5py is missing.
    """
    place = f"HDF5 file '{path}'"
    paths.check_is_file(place, path)
    check_library()
    with refusal.naming(place, EXPECTED), whole_file.open_checked(
        path, EXPECTED, max_bytes
    ) as file:
        return parse(file, max_bytes)


def check_library() -> None:
    """Raises errors.DependencyError if h5py is missing."""
    dependencies.optional("h5py", "keras", "reading HDF5 files")


def parse(file: BinaryIO, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of an open file, which has a descriptor; see `read`.

    Raises:
      refusal.RefusedError: if the file is refused.
    """
    start = file.read(_FIRST_BLOCK + len(_SIGNATURE))
    if _SIGNATURE not in (start[: len(_SIGNATURE)], start[_FIRST_BLOCK:]):
        raise whole_file.describe_other(start[:64], EXPECTED)
    return hdf5_process.read(file, max_bytes)
