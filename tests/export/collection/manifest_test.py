"""A manifest describes what was published, and detects later changes."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil

import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter
from efficientnet_hub.export import options as options_lib
from efficientnet_hub.export.collection import comparison, entries, manifest
from efficientnet_hub.export.storage import archive_reader
from efficientnet_hub.export.verification import promise

_VERSIONS = {"tensorflow": "2.15.1"}


@pytest.fixture(scope="module", name="built")
def _built(tmp_path_factory) -> pathlib.Path:
    """A folder with a module, its archive, its pages and its manifest."""
    folder = tmp_path_factory.mktemp("built")
    exported = exporter.export_module(
        "efficientnet-lite0",
        "random",
        str(folder / "1"),
        image_size=32,
        archive=str(folder / "1.tar.gz"),
    )
    written = manifest.describe(
        manifest.inputs(_entry()),
        _VERSIONS,
        exported.documentation,
        str(folder / "1.tar.gz"),
        str(folder / "1.md"),
        config_lib.get_config("efficientnet-lite0", image_size=32),
        [promise.Finding("works", promise.Outcome.KEPT)],
    )
    (folder / "1.html").write_text("<!DOCTYPE html>")
    complete = manifest.with_browser_page(
        written, str(folder / "1.html"), {"jinja2": "3.1.6"}
    )
    manifest.write(str(folder / "1.manifest.json"), complete)
    return folder


@pytest.fixture(name="folder")
def _folder(built, tmp_path) -> pathlib.Path:
    """A copy that a test may change."""
    return pathlib.Path(shutil.copytree(str(built), str(tmp_path / "copy")))


def _entry(**changes) -> entries.Entry:
    fields = {"model": "efficientnet-lite0", "weights": "random"}
    options = options_lib.ExportOptions(**dict(fields, **changes))
    return entries.Entry("modules.yaml:1", "me/lite0", options)


def test_it_has_the_hashes_of_all_files(built):
    written = manifest.read(str(built / "1.manifest.json"))

    assert written.handle == "me/lite0/1"
    assert written.promises == {"works": "ok"}
    for file in (written.archive, written.page, written.browser_page):
        content = (built / file.name).read_bytes()
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert file.bytes == len(content)
    assert set(written.files) == {
        "saved_model.pb",
        "tfhub_module.pb",
        "variables/variables.data-00000-of-00001",
        "variables/variables.index",
    }


def test_it_has_the_cost_of_the_network(built):
    network = manifest.read(str(built / "1.manifest.json")).network

    assert network.multiply_adds < 20e6
    assert (network.name, network.image_size) == ("efficientnet-lite0", 32)
    # As the publisher counts them.
    assert network.parameters == 4_652_008


def test_it_has_all_that_the_documentation_page_says(built):
    card = manifest.read(str(built / "1.manifest.json")).card

    assert card.untrained
    assert card.metadata.asset_path == "1.tar.gz"
    assert card.to_markdown() == (built / "1.md").read_text(encoding="utf-8")


def test_the_hash_before_compression_is_the_tars(built):
    import gzip

    written = manifest.read(str(built / "1.manifest.json"))
    tar = gzip.decompress((built / "1.tar.gz").read_bytes())

    assert written.archive.tar_sha256 == hashlib.sha256(tar).hexdigest()


@pytest.mark.parametrize("module", [None, "1.tar.gz", "1"])
def test_the_published_files_are_as_the_manifest_says(built, module):
    path = module and str(built / module)

    assert comparison.find_differences(str(built / "1.manifest.json"), path) == []


@pytest.mark.parametrize("name", ["1.html", "1.md", "1.tar.gz"])
@pytest.mark.parametrize("position", [0, 0.5, 1])
def test_a_changed_byte_is_found(folder, name, position):
    content = bytearray((folder / name).read_bytes())
    content[int(position * (len(content) - 1))] ^= 1
    (folder / name).write_bytes(bytes(content))

    (difference,) = comparison.find_differences(str(folder / "1.manifest.json"))

    assert name in difference
    assert "must have SHA-256" in difference


def test_a_module_may_come_without_its_pages(folder):
    for name in ("1.md", "1.html"):
        os.remove(str(folder / name))
    path = str(folder / "1.manifest.json")

    assert comparison.find_differences(path, str(folder / "1.tar.gz")) == []
    found = comparison.find_differences(path)
    assert ["1.md' is missing" in found[0], "1.html' is missing" in found[1]] == [
        True
    ] * 2


def test_missing_changed_and_added_files_of_a_directory_are_found(folder):
    os.remove(str(folder / "1" / "tfhub_module.pb"))
    (folder / "1" / "saved_model.pb").write_bytes(b"")
    (folder / "1" / "assets.extra").write_bytes(b"")

    found = comparison.find_differences(
        str(folder / "1.manifest.json"), str(folder / "1")
    )

    assert len(found) == 3
    assert "assets.extra' is not a file of the module" in found[0]
    assert "saved_model.pb' must have SHA-256" in found[1]
    assert "tfhub_module.pb' is missing" in found[2]


def test_an_unpacked_archive_is_the_module(folder):
    with archive_reader.unpack(str(folder / "1.tar.gz")) as directory:
        path = str(folder / "1.manifest.json")
        assert comparison.find_differences(path, directory) == []


def test_what_would_be_built_otherwise_is_named(built):
    written = manifest.read(str(built / "1.manifest.json"))
    inputs = manifest.inputs(_entry())

    assert manifest.changes(written, inputs, _VERSIONS) == []
    other = manifest.inputs(_entry(seed=1, image_size=64))
    assert manifest.changes(written, other, _VERSIONS) == ["image_size", "seed"]
    newer = {"tensorflow": "2.16.0"}
    assert manifest.changes(written, inputs, newer) == ["tensorflow"]


_OTHER_VALUES = {
    "model": "efficientnet-lite1",
    "weights": "imagenet",
    "task": "feature-vector",
    "num_classes": 7,
    "labels": "labels.txt",
    "image_size": 64,
    "preprocessing": "advprop",
    "seed": 7,
    "moving_averages": "never",
    "recompute": "none",
    "source_model": "timm/efficientnet_b2",
    "new_classifier": True,
}


@pytest.mark.parametrize(
    "option", [field.name for field in dataclasses.fields(options_lib.ExportOptions)]
)
def test_every_option_makes_a_module_stale(option, built, tmp_path, monkeypatch):
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    monkeypatch.chdir(tmp_path)
    written = manifest.read(str(built / "1.manifest.json"))
    inputs = manifest.inputs(_entry(**{option: _OTHER_VALUES[option]}))

    assert manifest.changes(written, inputs, _VERSIONS)[0] == option


def test_secrets_of_an_address_are_not_recorded():
    digest = "0" * 64
    address = f"https://user:s3cret@example.org/b0.pth?token=t0ken#sha256={digest}"

    recorded = manifest.inputs(_entry(weights=address))

    assert recorded["options"]["weights"] == (
        f"https://example.org/b0.pth#sha256={digest}"
    )
    assert "s3cret" not in str(recorded) and "t0ken" not in str(recorded)


def test_a_file_is_known_by_its_content_wherever_it_lies(tmp_path):
    for folder, content in (("a", "one"), ("b", "one"), ("c", "two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "w.pth").write_text(content)
    a, b, c = (
        manifest.inputs(_entry(weights=str(tmp_path / name / "w.pth")))
        for name in "abc"
    )

    assert a == b
    assert a != c
    assert a["options"]["weights"] == "w.pth"


def test_another_schema_is_refused(tmp_path):
    path = tmp_path / "1.manifest.json"
    path.write_text('{"schema": 2, "handle": "me/lite0/1"}')

    with pytest.raises(errors.InputError, match="must be a manifest of schema 4, "):
        manifest.read(str(path))


@pytest.mark.parametrize("field", ["handle", "archive", "browser_page", "card"])
def test_a_missing_field_is_named(folder, field):
    path = folder / "1.manifest.json"
    path.write_text(path.read_text().replace(f'  "{field}":', f'  "no {field}":', 1))

    with pytest.raises(errors.InputError, match=f"found: no field '{field}'"):
        manifest.read(str(path))


def test_what_is_read_is_what_was_written(built, tmp_path):
    written = manifest.read(str(built / "1.manifest.json"))

    manifest.write(str(tmp_path / "copy.json"), written)

    copied = (tmp_path / "copy.json").read_bytes()
    assert copied == (built / "1.manifest.json").read_bytes()


@pytest.mark.parametrize("content", ["", "[]", "{}"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "1.manifest.json"
    path.write_text(content)

    with pytest.raises(
        errors.InputError,
        match="must be a manifest that efficientnet-hub build wrote, found: .* file?",
    ):
        manifest.read(str(path))


def test_a_missing_manifest_is_refused(tmp_path):
    path = str(tmp_path / "1.manifest.json")

    with pytest.raises(errors.InputError) as caught:
        manifest.read(path)

    assert str(caught.value) == (
        f"'{path}' must be a manifest that efficientnet-hub build wrote, found an "
        "error when reading it: No such file or directory"
    )


def test_versions_are_those_that_the_bytes_depend_on():
    versions = manifest.versions()

    assert sorted(versions) == [
        "efficientnet_hub",
        "efficientnet_hub_sources",
        "protobuf",
        "tensorflow",
        "zlib",
    ]
    assert copy.deepcopy(versions) == manifest.versions()


def _list_positions(value, path=()):
    """Yields the path of each value in a document."""
    yield path
    items = {}
    if isinstance(value, (dict, list)):
        items = value if isinstance(value, dict) else dict(enumerate(value))
    for key, each in items.items():
        yield from _list_positions(each, (*path, key))


def _replace(document, path, value):
    if not path:
        return value
    document = copy.deepcopy(document)
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return document


def test_a_value_of_a_wrong_type_is_found_at_each_position(folder):
    path = folder / "1.manifest.json"
    good = json.loads(path.read_text())
    for position in _list_positions(good):
        path.write_text(json.dumps(_replace(good, position, [{"a": 0.5}])))

        with pytest.raises(errors.InputError) as caught:
            manifest.read(str(path))

        named = [key for key in position if isinstance(key, str)]
        assert not named or named[-1] in str(caught.value)
        assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (["archive", "bytes"], -1),
        (["archive", "bytes"], True),
        (["archive", "bytes"], 10**19),
        (["archive", "sha256"], "A" * 64),
        (["page", "name"], "../../secret"),
        (["page", "name"], "a\0b"),
        (["files"], {"../x": "a" * 64}),
        (["files"], {"/etc/passwd": "a" * 64}),
        (["handle"], "me/lite0"),
        (["network", "image_size"], 0),
        (["card", "summary"], "x" * 2000),
        (["inputs", "options", "seed"], {}),
        (["schema"], 3.0),
        (["schema"], True),
        (["schema"], [[3] * 10**5]),
    ],
)
def test_a_value_out_of_range_is_refused(position, value, folder):
    path = folder / "1.manifest.json"
    good = json.loads(path.read_text())
    path.write_text(json.dumps(_replace(good, position, value)))

    with pytest.raises(errors.InputError) as caught:
        comparison.find_differences(str(path))

    assert position[-1] in str(caught.value)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"[" * 100_000, "too many levels"),
        (b'{"a": ' * 100_000, "too many levels"),
        (b'{"schema": ' + b"9" * 10_000 + b"}", "the number"),
        (b'{"schema": NaN}', "the number NaN"),
        (b'{"schema": 4, "schema": 4}', "the name 'schema' twice"),
        (b"\xff\xfe", "codec can't decode"),
        ('{"schema": 4}'.encode("utf-16"), "codec can't decode"),
        (b"\0", "Expecting value"),
        (b" " * 2**25, "bytes"),
    ],
)
def test_what_is_no_json_is_refused(content, found, tmp_path):
    path = tmp_path / "1.manifest.json"
    path.write_bytes(content)

    with pytest.raises(errors.InputError, match=found):
        manifest.read(str(path))
