"""Messages made from a table are those of the .proto file that it copies."""

from __future__ import annotations

import pytest
from google.protobuf import descriptor_pool, struct_pb2

from efficientnet_hub.signatures import dynamic_messages as proto

# google/protobuf/struct.proto, without its enum and its numbers.
_STRUCT = {
    "Struct": [proto.Field("fields", 1, "Value", by_string=True)],
    "Value": [
        proto.Field("string_value", 3, proto.STRING, oneof="kind"),
        proto.Field("bool_value", 4, proto.BOOL, oneof="kind"),
        proto.Field("struct_value", 5, "Struct", oneof="kind"),
        proto.Field("list_value", 6, "ListValue", oneof="kind"),
    ],
    "ListValue": [proto.Field("values", 1, "Value", repeated=True)],
}


@pytest.fixture(scope="module", name="struct_class")
def _struct_class():
    return proto.make_classes("google.protobuf", _STRUCT)["Struct"]


def _fill(struct) -> None:
    struct.fields["text"].string_value = "a"
    struct.fields["switch"].bool_value = True
    struct.fields["inner"].struct_value.fields["deeper"].string_value = "b"
    struct.fields["list"].list_value.values.add(string_value="c")
    struct.fields["list"].list_value.values.add(bool_value=False)


def test_maps_lists_and_oneofs_have_the_bytes_of_generated_code(struct_class):
    ours, theirs = struct_class(), struct_pb2.Struct()
    for struct in (ours, theirs):
        _fill(struct)

    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(
        deterministic=True
    )
    assert ours.DESCRIPTOR.full_name == theirs.DESCRIPTOR.full_name


def test_one_field_of_a_oneof_is_set(struct_class):
    value = struct_class().fields["one"]

    value.string_value = "a"
    value.bool_value = False

    assert value.WhichOneof("kind") == "bool_value"


def test_fields_that_are_not_in_the_table_are_preserved(struct_class):
    theirs = struct_pb2.Struct()
    theirs.fields["number"].number_value = 0.5

    ours = struct_class.FromString(theirs.SerializeToString())

    assert ours.fields["number"].WhichOneof("kind") is None
    assert ours.SerializeToString() == theirs.SerializeToString()


def test_the_default_pool_does_not_contain_them():
    proto.make_classes("efficientnet_hub.test", {"Known": []})

    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("efficientnet_hub.test.Known")
