"""The texts of a message are found without its class."""

from __future__ import annotations

import pytest
from tensorflow.core.protobuf import control_flow_pb2

from efficientnet_hub.export.saved_model import message_texts


def test_the_texts_of_all_messages_are_found():
    loop = control_flow_pb2.WhileContextDef(
        context_name="a", parallel_iterations=10, loop_exit_names=["b", "c"]
    )
    loop.values_def.external_values["d"] = "e" * 200
    loop.nested_contexts.add().cond_ctxt.pivot_name = "f"

    texts = message_texts.find(loop.SerializeToString())

    assert texts.issuperset([b"a", b"b", b"c", b"d", b"e" * 200, b"f"])


@pytest.mark.parametrize("damage", [b"\x0a\x05b", b"\x0b", b"\xff" * 20, b"\x0a"])
def test_the_texts_before_a_damage_are_found(damage):
    assert b"a" in message_texts.find(b"\x0a\x01a\x11" + b"1" * 8 + damage)


def test_a_message_of_many_levels_is_refused():
    content = b"a"
    for _ in range(30):
        content = b"\x0a" + bytes([len(content)]) + content

    with pytest.raises(message_texts.TooDeepError, match="more than 16 levels"):
        message_texts.find(content)
