"""Describes options in the metadata of dataclass fields.

The options of a command are the fields of a dataclass. The metadata of a field says
what its flag needs besides the name and the default of the field:

    epochs: int = dataclasses.field(
        default=10, metadata=option("number of epochs", type=int, metavar="N")
    )
"""

from __future__ import annotations

import dataclasses
from typing import Any, Callable

_OPTION = "option"


@dataclasses.dataclass(frozen=True)
class Option:
    """What a field's metadata says about an option.

    Attributes:
      help: one line for the help of the command line.
      type: type of the value: str, int, float, or bool for a flag without a value.
      choices: the valid values, or empty if any value of the type is valid.
      metavar: name of the value in the help of the command line, or None.
      is_path: whether the value may be a path. On the command line, `~` at its start is
        the user's home. A list of modules names it relative to its own folder, and a
        manifest records the file's name and content.
      complete: makes a valid value from a shorter form of it, or None.
    """

    help: str
    type: type = str
    choices: tuple[str, ...] = ()
    metavar: str | None = None
    is_path: bool = False
    complete: Callable[[str], str] | None = None


def option(help: str, **attributes: Any) -> dict[str, Option]:
    """Returns the metadata of a field, see `Option`."""
    return {_OPTION: Option(help, **attributes)}


def describe(field: dataclasses.Field[Any]) -> Option:
    """Returns what the metadata of a field says about its option."""
    return field.metadata[_OPTION]


def image_size_field() -> Any:
    """Returns the field for the size of the images, None for that of the module."""
    return dataclasses.field(
        default=None,
        metadata=option(
            "height and width of the images in pixels; default: the module's",
            type=int,
            metavar="N",
        ),
    )


def batch_field() -> Any:
    """Returns the field for the images in a batch; None is 16, or fewer large ones."""
    return dataclasses.field(
        default=None,
        metadata=option(
            "number of images in a batch; default: 16, and fewer of large images",
            type=int,
            metavar="N",
        ),
    )
