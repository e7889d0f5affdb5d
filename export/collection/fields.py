"""The fields of a module in a list, and the rules for their values."""

from __future__ import annotations

import dataclasses
import os
from typing import Any, Callable, Tuple, cast

from ... import errors, escaping, option_fields, paths
from ...evaluation import options as evaluation_options
from .. import options as options_lib
from ..storage import archive_reader
from ..weights import named_weights
from . import layout, yaml_nodes

# The largest number of a version: the names of its files must fit a file system.
_LARGEST_VERSION = 2**31 - 1
_LONGEST_TEXT = 1024


def _is_path(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT


def _is_list_of_files(value: object) -> bool:
    if not isinstance(value, list) or not all(map(_is_path, value)):
        return False
    return len(set(map(os.path.basename, value))) == len(value)


def _is_integer(value: object) -> bool:
    return type(value) is int  # True is an integer to isinstance.


def _is_fraction(value: object) -> bool:
    return type(value) in (int, float) and 0 <= cast(float, value) <= 1


# What a value must be, and whether it is.
_Rule = Tuple[str, Callable[[Any], bool]]
_OWN_RULES = {
    "handle": (
        "a publisher and a name such as 'google/efficientnet/b2/classification', whose "
        "version is a field of its own and whose parts are no names of published files",
        lambda value: isinstance(value, str) and layout.is_publishable(value),
    ),
    "version": (
        f"an integer of at most {_LARGEST_VERSION} and at least 1",
        lambda value: _is_integer(value) and 1 <= value <= _LARGEST_VERSION,
    ),
    "samples": ("a list of paths, no two with the same file name", _is_list_of_files),
    "evaluate": ("the path of a folder", _is_path),
    "evaluate_labels": ("the path of a file", _is_path),
    "resize": (
        "one of " + ", ".join(evaluation_options.RESIZES),
        lambda value: value in evaluation_options.RESIZES,
    ),
    "minimum_top_1": ("a number of 0 to 1", _is_fraction),
}
_PATHS = ("evaluate", "evaluate_labels")
_TYPE_RULES = {
    int: ("an integer", _is_integer),
    bool: ("true or false", lambda value: type(value) is bool),
    str: (f"text of 1 to {_LONGEST_TEXT} characters", _is_path),
}


def _make_rule(option: option_fields.Option) -> _Rule:
    if option.choices:
        return (
            "one of " + ", ".join(option.choices),
            lambda value: isinstance(value, str) and value in option.choices,
        )
    return _TYPE_RULES[option.type]


_OPTION_FIELDS = dataclasses.fields(options_lib.ExportOptions)
OPTIONS = {field.name: option_fields.describe(field) for field in _OPTION_FIELDS}
_RULES = {
    **_OWN_RULES,
    **{name: _make_rule(option) for name, option in OPTIONS.items()},
}
REQUIRED = ["handle"] + [
    field.name for field in _OPTION_FIELDS if field.default is dataclasses.MISSING
]


@dataclasses.dataclass(frozen=True)
class Fields:
    """The fields of a module.

    Attributes:
      values: the correct ones by name, with absolute paths.
      wrong: the names of the others that are fields.
    """

    values: dict[str, Any]
    wrong: set[str]


def read(path: str, node: Any, what: str, mistakes: errors.Mistakes) -> Fields:
    """Reads and checks the fields of a mapping.

    Args:
      path: of the file.
      node: the mapping.
      what: what it is, for messages.
      mistakes: gets the mistakes, with their lines.
    """
    found = Fields({}, set())
    if not yaml_nodes.is_mapping(node):
        mistakes.add(
            f"{path}:{yaml_nodes.line_of(node)}: {what} must be a mapping of names to "
            f"values, found {yaml_nodes.describe(node)}"
        )
        found.wrong.update(_RULES)  # Nothing is known of them.
        return found
    for name, line, value_node in yaml_nodes.read_pairs(node, path, mistakes):
        place = f"{path}:{line}"
        if name not in _RULES:
            mistakes.add(
                f"{place}: a module must have no other fields than "
                f"{', '.join(_RULES)}, found {escaping.show_value(name)}"
            )
            continue
        value = yaml_nodes.to_value(value_node)
        value = _complete(name, value)
        expected, is_kept = _RULES[name]
        if is_kept(value):
            found.values[name] = _make_paths_absolute(path, name, value)
        else:
            found.wrong.add(name)
            mistakes.add(
                f"{place}: {name} must be {expected}, found "
                f"{escaping.show_value(value)}"
            )
    return found


def _complete(name: str, value: Any) -> Any:
    """Returns a value of which a list may have a shorter form."""
    complete = OPTIONS[name].complete if name in OPTIONS else None
    return complete(value) if complete and isinstance(value, str) else value


def _make_paths_absolute(path: str, name: str, value: Any) -> Any:
    """Returns the value of a field; its paths are relative to the folder of a list."""
    if name == "samples":
        return sorted(
            (_make_absolute(path, each) for each in value), key=os.path.basename
        )
    if name == "weights" and not is_path_of_weights(value):
        return value
    if name in _PATHS or (name in OPTIONS and OPTIONS[name].is_path):
        return _make_absolute(path, value)
    return value


def is_path_of_weights(value: str) -> bool:
    """Returns whether a value of `weights` is neither a name nor an address."""
    return not (value in named_weights.NAMES or archive_reader.is_address(value))


def _make_absolute(path: str, named: str) -> str:
    """Returns the path of a file that a list names relative to its folder."""
    folder = os.path.dirname(os.path.abspath(path))
    return os.path.join(folder, paths.expand(named))
