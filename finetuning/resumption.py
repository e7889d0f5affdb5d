"""Writes and checks the record of a training's options and inputs in its folder.

Only the same training resumes there.
"""

from __future__ import annotations

import json
import os
import time
from typing import Mapping

from .. import errors, escaping, json_files

# tf.estimator lets a worker wait for the chief as long as this.
_SECONDS_TO_WAIT = 7200
_SECONDS_BETWEEN_LOOKS = 1

_WHAT = "the record of a training"
# Facts whose values are hashes, which a user cannot compare.
_HASHES = ("module", "photographs")


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


def write(path: str, facts: Mapping[str, object]) -> None:
    """Writes a record atomically.

    Args:
      path: path of the record, in an existing folder.
      facts: values that JSON can represent, by name.
    """
    part = path + ".part"
    json_files.write(part, facts)
    os.replace(part, path)


def check_existing(path: str, facts: Mapping[str, object], wait: bool) -> bool:
    """Checks that a record, if it exists, has the same facts.

    Args:
      path: path of the record.
      facts: see `write`.
      wait: whether to wait until another process writes the record.

    Returns:
      Whether the record exists.

    Raises:
      errors.InputError: see `check` and `wait_for_record`.
    """
    if wait:
        wait_for_record(path)
    if not is_recorded(path):
        return False
    check(path, facts)
    return True


def check(path: str, facts: Mapping[str, object]) -> None:
    """Checks that a record has the same facts.

    Args:
      path: path of the record.
      facts: see `write`.

    Raises:
      errors.InputError: if they differ; the message names the differences.
    """
    recorded = json_files.read(path, _WHAT)
    if not isinstance(recorded, dict):
        raise json_files.describe_damage(path, _WHAT, "no record")
    now = json.loads(json.dumps(dict(facts)))
    differences = [
        _describe_difference(name, recorded.get(name), now[name])
        for name in sorted(now)
        if recorded.get(name) != now[name]
    ]
    if differences:
        raise errors.InputError(
            f"'{os.path.dirname(path)}' must hold the same training, found another "
            f"training ({'; '.join(differences)}): use the same options to resume it, "
            "name another folder with --training_dir, or delete this folder"
        )


def _describe_difference(name: str, recorded: object, now: object) -> str:
    if name in _HASHES:
        return f"other {name}"
    return f"{name} was {_show(recorded)}, now {_show(now)}"


def _show(value: object) -> str:
    return escaping.cut(json.dumps(value))
