"""Reads directories of tags, which TIFF files and the metadata of photographs have.

The data of many tags can be the same bytes of a file. A program that reads all of them
then needs a thousand times the memory of the file.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_WIDTH, _HEIGHT = 256, 257
# The offsets of the parts of an image. The smallest parts have 16 x 16 pixels.
_PARTS = (273, 279, 324, 325)
_MOST_PARTS = 2**18
# These tags are offsets of other directories.
_DIRECTORIES = (330, 34665, 34853, 40965)
_MOST_DIRECTORIES = 20
# A raw photograph has about a hundred.
_MOST_TAGS = 2**12
_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_BYTES.update({13: 4, 16: 8, 17: 8, 18: 8})
_INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
# Of metadata that are short, whatever they say.
_FEW_BYTES = 2**20


class _Layout(NamedTuple):
    """How the numbers of a file are written.

    Attributes:
      order: '<' or '>', see `struct`.
      offset: the letter of an offset, see `struct`.
      tag_count: the letter of the number of tags.
    """

    order: str
    offset: str
    tag_count: str

    def read(self, letters: str, content: bytes, position: int) -> tuple[int, ...]:
        return struct.unpack_from(self.order + letters, content, position)


class _Tag(NamedTuple):
    kind: int
    length: int
    value: bytes


def read_size(content: bytes) -> tuple[int, int] | None:
    """Returns the width and height of the first image of a TIFF file, or None."""
    try:
        layout, first = _read_start(content)
        tags = dict(_read_directory(content, layout, first))
        width, height = (_read_integer(tags[tag], layout) for tag in (_WIDTH, _HEIGHT))
    except (struct.error, KeyError, ValueError):
        return None
    return width, height


def are_short(content: bytes) -> bool:
    """Returns whether the tags have no more data than the file has.

    Args:
      content: a TIFF file, or the metadata of a photograph (EXIF). It may be damaged
        or empty.
    """
    total = 0
    try:
        layout, first = _read_start(content)
        left = [first]
        for _ in range(_MOST_DIRECTORIES):
            if not left:
                break
            for number, tag in _read_directory(content, layout, left.pop()):
                total += tag.length * _BYTES.get(tag.kind, 0)
                if number in _PARTS and tag.length > _MOST_PARTS:
                    return False
                if number in _DIRECTORIES and tag.kind in _INTEGERS:
                    left.append(_read_integer(tag, layout))
    except struct.error:
        pass  # Where it ends, other programs end too.
    except ValueError:
        return False
    return total <= max(len(content), _FEW_BYTES)


def _read_start(content: bytes) -> tuple[_Layout, int]:
    order = "<" if content[:2] == b"II" else ">"
    if struct.unpack_from(order + "H", content, 2)[0] == 43:
        layout = _Layout(order, "Q", "Q")
        return layout, layout.read("Q", content, 8)[0]
    layout = _Layout(order, "I", "H")
    return layout, layout.read("I", content, 4)[0]


def _read_directory(
    content: bytes, layout: _Layout, position: int
) -> list[tuple[int, _Tag]]:
    """Returns the tags of a directory, with their numbers.

    Raises:
      struct.error: if the file ends before.
      ValueError: if it has too many.
    """
    if position > len(content):
        raise struct.error("the file ends before the directory")
    (count,) = layout.read(layout.tag_count, content, position)
    if count > _MOST_TAGS:
        raise ValueError(f"{count} tags")
    position += struct.calcsize(layout.order + layout.tag_count)
    size = struct.calcsize(layout.order + layout.offset)
    tags = []
    for _ in range(count):
        number, kind, length = layout.read("HH" + layout.offset, content, position)
        position += 4 + size
        value = content[position : position + size]
        tags.append((number, _Tag(kind, length, value)))
        position += size
    return tags


def _read_integer(tag: _Tag, layout: _Layout) -> int:
    """Returns the integer of a tag, or the offset of its integers."""
    size = tag.length * _BYTES.get(tag.kind, 0)
    if tag.kind not in _INTEGERS or size > len(tag.value):
        return layout.read(layout.offset, tag.value, 0)[0]
    return layout.read(_INTEGERS[tag.kind], tag.value, 0)[0]


def list_integers(content: bytes, number: int) -> tuple[int, ...]:
    """Returns up to 16 integers of a tag of the first image of a TIFF file.

    Args:
      content: a TIFF file.
      number: the tag.

    Returns:
      The integers; none if there is no such tag, or it is damaged.
    """
    try:
        layout, first = _read_start(content)
        tag = dict(_read_directory(content, layout, first))[number]
        letters = _INTEGERS[tag.kind] * min(tag.length, 16)
        source, position = tag.value, 0
        if tag.length * _BYTES[tag.kind] > len(tag.value):
            source, position = content, layout.read(layout.offset, tag.value, 0)[0]
        return layout.read(letters, source, position)
    except (struct.error, KeyError, ValueError):
        return ()
