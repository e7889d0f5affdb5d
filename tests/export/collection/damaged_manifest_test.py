"""One damaged manifest does not stop the build of a list."""

from __future__ import annotations

import pathlib
import shutil
import tempfile

import pytest

from efficientnet_hub.export import options
from efficientnet_hub.export.collection import entries, jobs, layout
from efficientnet_hub.export.collection import results as results_lib

_DAMAGED = ["{}", '{"schema": 4}', "[" * 100_000, "\0", '{"schema": 4, "page": []}']


@pytest.fixture(name="modules")
def _modules(module, tmp_path) -> list[entries.Entry]:
    """The modules of a list, which are published with damaged manifests."""
    found = []
    for number, content in enumerate(_DAMAGED):
        chosen = options.ExportOptions("efficientnet-lite0", "random")
        found.append(entries.Entry("modules.yaml:1", f"me/m{number}", chosen))
        paths = layout.paths(str(tmp_path), found[-1].versioned_handle)
        pathlib.Path(paths.archive).parent.mkdir(parents=True)
        shutil.copy(module.archive, paths.archive)
        pathlib.Path(paths.manifest).write_text(content)
    return found


def test_each_module_with_a_damaged_manifest_fails_alone(modules, tmp_path):
    builder = jobs.Builder(str(tmp_path), {}, overwrite=False, lock=0)

    results = builder.build_all(modules, 2, print)

    assert [result.outcome for result in results] == [results_lib.FAILED] * len(modules)
    for result in results:
        assert "1.manifest.json' must be a manifest that" in result.message
        assert result.message.endswith(
            "give the module another version, or --overwrite"
        )


def test_with_overwrite_it_is_built_again_and_the_line_says_why(
    modules, tmp_path, monkeypatch
):
    monkeypatch.setattr(jobs.Builder, "_run_worker", lambda *_: None)
    builder = jobs.Builder(str(tmp_path), {}, overwrite=True, lock=0)
    lines = []

    builder.build_all(modules, 1, lambda result: lines.append(str(result)))

    for line in lines:
        assert line.startswith("built ") and "must be a manifest that" in line


def test_an_error_that_is_not_foreseen_fails_one_module(modules, tmp_path, monkeypatch):
    def fail(builder, entry, inputs):
        if entry.handle == "me/m1":
            raise AttributeError("not foreseen")

    monkeypatch.setattr(jobs.Builder, "_run_worker", fail)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    builder = jobs.Builder(str(tmp_path), {}, overwrite=True, lock=0)

    results = builder.build_all(modules, 1, print)

    failed = [result for result in results if result.outcome == results_lib.FAILED]
    assert [result.handle for result in failed] == ["me/m1/1"]
    assert "internal error: AttributeError: not foreseen" in failed[0].message
