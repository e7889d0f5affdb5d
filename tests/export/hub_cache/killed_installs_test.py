"""An installation that is killed at any moment loses nothing and is completed later."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from efficientnet_hub.export.hub_cache import stored_module
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.hub_cache import killed_installs

pytestmark = pytest.mark.slow


def _start(source, handle, cache) -> subprocess.Popen:
    command = [sys.executable, "-m", "efficientnet_hub", "install", source]
    command += [f"--handle={handle}", f"--cache_dir={cache}", "--overwrite"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_kill_loses_nothing(is_there, can_exchange, module, other, handle, tmp_path):
    cache = tmp_path / "kept"
    cache.mkdir()
    if is_there:
        argv = ["install", other, f"--handle={handle}", f"--cache_dir={cache}"]
        program.check_success(program.run_here(*argv))
    (tmp_path / "caches").mkdir()
    job = {
        "source": module.directory,
        "handle": handle,
        "cache": str(cache),
        "folder": str(tmp_path / "caches"),
        "can_exchange": can_exchange,
    }

    results = fresh_process.run_job(killed_installs.__file__, job)

    assert len(results) > 15
    stored = stored_module.at("", handle)
    old = killed_installs.list_files(str(cache / stored.name)) if is_there else {}
    new = killed_installs.list_files(module.directory)
    for moment, result in enumerate(results):
        found = {
            os.path.relpath(path, stored.name): digest
            for path, digest in result["killed"].items()
            if path.startswith(stored.name + "/")
        }
        assert found in (old, new), moment
        completed = dict(result["completed"])
        assert completed.pop(stored.descriptor), moment
        assert completed == {f"{stored.name}/{path}": new[path] for path in new}, moment


def test_installs_at_the_same_time_leave_one_module(module, other, handle, tmp_path):
    cache = str(tmp_path / "cache")
    sources = [module.directory, other] * 3

    started = [_start(source, handle, cache) for source in sources]
    ended = [process.communicate() for process in started]

    assert [process.returncode for process in started] == [0] * len(started), ended
    stored = stored_module.at(cache, handle)
    assert killed_installs.list_files(stored.folder) in [
        killed_installs.list_files(source) for source in sources
    ]
    assert sorted(os.listdir(cache)) == [
        stored.name,
        os.path.basename(stored.descriptor),
    ]


def test_a_reader_finds_a_module_at_every_moment(module, other, handle, tmp_path):
    cache = str(tmp_path / "cache")
    assert _start(other, handle, cache).wait() == 0
    graph = os.path.join(stored_module.at(cache, handle).folder, "saved_model.pb")

    for source in [module.directory, other, module.directory]:
        process = _start(source, handle, cache)
        while process.poll() is None:
            assert os.path.getsize(graph)
        assert process.returncode == 0
