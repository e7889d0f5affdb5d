"""An expensive result is made once for all workers of a test run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

_TESTS = """
import pytest
from efficientnet_hub.tests import shared_results

@pytest.fixture(scope="session")
def made(tmp_path_factory):
    def make(folder):
        with open({log!r}, "a") as log:
            log.write("made\\n")
        (folder / "file").write_text("content")
        return str(folder / "file")
    return shared_results.make_once(tmp_path_factory, "made", make)

@pytest.mark.parametrize("number", range(4))
def test_it_is_there(made, number):
    assert open(made).read() == "content"
"""


@pytest.mark.slow
def test_two_workers_make_it_once(tmp_path):
    log = tmp_path / "log"
    (tmp_path / "shared_test.py").write_text(_TESTS.format(log=str(log)))

    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n2", "shared_test.py"],
        cwd=str(tmp_path),
        env=dict(os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))),
        check=True,
    )

    assert log.read_text() == "made\n"
