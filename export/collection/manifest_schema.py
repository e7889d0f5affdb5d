"""Checks the types and ranges of a manifest's fields."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from typing import Any, Callable

from ... import escaping
from . import layout

_SHA256 = re.compile("[0-9a-f]{64}")
_MAX_TEXT = 2**20
_MAX_SUMMARY = 1000
_MAX_NAME = 255
_MAX_ITEMS = 10_000


@dataclasses.dataclass(frozen=True)
class _Rule:
    """What a value must be.

    Attributes:
      expected: in words.
      is_kept: whether a value is that.
    """

    expected: str
    is_kept: Callable[[Any], bool]


@dataclasses.dataclass(frozen=True)
class _MappingOf:
    """A mapping of any names to values of one kind."""

    names: Any
    values: Any


@dataclasses.dataclass(frozen=True)
class _ListOf:
    """A list of values of one kind."""

    values: Any


@dataclasses.dataclass(frozen=True)
class _OrNull:
    """A value of one kind, or null."""

    value: Any


def _text_rule(longest: int) -> _Rule:
    return _Rule(
        f"text of at most {longest} characters",
        lambda value: isinstance(value, str) and len(value) <= longest,
    )


def _integer_rule(smallest: int, largest: int) -> _Rule:
    return _Rule(
        f"an integer of {smallest} to {largest}",
        # True is an integer to isinstance.
        lambda value: type(value) is int and smallest <= value <= largest,
    )


def _is_file_name(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_NAME
        and not set(value) & set("/\\\0")
        and value not in (".", "..")
    )


def _is_path_inside(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= _MAX_TEXT
        and "\0" not in value
        and posixpath.normpath(value) == value
        and not value.startswith(("/", "../"))
        and value not in (".", "..")
    )


def _is_versioned_handle(value: Any) -> bool:
    if not isinstance(value, str) or "/" not in value or len(value) > _MAX_NAME:
        return False
    handle, version = value.rsplit("/", 1)
    return layout.is_handle(handle) and re.fullmatch("[1-9][0-9]*", version) is not None


_TEXT = _text_rule(_MAX_TEXT)
_NAME = _text_rule(_MAX_NAME)
_COUNT = _integer_rule(0, 2**62)
_HASH = _Rule(
    "a SHA-256 in hexadecimal",
    lambda value: isinstance(value, str) and _SHA256.fullmatch(value) is not None,
)
_FILE = {
    "name": _Rule("the name of a file", _is_file_name),
    "sha256": _HASH,
    "bytes": _COUNT,
}
_TEXTS = _MappingOf(_TEXT, _TEXT)
_OPTION = _Rule(
    "text, a number, true, false or null",
    lambda value: value is None or isinstance(value, (str, int, float)),
)
# A number of JSON that is read here is finite.
_NUMBER = _Rule("a number", lambda value: type(value) in (int, float))
_FRACTION = {"value": _NUMBER, "low": _NUMBER, "high": _NUMBER}
_OPTIONAL_NAME = _Rule(
    f"text of at most {_MAX_NAME} characters or null",
    lambda value: value is None or _NAME.is_kept(value),
)
_METADATA = {
    "asset_path": _NAME,
    "task": _NAME,
    "dataset": _OPTIONAL_NAME,
    "network_architecture": _NAME,
    "fine_tunable": _NAME,
    "format": _NAME,
    "license": _NAME,
}
_SCHEMA = {
    "handle": _Rule("a handle with its version", _is_versioned_handle),
    "archive": dict(_FILE, tar_sha256=_HASH),
    "page": _FILE,
    "browser_page": dict(_FILE, rendered_by=_TEXTS),
    "files": _MappingOf(_Rule("a path inside the module", _is_path_inside), _HASH),
    "card": {
        "handle": _Rule("a handle of a page", _NAME.is_kept),
        "summary": _text_rule(_MAX_SUMMARY),
        "untrained": _Rule("true or false", lambda value: isinstance(value, bool)),
        "metadata": _METADATA,
        "sections": _ListOf({"title": _NAME, "text": _TEXT}),
    },
    "network": {
        "name": _NAME,
        "image_size": _integer_rule(1, 2**31 - 1),
        "parameters": _COUNT,
        "multiply_adds": _COUNT,
    },
    "inputs": {
        "options": _MappingOf(_NAME, _OPTION),
        "files": _MappingOf(_TEXT, _HASH),
    },
    "versions": _TEXTS,
    "promises": _TEXTS,
    "evaluation": _OrNull(
        {
            "folder": _TEXT,
            "digest": _HASH,
            "images": _COUNT,
            "classes": _COUNT,
            "preprocessing": _TEXT,
            "cross_entropy": _NUMBER,
            "top_1": _FRACTION,
            "top_5": _OrNull(_FRACTION),
        }
    ),
}


def check(document: Any) -> None:
    """Checks the fields of a manifest.

    Args:
      document: the content of its file.

    Raises:
      ValueError: if a field is missing or wrong. The message says what was found.
    """
    _check(document, _SCHEMA, "")


def _check(value: Any, schema: Any, place: str) -> None:
    if isinstance(schema, _OrNull):
        if value is not None:
            _check(value, schema.value, place)
        return
    if isinstance(schema, _Rule):
        if not schema.is_kept(value):
            raise _describe(value, schema.expected, place)
        return
    if isinstance(schema, _ListOf):
        if not isinstance(value, list) or len(value) > _MAX_ITEMS:
            raise _describe(value, f"a list of at most {_MAX_ITEMS} values", place)
        for index, each in enumerate(value):
            _check(each, schema.values, f"{place}[{index}]")
        return
    if not isinstance(value, dict) or len(value) > _MAX_ITEMS:
        raise _describe(value, f"an object of at most {_MAX_ITEMS} fields", place)
    if isinstance(schema, _MappingOf):
        for name, each in value.items():
            inner = f"{place}[{escaping.show_value(name)}]"
            _check(name, schema.names, f"a name in {place}")
            _check(each, schema.values, inner)
        return
    for name, each in schema.items():
        if name not in value:
            raise ValueError(f"no field '{name}'{' in ' + place if place else ''}")
        _check(value[name], each, f"{place}.{name}" if place else name)


def _describe(value: Any, expected: str, place: str) -> ValueError:
    return ValueError(
        f"{place or 'the file'} must be {expected}, found {escaping.show_value(value)}"
    )
