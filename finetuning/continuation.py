"""What a training's folder is of, so that another training does not go on with it."""

from __future__ import annotations

import json
import os
from typing import Mapping

from efficientnet_hub import errors

# Facts that are hashes, which tell nobody anything.
_HASHES = ("module", "photographs")


def is_recorded(path: str) -> bool:
    """Whether a record was written."""
    return os.path.exists(path)


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
            "'%s' holds another training (%s): repeat what was said then to go on with "
            "it, name another folder by --training_dir, or delete this one"
            % (os.path.dirname(path), "; ".join(differences))
        )


def _told(name: str, recorded: object, now: object) -> str:
    if name in _HASHES:
        return "other %s" % name
    return "%s was %s, now %s" % (name, json.dumps(recorded), json.dumps(now))
