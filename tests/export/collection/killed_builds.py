"""Builds a module, and keeps what is on the disk before each of its file operations.

    python killed_builds.py < job.json

The job: 'entry', its fields; 'promises', the outcome of each promise, which builds then
do not compute, or null; 'runs', for each the 'folder' with a collection and a
place for temporary files, the 'moment', the number of the file operation before
which SIGKILL comes, or null, 'copies', a folder to copy all files to before each
operation, or null, and 'is_next', whether `jobs` starts the build, as a build after a
kill is started. Writes what was done before, as JSON: for each run the names and paths
of the operations below its folder.

A process that is killed leaves the files as they are. So a copy is what SIGKILL leaves
at that moment, and one build shows all moments.
"""

from __future__ import annotations

import concurrent.futures
import json
import os
import shutil
import signal
import sys
import tempfile

from efficientnet_hub import dependencies
from efficientnet_hub.export.collection import (
    entries,
    jobs,
    lock,
    manifest,
    module_build,
)
from efficientnet_hub.export.storage import renames
from efficientnet_hub.export.verification import promise

# Events before each operation. Python reports all but the last:
# docs.python.org/3/library/audit_events.html.
_OPERATIONS = (
    "open",
    "os.chmod",
    "os.link",
    "os.listdir",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.scandir",
    "renameat2",
)
_AT_A_TIME = 2


def main() -> None:
    """Does the job that standard input describes."""
    job = json.load(sys.stdin)
    _report_renames()
    entry = entries.from_json(job["entry"])
    if job["promises"] is not None:
        _take_as_known(job["promises"])
    dependencies.tensorflow()  # Once for all the forks.
    built_from, built_by = manifest.inputs(entry), manifest.versions()

    def operations(run):
        return _operations(entry, built_from, built_by, run)

    with concurrent.futures.ThreadPoolExecutor(_AT_A_TIME) as pool:
        json.dump(list(pool.map(operations, job["runs"])), sys.stdout)


def _report_renames() -> None:
    """Reports the system call that Python has no function for, by its destination."""
    rename = renames._renameat2

    def reported(source, destination, flag):
        sys.audit("renameat2", destination)
        return rename(source, destination, flag)

    renames._renameat2 = reported


def _take_as_known(promises: dict[str, str]) -> None:
    """Skips the verification, which takes the longest and writes no file."""
    findings = [
        promise.Finding(statement, promise.Outcome(outcome), "")
        for statement, outcome in promises.items()
    ]
    promise.check_all = lambda promises, subject: [
        finding
        for finding in findings
        if finding.statement in {each.statement for each in promises}
    ]


def _operations(entry, built_from, built_by, run) -> list[str]:
    """Builds in a new process; returns its operations before it was killed."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        status = 1
        try:
            tempfile.tempdir = os.path.join(run["folder"], "temporary")
            sys.addaudithook(_hook(run, writer))
            published = os.path.join(run["folder"], "published")
            if run["is_next"]:
                _build_next(entry, published, built_by)
            else:
                module_build.build(entry, published, built_from, built_by)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with open(reader) as pipe:
        operations = pipe.read().splitlines()
    _, status = os.waitpid(process, 0)
    expected = 0 if run["moment"] is None else signal.SIGKILL
    if status != expected:
        raise RuntimeError(f"the build must end with {expected}, found {status}")
    return operations


def _build_next(entry, folder, built_by) -> None:
    """Builds in this process what `jobs` would build in another one."""

    def run_worker(builder, entry, inputs):
        module_build.build(entry, builder.folder, inputs, builder.versions)

    jobs.Builder._run_worker = run_worker
    with lock.hold(folder) as descriptor:
        builder = jobs.Builder(folder, built_by, overwrite=True, lock=descriptor)
        (result,) = builder.build_all([entry], 1, lambda result: None)
    if result.message is not None:
        raise RuntimeError(result.message)


def _hook(run, writer):
    """Returns a hook that reports each operation, copies the files before it, or kills.

    What the hook itself does is no operation.
    """
    count, is_copying = 0, False
    folder = run["folder"]

    def hook(event, arguments):
        nonlocal count, is_copying
        if (
            is_copying
            or event not in _OPERATIONS
            or not _is_below(arguments[0], folder)
        ):
            return
        count += 1
        if count == run["moment"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if run["copies"] is not None:
            is_copying = True
            shutil.copytree(folder, os.path.join(run["copies"], str(count)))
            is_copying = False
        path = os.path.relpath(arguments[0], folder)
        os.write(writer, (f"{event} {path}\n").encode())

    return hook


def _is_below(path, folder: str) -> bool:
    return isinstance(path, str) and path.startswith(folder + os.sep)


if __name__ == "__main__":
    main()
