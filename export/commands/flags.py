"""Flags that are made from the fields of a dataclass, and help that commands share."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any, Sequence

from ... import option_fields, paths

EXECUTES = (
    "A module is a program, and this command executes it: use only modules that you "
    "trust."
)


def add_module(parser: argparse.ArgumentParser) -> None:
    """Adds the argument of a command that reads a module."""
    parser.add_argument(
        "module",
        type=paths.expand,
        metavar="DIR_OR_ARCHIVE",
        help="the module: its directory or its .tar.gz",
    )


def add_flags(
    parser: argparse.ArgumentParser, option_class: type[Any], only: Sequence[str] = ()
) -> None:
    """Adds a flag for each option of a class.

    Args:
      parser: the parser of a command.
      option_class: a dataclass whose fields describe options, see `option_fields`.
      only: the names of the options to add, by default all.
    """
    for field in dataclasses.fields(option_class):
        if not only or field.name in only:
            _add_flag(parser, field)


def _add_flag(parser: argparse.ArgumentParser, field: dataclasses.Field[Any]) -> None:
    option = option_fields.describe(field)
    flag = f"--{field.name}"
    if option.type is bool:
        parser.add_argument(flag, action="store_true", help=option.help)
        return
    is_required = field.default is dataclasses.MISSING
    parser.add_argument(
        flag,
        required=is_required,
        default=None if is_required else field.default,
        type=paths.expand if option.is_path else option.complete or option.type,
        choices=option.choices or None,
        metavar=option.metavar,
        help=option.help,
    )


def values(arguments: argparse.Namespace, option_class: type[Any]) -> dict[str, Any]:
    """Returns the values of the flags that `add_flags` added, by their names."""
    return {
        field.name: getattr(arguments, field.name)
        for field in dataclasses.fields(option_class)
    }
