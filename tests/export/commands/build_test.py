"""Tests the flags of `build`. The tests of `export/collection` build lists."""

from __future__ import annotations

import json
import os

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
    words = program.argv("build", {**samples, "json": True})

    assert main.main(main.parse(words)) == 0

    assert received == samples
    assert published == [folder, folder]


@pytest.mark.slow
def test_the_results_are_one_json_document(tmp_path):
    modules = tmp_path / "modules.yaml"
    modules.write_text(
        "defaults: {model: lite0, weights: random, image_size: 32, num_classes: 2}\n"
        "modules: [{handle: me/small}, {handle: me/wrong, weights: wrong.pth}]\n"
    )
    (tmp_path / "wrong.pth").write_bytes(b"no file of PyTorch")

    finished = program.run_here("build", modules, f"--output={tmp_path}/new", "--json")

    assert finished.returncode == 1
    found = json.loads(finished.stdout)
    seconds = found["modules"][0].pop("seconds")
    assert 0 < seconds < 600
    assert (found["schema"], found["command"]) == (1, "build")
    assert found["modules"][0] == {
        "handle": "me/small/1",
        "outcome": "built",
        "message": None,
    }
    assert found["modules"][1]["outcome"] == "failed"
    assert "built       me/small/1" in finished.stderr


@pytest.mark.parametrize("output", ["", "gs://bucket/modules"])
def test_what_is_no_path_is_refused_as_output(output, tmp_path):
    modules = tmp_path / "modules.yaml"
    modules.write_text(
        "modules:\n- {handle: a/b, model: efficientnet-b0, weights: random}\n"
    )

    finished = program.run_here("build", modules, f"--output={output}")

    assert "error: output must be a path" in program.check_refusal(finished)


def test_a_tensorflow_that_cannot_be_imported_ends_the_build_once(tmp_path):
    (tmp_path / "gast").mkdir()
    (tmp_path / "gast" / "__init__.py").write_text("raise ImportError('gast broke')")
    modules = tmp_path / "modules.yaml"
    modules.write_text(
        "defaults: {model: lite0, weights: random}\n"
        "modules: [{handle: me/one}, {handle: me/other}]\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))

    sentence = program.refusal(
        "build", modules, f"--output={tmp_path}/new", PYTHONPATH=path
    )

    assert "'tensorflow', which cannot be imported (gast broke)" in sentence
    assert list(tmp_path.rglob("*.tar.gz")) == []
