"""What a training's folder is of, so that another training does not go on with it."""

from __future__ import annotations

import json
import os
import time
from typing import Mapping

from .. import errors

# As long as tf.estimator has a worker wait for the chief.
_SECONDS_TO_WAIT = 7200
_SECONDS_BETWEEN_LOOKS = 1

# Facts that are hashes, which tell nobody anything.
_HASHES = ("module", "photographs")


def is_recorded(path: str) -> bool:
    """Whether a record was written."""
    return os.path.exists(path)


def wait_for_record(path: str, seconds: float = _SECONDS_TO_WAIT) -> None:
    """Waits until another process, the chief, has written a record.

    Args:
      path: the record's.
      seconds: how long to wait at most.

    Raises:
      errors.InputError: if there was none in that time.
    """
    end = time.monotonic() + seconds
    while not is_recorded(path):
        if time.monotonic() >= end:
            raise errors.InputError(
                "'%s' must be written by the chief, but was not in %d s: does it run, "
                "and on the same file system?" % (path, seconds)
            )
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def record(path: str, facts: Mapping[str, object]) -> None:
    """Writes what a folder is of, in one step.

    Args:
      path: the record's, in a folder that there is.
      facts: what JSON can hold, by name.
    """
    with open(path + ".part", "w") as file:
        json.dump(dict(facts), file, indent=2, sort_keys=True)
    os.replace(path + ".part", path)


def check(path: str, facts: Mapping[str, object]) -> None:
    """Checks that a folder is of the same.

    Raises:
      errors.InputError: names what differs.
    """
    with open(path) as file:
        recorded = json.load(file)
    now = json.loads(json.dumps(dict(facts)))
    differences = [
        _told(name, recorded.get(name), now[name])
        for name in sorted(now)
        if recorded.get(name) != now[name]
    ]
    if differences:
        raise errors.InputError(
            "'{}' holds another training ({}): repeat what was said then to go on with "
            "it, name another folder by --training_dir, or delete this one".format(
                os.path.dirname(path), "; ".join(differences)
            )
        )


def _told(name: str, recorded: object, now: object) -> str:
    if name in _HASHES:
        return f"other {name}"
    return f"{name} was {json.dumps(recorded)}, now {json.dumps(now)}"
