"""Uses a cache in which another program changes a module at each possible moment.

    python changed_caches.py < job.json

The job: 'command', one of 'install', 'list' and 'remove'; 'change', one of 'replace'
and 'remove', which the other program does once; 'source', the directory of the module
to install; 'start', that of the module in the cache; 'other', that of the module that
replaces it; 'handle'; and 'folder', an empty one. Each moment is before a file or
folder in the cache is opened, listed, moved or removed, and has a process and a cache
of its own. Writes a list as JSON with an object for each moment:
'result', what the command returned or which error it raised; 'changed', whether the
other program changed the cache, which it does not if the command has the lock; and
'files', the module's files at the end, the SHA-1 of each by its path.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import sys
from typing import Any, Callable, Iterator

from efficientnet_hub.export.hub_cache import (
    installation,
    listing,
    removal,
    stored_module,
)
from efficientnet_hub.export.storage import folder_locks, renames
from efficientnet_hub.tests.export.hub_cache import killed_installs

_OPERATIONS = (*killed_installs.OPERATIONS, "os.listdir", "os.scandir")


def main() -> None:
    """Does the job that standard input describes."""
    job = json.load(sys.stdin)
    start = os.path.join(job["folder"], "start")
    installation.install(job["start"], job["handle"], start, None, overwrite=False)
    results = []
    for moment in itertools.count():
        folder = os.path.join(job["folder"], str(moment))
        shutil.copytree(start, os.path.join(folder, "cache"))
        result = _run_in_child(job, folder, moment)
        if not result["reached"]:
            break
        results.append(result)
    json.dump(results, sys.stdout)


def _run_in_child(job: dict[str, Any], folder: str, moment: int) -> dict[str, Any]:
    """Runs the command in another process, and returns what it was like."""
    path = os.path.join(folder, "result.json")
    process = os.fork()
    if process == 0:
        try:
            with open(path, "w") as file:
                json.dump(_run(job, folder, moment), file)
        finally:
            os._exit(0)
    os.waitpid(process, 0)
    with open(path) as file:
        return json.load(file)


def _run(job: dict[str, Any], folder: str, moment: int) -> dict[str, Any]:
    cache = os.path.join(folder, "cache")
    stored = stored_module.at(cache, job["handle"])
    change = _make_change(job, folder, stored)
    noticed = {"reached": False, "changed": False}

    def act() -> None:
        noticed["reached"] = True
        noticed["changed"] = _change_unlocked(cache, change)

    with _calling_before(cache, moment, act):
        try:
            result = _do(job, cache)
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
    return {**noticed, "result": result, "files": _list_files(stored.folder)}


def _make_change(
    job: dict[str, Any], folder: str, stored: stored_module.StoredModule
) -> Callable[[], None]:
    """Returns what the other program does in the cache."""
    aside = os.path.join(folder, "aside")

    def replace() -> None:
        renames.exchange(aside, stored.folder)
        shutil.rmtree(aside)

    def remove() -> None:
        os.rename(stored.folder, aside)
        os.remove(stored.descriptor)

    if job["change"] == "remove":
        return remove
    shutil.copytree(job["other"], aside)
    return replace


def _change_unlocked(cache: str, change: Callable[[], None]) -> bool:
    """Changes the cache as another program does; returns False if it has to wait."""
    descriptor = folder_locks.lock(cache, wait=False)
    if descriptor is None:
        return False
    change()
    os.close(descriptor)
    return True


@contextlib.contextmanager
def _calling_before(cache: str, moment: int, act: Callable[[], None]) -> Iterator[None]:
    """Calls a function once, before one of the body's operations in the cache."""
    count = itertools.count()
    is_counting = True

    def notice(event: str, arguments: tuple) -> None:
        nonlocal is_counting
        if not is_counting or event not in _OPERATIONS:
            return
        if str(arguments[0]).startswith(cache) and next(count) == moment:
            is_counting = False
            act()

    sys.addaudithook(notice)
    yield
    is_counting = False


def _do(job: dict[str, Any], cache: str) -> Any:
    if job["command"] == "install":
        source = job["source"]
        return installation.install(source, job["handle"], cache, None, True).outcome
    if job["command"] == "remove":
        return bool(removal.remove(job["handle"], cache))
    modules = list(listing.list_modules(cache))
    return [each.damage or each.differences or "sound" for each in modules]


def _list_files(folder: str) -> dict[str, str]:
    return killed_installs.list_files(folder) if os.path.isdir(folder) else {}


if __name__ == "__main__":
    main()
