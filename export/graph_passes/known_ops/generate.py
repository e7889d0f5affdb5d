"""Prints the ops that the running TensorFlow knows, in the format of `<version>.json`.

Run it with each old TensorFlow that modules must load in:

    cd export/graph_passes/known_ops
    python generate.py > 1.13.1.json

Each op is a line: its name, and by each of its attributes the values that the attribute
may have, or null for any value. Types are numbers of the enum DataType.
"""

from __future__ import annotations

import json
from typing import Iterable

import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python import pywrap_tensorflow


def read_registered_ops() -> Iterable[op_def_pb2.OpDef]:
    """Returns the OpDefs that the C++ library of this TensorFlow registers."""
    op_list = op_def_pb2.OpList()
    buffer = pywrap_tensorflow.TF_GetBuffer(pywrap_tensorflow.TF_GetAllOpList())
    op_list.ParseFromString(buffer)
    return op_list.op


def find_allowed_values(attr: op_def_pb2.OpDef.AttrDef) -> list[int] | list[str] | None:
    """Returns the values that an attribute may have, or None for any value."""
    allowed = attr.allowed_values.list
    if attr.allowed_values.WhichOneof("value") is None:
        return None
    return sorted(allowed.type) or sorted(value.decode() for value in allowed.s)


def describe_attributes(
    op: op_def_pb2.OpDef,
) -> dict[str, list[int] | list[str] | None]:
    """Returns the allowed values of each attribute of an op, by its name."""
    return {attr.name: find_allowed_values(attr) for attr in op.attr}


def main() -> None:
    """Prints the ops as JSON."""
    lines = [
        f"{json.dumps(op.name)}: {json.dumps(describe_attributes(op), sort_keys=True)}"
        for op in sorted(read_registered_ops(), key=lambda op: op.name)
    ]
    print(f'{{"tensorflow": "{tf.__version__}",')
    print(f'"graph_def_version": {tf.GRAPH_DEF_VERSION},')
    print('"ops": {')
    print(",\n".join(lines))
    print("}}")


if __name__ == "__main__":
    main()
