"""Records the facts that the content of a folder belongs to, to continue only that."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping, Sequence

from . import atomic_files, errors, escaping, json_files


def write(path: str, facts: Mapping[str, Any]) -> None:
    """Writes a record atomically.

    Args:
      path: path of the record, in an existing folder.
      facts: values that JSON can represent, by name.
    """
    with atomic_files.replace(path) as part:
        json_files.write(part, facts)


def check(
    path: str, facts: Mapping[str, Any], kind: str, hashes: Sequence[str], advice: str
) -> None:
    """Checks that a record has the same facts.

    Args:
      path: path of the record.
      facts: see `write`. Other facts of the record have no effect.
      kind: what the folder holds, such as 'training'.
      hashes: the names of facts that are hashes, which a user cannot compare.
      advice: what to do if they differ, for the end of a sentence.

    Raises:
      errors.InputError: if the record is damaged, or they differ; the message names the
        differences.
    """
    what = f"the record of {_with_article(kind)}"
    recorded = json_files.read(path, what)
    if not isinstance(recorded, dict):
        raise json_files.describe_damage(path, what, "no record")
    now = json.loads(json.dumps(dict(facts)))
    differences = [
        f"other {name}"
        if name in hashes
        else f"{name} was {_show(recorded.get(name))}, now {_show(now[name])}"
        for name in sorted(now)
        if recorded.get(name) != now[name]
    ]
    if differences:
        raise errors.InputError(
            f"'{os.path.dirname(path)}' must hold the same {kind}, found another "
            f"{kind} ({'; '.join(differences)}): {advice}"
        )


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _show(value: object) -> str:
    return escaping.cut(json.dumps(value))
