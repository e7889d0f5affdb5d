"""Installs a module, and gets SIGKILL before each of its file operations.

    python killed_installs.py < job.json

The job: 'source', the directory of a module; 'handle'; 'cache', a folder to start
with, which stays as it is; 'folder', an empty one; and 'can_exchange', whether the file
system can exchange two names. Each moment has a process of its own. Writes a list as
JSON with an object for each moment: 'killed', what is in the cache after the old module
is restored, and 'completed', what is there after another installation. Both have the
SHA-1 of each file by its path.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import sys
from typing import Any, Callable

from efficientnet_hub.export.hub_cache import (
    installation,
    replacement,
    stored_module,
)
from efficientnet_hub.export.storage import renames

# docs.python.org/3/library/audit_events.html.
OPERATIONS = ("open", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir")


def main() -> None:
    """Does the job that standard input describes."""
    job = json.load(sys.stdin)
    results = []
    for moment in itertools.count():
        cache = os.path.join(job["folder"], str(moment))
        shutil.copytree(job["cache"], cache)
        was_killed = _fork(lambda: _install(job, cache, moment))  # noqa: B023
        replacement.restore(stored_module.at(cache, job["handle"]))
        killed = list_files(cache)
        _fork(lambda: _install(job, cache, None))  # noqa: B023
        results.append({"killed": killed, "completed": list_files(cache)})
        if not was_killed:
            break
    json.dump(results, sys.stdout)


def list_files(folder: str) -> dict[str, str]:
    """Returns the SHA-1 of each file below a folder, by its path."""
    root = pathlib.Path(folder)
    return {
        path.relative_to(root).as_posix(): hashlib.sha1(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file()
    }


def _fork(act: Callable[[], Any]) -> bool:
    """Runs a function in another process, and returns whether that was killed."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(process, 0)
    assert status in (0, signal.SIGKILL), status
    return status == signal.SIGKILL


def _install(job: dict[str, Any], cache: str, moment: int | None) -> None:
    if moment is not None:
        _kill_before(cache, moment)
    if not job["can_exchange"]:
        renames.exchange = lambda *_: False
    installation.install(job["source"], job["handle"], cache, None, overwrite=True)


def _kill_before(cache: str, moment: int) -> None:
    """Kills this process before one of its operations in the cache."""
    count = itertools.count()

    def notice(event: str, arguments: tuple) -> None:
        is_counted = event in OPERATIONS and str(arguments[0]).startswith(cache)
        if is_counted and next(count) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def report(call):
        def reported(one, other):
            notice("os.rename", (one,))
            return call(one, other)

        return reported

    # Python does not report these system calls.
    renames.exchange = report(renames.exchange)
    renames.rename_new = report(renames.rename_new)
    sys.addaudithook(notice)


if __name__ == "__main__":
    main()
