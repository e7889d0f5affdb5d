"""Reads YAML of any origin as nodes that know their lines, within bounds.

Constructors of YAML are not used: they raise exceptions of many types, and read 1:30 as
90, or 010 as 8.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Iterator

from ... import bounded_files, dependencies, errors, escaping

_MAX_BYTES = 2**19
# Of the nodes of a file, with those that an alias stands for.
_MAX_NODES = 20_000
_MAX_DEPTH = 16
_BOUNDS = (
    f"at most {_MAX_BYTES} bytes, {_MAX_NODES} values with those of aliases, and "
    f"{_MAX_DEPTH} levels"
)

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})?\.[0-9]{1,18}")
_CONSTANTS = {"true": True, "yes": True, "on": True}
_CONSTANTS.update({"false": False, "no": False, "off": False})


@dataclasses.dataclass(frozen=True)
class Unusable:
    """A value that no field of a list can have.

    Attributes:
      description: what it is, for messages.
    """

    description: str

    def __repr__(self) -> str:
        return self.description


def read(path: str) -> Any:
    """Returns the root node of a YAML file, or None if the file is empty.

    Args:
      path: a file in UTF-8.

    Raises:
      errors.InputError: if it cannot be read, is no YAML, or exceeds the bounds.
      errors.DependencyError: if PyYAML is missing.
    """
    yaml = _import_yaml()
    text = _read_text(path)
    loader = None
    try:
        loader = _make_loader_class()(text)
        return loader.get_single_node()
    except errors.InputError as error:
        raise errors.InputError(f"{path}:{error}") from error
    # PyYAML also raises ValueError, for numbers of characters out of range.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line, problem = _locate(error, text, loader)
        raise errors.InputError(
            f"{path}:{line}: must be YAML, found an error: "
            f"{escaping.cut(problem, 2 * escaping.MAX_VALUE)}"
        ) from error


def _import_yaml() -> Any:
    return dependencies.optional("yaml", "build", "reading a list of modules")


def _read_text(path: str) -> str:
    content = bounded_files.read(path, "a YAML file", _MAX_BYTES)
    if len(content) > _MAX_BYTES:
        raise errors.InputError(
            f"'{path}' must have {_BOUNDS}, found more bytes: is it a list of modules?"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise errors.InputError(
            f"{path}:{line}: must be YAML in UTF-8, found the byte "
            f"0x{content[error.start]:02x}: does it have another encoding?"
        ) from error


def _make_loader_class() -> Any:
    """Returns a class that makes nodes from YAML within the bounds."""
    yaml: Any = _import_yaml()

    class BoundedLoader(yaml.SafeLoader):
        """Counts the nodes of each anchor, so that no alias multiplies them."""

        def __init__(self, text: str) -> None:
            super().__init__(text)
            self._depth = 0
            self._count = 0
            self._counts_of_anchors: dict[str, int] = {}

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.peek_event()
            is_alias = isinstance(event, yaml.AliasEvent)
            before = self._count
            size = self._counts_of_anchors.get(event.anchor, 1)
            self._count += size if is_alias else 1
            self._depth += 1
            if self._count > _MAX_NODES or self._depth > _MAX_DEPTH:
                raise errors.InputError(
                    f"{event.start_mark.line + 1}: a list of modules must have "
                    f"{_BOUNDS}, found more here: is it a list of modules?"
                )
            if event.anchor is not None and not is_alias:
                # An alias to an anchor that is not complete contains itself.
                self._counts_of_anchors[event.anchor] = _MAX_NODES
            node = super().compose_node(parent, index)
            self._depth -= 1
            if event.anchor is not None and not is_alias:
                self._counts_of_anchors[event.anchor] = self._count - before
            return node

    return BoundedLoader


def _locate(error: Exception, text: str, loader: Any) -> tuple[int, str]:
    """Returns the line of an error of PyYAML, and what is wrong."""
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    if mark is not None:
        return mark.line + 1, getattr(error, "problem", None) or str(error)
    if position is not None:  # Of a character that YAML does not allow.
        line = text.count("\n", 0, position) + 1
        return line, f"the character {text[position]!r}"
    return (1 if loader is None else loader.line + 1), errors.first_line(error)


def line_of(node: Any) -> int:
    """Returns the line where a node starts, from 1."""
    return node.start_mark.line + 1


def is_mapping(node: Any) -> bool:
    """Returns whether a node is a mapping of names to values."""
    return isinstance(node, _import_yaml().MappingNode)


def is_sequence(node: Any) -> bool:
    """Returns whether a node is a list."""
    return isinstance(node, _import_yaml().SequenceNode)


def describe(node: Any) -> str:
    """Returns what a node is, for messages."""
    if node is None:
        return "nothing"
    if is_mapping(node):
        return "a mapping"
    return "a list" if is_sequence(node) else "text"


def read_pairs(
    node: Any, place: str, mistakes: errors.Mistakes
) -> Iterator[tuple[str, int, Any]]:
    """Yields the name, the line and the value's node of each item of a mapping.

    Args:
      node: a mapping.
      place: the path of its file.
      mistakes: gets those of the names.
    """
    seen = set()
    for key, value in node.value:
        line = line_of(key)
        if is_mapping(key) or is_sequence(key):
            mistakes.add(f"{place}:{line}: a name must be text, found {describe(key)}")
        elif key.value in seen:
            mistakes.add(
                f"{place}:{line}: each name must be given once, found "
                f"{escaping.show_value(key.value)} twice"
            )
        else:
            seen.add(key.value)
            yield key.value, line, value


def to_value(node: Any) -> Any:
    """Returns the value of a node: None, a bool, number, text, list, or `Unusable`."""
    if is_mapping(node):
        return Unusable("a mapping")
    if is_sequence(node):
        if node.tag != _TAG + "seq":
            return Unusable(f"a list with the tag {escaping.show_value(node.tag)}")
        return [to_value(each) for each in node.value]
    return _read_scalar(node.tag, node.value)


def _read_scalar(tag: str, text: str) -> Any:
    shown = escaping.show_value(text)
    if tag == _TAG + "str":
        if escaping.escape_terminal(text) != text:
            return Unusable(f"text with characters that cannot be shown, {shown}")
        return text
    if tag == _TAG + "int":
        is_decimal = _INTEGER.fullmatch(text) is not None
        return int(text) if is_decimal else Unusable(f"the number {shown}")
    if tag == _TAG + "float" and _DECIMAL.fullmatch(text) is not None:
        return float(text)
    if tag == _TAG + "bool":
        return _CONSTANTS.get(text.lower(), Unusable(shown))
    if tag == _TAG + "null":
        return None
    kind = tag[len(_TAG) :] if tag.startswith(_TAG) else f"tag {tag}"
    return Unusable(f"{shown} ({escaping.cut(kind)})")
