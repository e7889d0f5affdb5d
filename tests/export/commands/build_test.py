"""Tests the flags of `build`. The tests of `export/collection` build lists."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.collection import entries, index, jobs, reports
from efficientnet_hub.export.commands import main
from efficientnet_hub.tests.export.commands import program


def test_every_argument_reaches_the_build(monkeypatch, tmp_path):
    received = {}

    def read(path, weights):
        received.update(modules=path, weights=weights)
        return []

    class Builder:
        def __init__(self, folder, versions, overwrite, lock):
            received.update(output=folder, overwrite=overwrite)

        def build_all(self, to_build, jobs, report):
            received.update(jobs=jobs)
            return []

    monkeypatch.setattr(entries, "read", read)
    monkeypatch.setattr(jobs, "Builder", Builder)
    published = []
    monkeypatch.setattr(reports, "publish", lambda folder, *_: published.append(folder))
    monkeypatch.setattr(index, "publish", lambda folder: published.append(folder) or [])
    folder = str(tmp_path / "published")
    samples = {
        "modules": "modules.yaml",
        "output": folder,
        "jobs": 3,
        "weights": "random",
        "overwrite": True,
    }

    assert main.main(main.parse(program.argv("build", samples))) == 0

    assert received == samples
    assert published == [folder, folder]


@pytest.mark.parametrize("output", ["", "gs://bucket/modules"])
def test_what_is_no_path_is_refused_as_output(output, tmp_path):
    modules = tmp_path / "modules.yaml"
    modules.write_text(
        "modules:\n- {handle: a/b, model: efficientnet-b0, weights: random}\n"
    )

    finished = program.run_here("build", modules, f"--output={output}")

    assert "error: output must be a path" in program.check_refusal(finished)
