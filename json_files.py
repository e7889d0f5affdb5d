"""Writes JSON, and reads it within bounds: anyone may have changed it since."""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping

from . import bounded_files, errors, escaping

# A manifest has about 20 KB.
_MAX_BYTES = 16 * 2**20
_MOST_DIGITS = 20
# The configuration of a model in a model has about 20. A program that visits the values
# needs a frame for each level.
_MOST_LEVELS = 100


def write(path: str, document: Mapping[str, Any], sort_keys: bool = True) -> None:
    """Writes a document.

    Args:
      path: the file.
      document: values that JSON can represent, by name.
      sort_keys: whether the names are in alphabetical order.

    Raises:
      OSError: if it cannot be written; its file name is the path.
    """
    # Writes a file name that is not UTF-8 with the escapes of JSON.
    with errors.naming(path), open(
        path, "w", encoding="utf-8", errors="backslashreplace"
    ) as file:
        json.dump(document, file, indent=2, sort_keys=sort_keys, ensure_ascii=False)
        file.write("\n")


def read(path: str, what: str) -> Any:
    """Returns the content of a JSON file.

    Args:
      path: the file.
      what: what it must be, for messages, e.g. 'the record of a training'.

    Raises:
      errors.InputError: if it cannot be read, or `parse` refuses it.
    """
    content = bounded_files.read(path, what, _MAX_BYTES)
    try:
        return parse(content)
    except ValueError as error:
        raise describe_damage(path, what, errors.first_line(error)) from error


def parse(content: bytes) -> Any:
    """Returns the value of a JSON document in UTF-8.

    Args:
      content: the document.

    Raises:
      ValueError: if it is not JSON, or has more than 16 MiB, more than 100 levels, a
        name twice in an object, a number that is not finite, or an integer of more than
        20 digits. The message says what was found.
    """
    try:
        document = _parse(content)
    except RecursionError as error:
        raise ValueError("too many levels") from error
    _check_levels(document)
    return document


def describe_damage(path: str, what: str, found: str) -> errors.InputError:
    """Returns the error of a file that is not what it must be.

    Args:
      path: the file.
      what: what it must be.
      found: what it is instead.
    """
    shown = escaping.cut(escaping.escape_terminal(found), 4 * escaping.MAX_VALUE)
    return errors.InputError(
        f"'{path}' must be {what}, found: {shown}: is it damaged, or another file?"
    )


def _parse(content: bytes) -> Any:
    if len(content) > _MAX_BYTES:
        raise ValueError(f"more than {_MAX_BYTES} bytes")
    return json.loads(
        content.decode("utf-8"),
        parse_int=_parse_integer,
        parse_constant=_refuse_constant,
        object_pairs_hook=_make_object,
    )


def _check_levels(document: Any) -> None:
    level = [document]
    for _ in range(_MOST_LEVELS):
        level = [child for value in level for child in _list_children(value)]
        if not level:
            return
    raise ValueError("too many levels")


def _list_children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _parse_integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"the number {escaping.show_value(text)}")
    return int(text)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"the number {text}")


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {escaping.show_value(name)} twice")
        found[name] = value
    return found
