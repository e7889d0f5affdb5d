"""Reads the arrays of a checkpoint in the format of TensorFlow 2.

`model.save_weights('prefix')` of Keras 2 and `tf.train.Checkpoint` write it. The names
of its entries are paths through the attributes of objects, such as
'layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE'. One entry is the graph of the
objects (`trackable_object_graph.proto`), which has the names of the variables.
"""

from __future__ import annotations

from typing import Any, Collection

import numpy as np
from google.protobuf import message as protobuf_message
from tensorflow.core.protobuf import trackable_object_graph_pb2

from .... import aligned_arrays, errors
from . import contents as contents_lib
from . import refusal, tensorflow_checkpoint

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
# Of B7 with the state of its optimizer, it has 340 KB.
_MAX_GRAPH_BYTES = 2**22
_TYPES = ("float16", "bfloat16", "float32", "float64")


def is_object_checkpoint(names: Collection[str]) -> bool:
    """Returns whether a checkpoint has the format, from the names of its entries."""
    return _GRAPH in names


def read(path: str, max_bytes: int) -> contents_lib.Contents:
    """Returns the contents of a checkpoint in the format of TensorFlow 2.

    Args:
      path: see `tensorflow_checkpoint.open_checkpoint`.
      max_bytes: the number of bytes that an archive may unpack to, and that the arrays
        may have together.

    Returns:
      The arrays by the names of their entries. The metadata are {'full_names': names},
      where names has the name of the variable, such as 'stem_conv/kernel', by that of
      the entry, if the checkpoint has it.

    Raises:
      errors.InputError: if the checkpoint is missing, damaged, larger, or of another
        format.
    """
    with tensorflow_checkpoint.open_checkpoint(path, max_bytes) as opened:
        return read_opened(opened, max_bytes)


def read_opened(
    opened: tensorflow_checkpoint.Checkpoint, max_bytes: int
) -> contents_lib.Contents:
    """Returns the contents of a checkpoint that is open, see `read`."""
    if not is_object_checkpoint(opened.shapes):
        raise errors.InputError(
            f"{opened.place} must have the objects of TensorFlow 2, found no entry "
            f"'{_GRAPH}': did TensorFlow 1 write it?"
        )
    with refusal.naming(opened.place, "the variables of a model"):
        return _read(opened, max_bytes)


class VariableCheckpoint:
    """The variables of a checkpoint in the format of TensorFlow 2, by their own names.

    It reads as `tensorflow_checkpoint.Checkpoint` does.

    Attributes:
      place: what messages call the checkpoint.
      shapes: shape of each variable by name.
      dtypes: name of the type of each variable by name.
      others: the names of the other variables, or of their entries.
    """

    def __init__(self, opened: tensorflow_checkpoint.Checkpoint, scope: str):
        """Finds the variables of a network.

        Args:
          opened: the checkpoint.
          scope: how their names start, e.g. 'efficientnet-b0/'.

        Raises:
          errors.InputError: if the checkpoint does not have the names of its variables,
            or a name twice.
        """
        self.place = opened.place
        self._opened = opened
        with refusal.naming(opened.place, "the variables of a network"):
            self._entries = _find_entries(opened, scope)
        self.shapes = {n: opened.shapes[e] for n, e in self._entries.items()}
        self.dtypes = {n: opened.dtypes[e] for n, e in self._entries.items()}
        self.others = sorted(
            {e for e, dtype in opened.dtypes.items() if dtype in _TYPES}
            - set(self._entries.values())
        )

    def read(self, name: str) -> np.ndarray:
        """Returns the value of a variable, see `tensorflow_checkpoint.Checkpoint`."""
        return self._opened.read(self._entries[name])


def _find_entries(
    opened: tensorflow_checkpoint.Checkpoint, scope: str
) -> dict[str, str]:
    """Returns the entry of each variable whose name starts in a way."""
    if not is_object_checkpoint(opened.shapes):
        raise refusal.RefusedError(
            "the objects of TensorFlow 2",
            f"no entry '{_GRAPH}'",
            "TensorFlow 1 wrote it",
        )
    contents_lib.check_count(len(opened.shapes))
    entries: dict[str, str] = {}
    for entry, name in _find_full_names(opened).items():
        if name.startswith(scope) and entries.setdefault(name, entry) != entry:
            raise refusal.RefusedError(
                "a network once",
                f"two variables of the name {refusal.quoted(name)}",
                "it is of a model with several networks",
            )
    return entries


def _read(
    opened: tensorflow_checkpoint.Checkpoint, max_bytes: int
) -> contents_lib.Contents:
    contents_lib.check_count(len(opened.shapes))
    names = [name for name, dtype in opened.dtypes.items() if dtype in _TYPES]
    for name in names:
        contents_lib.check_name(name)
    size = sum(map(opened.count_bytes, names))
    if size > max_bytes:
        raise refusal.RefusedError(
            f"arrays of at most {max_bytes} bytes",
            f"{size}",
            "it is of a larger network, or more was saved than weights",
        )
    full_names = _find_full_names(opened)
    stored = {
        name: contents_lib.Stored(dtype, tuple(opened.shapes[name]))
        for name, dtype in opened.dtypes.items()
        if name != _GRAPH
    }
    return contents_lib.Contents(
        {name: _read_array(opened, name) for name in names},
        {name: stored[name] for name in names},
        {name: each for name, each in stored.items() if each.dtype not in _TYPES},
        {"full_names": full_names},
    )


def _read_array(opened: tensorflow_checkpoint.Checkpoint, name: str) -> np.ndarray:
    array = opened.read(name)
    if opened.dtypes[name] == "bfloat16":
        array = aligned_arrays.copy(array)
    array.flags.writeable = False
    return array


def _find_full_names(opened: tensorflow_checkpoint.Checkpoint) -> dict[str, str]:
    """Returns the name of the variable of each entry, as far as the graph has it."""
    found: dict[str, str] = {}
    for node in _parse_graph(opened).nodes:
        for attribute in node.attributes:
            key, name = attribute.checkpoint_key, attribute.full_name
            if key not in opened.shapes or not name:
                continue
            contents_lib.check_name(name)
            if found.setdefault(key, name) != name:
                raise _describe_damage(f"two names of {refusal.quoted(key)}")
    return found


def _parse_graph(opened: tensorflow_checkpoint.Checkpoint) -> Any:
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    try:
        graph.ParseFromString(opened.read_bytes(_GRAPH, _MAX_GRAPH_BYTES))
    except protobuf_message.DecodeError as error:
        raise _describe_damage("one that is no protocol message") from error
    return graph


def _describe_damage(found: str) -> refusal.RefusedError:
    return refusal.RefusedError("a graph of objects", found, "the file was damaged")
