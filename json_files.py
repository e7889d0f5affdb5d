"""Writes JSON, and reads it within bounds: anyone may have changed it since."""

from __future__ import annotations

import json
from typing import Any, Mapping

from . import bounded_files, errors, escaping

# A manifest has about 20 KB.
_MAX_BYTES = 16 * 2**20
_MOST_DIGITS = 20


def write(path: str, document: Mapping[str, Any], sort_keys: bool = True) -> None:
    """Writes a document.

    Args:
      path: the file.
      document: values that JSON can represent, by name.
      sort_keys: whether the names are in alphabetical order.

    Raises:
      OSError: if it cannot be written; its file name is the path.
    """
    # Of a file name that is not UTF-8, this makes the escapes of JSON.
    with errors.naming(path), open(
        path, "w", encoding="utf-8", errors="backslashreplace"
    ) as file:
        json.dump(document, file, indent=2, sort_keys=sort_keys, ensure_ascii=False)
        file.write("\n")


def read(path: str, what: str) -> Any:
    """Returns the content of a JSON file.

    Names that are given twice, numbers that are not finite, and integers of more than
    20 digits are refused.

    Args:
      path: the file.
      what: what it must be, for messages, e.g. 'the record of a training'.

    Raises:
      errors.InputError: if it cannot be read, or is not JSON.
    """
    content = bounded_files.read(path, what, _MAX_BYTES)
    try:
        return _parse(content)
    except RecursionError as error:
        raise describe_damage(path, what, "too many levels") from error
    except ValueError as error:  # Also from bytes that are not UTF-8.
        raise describe_damage(path, what, errors.first_line(error)) from error


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
