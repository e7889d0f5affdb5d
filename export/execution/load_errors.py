"""Explains why TensorFlow cannot load or run a module."""

from __future__ import annotations

import contextlib
import re
from typing import Iterator

from ... import errors, escaping

_SHOWN_CHARACTERS = 300  # Of a message of TensorFlow's.
# What TensorFlow says of ops, and of attributes of ops, that it does not know.
_UNKNOWN = re.compile(r"Op type not registered|\bnot in Op<|No OpDef|Unknown data type")


@contextlib.contextmanager
def refuse(path: str) -> Iterator[None]:
    """Makes what TensorFlow raises for a module an `errors.InputError`.

    Args:
      path: what to call the module.

    Raises:
      errors.InputError: if the body raises any other error than InputError,
        DependencyError or MemoryError, which pass.
    """
    try:
        yield
    except (errors.InputError, errors.DependencyError, MemoryError):
        raise
    # A damaged module raises anything that TensorFlow and protobuf may raise.
    except Exception as error:
        found = escaping.cut(errors.first_line(error), _SHOWN_CHARACTERS)
        raise errors.InputError(
            f"module '{path}' must load and run, found {type(error).__name__} "
            f"({found}): {_guess_cause(str(error))}"
        ) from error


def _guess_cause(message: str) -> str:
    if _UNKNOWN.search(message):
        return "was it made for a newer TensorFlow?"
    return "is it damaged?"
