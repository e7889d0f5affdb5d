"""Tests that one builder at a time has a collection, until its processes end."""

from __future__ import annotations

import subprocess
import sys

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.collection import lock

_HOLD = """\
import sys
from efficientnet_hub.export.collection import lock
with lock.hold(sys.argv[1]):
    print("held", flush=True)
"""


def _another(folder) -> subprocess.Popen:
    command = [sys.executable, "-c", _HOLD, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_another_builder_waits(tmp_path):
    with lock.hold(str(tmp_path / "made")):
        other = _another(tmp_path / "made")
        with pytest.raises(subprocess.TimeoutExpired):
            other.communicate(timeout=2)

    assert other.communicate(timeout=60)[0] == "held\n"


@pytest.mark.slow
def test_another_builder_waits_for_the_processes_of_the_first_too(tmp_path):
    with lock.hold(str(tmp_path)) as held:
        child = subprocess.Popen(["sleep", "60"], pass_fds=[held])
    other = _another(tmp_path)
    with pytest.raises(subprocess.TimeoutExpired):
        other.communicate(timeout=2)
    child.kill()
    child.wait()

    assert other.communicate(timeout=60)[0] == "held\n"


def test_a_file_instead_of_a_folder_is_refused(tmp_path):
    path = tmp_path / "file"
    path.write_text("here")

    said = pytest.raises(errors.InputError, match="file' must be a folder that can be")
    with said, lock.hold(str(path)):
        pass
