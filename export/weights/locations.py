"""Says which files a value of `--weights` stands for."""

from __future__ import annotations

import os

from ... import paths
from ..saved_model import module_facts, module_files
from ..storage import archive_reader
from . import addresses, keras_paths, named_weights, pytorch_files
from .containers import checkpoint_files


def is_archive(weights: str) -> bool:
    """Returns whether a value of `--weights` is the path of a .tar.gz."""
    return checkpoint_files.is_archive(weights)


def is_module_directory(weights: str) -> bool:
    """Returns whether a value of `--weights` is the directory of a module."""
    return os.path.isfile(os.path.join(weights, module_files.MODULE_FILE))


def is_saved_model_directory(weights: str) -> bool:
    """Returns whether a value of `--weights` is the directory of a SavedModel."""
    path = os.path.join(weights, module_files.SAVED_MODEL_FILE)
    return os.path.isfile(path) and not is_module_directory(weights)


def may_be_module(weights: str) -> bool:
    """Returns whether a value of `--weights` is a directory or an archive."""
    return os.path.isdir(weights) or is_archive(weights)


def is_module(weights: str) -> bool:
    """Returns whether a value of `--weights` is the path of a module or SavedModel.

    Raises:
      errors.InputError: if it is the path of an archive that is damaged.
    """
    if not may_be_module(weights):
        return False
    with archive_reader.unpack(weights, only=module_files.GRAPH_FILES) as directory:
        return is_module_directory(directory) or is_saved_model_directory(directory)


def files_of(weights: str) -> list[str]:
    """Returns the paths of the files that are read for a value of `--weights`.

    Args:
      weights: a name of `named_weights.NAMES` or an address, which have no files of the
        user's; the path of weights of PyTorch, see `pytorch_files.is_pytorch`; a file
        of Keras; a checkpoint: its prefix, one of its files, a directory with
        checkpoints, or a .tar.gz of such a directory; or a module or a SavedModel: its
        directory or its .tar.gz.

    Raises:
      errors.InputError: if there are no such files, or the address is of another kind.
    """
    if weights in named_weights.NAMES:
        return []
    if archive_reader.is_address(weights):
        addresses.parse(weights)
        return []
    paths.check("weights", weights)
    if is_module_directory(weights) or is_saved_model_directory(weights):
        paths.check_for_tensorflow("weights", weights)
        return _list_module_files(weights)
    if pytorch_files.is_pytorch(weights):
        return pytorch_files.files_of(weights)
    if keras_paths.is_file(weights):
        return keras_paths.list_files(weights)
    if not checkpoint_files.is_archive(weights):
        paths.check_for_tensorflow("weights", weights)
    return checkpoint_files.list_files(weights)


def _list_module_files(directory: str) -> list[str]:
    """Returns the files of a module that its weights and its facts are in."""
    names = (*module_files.GRAPH_FILES, module_facts.PATH)
    graph_files = [os.path.join(directory, *name.split("/")) for name in names]
    prefix = os.path.join(directory, module_files.VARIABLES_PREFIX)
    return [*filter(os.path.isfile, graph_files), *checkpoint_files.list_files(prefix)]
