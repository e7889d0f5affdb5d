"""Tests that a build on a full disk reports it, and changes nothing."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from efficientnet_hub.tests.export.collection import list_builds

# The weights of lite0 take 19 MB, and so does the archive.
_LIST = """\
modules:
  - handle: me/lite0
    model: efficientnet-lite0
    weights: random
    image_size: 32
    num_classes: 5
"""


@pytest.fixture(name="small_disk")
def _small_disk(tmp_path):
    """Returns a function that sets the size, in MiB, of a file system in memory."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip("mounting takes the rights of root: " + mounted.stderr.strip())

    def resize(size: int) -> pathlib.Path:
        options = f"remount,size={size}m"
        subprocess.run(["mount", "-o", options, str(path)], check=True)
        return path

    yield resize
    subprocess.run(["umount", str(path)], check=True)


# There is no space for the variables, or none for the archive.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "expected"),
    [(8, "1.tar.gz': is the disk full?"), (20, "No space left on device")],
)
def test_a_full_disk_leaves_nothing_and_the_next_build_completes(
    size, expected, small_disk, tmp_path
):
    disk = small_disk(size)
    (disk / "kept").write_text("kept")

    failed = list_builds.build(_LIST, tmp_path, disk / "published")

    assert failed.returncode == 1
    assert "failed      me/lite0/1: " in failed.stdout
    assert expected in failed.stdout
    assert "Traceback" not in failed.stdout + failed.stderr
    files = [path.name for path in disk.rglob("*") if path.is_file()]
    assert sorted(files) == ["index.html", "junit.xml", "kept", "report.json"]

    completed = list_builds.build(_LIST, tmp_path, small_disk(64) / "published")

    assert completed.returncode == 0, completed.stderr
    assert (disk / "published" / "me" / "lite0" / "1.tar.gz").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("made_before", [True, False])
def test_a_folder_that_cannot_be_written_is_named(made_before, small_disk, tmp_path):
    published = small_disk(1) / "published"
    if made_before:
        published.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(published.parent)], check=True)

    failed = list_builds.build(_LIST, tmp_path, published)

    assert failed.returncode == 2
    assert failed.stdout == ""
    (line,) = failed.stderr.splitlines()[-1:]
    folder = published if made_before else published.parent
    assert f"nothing can be created in '{folder}': Read-only file system" in line
    assert "Traceback" not in failed.stderr
