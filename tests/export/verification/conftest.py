"""One good small module for all tests of this folder."""

from __future__ import annotations

import pytest

from efficientnet_hub.tests.export.verification import spoiling


@pytest.fixture(scope="session")
def good_module(tmp_path_factory) -> str:
    return spoiling.write(tmp_path_factory.mktemp("good"))
