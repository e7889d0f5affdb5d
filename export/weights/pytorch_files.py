"""Says whether a path has weights of PyTorch, and which files they are."""

from __future__ import annotations

import os

from . import file_existence, hugging_face, sharded_files

SAFETENSORS = ".safetensors"
# A file with one of these endings is one of PyTorch.
_ENDINGS = (".pth", ".pt", ".pth.tar", SAFETENSORS, *sharded_files.ENDINGS)
# A file with one of these may be another program's: `model.ckpt` is also the prefix of
# a checkpoint of TensorFlow, or such a checkpoint of its first format.
_SHARED_ENDINGS = (".ckpt", ".bin")
# A zip archive, and a pickle of protocol 2 or later.
_FIRST_BYTES = (b"PK\x03\x04", b"\x80")


def is_pytorch(path: str) -> bool:
    """Returns whether a value of `--weights` is the path of weights of PyTorch.

    Args:
      path: a file, which need not exist, or a folder.
    """
    if path.endswith(_ENDINGS):
        return not os.path.isdir(path) or hugging_face.find_weights(path) is not None
    if os.path.isdir(path):
        return hugging_face.find_weights(path) is not None
    return path.endswith(_SHARED_ENDINGS) and _begins_as_pytorch(path)


def _begins_as_pytorch(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        with open(path, "rb") as file:
            return file.read(4).startswith(_FIRST_BYTES)
    except OSError:
        return False


def is_safetensors(path: str) -> bool:
    """Returns whether a file, or those of an index, are of the library safetensors."""
    return path.endswith((SAFETENSORS, SAFETENSORS + ".index.json"))


def describe(path: str) -> str:
    """Returns what messages call a file."""
    kind = "safetensors" if is_safetensors(path) else "PyTorch"
    return f"{kind} file '{path}'"


def files_of(path: str) -> list[str]:
    """Returns the paths of the files that are read for a path.

    Args:
      path: see `is_pytorch`.

    Raises:
      errors.InputError: if they are not there, or are no files.
    """
    if os.path.isdir(path):
        weights, description = hugging_face.list_files(path)
        return [*_list_with_shards(weights), description]
    file_existence.check(describe(path), path, "PyTorch file")
    return _list_with_shards(path)


def _list_with_shards(path: str) -> list[str]:
    return sharded_files.list_files(path) if sharded_files.is_index(path) else [path]
