"""The same content gives the same bytes of an archive."""

from __future__ import annotations

import os
import tarfile

import pytest

from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.tests.export.storage import sample_files


def test_the_root_is_that_of_the_module_and_the_graph_precedes_the_weights(packed):
    with tarfile.open(str(packed)) as tar:
        assert tar.getnames() == [
            "assets",
            "saved_model.pb",
            "tfhub_module.pb",
            "variables",
            "assets/labels.txt",
            "variables/variables.data-00000-of-00001",
            "variables/variables.index",
        ]


def test_the_archive_has_no_owner_and_no_time(packed):
    with tarfile.open(str(packed)) as tar:
        for member in tar:
            assert (member.uid, member.gid, member.uname, member.gname) == (
                0,
                0,
                "",
                "",
            )
            mode = 0o755 if member.isdir() else 0o644
            assert (member.mtime, member.mode) == (0, mode)
    assert packed.read_bytes()[3:8] == b"\0" * 5  # gzip's flags (no name) and time


@pytest.fixture(name="umask")
def _umask():
    old = os.umask(0)
    yield os.umask
    os.umask(old)


def test_the_same_files_give_the_same_bytes(packed, tmp_path, umask):
    umask(0o077)
    other = sample_files.write(
        tmp_path / "another" / "folder", reversed(sorted(sample_files.CONTENTS))
    )
    for folder, _, files in os.walk(other):
        for file in files:
            os.utime(os.path.join(folder, file), (1, 1))

    archive_writer.write_archive(other, str(tmp_path / "another.tgz"))

    assert (tmp_path / "another.tgz").read_bytes() == packed.read_bytes()


def test_another_process_gives_the_same_bytes(packed, tmp_path, start_python):
    process = start_python(
        "import sys; from efficientnet_hub.export.storage import archive_writer;"
        "archive_writer.write_archive(*sys.argv[1:])",
        tmp_path / "module",
        tmp_path / "another.tgz",
        environment={"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
    )

    assert process.communicate()[1] == ""
    assert (tmp_path / "another.tgz").read_bytes() == packed.read_bytes()
