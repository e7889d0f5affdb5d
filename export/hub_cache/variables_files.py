"""Checks that the files of a module's variables are whole, without TensorFlow.

`weights/module_variables.py` checks more, before TensorFlow restores them.
"""

from __future__ import annotations

import os

from google.protobuf import message as protobuf_message

from ... import bounded_files, errors
from ...signatures import dynamic_messages as proto
from ..saved_model import module_files
from ..weights.containers import sorted_table

# Of tensorflow/core/protobuf/tensor_bundle.proto.
_CLASSES = proto.make_classes(
    "efficientnet_hub.hub_cache",
    {
        "BundleHeaderProto": [proto.Field("num_shards", 1, proto.INT32)],
        "BundleEntryProto": [
            proto.Field("shard_id", 3, proto.INT32),
            proto.Field("offset", 4, proto.INT64),
            proto.Field("size", 5, proto.INT64),
        ],
    },
)


def check(directory: str, module: str, are_needed: bool) -> None:
    """Checks that each file of the variables has the bytes that the index says.

    Args:
      directory: the module's.
      module: what messages call the module.
      are_needed: whether the graphs have variables.

    Raises:
      errors.InputError: if a file is missing, truncated or damaged.
    """
    prefix = os.path.join(directory, module_files.VARIABLES_PREFIX)
    index = prefix + ".index"
    if not os.path.lexists(index):
        folder = os.path.dirname(prefix)
        if are_needed or (os.path.isdir(folder) and os.listdir(folder)):
            raise _make_error(module, "no file variables/variables.index")
        return
    content = bounded_files.read(
        index, "the index of a checkpoint", sorted_table.MAX_FILE_BYTES
    )
    try:
        ends = _find_ends(content)
    except (sorted_table.DamagedError, protobuf_message.DecodeError) as error:
        raise _make_error(module, f"{error} in its index") from error
    for name, end in ends.items():
        path = f"{prefix}.{name}"
        size = os.path.getsize(path) if os.path.isfile(path) else None
        if size is None or size < end:
            found = "no file" if size is None else f"only {size} bytes in"
            raise _make_error(module, f"{found} variables/variables.{name}")


def _find_ends(content: bytes) -> dict[str, int]:
    """Returns the number of bytes that each file must have, by its ending."""
    rows = sorted_table.read_entries(content)
    if not rows or rows[0][0]:
        raise sorted_table.DamagedError("no header")
    header = _CLASSES["BundleHeaderProto"]()
    header.ParseFromString(rows[0][1])
    ends: dict[str, int] = {}
    for _, value in rows[1:]:
        entry = _CLASSES["BundleEntryProto"]()
        entry.ParseFromString(value)
        name = f"data-{entry.shard_id:05d}-of-{header.num_shards:05d}"
        ends[name] = max(ends.get(name, 0), entry.offset + entry.size)
    return ends


def _make_error(module: str, found: str) -> errors.InputError:
    return errors.InputError(
        f"module '{module}' must have whole files of variables, found {found}: is a "
        "file missing, truncated or damaged?"
    )
