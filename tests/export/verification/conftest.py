"""Good small modules, written and loaded once for all tests of this folder."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.verification import subject as subject_lib
from efficientnet_hub.tests.export.verification import spoiling


@pytest.fixture(scope="session")
def good_module(tmp_path_factory) -> str:
    """The directory of a classification module."""
    return spoiling.write(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="session")
def good_subject(good_module) -> subject_lib.Subject:
    """The classification module, loaded."""
    return subject_lib.Subject(good_module)


@pytest.fixture(scope="session")
def feature_vector_subject(tmp_path_factory) -> subject_lib.Subject:
    """A feature-vector module, loaded."""
    config = spoiling.small_config(num_classes=None)
    folder = tmp_path_factory.mktemp("feature_vector")
    return subject_lib.Subject(spoiling.write(folder, config=config))
