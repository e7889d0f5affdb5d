"""A list is built by the command line, again, elsewhere, and through a kill."""

from __future__ import annotations

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from efficientnet_hub.tests import changing_folders, small_networks
from efficientnet_hub.tests.export.collection import list_builds

_SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "modules" / "samples"
_LIST = f"""\
defaults:
  weights: random
  image_size: 32
  samples: [{_SAMPLES / "chelsea.jpg"}]
modules:
  - handle: me/small-lite/classification
    model: efficientnet-small-lite
    num_classes: 5
  - handle: me/small-b/feature-vector
    model: efficientnet-small
    task: feature-vector
"""
_BAD = """\
  - handle: me/small-lite/damaged
    model: efficientnet-small-lite
    weights: damaged.pth
"""
_NAMES = ["me/small-b/feature-vector/1", "me/small-lite/classification/1"]
_ENDINGS = [".html", ".manifest.json", ".md", ".provenance.json", ".tar.gz"]


def _command(folder: pathlib.Path, *options: str) -> list[str]:
    return list_builds.command(_LIST, folder, folder / "published", *options)


def _build(folder: pathlib.Path, *options: str, text: str = _LIST, **variables: str):
    output = folder / "published"
    return list_builds.build(text, folder, output, *options, **variables)


def _published(folder: pathlib.Path) -> dict:
    """Returns the content of what is seen of a collection, by its path."""
    root = folder / "published"
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name not in ("report.json", "junit.xml")
    }


@pytest.fixture(scope="module", name="once")
def _once(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("once")
    finished = _build(folder, "--jobs=2", PYTHONHASHSEED="1")
    assert finished.returncode == 0, finished.stderr
    assert sorted(re.findall(r"^built +(\S+)", finished.stdout, re.M)) == _NAMES
    return folder


def test_a_list_without_output_or_jobs_is_refused(tmp_path):
    finished = _build(tmp_path, "--jobs=0")

    assert finished.returncode == 2
    assert "jobs must be at least 1, found 0" in finished.stderr
    assert _build(tmp_path, text="modules: 3").returncode == 2
    assert not (tmp_path / "published").exists()


@pytest.mark.slow
def test_each_version_is_an_archive_two_pages_and_a_manifest(once):
    assert sorted(_published(once)) == [
        "index.html",
        *(name + ending for name in _NAMES for ending in _ENDINGS),
    ]
    for name in _NAMES:
        page = (once / "published" / (name + ".md")).read_text()
        assert page.startswith(f"# Module {name}\n")


@pytest.mark.slow
def test_pages_are_made_of_what_was_built(once):
    published = once / "published"
    classification = (published / (_NAMES[1] + ".html")).read_text()

    assert 'alt="chelsea"' in classification and ">class 0<" in classification
    assert 'alt="chelsea"' not in (published / (_NAMES[0] + ".html")).read_text()
    for name in _NAMES:
        page = (published / (name + ".html")).read_text()
        manifest = json.loads((published / (name + ".manifest.json")).read_text())
        assert "UNTRAINED" in page and manifest["archive"]["sha256"] in page
        assert f'href="{name}.html"' in (published / "index.html").read_text()


@pytest.mark.slow
def test_a_promise_of_classifiers_is_not_kept_by_feature_vectors(once):
    stem = str(once / "published" / _NAMES[0])
    manifest = json.loads(pathlib.Path(stem + ".manifest.json").read_text())
    page = pathlib.Path(stem + ".html").read_text()
    table = page.split('id="promises"')[1].split("</table>")[0]

    assert manifest["promises"]["names its classes"] == "n/a"
    assert "names its classes" not in table
    assert "<li>names its classes</li>" in page


@pytest.mark.slow
def test_what_is_published_verifies_by_its_manifest(once, tmp_path):
    stem = str(once / "published" / _NAMES[1])
    command = [sys.executable, "-m", "efficientnet_hub", "verify"]
    command += ["--manifest=" + stem + ".manifest.json"]
    changed = tmp_path / "changed.tar.gz"
    content = bytearray(pathlib.Path(stem + ".tar.gz").read_bytes())
    content[-1] ^= 1
    changed.write_bytes(bytes(content))

    good = subprocess.run(command + [stem + ".tar.gz"], capture_output=True, text=True)
    bad = subprocess.run(command + [str(changed)], capture_output=True, text=True)

    assert good.returncode == 0, good.stderr
    assert bad.returncode == 1
    assert "changed.tar.gz' must have SHA-256" in bad.stderr
    assert bad.stdout == ""


@pytest.mark.slow
def test_another_build_gives_the_same_bytes(once, tmp_path):
    settings = tmp_path / "matplotlibrc"
    settings.write_text("lines.linewidth: 9\nfont.size: 3\nsvg.fonttype: none\n")
    variables = {
        "MATPLOTLIBRC": str(settings),
        "PYTHONHASHSEED": "2",
        "LC_ALL": "C",
        "TZ": "Asia/Tokyo",
        "USER": "me",
    }
    old = os.umask(0o077)
    try:
        finished = _build(tmp_path / "elsewhere", "--jobs=1", **variables)
    finally:
        os.umask(old)

    assert finished.returncode == 0, finished.stderr
    assert _published(tmp_path / "elsewhere") == _published(once)


@pytest.mark.slow
def test_what_is_up_to_date_is_left_alone(once):
    archive = once / "published" / (_NAMES[0] + ".tar.gz")
    before = archive.stat()

    finished = _build(once)

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count("up to date") == 2
    assert archive.stat() == before
    report = json.loads((once / "published" / "report.json").read_text())
    assert [each["outcome"] for each in report["modules"]] == ["up to date"] * 2


@pytest.mark.slow
def test_what_is_up_to_date_needs_no_import_of_tensorflow(once):
    program, *arguments = _command(once)

    finished = subprocess.run(
        [program, "-X", "importtime", *arguments],
        env=small_networks.environment(),
        capture_output=True,
        text=True,
    )

    assert finished.stdout.count("up to date") == 2
    imported = {line.split("|")[-1].strip() for line in finished.stderr.splitlines()}
    assert "efficientnet_hub" in imported and "tensorflow" not in imported


@pytest.mark.slow
def test_what_a_kill_left_beside_a_published_module_is_removed(once):
    left = (
        once
        / "published"
        / "me/small-lite/classification"
        / ".1.tar.gz.staging-0123456789abcdef"
    )
    left.mkdir()
    (left / "1.tar.gz").write_text("killed after it was published")

    finished = _build(once)

    assert finished.stdout.count("up to date") == 2
    assert not left.exists()


@pytest.mark.slow
def test_a_version_that_is_published_stays_what_it_was(once):
    before = _published(once)

    finished = _build(once, text=_LIST.replace("num_classes: 5", "num_classes: 6"))

    assert finished.returncode == 1
    assert "me/small-lite/classification/1: " in finished.stdout
    assert (
        "built with another value of num_classes: give the module another"
        in finished.stdout
    )
    assert "up to date  me/small-b/feature-vector/1" in finished.stdout
    assert _published(once) == before


@pytest.mark.slow
def test_one_that_fails_harms_no_other(once):
    (once / "damaged.pth").write_text("damaged")
    before = _published(once)

    finished = _build(once, text=_LIST + _BAD)

    assert finished.returncode == 1
    assert re.search(r"^failed +me/small-lite/damaged/1: .*pth", finished.stdout, re.M)
    assert "1 of 3 modules failed" in finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert _published(once) == before
    assert not (once / "published" / "me" / "small-lite" / "damaged").exists()


@pytest.mark.slow
def test_a_killed_build_shows_nothing_and_the_next_completes(once, tmp_path):
    command = _command(tmp_path, "--jobs=2")
    killed = subprocess.Popen(
        command, env=small_networks.environment(), start_new_session=True
    )
    _wait_until_a_module_is_written(tmp_path)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()

    assert not [name for name in _published(tmp_path) if "/.1.tar.gz.st" not in name]
    assert _build(tmp_path, "--jobs=2").returncode == 0
    assert _published(tmp_path) == _published(once)


def _wait_until_a_module_is_written(folder: pathlib.Path) -> None:
    end = time.monotonic() + 120
    while not changing_folders.find(folder, "**/*.staging-*/1"):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_what_a_killed_build_has_started_ends_before_the_next_begins(once, tmp_path):
    command = _command(tmp_path, "--jobs=1")
    killed = subprocess.Popen(command, env=small_networks.environment())
    _wait_until_a_module_is_written(tmp_path)
    killed.kill()
    killed.wait()

    finished = _build(tmp_path)

    assert finished.returncode == 0, finished.stderr
    assert "up to date  me/small-lite/classification/1" in finished.stdout
    assert _published(tmp_path) == _published(once)


@pytest.mark.slow
def test_two_builders_on_one_folder_take_turns(once, tmp_path):
    command = _command(tmp_path, "--jobs=2")
    both = [
        subprocess.Popen(
            command, env=small_networks.environment(), stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    printed = [process.communicate()[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sorted(text.count("up to date") for text in printed) == [0, 2]
    assert _published(tmp_path) == _published(once)
