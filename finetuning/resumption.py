"""Checks the record of a training's options and inputs in its folder.

Only the same training resumes there.
"""

from __future__ import annotations

import os
import time
from typing import Mapping

from .. import errors, recorded_facts

# tf.estimator lets a worker wait for the chief as long as this.
_SECONDS_TO_WAIT = 7200
_SECONDS_BETWEEN_LOOKS = 1

_HASHES = ("module", "photographs")
_ADVICE = (
    "use the same options to resume it, name another folder with --training_dir, or "
    "delete this folder"
)


def is_recorded(path: str) -> bool:
    """Returns whether a record exists."""
    return os.path.exists(path)


def wait_for_record(path: str, seconds: float = _SECONDS_TO_WAIT) -> None:
    """Waits until another process, the chief, writes a record.

    Args:
      path: path of the record.
      seconds: the longest time to wait.

    Raises:
      errors.InputError: if there is no record after that time.
    """
    end = time.monotonic() + seconds
    while not is_recorded(path):
        if time.monotonic() >= end:
            raise errors.InputError(
                f"'{path}' must be written by the chief within {seconds} s, found no "
                "file: is the chief running, and on the same file system?"
            )
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def check_existing(path: str, facts: Mapping[str, object], wait: bool) -> bool:
    """Checks that a record, if it exists, has the same facts.

    Args:
      path: path of the record.
      facts: see `recorded_facts.write`.
      wait: whether to wait until another process writes the record.

    Returns:
      Whether the record exists.

    Raises:
      errors.InputError: if the facts differ, or the record is damaged or is missing
        after a long wait.
    """
    if wait:
        wait_for_record(path)
    if not is_recorded(path):
        return False
    recorded_facts.check(path, facts, "training", _HASHES, _ADVICE)
    return True
