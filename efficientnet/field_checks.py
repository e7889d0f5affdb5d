"""Checks of the values of a configuration's fields."""

from __future__ import annotations

import dataclasses
import math
import numbers
from typing import Any, Callable, Iterable

from .. import errors


@dataclasses.dataclass(frozen=True)
class Range:
    """A range of numbers.

    Attributes:
      description: the range in words, as in 'must be a number <description>'.
      contains: whether a number is in it. Comparisons with NaN are false, so no range
        contains NaN.
    """

    description: str
    contains: Callable[[Any], bool]


BELOW_ONE = Range("in [0, 1)", lambda value: 0 <= value < 1)
ABOVE_ZERO = Range("in (0, 1]", lambda value: 0 < value <= 1)
UNIT_INTERVAL = Range("in [0, 1]", lambda value: 0 <= value <= 1)
NON_NEGATIVE = Range("of at least 0", lambda value: 0 <= value < math.inf)
POSITIVE = Range("greater than 0", lambda value: 0 < value < math.inf)


def check_number(name: str, value: object, allowed: Range) -> None:
    """Checks that a value is a number in a range.

    Raises:
      errors.InputError: if it is not.
    """
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not allowed.contains(value):
        raise errors.InputError(
            f"{name} must be a number {allowed.description}, found {value!r}"
        )


def check_positive_integer(name: str, value: Any) -> None:
    """Checks that a value is an integer of at least 1.

    Raises:
      errors.InputError: if it is not.
    """
    if not _is_integer(value) or value < 1:
        raise errors.InputError(f"{name} must be a positive integer, found {value!r}")


def check_seed(name: str, value: Any) -> None:
    """Checks that a value is an integer in [0, 2**32), as numpy takes for a seed.

    Raises:
      errors.InputError: if it is not.
    """
    if not _is_integer(value) or not 0 <= value < 2**32:
        raise errors.InputError(
            f"{name} must be an integer from 0 to {2**32 - 1}, found {value!r}"
        )


def check_flag(name: str, value: object) -> None:
    """Checks that a value is True or False.

    Raises:
      errors.InputError: if it is not.
    """
    if not isinstance(value, bool):
        raise errors.InputError(f"{name} must be True or False, found {value!r}")


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Checks that a value is one of some strings.

    Raises:
      errors.InputError: if it is not.
    """
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        raise errors.InputError(
            f"{name} must be one of {', '.join(choices)}, found {value!r}"
        )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
