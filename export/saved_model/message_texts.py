"""Lists the texts in a protocol message whose class is not known."""

from __future__ import annotations

from google.protobuf import message as protobuf_message

from . import field_counting

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # Wire types.
_FIXED_SIZES = {_FIXED64: 8, _FIXED32: 4}
# Of messages in messages. A loop in a loop has two levels more.
_MOST_LEVELS = 16


class TooDeepError(ValueError):
    """A message has too many levels."""


def find(content: bytes) -> set[bytes]:
    """Returns the texts of the fields of a message, and of all messages in it.

    In a message, a text looks like a message in it. So what may be either counts as
    both, and bytes that are no message have the texts before the damage.

    Args:
      content: the message.

    Raises:
      TooDeepError: if it has more than 16 levels.
    """
    texts: set[bytes] = set()
    pending = [(content, 0)]
    while pending:
        message, level = pending.pop()
        if level > _MOST_LEVELS:
            raise TooDeepError(f"more than {_MOST_LEVELS} levels")
        own = _find_own(message)
        pending += [(each, level + 1) for each in own if each]
        texts.update(own)
    return texts


def _find_own(content: bytes) -> list[bytes]:
    """Returns the texts of the fields of a message, without those of its messages."""
    texts = []
    position = 0
    try:
        while position < len(content):
            tag, position = field_counting.read_varint(content, position)
            wire_type = tag & 7
            if wire_type == _BYTES:
                length, position = field_counting.read_varint(content, position)
                if length > len(content) - position:
                    break
                texts.append(content[position : position + length])
                position += length
            elif wire_type == _VARINT:
                _, position = field_counting.read_varint(content, position)
            elif wire_type in _FIXED_SIZES:
                position += _FIXED_SIZES[wire_type]
            else:
                break
    except protobuf_message.DecodeError:
        pass
    return texts
