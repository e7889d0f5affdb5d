"""The index lists all published modules, also those of earlier builds."""

from __future__ import annotations

import pathlib
import re

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter, options
from efficientnet_hub.export.collection import entries, index, layout, manifest


@pytest.fixture(scope="module", name="built")
def _built(tiny, tmp_path_factory) -> pathlib.Path:
    """A folder with one published version of a module."""
    folder = tmp_path_factory.mktemp("built")
    paths = layout.paths(str(folder), "me/b0/1")
    exported = exporter.export_module(
        tiny,
        "random",
        str(folder / "me" / "b0" / "1"),
        archive=paths.archive,
    )
    chosen = options.ExportOptions("efficientnet-b0", "random")
    entry = entries.Entry("modules.yaml:1", "me/b0", chosen)
    written = manifest.describe(
        manifest.inputs(entry),
        {},
        exported.documentation,
        paths.archive,
        paths.page,
        # The index reads the manifest, not the small module in the archive.
        config_lib.get_config("efficientnet-b0", image_size=32),
        [],
    )
    # Its content is not read here.
    pathlib.Path(paths.browser_page).write_text("")
    manifest.write(
        paths.manifest, manifest.with_browser_page(written, paths.browser_page, {})
    )
    return folder


@pytest.fixture(name="publish")
def _publish(built, tmp_path):
    """Returns a function that publishes the module with another handle."""

    def publish(versioned_handle: str) -> layout.Paths:
        source = layout.paths(str(built), "me/b0/1")
        target = layout.paths(str(tmp_path), versioned_handle)
        pathlib.Path(target.archive).parent.mkdir(parents=True, exist_ok=True)
        for name in ("archive", "page", "manifest"):
            content = pathlib.Path(getattr(source, name)).read_bytes()
            pathlib.Path(getattr(target, name)).write_bytes(content)
        return target

    return publish


def _listed(folder) -> list[str]:
    index.publish(str(folder))
    text = (folder / "index.html").read_text()
    return re.findall(r'<a href="([^":]+)\.html">', text)


def test_versions_are_listed_by_handle_and_number(publish, tmp_path):
    handles = ["me/b0/1", "me/b0/9", "me/b0/10", "you/b0/1"]
    for handle in reversed(handles):
        publish(handle)

    assert _listed(tmp_path) == handles


def test_what_is_no_published_version_is_not_listed(publish, tmp_path):
    publish("me/b0/1")
    for name in ("01", "0", "\u00b2", "latest"):
        publish("me/b0/" + name)
    publish("me/b0/.2.tar.gz.staging-0123456789abcdef/2")
    pathlib.Path(publish("me/b0/3").archive).unlink()
    pathlib.Path(publish("me/b0/4").manifest).write_text("{}")
    pathlib.Path(publish("me/b0/5").manifest).unlink()

    assert _listed(tmp_path) == ["me/b0/1"]


def test_a_row_has_what_the_manifest_says(publish, tmp_path):
    publish("me/b0/1")
    index.publish(str(tmp_path))
    page = (tmp_path / "index.html").read_text()

    assert "<p>Image classification with efficientnet-b0, UNTRAINED" in page
    assert "UNTRAINED: 1 of these modules" in page
    for figure in ("32", "5.3 M", "0.01 B"):
        assert f">{figure}</td>" in page


def test_why_a_manifest_is_not_in_the_index_is_returned(publish, tmp_path):
    publish("me/b0/1")
    pathlib.Path(publish("me/b0/2").manifest).write_text('{"schema": 2}')
    pathlib.Path(publish("me/b0/3").manifest).unlink()

    (reason,) = index.publish(str(tmp_path))

    assert "2.manifest.json' must be a manifest of schema 4, found schema 2" in reason


def test_it_is_written_again(publish, tmp_path):
    assert _listed(tmp_path) == []
    publish("me/b0/1")
    (tmp_path / ".index.html.staging-0123456789abcdef").mkdir()

    assert _listed(tmp_path) == ["me/b0/1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "me"]
