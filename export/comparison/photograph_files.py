"""Lists the photographs that both modules see."""

from __future__ import annotations

import os

from ... import errors
from ...photographs import image_files
from ..classification import classification_inputs

# Of the package: an officer, a cat and a cup of coffee.
_BUNDLED = os.path.join("modules", "samples")
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def list_files(folder: str | None) -> list[str]:
    """Returns the photographs of a folder.

    Args:
      folder: a folder, or None for the photographs of this package.

    Raises:
      errors.InputError: if it is no folder, or has no images.
    """
    if folder is None:
        return classification_inputs.expand([os.path.join(_ROOT, _BUNDLED)])
    if not os.path.isdir(folder):
        found = "a file" if os.path.lexists(folder) else "nothing at this path"
        raise errors.InputError(
            f"images must be a folder of images, found {found}: '{folder}'"
        )
    files = classification_inputs.expand([folder])
    if files == [folder]:
        image_files.read(folder)  # Raises the error.
    return files


def check(folder: str | None) -> None:
    """Checks that there is an image that can be read, by the headers alone.

    Raises:
      errors.InputError: if there is none.
    """
    classification_inputs.check_one_is_readable(list_files(folder))
