"""The steps of the files for CI systems run on this machine."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
import yaml

from efficientnet_hub import digests
from efficientnet_hub.tests import own_files

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_GITHUB = ".github/workflows/export.yml"
_GITLAB = ".gitlab-ci.yml"
_SCHEMAS = {_GITHUB: "vendor.github-workflows", _GITLAB: "vendor.gitlab-ci"}
# Replaces the list of the files, which takes hours to build.
_LIST = """\
modules:
  - handle: me/lite0/classification
    model: efficientnet-lite0
    weights: imagenet
    samples: [modules/samples/coffee.jpg]
"""
_STEM = "published/me/lite0/classification/1"
_PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def _read(name: str) -> dict:
    return yaml.safe_load((_ROOT / name).read_text())


@pytest.mark.parametrize("name", sorted(_SCHEMAS))
def test_a_file_matches_the_schema_of_its_system(name):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    checked = subprocess.run(
        [*command, _SCHEMAS[name], str(_ROOT / name)], capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture(scope="module", name="ran")
def _ran(tmp_path_factory) -> dict:
    """The folder in which the steps of each system ran."""
    folders = {name: tmp_path_factory.mktemp("job") for name in _SCHEMAS}
    jobs = {_GITHUB: _run_github, _GITLAB: _run_gitlab}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = [pool.submit(jobs[name], folders[name]) for name in _SCHEMAS]
    for each in running:
        each.result()
    return folders


def _run_github(folder: pathlib.Path) -> None:
    workflow = _read(_GITHUB)
    (job,) = workflow["jobs"].values()
    assert job["defaults"]["run"]["shell"] == "bash"
    environment = _environment(folder, workflow["env"])
    for step in job["steps"]:
        if "uses" in step:
            _use(folder, step["uses"].partition("@")[0], step.get("with", {}))
        else:
            _bash(folder, step["run"], environment)


def _use(folder: pathlib.Path, action: str, options: dict) -> None:
    """Does what an action does, or checks its options."""
    if action == "actions/checkout":
        own_files.copy(folder)
    elif action == "actions/setup-python":
        assert options["python-version"] == _PYTHON_VERSION
    elif action == "actions/cache":
        assert set(options) == {"path", "key", "restore-keys"}
        assert options["key"].startswith(options["restore-keys"])
    elif action == "actions/upload-artifact":
        assert (folder / options["path"] / "index.html").is_file()
    else:
        raise AssertionError(f"the test must know the action, found {action}")


def _run_gitlab(folder: pathlib.Path) -> None:
    (job,) = _read(_GITLAB).values()
    assert job["image"] == f"python:{_PYTHON_VERSION}"
    own_files.copy(folder)
    steps = job["before_script"] + job["script"]
    _bash(folder, "\n".join(steps), _environment(folder, job["variables"]))
    kept = job["artifacts"]
    assert kept["paths"] == job["cache"]["paths"] == ["published"]
    assert (folder / kept["reports"]["junit"]).is_file()


def _environment(folder: pathlib.Path, variables: dict) -> dict[str, str]:
    """Returns the environment of a job, with this Python as `python`."""
    assert set(variables) == {"MODULES"}
    programs = folder.with_name(folder.name + "-programs")
    programs.mkdir()
    # The base interpreter: this virtual environment has all packages already.
    python = os.path.realpath(sys.executable)
    (programs / "python").write_text(f'#!/bin/sh\nexec "{python}" "$@"\n')
    (programs / "python").chmod(0o755)
    path = os.pathsep.join([str(programs), "/usr/local/bin", "/usr/bin", "/bin"])
    # Settings of pip and uv, without those of this Python.
    machine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
    }
    # Python compiles what it imports. pip would compile the whole of TensorFlow.
    machine["PIP_NO_COMPILE"] = "1"
    return {**machine, "PATH": path, "MODULES": "list.yaml"}


def _bash(folder: pathlib.Path, script: str, environment: dict[str, str]) -> None:
    """Runs a step like both systems do."""
    (folder / "list.yaml").write_text(_LIST)
    finished = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=str(folder),
        env=environment,
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(_SCHEMAS))
def test_the_list_is_published(name, ran):
    folder = ran[name]

    for ending in (".tar.gz", ".html", ".md", ".manifest.json", ".provenance.json"):
        assert (folder / (_STEM + ending)).is_file()
    assert (folder / "published" / "index.html").is_file()


@pytest.mark.slow
def test_both_systems_publish_the_same_bytes(ran):
    one, other = (
        digests.of_file(str(folder / (_STEM + ".manifest.json")))
        for folder in ran.values()
    )

    assert one == other


@pytest.mark.slow
def test_a_changed_file_fails_the_job(ran, tmp_path):
    (steps,) = [job["steps"] for job in _read(_GITHUB)["jobs"].values()]
    (compare,) = [s["run"] for s in steps if "--manifest" in s.get("run", "")]
    job = tmp_path / "job"
    shutil.copytree(str(ran[_GITHUB] / "published"), str(job / "published"))
    (job / ".venv").symlink_to(ran[_GITHUB] / ".venv")
    with open(str(job / (_STEM + ".md")), "a") as page:
        page.write("changed")

    with pytest.raises(AssertionError, match=r"1\.md' must have SHA-256"):
        _bash(job, compare, _environment(job, {"MODULES": ""}))


@pytest.mark.slow
def test_an_unknown_action_fails_the_test(tmp_path):
    with pytest.raises(
        AssertionError, match="must know the action, found somebody/something"
    ):
        _use(tmp_path, "somebody/something", {})
