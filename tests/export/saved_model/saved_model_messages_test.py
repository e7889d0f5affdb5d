"""The messages read a module like TensorFlow's own, and need no TensorFlow."""

from __future__ import annotations

import pathlib

import pytest
from google.protobuf import descriptor_pb2
from tensorflow.core.framework import variable_pb2
from tensorflow.core.protobuf import saved_model_pb2

from efficientnet_hub.export.saved_model import module_files, saved_model_messages
from efficientnet_hub.tests import fresh_process

_PAIRS = [
    (saved_model_messages.SavedModel, saved_model_pb2.SavedModel),
    (saved_model_messages.VariableDef, variable_pb2.VariableDef),
]


def _pairs_below(ours, theirs, seen: set):
    """Yields our descriptors with TensorFlow's, including those of their fields."""
    if ours.full_name in seen:
        return
    seen.add(ours.full_name)
    yield ours, theirs
    for field in ours.fields:
        if field.message_type is not None:
            inner = theirs.fields_by_name[field.name].message_type
            yield from _pairs_below(field.message_type, inner, seen)


def _describe(descriptor) -> dict[str, tuple]:
    """Returns the wire format and the oneof of each field by its name."""
    message = descriptor_pb2.DescriptorProto()
    descriptor.CopyToProto(message)
    return {
        field.name: (
            field.number,
            field.label,
            field.TYPE_INT32 if field.type == field.TYPE_ENUM else field.type,
            message.oneof_decl[field.oneof_index].name
            if field.HasField("oneof_index")
            else None,
            message.options.map_entry,
        )
        for field in message.field
    }


@pytest.mark.parametrize(("ours", "theirs"), _PAIRS)
def test_the_fields_are_those_of_tensorflow(ours, theirs):
    for mine, other in _pairs_below(ours.DESCRIPTOR, theirs.DESCRIPTOR, set()):
        fields, expected = _describe(mine), _describe(other)
        assert fields == {name: expected[name] for name in fields}, mine.full_name


@pytest.fixture(scope="module", name="content")
def _content(module) -> bytes:
    path = pathlib.Path(module.directory) / module_files.SAVED_MODEL_FILE
    return path.read_bytes()


def _values(message, fields) -> dict:
    """Returns the values of the fields of a message, and of the messages in it.

    Args:
      message: our message or TensorFlow's.
      fields: our descriptors.
    """
    return {field.name: _value(message, field) for field in fields}


def _value(message, field):
    value = getattr(message, field.name)
    inner = field.message_type
    if inner is None:
        return value if isinstance(value, (str, bytes, int)) else list(value)
    if inner.GetOptions().map_entry:
        fields = inner.fields_by_name["value"].message_type.fields
        return {key: _values(value[key], fields) for key in value}
    if hasattr(value, "DESCRIPTOR"):
        return message.HasField(field.name) and _values(value, inner.fields)
    return [_values(each, inner.fields) for each in value]


def test_a_module_is_read_like_tensorflow_reads_it(content):
    ours = saved_model_messages.SavedModel.FromString(content)
    theirs = saved_model_pb2.SavedModel.FromString(content)

    fields = ours.DESCRIPTOR.fields
    assert _values(ours, fields) == _values(theirs, fields)


def test_variables_are_read_like_tensorflow_reads_them(content):
    saved_model = saved_model_messages.SavedModel.FromString(content)
    collection = saved_model.meta_graphs[0].collection_def["variables"]

    for value in collection.bytes_list.value:
        ours = saved_model_messages.VariableDef.FromString(value)
        theirs = variable_pb2.VariableDef.FromString(value)
        assert ours.variable_name == theirs.variable_name != ""


def test_reading_and_writing_a_module_loses_nothing(content):
    written = saved_model_messages.SavedModel.FromString(content).SerializeToString()

    assert saved_model_pb2.SavedModel.FromString(
        written
    ) == saved_model_pb2.SavedModel.FromString(content)


@pytest.mark.slow
@pytest.mark.parametrize("ours_first", [True, False])
def test_tensorflow_may_be_imported_before_or_after(ours_first):
    home = "efficientnet_hub.export.saved_model"
    ours = f"from {home} import saved_model_messages as messages"
    theirs = "from tensorflow.core.protobuf import saved_model_pb2"
    imports = [ours, theirs] if ours_first else [theirs, ours]

    printed = fresh_process.run(
        "\n".join(imports)
        + "\nfor home in (messages, saved_model_pb2):"
        + "\n    message = home.SavedModel()"
        + "\n    message.meta_graphs.add().meta_info_def.tags.append('train')"
        + "\n    print(message.SerializeToString().hex())"
    )

    first, second = printed.split()
    assert first == second


def test_no_tensorflow_is_needed():
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.export.saved_model import graph_facts, module_files\n"
        "print('tensorflow' in sys.modules, 'numpy' in sys.modules)"
    )

    assert printed.split() == ["False", "False"]
