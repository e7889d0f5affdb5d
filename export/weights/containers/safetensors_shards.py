"""Reads arrays that the Hugging Face hub holds in several `.safetensors` files.

Beside them is an index, such as `model.safetensors.index.json`, whose `weight_map` has
the file of each array:
https://huggingface.co/docs/safetensors/metadata_parsing#sharded-models.
"""

from __future__ import annotations

import os
from typing import Any, Mapping

import numpy as np

from .... import errors, escaping, json_files
from . import contents as contents_lib
from . import safetensors_file

INDEX_ENDING = ".safetensors.index.json"
_ENDING = ".safetensors"
_WHAT = "the index of .safetensors files"
# The hub splits at 5 GB. The largest network has 2 GB.
_MOST_SHARDS = 100


def list_files(index: str) -> list[str]:
    """Returns the paths of an index and of the files beside it that it names.

    Args:
      index: the path of the index.

    Raises:
      errors.InputError: if the index cannot be read or is damaged, or names a file that
        is elsewhere or has another ending.
    """
    names = sorted(set(_read_map(index).values()))
    return [index] + [os.path.join(os.path.dirname(index), name) for name in names]


def read(index: str, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of all files of an index.

    Args:
      index: the path of the index.
      max_bytes: the size that the files may have together.

    Returns:
      The arrays. The metadata are those of the first file.

    Raises:
      errors.InputError: if the index is refused as by `list_files`, one of the files as
        by `safetensors_file.read`, or an array is not in the file that the index names.
      errors.DependencyError: if the library is missing.
    """
    weight_map = _read_map(index)
    found: list[contents_lib.Contents] = []
    for path in list_files(index)[1:]:
        contents = safetensors_file.read(path, max_bytes)
        max_bytes -= os.path.getsize(path)
        _check_names(contents, weight_map, os.path.basename(path), index)
        found.append(contents)
    arrays: dict[str, np.ndarray] = {}
    left_out: dict[str, str] = {}
    for contents in found:
        arrays.update(contents.arrays)
        left_out.update(contents.left_out)
    return contents_lib.Contents(arrays, left_out, found[0].metadata)


def _read_map(index: str) -> Mapping[str, str]:
    """Returns the name of the file of each array by the name of the array."""
    document = json_files.read(index, _WHAT)
    weight_map = document.get("weight_map") if isinstance(document, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        raise json_files.describe_damage(index, _WHAT, "no 'weight_map'")
    files = sorted(set(map(str, weight_map.values())))
    for file in weight_map.values():
        _check_is_beside(file, index)
    if len(files) > _MOST_SHARDS:
        raise json_files.describe_damage(
            index, _WHAT, f"{len(files)} files, more than {_MOST_SHARDS}"
        )
    return weight_map


def _check_is_beside(file: Any, index: str) -> None:
    """Checks that the name of a file has no folder: an index is of any origin."""
    is_plain = (
        isinstance(file, str)
        and file.isprintable()
        and not {"/", "\\"} & set(file)
        and not file.startswith(".")
        and file.endswith(_ENDING)
    )
    if not is_plain:
        raise json_files.describe_damage(
            index, _WHAT, f"the file {escaping.show_value(file)}"
        )


def _check_names(
    contents: contents_lib.Contents,
    weight_map: Mapping[str, str],
    file: str,
    index: str,
) -> None:
    """Checks that a file holds the arrays that the index says, and no others."""
    expected = {name for name, place in weight_map.items() if place == file}
    found = {*contents.arrays, *contents.left_out}
    for name in sorted(expected ^ found):
        problem = "without" if name in expected else "with"
        raise errors.InputError(
            f"'{file}' must hold the arrays that '{index}' says, found it {problem} "
            f"{escaping.show_value(name)}: are they of different downloads?"
        )
