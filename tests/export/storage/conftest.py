"""A packed module."""

from __future__ import annotations

import pathlib

import pytest

from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.tests.export.storage import sample_files


@pytest.fixture
def packed(tmp_path) -> pathlib.Path:
    """The archive of the folder `module` beside it."""
    path = tmp_path / "module.tar.gz"
    archive_writer.write_archive(sample_files.write(tmp_path / "module"), str(path))
    return path
