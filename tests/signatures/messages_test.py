"""The messages have the same bytes as those of tensorflow_hub."""

from __future__ import annotations

import pytest

from efficientnet_hub.signatures import messages
from efficientnet_hub.tests import fresh_process


def _image_module_info(message_class, height, width):
    message = message_class()
    message.default_image_size.height = height
    message.default_image_size.width = width
    return message


def test_the_module_def_is_the_two_bytes_of_the_format():
    message = messages.ModuleDef(format=messages.FORMAT_V3)

    assert message.SerializeToString() == b"\x08\x03"


def test_the_module_def_is_that_of_tensorflow_hub():
    from tensorflow_hub import module_def_pb2

    theirs = module_def_pb2.ModuleDef.FromString(
        messages.ModuleDef(format=messages.FORMAT_V3).SerializeToString()
    )

    assert theirs.format == module_def_pb2.ModuleDef.FORMAT_V3


def test_the_image_size_has_the_bytes_of_tensorflow_hub():
    from tensorflow_hub import image_module_info_pb2

    ours = _image_module_info(messages.ImageModuleInfo, 260, 480)
    theirs = _image_module_info(image_module_info_pb2.ImageModuleInfo, 260, 480)

    assert ours.SerializeToString() == theirs.SerializeToString()
    assert ours.DESCRIPTOR.full_name == theirs.DESCRIPTOR.full_name


def test_an_attachment_has_the_bytes_of_tensorflow_hub():
    from tensorflow_hub import module_attachment_pb2

    fields = {"key": "image_module_info", "value": b"\x00\xff\x08\x03"}
    ours = messages.ModuleAttachment(**fields)
    theirs = module_attachment_pb2.ModuleAttachment(**fields)

    assert ours.SerializeToString() == theirs.SerializeToString()
    assert ours.DESCRIPTOR.full_name == theirs.DESCRIPTOR.full_name


def test_messages_are_read_back():
    written = _image_module_info(messages.ImageModuleInfo, 260, 480).SerializeToString()
    attachment = messages.ModuleAttachment(key="size", value=written)

    read = messages.ModuleAttachment.FromString(attachment.SerializeToString())
    size = messages.ImageModuleInfo.FromString(read.value).default_image_size

    assert read.key == "size"
    assert (size.height, size.width) == (260, 480)


@pytest.mark.slow
@pytest.mark.parametrize("ours_first", [True, False])
def test_tensorflow_hub_may_be_imported_before_or_after(ours_first):
    ours = "from efficientnet_hub.signatures import messages"
    theirs = (
        "from tensorflow_hub import image_module_info_pb2, module_attachment_pb2, "
        "module_def_pb2"
    )
    imports = [ours, theirs] if ours_first else [theirs, ours]

    printed = fresh_process.run(
        "\n".join(imports)
        + "\nfor home in (messages, module_def_pb2):"
        + "\n    print(home.ModuleDef(format=3).SerializeToString().hex())"
    )

    assert printed.split() == ["0803", "0803"]


def test_no_tensorflow_is_needed():
    printed = fresh_process.run(
        "import sys\n"
        "from efficientnet_hub.signatures import messages\n"
        "print('tensorflow' in sys.modules, 'tensorflow_hub' in sys.modules)"
    )

    assert printed.split() == ["False", "False"]
