"""Fields are counted without parsing them."""

from __future__ import annotations

import pytest
from google.protobuf import message as protobuf_message

from efficientnet_hub.export.saved_model import field_counting, saved_model_messages

_DESCRIPTOR = saved_model_messages.SavedModel.DESCRIPTOR
_MANY = 10**6


def test_the_fields_of_all_messages_count():
    saved_model = saved_model_messages.SavedModel()
    node = saved_model.meta_graphs.add().graph_def.node.add(name="n" * 200, op="Const")
    node.attr["types"].list.type.extend([1, 2, 3])

    content = saved_model.SerializeToString()

    # meta_graphs, graph_def, node; name, op, attr; key, value; list; type, 3 numbers.
    assert field_counting.count(content, _DESCRIPTOR, _MANY) == 13


def test_counting_ends_at_the_bound():
    assert field_counting.count(b"\x12\x00" * 1000, _DESCRIPTOR, 10) == 11


def test_an_unknown_field_counts_once():
    assert field_counting.count(b"\x7a\x03abc\x7d1234", _DESCRIPTOR, _MANY) == 2


@pytest.mark.parametrize(
    "content", [b"\x12", b"\x12\x05", b"\x12\xff", b"\x0b", b"\xff" * 20, b"\x09123"]
)
def test_other_bytes_are_refused(content):
    with pytest.raises(protobuf_message.DecodeError):
        field_counting.count(content, _DESCRIPTOR, _MANY)
