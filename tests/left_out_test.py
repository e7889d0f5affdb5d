"""Tests that need hub.Module are left out without it, and the others are not."""

from __future__ import annotations

import collections
import importlib.metadata

import pytest

from efficientnet_hub.tests import left_out

_Report = collections.namedtuple("_Report", "longrepr")


@pytest.mark.parametrize(
    ("versions", "missing"),
    [
        ({"tensorflow": "2.15.1", "tensorflow_hub": "0.15.0"}, False),
        ({"tensorflow": "1.15.5", "tensorflow_hub": "0.12.0"}, False),
        ({"tensorflow": "2.21.0", "tensorflow_hub": "0.16.1"}, True),
        ({"tensorflow": "2.21.0", "tensorflow_hub": "0.15.0"}, True),
    ],
)
def test_the_versions_decide(versions, missing, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)

    assert left_out.is_hub_module_missing() == missing


@pytest.mark.parametrize(
    ("message", "explained"),
    [
        ("module 'tensorflow_hub' has no attribute 'Module'", True),
        ("module 'tensorflow._api.v2.compat.v1' has no attribute 'estimator'", True),
        ("hub.Module needs tensorflow_hub older than 0.16 and ...", True),
        ("tf.estimator needs TensorFlow older than 2.16, found 2.21.0", True),
        ("cannot import name 'module_def_pb2' from 'tensorflow_hub' (a.py)", True),
        ("assert 3 == 4", False),
        ("module 'tensorflow' has no attribute 'placeholder'", False),
    ],
)
def test_only_what_is_missing_explains_a_failure(message, explained):
    try:
        try:
            raise AttributeError(message)
        except AttributeError as cause:
            raise ValueError("a module must load") from cause
    except ValueError as error:
        assert left_out.explains(error) == explained


def test_the_summary_counts_what_is_left_out(monkeypatch):
    versions = {"tensorflow": "2.21.0", "tensorflow_hub": "0.16.1"}
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)
    others = [_Report(("a_test.py", 3, "Skipped: another reason"))]
    reports = [_Report(("a_test.py", 0, f"Skipped: {left_out.REASON}"))] * 2

    assert list(left_out.summarize(others)) == []
    assert list(left_out.summarize(reports + others)) == [
        "left out 2 tests: tensorflow 2.21.0 and tensorflow_hub 0.16.1 have no "
        "hub.Module and no tf.estimator; make PYTHON=python3.11 test runs them"
    ]
