"""The formats that a module is written in, and where each goes."""

from __future__ import annotations

import os

from ... import dependencies, errors

HUB = "hub"
SAVED_MODEL = "savedmodel"
BOTH = "both"
FORMATS = (HUB, SAVED_MODEL, BOTH)


def outputs(format: str, output: str, archive: str | None) -> dict[str, str]:
    """Checks a format, and tells where to write.

    Args:
      format: 'hub', 'savedmodel' or 'both'.
      output: the module's directory, or the folder of both.
      archive: path of a .tar.gz to write too.

    Returns:
      The directory of the module in each format to write, 'hub' or 'savedmodel'.

    Raises:
      errors.InputError: if there is no such format, or an archive of both is wanted.
      errors.DependencyError: if the TensorFlow here does not write it.
    """
    if format not in FORMATS:
        raise errors.InputError(
            "format must be one of {}, found {!r}".format(", ".join(FORMATS), format)
        )
    if format != HUB:
        dependencies.saved_model_writer()
    if format != BOTH:
        return {format: output}
    if archive is not None:
        raise errors.InputError(
            f"an archive holds one module, found archive '{archive}' with the "
            "format 'both': export 'hub' and 'savedmodel' one by one"
        )
    return {each: os.path.join(output, each) for each in (HUB, SAVED_MODEL)}
