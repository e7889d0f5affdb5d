"""Reads weights that are split over several files, the shards.

An index names the shard of each tensor, as the Hugging Face hub has it: the file
`model.safetensors.index.json` contains `{"weight_map": {"conv_stem.weight":
"model-00001-of-00002.safetensors"}}`, and `pytorch_model.bin.index.json` the same for
files of PyTorch.
"""

from __future__ import annotations

import os
from typing import Any, Collection, Mapping

import numpy as np

from ... import errors, escaping, json_files, paths
from .containers import contents as contents_lib
from .containers import pytorch_pickle, refusal, safetensors_file

_ENDING = ".index.json"
# The endings of shards by that of their index.
_SAFETENSORS, _PYTORCH = ".safetensors", ".bin"
ENDINGS = tuple(kind + _ENDING for kind in (_SAFETENSORS, _PYTORCH))
_WHAT = "an index of files with weights"
# The largest network has 2 GB, and a shard usually 5 GB.
_MOST_SHARDS = 100


def is_index(path: str) -> bool:
    """Returns whether a path is that of an index, from its name."""
    return path.endswith(ENDINGS)


def list_files(path: str) -> list[str]:
    """Returns an index and its shards.

    Args:
      path: the index.

    Raises:
      errors.InputError: if the index cannot be read or is damaged, or a shard is
        missing.
    """
    return [path, *_read_index(path)]


def read(path: str, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of all shards.

    Args:
      path: the index.
      max_bytes: the size that the shards may have together.

    Raises:
      errors.InputError: if a file cannot be read or is damaged, the shards are larger,
        or a shard does not hold exactly the tensors that the index names for it.
      errors.DependencyError: if a package that is needed to read them is missing.
    """
    shards: dict[str, Mapping[str, np.ndarray]] = {}
    stored: dict[str, contents_lib.Stored] = {}
    left_out: dict[str, contents_lib.Stored] = {}
    for shard, names in _read_index(path).items():
        found = _read_shard(shard, max_bytes)
        _check_names(shard, path, names, {*found.stored, *found.left_out})
        max_bytes = max(0, max_bytes - os.path.getsize(shard))
        shards.update(dict.fromkeys(found.stored, found.arrays))
        stored.update(found.stored)
        left_out.update(found.left_out)
    arrays = contents_lib.LazyArrays(stored, lambda name: shards[name][name])
    return contents_lib.Contents(arrays, stored, left_out)


def _read_index(path: str) -> dict[str, set[str]]:
    """Returns the names of the tensors of each shard, by its path."""
    document = json_files.read(path, _WHAT)
    names = document.get("weight_map") if isinstance(document, dict) else None
    problem = _find_problem(names, path[: -len(_ENDING)])
    if problem is not None:
        raise json_files.describe_damage(path, _WHAT, problem)
    assert isinstance(names, dict)
    folder = os.path.dirname(path)
    shards: dict[str, set[str]] = {}
    for tensor, file in sorted(names.items(), key=lambda item: item[1]):
        shards.setdefault(os.path.join(folder, file), set()).add(tensor)
    for shard in shards:
        paths.check_is_file(f"'{shard}'", shard)
        if not os.path.isfile(shard):
            raise errors.InputError(
                f"'{path}' must have all its files beside it, found no file '{shard}': "
                "was the folder downloaded in part?"
            )
    return shards


def _find_problem(names: Any, whole: str) -> str | None:
    """Returns what an index has in place of the names of shards, None if it has them.

    Args:
      names: the value of 'weight_map'.
      whole: the path of the file that the shards are in place of.
    """
    if not isinstance(names, dict) or not names:
        return "no 'weight_map' with the file of each tensor"
    ending = _SAFETENSORS if whole.endswith(_SAFETENSORS) else _PYTORCH
    for file in names.values():
        if not isinstance(file, str) or not _is_name_of_shard(file, ending):
            shown = escaping.show_value(file)
            return f"{shown} in place of the name of a {ending} file beside the index"
    count = len(set(names.values()))
    if count > _MOST_SHARDS:
        return f"{count} files, more than {_MOST_SHARDS}"
    try:
        contents_lib.check_count(len(names))
        for tensor in names:
            contents_lib.check_name(tensor)
    except refusal.RefusedError as error:
        return error.parts[1]
    return None


def _is_name_of_shard(file: str, ending: str) -> bool:
    return (
        file.isprintable()
        and not set("/\\:") & set(file)
        and file.endswith(ending)
        and file != ending
    )


def _read_shard(path: str, max_bytes: int) -> contents_lib.Contents:
    if path.endswith(_SAFETENSORS):
        return safetensors_file.read(path, max_bytes)
    opened = pytorch_pickle.open_file(path, max_bytes)
    arrays = opened.read_arrays(opened.saved)
    stored = {name: tensor.stored for name, tensor in opened.saved.items()}
    return contents_lib.Contents(arrays, stored)


def _check_names(
    shard: str, index: str, expected: Collection[str], found: Collection[str]
) -> None:
    """Checks that a shard holds the tensors of the index, and no others."""
    missing = sorted(set(expected) - set(found))
    more = sorted(set(found) - set(expected))
    if not missing and not more:
        return
    which = f"no {_quote(missing[0])}" if missing else f"also {_quote(more[0])}"
    raise errors.InputError(
        f"'{shard}' must hold exactly the tensors that '{index}' names for it, found "
        f"{which}: is one of the files of another model?"
    )


def _quote(name: str) -> str:
    return f"'{escaping.escape_terminal(escaping.cut(name))}'"
