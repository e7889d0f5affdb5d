"""Reads the files of a module in the TF1 Hub format, without TensorFlow."""

from __future__ import annotations

import os
from typing import Any

from google.protobuf import message as protobuf_message

from ... import errors
from ...signatures import messages
from . import saved_model_messages

MODULE_FILE = "tfhub_module.pb"
SAVED_MODEL_FILE = "saved_model.pb"
GRAPH_FILES = (MODULE_FILE, SAVED_MODEL_FILE)  # What `read_saved_model` reads.
VARIABLES_PREFIX = os.path.join("variables", "variables")


def read_saved_model(directory: str) -> Any:
    """Reads the graphs of a module; executes nothing.

    Args:
      directory: a module's directory.

    Returns:
      A SavedModel, see `saved_model_messages`.

    Raises:
      errors.InputError: if it is not the directory of a module in the TF1 Hub format.
    """
    if is_saved_model_2(directory):
        raise errors.InputError(
            f"'{directory}' must be a module in the TF1 Hub format, found a "
            "SavedModel of TensorFlow 2: export it with --format=hub"
        )
    module_def = messages.ModuleDef()
    saved_model = saved_model_messages.SavedModel()
    _parse(directory, MODULE_FILE, module_def)
    _parse(directory, SAVED_MODEL_FILE, saved_model)
    if module_def.format != messages.FORMAT_V3:
        raise errors.InputError(
            f"'{directory}' must be a module in the TF1 Hub format, number "
            f"{messages.FORMAT_V3}, found number {module_def.format}"
        )
    return saved_model


def is_saved_model_2(directory: str) -> bool:
    """Returns whether a directory is a SavedModel of TensorFlow 2.

    Raises:
      errors.InputError: if its graph file is damaged.
    """
    if os.path.lexists(os.path.join(directory, MODULE_FILE)):
        return False
    if not os.path.isfile(os.path.join(directory, SAVED_MODEL_FILE)):
        return False
    saved_model = saved_model_messages.SavedModel()
    _parse(directory, SAVED_MODEL_FILE, saved_model)
    return any(graph.HasField("object_graph_def") for graph in saved_model.meta_graphs)


def _parse(directory: str, name: str, message: protobuf_message.Message) -> None:
    try:
        with open(os.path.join(directory, name), "rb") as file:
            message.ParseFromString(file.read())
    except OSError as error:
        found = f"that its file {name} cannot be read ({error.strerror})"
        if isinstance(error, FileNotFoundError):
            found = f"no file {name} in it"
        raise errors.InputError(
            f"'{directory}' must be the directory of a module in the TF1 Hub format, "
            f"found {found}"
        ) from error
    except protobuf_message.DecodeError as error:
        raise errors.InputError(
            f"'{os.path.join(directory, name)}' must hold a protocol message, "
            "found other bytes: is the file damaged?"
        ) from error
