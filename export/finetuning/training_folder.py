"""Checks and locks the folder that a training writes to."""

from __future__ import annotations

import contextlib
import os
from typing import Iterator, Mapping, Sequence

from ... import atomic_files, errors, escaping, paths
from .. import destinations
from ..storage import held_folders, publication, temporary_folders

# The module that the training starts from, and its record.
START = "start"
_START_RECORD = f"{START}.json"
# What is in the folder before the record is.
_FIRST_NAMES = (START, f"{START}.md", _START_RECORD + atomic_files.EXTENSION)


def start(folder: str) -> str:
    """Returns the path of the module to train."""
    return os.path.join(folder, START)


def start_record(folder: str) -> str:
    """Returns the path of the record of the module to train."""
    return os.path.join(folder, _START_RECORD)


def check(
    folder: str, module: destinations.Paths, inputs: Mapping[str, Sequence[str]]
) -> None:
    """Checks that a training may write to a folder.

    Args:
      folder: the training's folder.
      module: where the new module is written to.
      inputs: what is read, see `destinations.plan`.

    Raises:
      errors.InputError: if the folder holds something else than a training, or a file
        of the training would replace an input or be in a module.
    """
    paths.check_for_tensorflow("training_dir", folder)
    for path in (module.module, *inputs.get("module", ())):
        if publication.is_within(folder, path):
            raise errors.InputError(
                f"the training's folder '{folder}' must lie outside the "
                f"module '{path}': name another with --training_dir"
            )
    destinations.check_apart_from_inputs(folder, inputs)
    destinations.check_outside_of_modules(folder)
    for path in (module.module, *module.files):
        if not publication.lie_apart(path, start(folder)):
            raise errors.InputError(
                f"'{path}' must lie apart from '{start(folder)}', which the training "
                "writes: give another path"
            )
    _check_is_of_a_training(folder)
    publication.check_can_create(start(folder))


def _check_is_of_a_training(folder: str) -> None:
    if not os.path.lexists(folder) or os.path.isfile(start_record(folder)):
        return
    expected = (
        f"the training's folder '{folder}' must be new, empty, or of an earlier "
        "training by finetune"
    )
    if not os.path.isdir(folder):
        raise errors.InputError(
            f"{expected}, found a file: name another with --training_dir"
        )
    publication.remove_staging(start(folder))
    prefix = publication.staging_prefix(start(folder))
    foreign = sorted(
        name
        for name in os.listdir(folder)
        if name not in _FIRST_NAMES and not temporary_folders.is_name(name, prefix)
    )
    if foreign:
        raise errors.InputError(
            f"{expected}, found other files in it ({escaping.list_names(foreign)}): "
            "name another with --training_dir"
        )


@contextlib.contextmanager
def hold(folder: str) -> Iterator[None]:
    """Creates and locks the folder of a training, see `held_folders.hold`.

    Raises:
      errors.InputError: if another process trains in it, or it cannot be created.
    """
    refusal = (
        f"the training's folder '{folder}' must be of one training at a time, found "
        "that another process uses it: wait for it, or name another with "
        "--training_dir"
    )
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held_folders.hold(folder, refusal))
        except OSError as error:
            raise errors.InputError(
                f"the training's folder '{folder}' must be in a folder that can be "
                f"written, found that it cannot be created: {error.strerror}"
            ) from error
        publication.remove_staging(start(folder))
        yield
