"""The whole of a verification, of a directory and of an archive."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.tests.export.verification import spoiling


@pytest.mark.hub_module
def test_a_good_module_passes_strictly(good_module):
    report = verifier.verify_module(good_module, strict=True)
    assert report.passed, report
    assert {finding.outcome.name for finding in report.findings} == {"KEPT"}


@pytest.mark.slow
def test_an_archive_passes_and_leaves_nothing_behind(module, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert verifier.verify_module(module.archive).passed
    assert os.listdir(str(tmp_path)) == []


@pytest.mark.slow
def test_a_module_without_serve_passes_but_not_strictly(tmp_path):
    module = spoiling.write(tmp_path / "module", spoiling.good_meta_graphs()[:2])
    assert verifier.verify_module(module).passed
    report = verifier.verify_module(module, strict=True)
    assert not report.passed
    assert "serve" in str(report.failures[0])


@pytest.mark.slow
@pytest.mark.hub_module
def test_an_update_op_missing_fails(tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    del meta_graphs[1].collection_def["update_ops"].node_list.value[0]
    report = verifier.verify_module(spoiling.write(tmp_path / "module", meta_graphs))
    assert not report.passed
    assert "update op" in str(report.failures[0])


def test_what_is_no_module_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="found no file tfhub_module.pb"):
        verifier.verify_module(str(tmp_path))


@pytest.mark.slow
def test_a_network_with_fewer_stages_keeps_its_promises(module):
    report = verifier.verify_module(module.directory)

    assert report.passed, report
