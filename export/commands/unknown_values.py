"""Values of arguments that the parser refuses: other checks leave them out."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, TypeVar

_OptionsT = TypeVar("_OptionsT")


class _Unknown:
    """The type of `UNKNOWN`."""


# In place of a value that is missing or wrong, which the parser reports.
UNKNOWN: Any = _Unknown()


def are_known(*values: Any) -> bool:
    """Returns whether the parser accepted values, and all items and fields of them."""
    return all(_is_known(value) for value in values)


def _is_known(value: Any) -> bool:
    if isinstance(value, list):
        return are_known(*value)
    if dataclasses.is_dataclass(value):
        return are_known(*vars(value).values())
    return value is not UNKNOWN


def fill(
    option_class: type[_OptionsT], values: Mapping[str, Any], **required: Any
) -> _OptionsT:
    """Returns options, the unknown ones of which have their defaults.

    Args:
      option_class: a dataclass of options.
      values: a value for each of its fields.
      required: values for fields without a default.
    """
    known = {name: value for name, value in values.items() if are_known(value)}
    return option_class(**{**required, **known})
