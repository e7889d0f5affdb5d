"""Prints the ops that the running TensorFlow knows, as `<version>.json` has them.

Run under each of the old TensorFlows that modules are to load in:

    python export/known_ops/generate.py > export/known_ops/1.13.1.json

An op is a line: its name, and for each of its attributes the values it may have,
None for any. Types are the numbers of the enum DataType.
"""

import json

import tensorflow as tf
from tensorflow.core.framework import op_def_pb2
from tensorflow.python import pywrap_tensorflow


def registered_ops():
    """Returns the OpDefs that the C++ library of this TensorFlow registers."""
    op_list = op_def_pb2.OpList()
    buffer = pywrap_tensorflow.TF_GetBuffer(pywrap_tensorflow.TF_GetAllOpList())
    op_list.ParseFromString(buffer)
    return op_list.op


def allowed_values(attr):
    """Returns the values that an attribute may have, or None for any."""
    allowed = attr.allowed_values.list
    if attr.allowed_values.WhichOneof("value") is None:
        return None
    return sorted(allowed.type) or sorted(value.decode() for value in allowed.s)


def main():
    """Prints the table."""
    lines = [
        "{}: {}".format(
            json.dumps(op.name),
            json.dumps(
                {attr.name: allowed_values(attr) for attr in op.attr}, sort_keys=True
            ),
        )
        for op in sorted(registered_ops(), key=lambda op: op.name)
    ]
    print(f'{{"tensorflow": "{tf.__version__}",')
    print('"graph_def_version": %d,' % tf.GRAPH_DEF_VERSION)
    print('"ops": {')
    print(",\n".join(lines))
    print("}}")


if __name__ == "__main__":
    main()
