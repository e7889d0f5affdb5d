"""Writes the files in the directory of a SavedModel of TensorFlow 2."""

from __future__ import annotations

import errno
import os

import tensorflow.compat.v2 as tf
from tensorflow.core.protobuf import saved_model_pb2

from ... import errors
from ...builder import reusable
from ...signatures import names as signatures_lib
from ..graph_passes import function_names
from ..saved_model import module_facts, module_files
from ..storage import temporary_folders

# The attribute of the loaded object, and the stem of the asset's file name.
_CLASS_NAMES = "class_names"
# A hash of the SavedModel. It contains a random number since TensorFlow 2.16.
_FINGERPRINT = "fingerprint.pb"


def write(
    directory: str, network: reusable.Reusable, facts: module_facts.ModuleFacts
) -> None:
    """Writes a network with its weights. The same network gives the same bytes.

    Args:
      directory: the directory to write to, which is empty.
      network: the network.
      facts: what the SavedModel says of its module. They become a file of JSON, the
        asset in the attribute `module_facts` of the loaded object. The class names
        become a text file also, with one name a line, in the attribute `class_names`.

    Raises:
      OSError: if the files cannot be written.
    """
    with temporary_folders.in_system_folder() as folder:
        _attach_facts(network, facts, folder)
        signatures = {signatures_lib.SERVING_DEFAULT: network.serving()}
        try:
            tf.saved_model.save(network, directory, signatures)
        except tf.errors.OpError as error:
            raise errors.find_cause(error, directory) or OSError(
                errno.EIO, errors.first_line(error), directory
            ) from error
    _make_reproducible(directory)


def _attach_facts(
    network: reusable.Reusable, facts: module_facts.ModuleFacts, folder: str
) -> None:
    """Writes files to a folder, and makes them assets of a network."""
    path = os.path.join(folder, module_facts.FILE_NAME)
    module_facts.write(path, facts)
    setattr(network, module_facts.ATTRIBUTE, tf.saved_model.Asset(path))
    if facts.class_names is None:
        return
    path = os.path.join(folder, _CLASS_NAMES + ".txt")
    with errors.naming(path), open(path, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(name + "\n" for name in facts.class_names)
    setattr(network, _CLASS_NAMES, tf.saved_model.Asset(path))


def _make_reproducible(directory: str) -> None:
    path = os.path.join(directory, module_files.SAVED_MODEL_FILE)
    saved_model = saved_model_pb2.SavedModel()
    with open(path, "rb") as file:
        saved_model.ParseFromString(file.read())
    (meta_graph,) = saved_model.meta_graphs
    function_names.name_by_content(meta_graph)
    with errors.naming(path), open(path, "wb") as file:
        file.write(saved_model.SerializeToString(deterministic=True))
    fingerprint = os.path.join(directory, _FINGERPRINT)
    if os.path.exists(fingerprint):
        os.remove(fingerprint)
