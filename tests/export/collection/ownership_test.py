"""A build replaces only what builds wrote."""

from __future__ import annotations

import json
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import options as options_lib
from efficientnet_hub.export.collection import (
    entries,
    index,
    layout,
    ownership,
    reports,
)
from efficientnet_hub.export.collection import results as results_lib
from efficientnet_hub.tests.export.commands import program

_HANDLE = "me/small"


@pytest.fixture(name="entry")
def _entry(tmp_path) -> entries.Entry:
    labels = tmp_path / "labels.txt"
    labels.write_text("a\nb\n")
    options = options_lib.ExportOptions(
        "efficientnet-lite0", "random", labels=str(labels)
    )
    return entries.Entry("modules.yaml:1", _HANDLE, options)


@pytest.fixture(name="paths")
def _paths(tmp_path, entry) -> layout.Paths:
    paths = layout.paths(str(tmp_path / "published"), entry.versioned_handle)
    pathlib.Path(paths.archive).parent.mkdir(parents=True)
    return paths


def test_a_new_collection_may_be_written(entry, paths, tmp_path):
    ownership.check_collection(str(tmp_path / "published"))
    ownership.check_version(entry, paths)


def test_a_collection_may_be_written_again(tmp_path):
    pytest.importorskip("junitparser")
    index.publish(str(tmp_path))
    versions = {"efficientnet_hub": "1", "tensorflow": "2"}
    reports.publish(
        str(tmp_path), [results_lib.Result("me/m/1", results_lib.BUILT, 1.0)], versions
    )

    ownership.check_collection(str(tmp_path))


@pytest.mark.parametrize("name", ["index.html", "report.json", "junit.xml"])
@pytest.mark.parametrize("content", ["", "{}", "<!DOCTYPE html>", "<?xml?>"])
def test_a_file_of_another_program_stays(name, content, tmp_path):
    (tmp_path / name).write_text(content)
    (tmp_path / "modules.yaml").write_text(
        "modules: [{handle: me/m, model: efficientnet-lite0, weights: random}]"
    )

    finished = program.run_here(
        "build", tmp_path / "modules.yaml", f"--output={tmp_path}"
    )

    assert f"/{name}' must be new or written by" in program.check_refusal(finished)
    assert (tmp_path / name).read_text() == content


@pytest.mark.parametrize("name", vars(layout.beside("")))
def test_a_version_does_not_replace_other_files(name, entry, paths):
    pathlib.Path(getattr(paths, name)).write_text("{}")

    with pytest.raises(errors.InputError, match="would be lost|only .* found another"):
        ownership.check_version(entry, paths)


@pytest.mark.parametrize("name", vars(layout.beside("")))
def test_a_version_does_not_replace_what_it_is_built_from(name, entry, paths):
    pathlib.Path(getattr(paths, name)).symlink_to(entry.options.labels)

    with pytest.raises(errors.InputError, match="apart from the input '.*labels.txt'"):
        ownership.check_version(entry, paths)


def test_what_a_killed_build_left_is_replaced(entry, paths):
    for path, content in (
        (paths.page, "# Module me/small/1\n\nA.\n\n<!-- asset-path: 1.tar.gz -->\n"),
        (paths.manifest, json.dumps({"archive": {}, "handle": "", "schema": 1})),
        (
            paths.provenance,
            json.dumps({"_type": "", "predicateType": "", "subject": []}),
        ),
    ):
        pathlib.Path(path).write_text(content)

    ownership.check_version(entry, paths)


def test_a_collection_in_a_module_is_refused(module):
    with pytest.raises(errors.InputError, match="must lie outside of other modules"):
        ownership.check_collection(f"{module.directory}/published")
