"""The formats that a module can be written in, and the directory of each."""

from __future__ import annotations

import os

from ... import dependencies, errors

HUB = "hub"
SAVED_MODEL = "savedmodel"
BOTH = "both"
FORMATS = (HUB, SAVED_MODEL, BOTH)


def choose_directories(format: str, output: str, archive: str | None) -> dict[str, str]:
    """Checks a format, and returns the directory of each module to write.

    Args:
      format: 'hub', 'savedmodel' or 'both'.
      output: the module's directory, or the folder of both modules.
      archive: path of a .tar.gz to write too.

    Returns:
      The directory of the module by its format, 'hub' or 'savedmodel'.

    Raises:
      errors.InputError: if there is no such format, or the format is 'both' and there
        is an archive.
      errors.DependencyError: if the installed TensorFlow cannot write the format.
    """
    directories = list_directories(format, output, archive)
    if format != HUB:
        dependencies.saved_model_writer()
    return directories


def list_directories(format: str, output: str, archive: str | None) -> dict[str, str]:
    """Returns what `choose_directories` does, without importing TensorFlow.

    Raises:
      errors.InputError: see `choose_directories`.
    """
    if format not in FORMATS:
        raise errors.InputError(
            f"format must be one of {', '.join(FORMATS)}, found {format!r}"
        )
    if format != BOTH:
        return {format: output}
    if archive is not None:
        raise errors.InputError(
            f"an archive must hold one module, found archive '{archive}' with the "
            "format 'both': export 'hub' and 'savedmodel' separately"
        )
    return {each: os.path.join(output, each) for each in (HUB, SAVED_MODEL)}
