"""Data types have the names that TensorFlow gives them."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.framework import types_pb2

from efficientnet_hub import errors
from efficientnet_hub.export.saved_model import dtypes

_NUMBERS = sorted(set(types_pb2.DataType.values()) - {types_pb2.DT_INVALID})


@pytest.mark.parametrize("number", _NUMBERS)
def test_a_type_has_tensorflows_name(number):
    assert dtypes.name(number) == tf.as_dtype(number).name


@pytest.mark.parametrize("number", [types_pb2.DT_INVALID, 99, 100, 199, -1])
def test_an_unknown_number_is_refused(number):
    with pytest.raises(errors.InputError, match=f"found number {number}"):
        dtypes.name(number)
