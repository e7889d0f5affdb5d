"""What Keras saves in TensorFlow's format is read by the names in its objects."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import trackable_object_graph_pb2

from efficientnet_hub import errors
from efficientnet_hub.export.weights.containers import crc32c, object_checkpoint
from efficientnet_hub.tests.export.weights.containers import (
    crafted_checkpoint,
    keras_models,
)

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_BYTES = 2**20
_VALUE = ".ATTRIBUTES/VARIABLE_VALUE"


@pytest.fixture(scope="module", name="saved")
def _saved(tmp_path_factory):
    """The prefix of what Keras saved, and the values of the model."""
    prefix = tmp_path_factory.mktemp("keras") / "weights"
    model = keras_models.make_model()
    model.save_weights(str(prefix), save_format="tf")
    return str(prefix), keras_models.values(model)


@pytest.fixture(name="copy")
def _copy(saved, tmp_path):
    """The prefix of a copy of what Keras saved."""
    for path in pathlib.Path(saved[0]).parent.glob("weights.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path / "weights"


def _refusal(prefix, max_bytes: int = _BYTES) -> str:
    with pytest.raises(errors.InputError) as caught:
        object_checkpoint.read(str(prefix), max_bytes)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600
    return str(caught.value)


def test_the_checksum_is_that_of_the_standard():
    # RFC 3720, B.4: the bytes of the CRC of 32 zeros.
    crc = int.from_bytes(bytes.fromhex("aa36918a"), "little")

    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32
    assert crc32c.masked(bytes(32)) == masked


def test_each_variable_has_its_value_and_its_name(saved):
    prefix, expected = saved

    found = object_checkpoint.read(prefix, _BYTES)

    full_names = found.metadata["full_names"]
    assert len(expected) == 8
    assert {full_names[entry] for entry in found.arrays} == set(expected)
    for entry, value in found.arrays.items():
        np.testing.assert_array_equal(value, expected[full_names[entry]])
        assert value.dtype == np.float32 and not value.flags.writeable
    assert full_names[f"layer_with_weights-0/kernel/{_VALUE}"] == "stem_conv/kernel"


def test_counters_are_left_out_with_their_type(saved):
    found = object_checkpoint.read(saved[0], _BYTES)

    counter = f"layer_with_weights-2/count/{_VALUE}"
    assert found.left_out[counter] == ("int64", ())
    assert _GRAPH not in found.left_out
    assert not set(found.left_out) & set(found.arrays)


def test_other_types_of_floats_are_read(tmp_path):
    values = {
        "half": tf.Variable(np.array([1.5], np.float16)),
        "double": tf.Variable(np.array([2.5], np.float64)),
        "brain": tf.Variable(tf.constant([3.5], tf.bfloat16)),
    }
    path = tf.train.Checkpoint(**values).write(str(tmp_path / "c"))

    found = object_checkpoint.read(path, _BYTES).arrays

    by_name = {name.split("/")[0]: value for name, value in found.items()}
    assert by_name["half"].dtype == np.float16 and by_name["half"] == 1.5
    assert by_name["double"].dtype == np.float64 and by_name["double"] == 2.5
    assert by_name["brain"].dtype == np.float32 and by_name["brain"] == 3.5


def test_the_format_is_recognized_by_the_names(saved, trained):
    names = [name for name, _ in tf.train.list_variables(saved[0])]
    of_tensorflow_1 = [name for name, _ in tf.train.list_variables(trained.prefix)]

    assert object_checkpoint.is_object_checkpoint(names)
    assert not object_checkpoint.is_object_checkpoint(of_tensorflow_1)


def test_a_checkpoint_of_tensorflow_1_is_refused(trained):
    assert "did TensorFlow 1 write it?" in _refusal(trained.prefix)


def test_arrays_that_are_too_large_are_refused(saved):
    assert "arrays of at most 100 bytes" in _refusal(saved[0], 100)


def test_no_flipped_bit_of_the_graph_is_accepted(saved, copy):
    data = copy.with_name("weights.data-00000-of-00001")
    content = data.read_bytes()
    expected = object_checkpoint.read(saved[0], _BYTES).metadata
    graph = tf.train.load_checkpoint(saved[0]).get_tensor(_GRAPH)
    start = content.index(graph) - 6  # Also the length and its checksum.
    positions = range(start, start + 6 + len(graph), 7)
    for count, position in enumerate(positions):
        flipped = bytearray(content)
        flipped[position] ^= 1 << count % 8
        data.write_bytes(flipped)
        assert "missing, truncated or damaged" in _refusal(copy)
    data.write_bytes(content)
    assert object_checkpoint.read(str(copy), _BYTES).metadata == expected


# Graphs with correct checksums.


def _craft(tmp_path, content: bytes, **fields) -> pathlib.Path:
    crafted_checkpoint.write_string(tmp_path / "m", _GRAPH, content, **fields)
    return tmp_path / "m"


def test_a_crafted_string_is_one_that_tensorflow_reads(tmp_path):
    prefix = _craft(tmp_path, crafted_checkpoint.string(b"a" * 300))

    assert tf.train.load_checkpoint(str(prefix)).get_tensor(_GRAPH) == b"a" * 300


@pytest.mark.parametrize(
    ("content", "fields", "found"),
    [
        (b"\xff" * 12, {}, "cut off or too large"),
        (b"\x80", {}, "cut off or too large"),
        (b"\x7f" + bytes(20), {}, "of another length than it says"),
        (crafted_checkpoint.string(b"a") + b"b", {}, "another length than it says"),
        (b"\x01" + bytes(4) + b"a", {}, "a wrong checksum of its length"),
        (crafted_checkpoint.string(b"a"), {"checksum": 1}, "a wrong checksum"),
        (crafted_checkpoint.string(b"\xff"), {}, "no protocol message"),
        (bytes(2**22 + 1), {"checksum": 0}, "more than 4194304"),
        (bytes(4), {"dtype": types_pb2.DT_FLOAT}, "is not a single string"),
        (bytes(4), {"shape": (2,)}, "is not a single string"),
    ],
)
def test_a_graph_that_tensorflow_does_not_write_is_refused(
    content, fields, found, tmp_path
):
    assert found in _refusal(_craft(tmp_path, content, **fields))


def _graph(*names: str) -> bytes:
    """A graph with several names of one entry."""
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    for name in names:
        attribute = graph.nodes.add().attributes.add()
        attribute.checkpoint_key, attribute.full_name = _GRAPH, name
    return crafted_checkpoint.string(graph.SerializeToString())


def test_two_names_of_an_entry_are_refused(tmp_path):
    message = _refusal(_craft(tmp_path, _graph("a", "a", "b")))

    assert f"two names of '{_GRAPH}'" in message


def test_a_name_that_a_terminal_executes_is_refused(tmp_path):
    assert r"'\x1b[31m'" in _refusal(_craft(tmp_path, _graph("\x1b[31m")))
