"""Reads the files of a module in the TF1 Hub format, without TensorFlow."""

from __future__ import annotations

import glob
import os
from typing import Any

from google.protobuf import message as protobuf_message

from ... import errors, escaping, paths
from ...signatures import messages
from . import field_counting, graph_bounds, saved_model_messages

MODULE_FILE = "tfhub_module.pb"
SAVED_MODEL_FILE = "saved_model.pb"
GRAPH_FILES = (MODULE_FILE, SAVED_MODEL_FILE)  # What `read_saved_model` reads.
VARIABLES_PREFIX = os.path.join("variables", "variables")

# A graph of this package has a few megabytes. Other graphs may have large constants.
MAX_FILE_BYTES = 256 * 2**20
# A parsed field takes up to fifty times its bytes, if it is empty. The fields of a
# larger file are counted first. Graphs of this package are smaller.
_UNCOUNTED_BYTES = 8 * 2**20
_MAX_FIELDS = 2_000_000


def read_saved_model(directory: str, name: str | None = None) -> Any:
    """Reads the graphs of a module; executes nothing.

    Args:
      directory: a module's directory.
      name: what to call it in errors: the path that the user gave, if that is another.

    Returns:
      A SavedModel, see `saved_model_messages`, within the bounds of `graph_bounds`.

    Raises:
      errors.InputError: if it is not the directory of a module in the TF1 Hub format,
        or its graphs are damaged or too large.
    """
    name = name or directory
    if is_saved_model_2(directory, name):
        raise errors.InputError(
            f"'{name}' must be a module in the TF1 Hub format, found a "
            "SavedModel of TensorFlow 2: export a module from it, with --weights"
        )
    module_def = messages.ModuleDef()
    _parse(directory, MODULE_FILE, name, module_def)
    saved_model = parse_graphs(directory, name)
    if module_def.format != messages.FORMAT_V3:
        raise errors.InputError(
            f"'{name}' must be a module in the TF1 Hub format, number "
            f"{messages.FORMAT_V3}, found number {module_def.format}"
        )
    graph_bounds.check(saved_model, name)
    return saved_model


def read_saved_model_2(directory: str, name: str) -> Any:
    """Reads the graph of a SavedModel of TensorFlow 2; executes nothing.

    Args:
      directory: the directory of the SavedModel.
      name: what to call it in errors.

    Returns:
      A SavedModel, see `read_saved_model`.

    Raises:
      errors.InputError: if its graph file is missing, damaged or too large.
    """
    saved_model = parse_graphs(directory, name)
    graph_bounds.check(saved_model, name)
    return saved_model


def parse_graphs(directory: str, name: str) -> Any:
    """Parses the graph file of a module of any format.

    Args:
      directory: a directory with the file.
      name: what to call it in errors.

    Returns:
      A SavedModel whose graphs are not checked: they may be of any size, or none.

    Raises:
      errors.InputError: if the file cannot be read, or is no protocol message.
    """
    saved_model = saved_model_messages.SavedModel()
    _parse(directory, SAVED_MODEL_FILE, name, saved_model)
    return saved_model


def is_saved_model_2(directory: str, name: str | None = None) -> bool:
    """Returns whether a directory is a SavedModel of TensorFlow 2.

    Args:
      directory: a directory.
      name: what to call it in errors.

    Raises:
      errors.InputError: if its graph file is damaged.
    """
    if os.path.lexists(os.path.join(directory, MODULE_FILE)):
        return False
    if not os.path.isfile(os.path.join(directory, SAVED_MODEL_FILE)):
        return False
    saved_model = parse_graphs(directory, name or directory)
    return any(graph.HasField("object_graph_def") for graph in saved_model.meta_graphs)


def _parse(
    directory: str, file_name: str, name: str, message: protobuf_message.Message
) -> None:
    shown = os.path.join(name, file_name)
    content = _read(os.path.join(directory, file_name), file_name, name)
    try:
        if len(content) > _UNCOUNTED_BYTES:
            _check_number_of_fields(content, shown, message)
        message.ParseFromString(content)
    except protobuf_message.DecodeError as error:
        raise errors.InputError(
            f"'{shown}' must hold a protocol message, found other bytes: is the file "
            "damaged?"
        ) from error


def _read(path: str, file_name: str, name: str) -> bytes:
    paths.check_is_file(f"'{os.path.join(name, file_name)}'", path)
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        found = f"that its file {file_name} cannot be read ({error.strerror})"
        if isinstance(error, FileNotFoundError):
            found = f"no file {file_name} in it" + _explain_missing(path, file_name)
        raise errors.InputError(
            f"'{name}' must be a module in the TF1 Hub format, found {found}"
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise errors.InputError(
            f"'{os.path.join(name, file_name)}' must have at most {MAX_FILE_BYTES} "
            "bytes, found more: does it hold its weights as constants?"
        )
    return content


def _explain_missing(path: str, file_name: str) -> str:
    """Returns the end of the sentence about a missing file: its likely cause."""
    pattern = os.path.join(glob.escape(os.path.dirname(path)), "*", file_name)
    folders = [os.path.basename(os.path.dirname(each)) for each in glob.iglob(pattern)]
    if not folders:
        return ""
    return (
        f", but in {escaping.list_names(sorted(folders))}: is the module that folder?"
    )


def _check_number_of_fields(
    content: bytes, shown: str, message: protobuf_message.Message
) -> None:
    count = field_counting.count(content, message.DESCRIPTOR, _MAX_FIELDS)
    if count > _MAX_FIELDS:
        raise errors.InputError(
            f"'{shown}' must have at most {_MAX_FIELDS} fields in its graphs, found "
            "more: is it made to fill the memory?"
        )
