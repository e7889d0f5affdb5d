"""The names of TensorFlow's data types, without TensorFlow."""

from __future__ import annotations

from ... import errors

# The numbers of TensorFlow 2.21's types.proto.
_NAMES = {
    1: "float32",
    2: "float64",
    3: "int32",
    4: "uint8",
    5: "int16",
    6: "int8",
    7: "string",
    8: "complex64",
    9: "int64",
    10: "bool",
    11: "qint8",
    12: "quint8",
    13: "qint32",
    14: "bfloat16",
    15: "qint16",
    16: "quint16",
    17: "uint16",
    18: "complex128",
    19: "float16",
    20: "resource",
    21: "variant",
    22: "uint32",
    23: "uint64",
    24: "float8_e5m2",
    25: "float8_e4m3fn",
    26: "float8_e4m3fnuz",
    27: "float8_e4m3b11fnuz",
    28: "float8_e5m2fnuz",
    29: "int4",
    30: "uint4",
    31: "int2",
    32: "uint2",
    33: "float4_e2m1fn",
}
# The number of a reference to a variable is that of its type plus this.
_REFERENCE = 100


def name(number: int) -> str:
    """Returns the name of a data type, such as 'float32' for 1.

    Args:
      number: a DataType, such as `TensorInfo.dtype`.

    Raises:
      errors.InputError: if TensorFlow 2.21 has no such type.
    """
    if number in _NAMES:
        return _NAMES[number]
    if number - _REFERENCE in _NAMES:
        return _NAMES[number - _REFERENCE] + "_ref"
    raise errors.InputError(
        f"the type of a tensor must be one of TensorFlow's, 1 to {max(_NAMES)}, found "
        f"number {number}: was it written by a newer TensorFlow?"
    )
