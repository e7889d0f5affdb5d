"""Checks the checkpoint that a training resumes from, before TensorFlow restores it."""

from __future__ import annotations

import os

from ... import errors
from .containers import checkpoint_index, checkpoint_state, sorted_table


def check(training_dir: str) -> None:
    """Checks the newest checkpoint of a training, if there is one.

    Args:
      training_dir: the folder of the checkpoints.

    Raises:
      errors.InputError: if the file `checkpoint` is damaged or names a checkpoint
        elsewhere, or if the index of the checkpoint is damaged.
    """
    state = os.path.join(training_dir, checkpoint_state.FILE)
    if not os.path.lexists(state):
        return
    newest = checkpoint_state.read_newest(training_dir)
    if newest is None:
        raise errors.InputError(
            f"'{state}' must name the newest checkpoint of the training, found no "
            "name: is the file damaged?"
        )
    prefix = os.path.join(training_dir, newest)
    found = os.path.dirname(os.path.realpath(prefix))
    if found != os.path.realpath(training_dir):
        raise errors.InputError(
            f"'{state}' must name a checkpoint beside it, found '{newest}': was the "
            "folder moved?"
        )
    try:
        checkpoint_index.read(prefix)
    except sorted_table.DamagedError as error:
        raise errors.InputError(
            f"the training's checkpoint '{prefix}' must be whole, found {error}: is a "
            "file of it missing, truncated or damaged?"
        ) from error
