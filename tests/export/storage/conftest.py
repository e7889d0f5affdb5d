"""A packed module."""

from __future__ import annotations

import gzip
import io
import pathlib
import tarfile

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import archive_reader, archive_writer
from efficientnet_hub.tests.export.storage import sample_files


@pytest.fixture
def packed(tmp_path) -> pathlib.Path:
    """The archive of the folder `module` beside it."""
    path = tmp_path / "module.tar.gz"
    archive_writer.write_archive(sample_files.write(tmp_path / "module"), str(path))
    return path


@pytest.fixture(name="write_tar")
def _write_tar(tmp_path):
    """Returns a function that writes a .tar.gz of members, links and devices too."""

    def _write(*members: tarfile.TarInfo, start=b"") -> pathlib.Path:
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for member in members:
                tar.addfile(member, io.BytesIO(b"\0" * member.size))
        path = tmp_path / "others.tar.gz"
        path.write_bytes(gzip.compress(start + raw.getvalue()))
        return path

    return _write


@pytest.fixture(name="refusal")
def _refusal(tmp_path, contents):
    """Returns a function that returns why an archive is refused."""

    def _refusal(path, max_bytes=2**20) -> str:
        folder = tmp_path / "sandbox" / "folder"
        folder.mkdir(parents=True)
        before = set(tmp_path.rglob("*"))
        with pytest.raises(errors.InputError) as caught:
            archive_reader.extract(str(path), str(folder), max_bytes)
        assert set(tmp_path.rglob("*")) - set(folder.rglob("*")) == before
        assert sum(map(len, contents(folder).values())) <= max_bytes
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)
        return str(caught.value)

    return _refusal
