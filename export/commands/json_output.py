"""Prints the result of a command as JSON, for programs; docs/json.md has the fields."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from typing import Any, ContextManager, Mapping

from ... import escaping
from . import printing

# Increases when a field is removed or renamed, or when its meaning changes. A new field
# does not increase it.
_SCHEMA = 1


def add_flag(parser: argparse.ArgumentParser) -> None:
    """Adds the flag of a command that can print JSON."""
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON document, which docs/json.md describes",
    )


def keep_for_document(is_json: bool) -> ContextManager[Any]:
    """Returns a context in which lines go to stderr if stdout gets a document.

    Args:
      is_json: whether the command prints a document.
    """
    if not is_json:
        return contextlib.nullcontext()
    return contextlib.redirect_stdout(sys.stderr)


def print_document(command: str, fields: Mapping[str, Any]) -> None:
    """Prints the document of a command.

    Args:
      command: the command's name.
      fields: what it found, of types that JSON has.

    Raises:
      ValueError: if a number is not finite, which JSON cannot represent.
    """
    document = {"schema": _SCHEMA, "command": command, **fields}
    printing.print_lines(format_value(document))


def format_value(value: Any) -> str:
    """Returns a value as JSON that every parser reads, see `escaping.escape_document`.

    Raises:
      ValueError: if a number is not finite.
    """
    return json.dumps(escaping.escape_document(value), indent=2, allow_nan=False)
