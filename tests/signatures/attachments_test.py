"""`hub` and this project read the messages that are attached to a module."""

from __future__ import annotations

import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from google.protobuf import struct_pb2

from efficientnet_hub.signatures import attachments

_NAMES = ["tench", "goldfish", "great white shark"]


def _module_with(messages) -> hub.ModuleSpec:
    """Returns a module that doubles numbers, with the messages attached."""

    def module_fn():
        numbers = tf.placeholder(tf.float32, [None])
        hub.add_signature(inputs=numbers, outputs=2 * numbers)
        for key, message in messages.items():
            hub.attach_message(key, message)

    return hub.create_module_spec(module_fn)


def test_hub_reads_the_image_size():
    spec = _module_with(attachments.attached_messages(260, {}, None))

    assert hub.get_expected_image_size(spec) == [260, 260]


def test_class_names_are_read_from_a_spec_and_from_a_module():
    spec = _module_with(attachments.attached_messages(260, {}, _NAMES))

    assert attachments.get_class_names(spec) == _NAMES
    with tf.Graph().as_default():
        assert attachments.get_class_names(hub.Module(spec)) == _NAMES


def test_class_names_are_a_list_value():
    messages = attachments.attached_messages(260, {}, _NAMES)
    encoded = messages["class_names"].SerializeToString()

    assert list(struct_pb2.ListValue.FromString(encoded)) == _NAMES


def test_a_module_may_have_no_class_names():
    messages = attachments.attached_messages(260, {}, None)

    assert "class_names" not in messages
    assert attachments.get_class_names(_module_with(messages)) is None


def test_facts_about_the_network_are_a_struct():
    facts = {"preprocessing": "lite", "model": "efficientnet-lite0"}
    spec = _module_with(attachments.attached_messages(224, facts, None))

    read = spec.get_attached_message("network", struct_pb2.Struct)

    assert dict(read) == facts
