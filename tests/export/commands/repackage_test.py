"""Tests `repackage`: its flags, what it writes, and what it refuses."""

from __future__ import annotations

import os

import pytest

from efficientnet_hub.export import exporter, repackaging
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program


@pytest.mark.slow
def test_a_module_is_repackaged(printed, feature_vector_module, tmp_path):
    output, archive = str(tmp_path / "again"), str(tmp_path / "again.tar.gz")

    finished = program.run_here(
        "repackage", feature_vector_module, "--output=" + output, "--archive=" + archive
    )

    written = [output, output + ".md", archive]
    assert program.check_success(finished).splitlines()[-3:] == [
        "wrote " + path for path in written
    ]
    assert all(map(os.path.exists, written))


def test_what_cannot_be_repackaged_leaves_nothing_behind(tmp_path):
    finished = program.run_here("repackage", tmp_path, f"--output={tmp_path / 'again'}")

    sentence = program.check_refusal(finished)
    assert "must be a module in the TF1 Hub format" in sentence
    assert list(tmp_path.iterdir()) == []


def test_every_argument_reaches_the_repackaging(monkeypatch):
    received = {}

    def repackage_module(module, output, **options):
        received.update(options, module=module, output=output)
        return exporter.ExportedModule("module", "card", None, [], documentation=None)

    monkeypatch.setattr(repackaging, "repackage_module", repackage_module)
    samples = {
        "module": "exported",
        "output": "new",
        "labels": "labels.txt",
        "archive": "new.tar.gz",
        "overwrite": True,
    }

    assert main.main(main.parse(program.argv("repackage", samples))) == 0

    assert received == samples
