"""A signal ends each command with its status, and leaves no temporary files."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from efficientnet_hub.export import exporter
from efficientnet_hub.tests import changing_folders, small_networks
from efficientnet_hub.tests.export.collection import list_builds

_STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
_REPORTS = {
    signal.SIGINT: "efficientnet-hub: interrupted\n",
    signal.SIGTERM: "efficientnet-hub: ended by SIGTERM\n",
    signal.SIGHUP: "efficientnet-hub: ended by SIGHUP\n",
}
_SECONDS = 60  # The longest time to wait for a process.

for_every_signal = pytest.mark.parametrize(
    "number", list(_STATUSES), ids=lambda number: number.name
)


def _restore_signals() -> None:
    # A shell makes background jobs, and so these tests, ignore SIGINT.
    for number in _STATUSES:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _start(
    *arguments, prepare=_restore_signals, folder=None, environment=None
) -> subprocess.Popen:
    """Starts the program, with a folder for its temporary files."""
    environment = dict(environment or os.environ)
    if folder is not None:
        (folder / "tmp").mkdir(exist_ok=True)
        environment["TMPDIR"] = str(folder / "tmp")
    return subprocess.Popen(
        [sys.executable, "-m", "efficientnet_hub", *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        preexec_fn=prepare,
        start_new_session=True,
    )


def _wait_for(condition, process: subprocess.Popen) -> None:
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def _files(folder: pathlib.Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@for_every_signal
def test_a_server_ends_with_the_status_of_the_signal(number, tmp_path):
    process = _start("serve", tmp_path, "--port=0")
    assert process.stdout.readline().startswith("serving")

    process.send_signal(number)
    _, complaints = process.communicate(timeout=_SECONDS)

    assert process.returncode == _STATUSES[number]
    # Before it, a note says that the folder has no modules.
    assert complaints.splitlines(keepends=True)[1:] == [_REPORTS[number]]


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    def ignore_hangups():
        _restore_signals()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = _start("serve", tmp_path, "--port=0", prepare=ignore_hangups)
    process.stdout.readline()

    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.5)
    process.send_signal(signal.SIGTERM)

    process.communicate(timeout=_SECONDS)
    assert process.returncode == 143


_IN_C = """
import hashlib, sys
from efficientnet_hub.export.storage import interruption, publication

interruption._SECONDS_TO_NOTICE = 0.2
interruption.install()
with publication.staging(sys.argv[1]) as folder:
    print(folder, flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**30)  # Minutes without Python.
"""


@for_every_signal
def test_a_signal_ends_a_program_that_is_not_in_python(number, tmp_path, start_python):
    process = start_python(
        _IN_C, tmp_path / "a" / "b" / "module", preexec_fn=_restore_signals
    )
    assert os.path.isdir(process.stdout.readline().strip())
    time.sleep(0.5)  # The program then leaves Python.

    process.send_signal(number)
    _, complaints = process.communicate(timeout=_SECONDS)

    assert (process.returncode, complaints) == (_STATUSES[number], _REPORTS[number])
    assert _files(tmp_path) == []


_IN_CONSTRUCTOR = """
import time
from efficientnet_hub.export.storage import interruption

class Session:
    def __init__(self):
        print("begins", flush=True)
        time.sleep(60)
        self.handle = 1

    def __del__(self):
        print(self.handle)

interruption.install()
try:
    Session()
except KeyboardInterrupt:
    interruption.end(interruption.exit_status(interruption.received()))
"""


def test_an_object_that_is_made_in_part_prints_no_traceback(start_python):
    process = start_python(_IN_CONSTRUCTOR, preexec_fn=_restore_signals)
    process.stdout.readline()

    process.send_signal(signal.SIGTERM)

    assert process.communicate(timeout=_SECONDS) == ("", "")
    assert process.returncode == 143


_TWICE = """
import sys, time
from efficientnet_hub.export.storage import interruption, publication

interruption.install()
try:
    with publication.staging(sys.argv[1]) as folder:
        print(folder, flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    time.sleep(1)
    print("cleaned up", flush=True)
"""


def test_a_second_signal_does_not_interrupt_the_cleanup(tmp_path, start_python):
    process = start_python(_TWICE, tmp_path / "module", preexec_fn=_restore_signals)
    process.stdout.readline()

    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "interrupted\n"
    process.send_signal(signal.SIGINT)

    assert process.communicate(timeout=_SECONDS)[0] == "cleaned up\n"


# Commands that import TensorFlow.

_EXPORT = ("export", "--model=efficientnet-b4", "--weights=random")


def _is_staging(folder: pathlib.Path):
    """Returns whether a process builds something in a folder."""
    # The check whether the folder can be written creates a file of that name.
    staged = changing_folders.find(folder, ".*.staging-*/*")
    return any(path.name != "file" for path in staged)


@pytest.mark.slow
@for_every_signal
def test_an_export_leaves_nothing(number, tmp_path):
    out = tmp_path / "new" / "out"
    process = _start(*_EXPORT, f"--output={out / 'module'}", folder=tmp_path)
    _wait_for(lambda: _is_staging(out), process)

    process.send_signal(number)
    _, complaints = process.communicate(timeout=_SECONDS)

    assert (process.returncode, complaints) == (_STATUSES[number], _REPORTS[number])
    assert _files(tmp_path) == ["tmp"]


@pytest.mark.slow
def test_an_export_removes_what_a_killed_one_left(tmp_path, lite0):
    export = ("repackage", f"{lite0.archive}", f"--output={tmp_path / 'module'}")
    killed = _start(*export, folder=tmp_path)
    _wait_for(lambda: _is_staging(tmp_path), killed)
    killed.kill()
    killed.communicate()
    assert _is_staging(tmp_path) and any((tmp_path / "tmp").iterdir())

    again = _start(*export, folder=tmp_path)
    _, complaints = again.communicate()

    assert (again.returncode, complaints) == (0, "")
    assert sorted(os.listdir(str(tmp_path))) == ["module", "module.md", "tmp"]
    assert _files(tmp_path / "tmp") == []


@pytest.mark.slow
@pytest.mark.parametrize("is_killed", [False, True])
def test_a_training_leaves_only_what_resumes_it(is_killed, few_digits, tmp_path):
    output, training = tmp_path / "module", tmp_path / "module.training"
    (tmp_path / "start").mkdir()
    start = exporter.export_module(
        small_networks.NETWORKS["efficientnet-small-lite"],
        "random",
        str(tmp_path / "start" / "module"),
        archive=str(tmp_path / "start" / "module.tar.gz"),
    )
    finetune = [
        "finetune",
        f"--module={start.archive}",
        f"--images={few_digits}",
        f"--output={output}",
        "--image_size=32",
        "--epochs=1",
        "--batch=8",
    ]
    known = small_networks.environment()
    first = _start(*finetune, folder=tmp_path, environment=known)
    # Otherwise it is the first step that is interrupted.
    moment = training / ("training.json" if not is_killed else "start.json")
    _wait_for(moment.exists, first)
    time.sleep(0 if is_killed else 5)

    first.send_signal(signal.SIGKILL if is_killed else signal.SIGTERM)
    _, complaints = first.communicate(timeout=_SECONDS)

    if not is_killed:
        assert (first.returncode, complaints) == (143, _REPORTS[signal.SIGTERM])
        left = sorted(os.listdir(str(tmp_path)))
        assert left == ["module.training", "start", "tmp"]
        assert not any(name.startswith(".") for name in os.listdir(str(training)))
        assert _files(tmp_path / "tmp") == []
    again = _start(*finetune, folder=tmp_path, environment=known)
    _, complaints = again.communicate()
    assert (again.returncode, complaints) == (0, "")
    assert _files(tmp_path / "tmp") == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_verification_does_not_wait_for_the_training(number, lite0, tmp_path):
    process = _start("verify", lite0.archive, folder=tmp_path)
    tmp = tmp_path / "tmp"
    _wait_for(lambda: changing_folders.find(tmp, "**/saved_model.pb"), process)
    time.sleep(2)

    process.send_signal(number)
    started = time.monotonic()
    _, complaints = process.communicate(timeout=_SECONDS)

    assert time.monotonic() - started < 8
    assert (process.returncode, complaints) == (_STATUSES[number], _REPORTS[number])
    assert _files(tmp_path) == ["tmp"]


@pytest.mark.slow
@for_every_signal
@pytest.mark.parametrize("to_all", [False, True])
def test_a_build_ends_its_workers(number, to_all, tmp_path):
    published = tmp_path / "published"
    command = list_builds.command(list_builds.SMALL, tmp_path, published)
    process = _start(
        *command[3:], folder=tmp_path, environment=small_networks.environment()
    )
    _wait_for(lambda: _is_staging(published / "me" / "small"), process)

    if to_all:  # As a terminal does.
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    printed, complaints = process.communicate(timeout=_SECONDS)

    assert (process.returncode, printed) == (_STATUSES[number], "")
    assert complaints == _REPORTS[number]
    assert not [path for path in published.rglob("*") if path.is_file()]
    assert _files(tmp_path / "tmp") == []
