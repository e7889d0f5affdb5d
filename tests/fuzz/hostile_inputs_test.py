"""Each hostile input is accepted or refused in one sentence.

No input ends in a traceback, a crash, 20 seconds without an answer, or 1 GiB of memory,
and none leaves a temporary file.
"""

from __future__ import annotations

import collections
import io
import json
import pathlib
import re
import tempfile
import unicodedata
from typing import Any, Iterator

import hypothesis
import pytest
import tensorflow.compat.v1 as tf
from hypothesis import strategies as st
from PIL import Image

from efficientnet_hub.export import exporter
from efficientnet_hub.export import options as options_lib
from efficientnet_hub.export.collection import entries, manifest
from efficientnet_hub.export.verification import promise
from efficientnet_hub.export.weights.containers import sorted_table
from efficientnet_hub.tests import shared_results
from efficientnet_hub.tests.export.commands import program
from efficientnet_hub.tests.export.weights.containers import crafted_checkpoint
from efficientnet_hub.tests.fuzz import (
    samples,
    sandbox,
    strategies,
    weight_files,
)
from efficientnet_hub.tests.photographs import samples as image_samples

_LIST = """\
defaults:
  weights: random
  image_size: 224
modules:
- handle: me/b0
  model: efficientnet-b0
  labels: labels.txt
- handle: me/b1
  model: efficientnet-b1
  task: feature-vector
"""
_FIELDS = [
    "random",
    "224",
    "me/b0",
    "efficientnet-b0",
    "labels.txt",
    "labels: labels.txt",
    "feature-vector",
    "defaults",
    "modules",
]
_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PYTORCH = _ROOT / "tests" / "testdata" / "pytorch"
_FAST_EXAMPLES = 25
_SLOW_EXAMPLES = 2000
# Each of these starts a process. docs/reliability.md has the figures of 2,000.
_SLOW_EXAMPLES_OF = {"hdf5_files": 200, "keras_archives": 200}
_LONGEST_LINE = 2100
# Control characters, formats such as changes of direction, surrogates, line breaks.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_NAMES = (
    "archives",
    "checkpoints",
    "command_lines",
    "graphs",
    "hdf5_files",
    "images",
    "installed_archives",
    "installed_checkpoints",
    "installed_graphs",
    "keras_archives",
    "labels",
    "lists",
    "manifests",
    "object_graphs",
    "other_images",
    "pytorch_files",
    "safetensors_files",
)


# The name of the file to write, and what to write to it.
_Kind = collections.namedtuple("_Kind", "name contents")


@pytest.fixture(scope="session", name="originals")
def _originals(tmp_path_factory) -> dict[str, Any]:
    """Files that are right, to make hostile ones of, and the shapes of the network."""

    def write(folder: pathlib.Path) -> dict[str, Any]:
        archive, module = folder / "1.tar.gz", folder / "1"
        network = samples.tiny_network()
        exported = exporter.export_module(
            network, "random", str(module), archive=str(archive)
        )
        variables = module / "variables" / "variables"
        return {
            "module": {
                path.relative_to(module).as_posix(): path.read_bytes()
                for path in sorted(module.rglob("*"))
                if path.is_file()
            },
            "manifest": _describe(exported, archive, network),
            **weight_files.make(folder),
            "shapes": dict(tf.train.list_variables(str(variables))),
        }

    return shared_results.make_once(tmp_path_factory, "fuzz-originals", write)


def _describe(exported, archive: pathlib.Path, network) -> dict[str, Any]:
    """Returns the manifest of an exported module."""
    options = options_lib.ExportOptions(model=network.name, weights="random")
    page = archive.with_suffix(".html")
    page.write_text("<!DOCTYPE html>")
    module = manifest.describe(
        manifest.inputs(entries.Entry("modules.yaml:1", "me/tiny", options)),
        {"tensorflow": "2.15.1"},
        exported.documentation,
        str(archive),
        str(archive)[: -len(".tar.gz")] + ".md",
        network,
        [promise.Finding("works", promise.Outcome.KEPT)],
    )
    written = archive.with_suffix(".json")
    manifest.write(
        str(written), manifest.with_browser_page(module, str(page), {"jinja2": "3.1.6"})
    )
    return json.loads(written.read_text())


def _kinds(originals: dict[str, Any]) -> dict[str, _Kind]:
    return {
        **_parts_of_modules(originals["module"]),
        **_files_of_weights(originals),
        "command_lines": _Kind("argv.json", strategies.command_lines(_list_flags())),
        "images": _Kind(
            "photograph.jpg", st.one_of(*map(strategies.damaged, _draw_images()))
        ),
        "other_images": _Kind(
            "photograph.tiff", st.one_of(*map(strategies.damaged, _write_samples()))
        ),
        "labels": _Kind("labels.txt", strategies.texts("tench\nshark\n", ["shark"])),
        "lists": _Kind("modules.yaml", strategies.texts(_LIST, _FIELDS)),
        "manifests": _Kind(
            "1.manifest.json", strategies.json_documents(originals["manifest"])
        ),
    }


def _parts_of_modules(files: dict[str, bytes]) -> dict[str, _Kind]:
    index = files["variables/variables.index"]
    block = crafted_checkpoint.rows_block(sorted_table.read_entries(index))
    parts = {
        "archives": _Kind("module.tar.gz", strategies.archives(files)),
        "checkpoints": _Kind(
            "variables/variables.index",
            st.one_of(
                strategies.damaged(index),
                # With the right checksums, so that more than these are checked.
                strategies.damaged(block).map(crafted_checkpoint.table),
            ),
        ),
        "graphs": _Kind("saved_model.pb", strategies.damaged(files["saved_model.pb"])),
    }
    # `install` reads the same files.
    return {**parts, **{f"installed_{name}": kind for name, kind in parts.items()}}


def _files_of_weights(originals: dict[str, Any]) -> dict[str, _Kind]:
    torch_files = [path.read_bytes() for path in sorted(_PYTORCH.glob("*.pth"))]
    objects = originals["objects"]
    return {
        "hdf5_files": _Kind(
            "weights.h5", st.one_of(*map(strategies.damaged, originals["hdf5"]))
        ),
        "keras_archives": _Kind(
            "model.keras", strategies.keras_archives(originals["keras"])
        ),
        "object_graphs": _Kind(
            "objects.data-00000-of-00001",
            st.one_of(
                strategies.damaged(crafted_checkpoint.string(objects)),
                # With the right checksums, so that more than these are checked.
                strategies.damaged(objects).map(crafted_checkpoint.string),
            ),
        ),
        "pytorch_files": _Kind(
            "weights.pth", st.one_of(*map(strategies.damaged, torch_files))
        ),
        "safetensors_files": _Kind(
            "weights.safetensors",
            strategies.safetensors_files(originals["safetensors"]),
        ),
    }


def _list_flags() -> dict[str, list[str]]:
    """Returns the flags of each command."""
    return {
        command: [
            option
            for action in program.actions(command).values()
            for option in action.option_strings
        ]
        for command in program.commands()
        if command != "inspect"  # It has no flags.
    }


def _write_samples() -> list[bytes]:
    """Returns a small image of each kind of WebP, BMP, TIFF and GIF files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            pathlib.Path(image_samples.write(kind, pathlib.Path(folder)))
            for kind in image_samples.KINDS
            if not kind.endswith(("jpeg", "png"))
        ]
        return [path.read_bytes() for path in paths]


def _draw_images() -> list[bytes]:
    """Returns a small image of each of several kinds of JPEG and PNG files."""
    gradient = Image.linear_gradient("L").resize((40, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    contents = []
    for mode, name, options in (
        ("RGB", "JPEG", {"exif": exif}),
        ("CMYK", "JPEG", {}),
        ("L", "JPEG", {"progressive": True}),
        ("RGBA", "PNG", {"exif": exif}),
        ("P", "PNG", {}),
        ("I;16", "PNG", {}),
    ):
        stream = io.BytesIO()
        gradient.convert(mode).save(stream, name, **options)
        contents.append(stream.getvalue())
    return contents


def _write_companions(folder: pathlib.Path, originals: dict[str, Any]) -> None:
    """Writes the module that the hostile file is a part of, and the shapes."""
    (folder / "shapes.json").write_text(json.dumps(originals["shapes"]))
    for name, content in originals["module"].items():
        path = folder / "module" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "module" / "labels.txt").write_text("tench\nshark\n")


@pytest.fixture(scope="session", name="opened")
def _opened(tmp_path_factory) -> Iterator[sandbox.Sandbox]:
    with sandbox.open_sandbox(tmp_path_factory.mktemp("sandbox")) as opened:
        yield opened


def _check(kind: str, opened, originals: dict[str, Any], folder, examples) -> None:
    """Checks that inputs of a kind are accepted or refused; counts both."""
    name, contents = _kinds(originals)[kind]
    path = folder / "module" / name
    _write_companions(folder, originals)
    counts: collections.Counter[str] = collections.Counter()

    @hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(contents)
    def accepts_or_refuses(content: bytes) -> None:
        path.write_bytes(content)
        outcome, message = opened.run(kind, path)
        counts[outcome] += 1
        assert outcome in ("accepted", "refused"), f"{outcome} {message}"
        _check_sentences(message)
        assert opened.leftovers() == []

    accepts_or_refuses()
    assert counts["refused"], "the inputs of this kind are not hostile"
    print(f"{kind}: {dict(counts)}")


def _check_sentences(printed: str) -> None:
    """Checks that each line is a message of the program that a terminal can show."""
    for line in printed.splitlines():
        assert line.startswith("efficientnet-hub: error: "), printed
        assert not _HIDDEN & set(map(unicodedata.category, line)), printed
        assert len(line) <= _LONGEST_LINE, printed


def test_the_documentation_has_each_kind_and_its_count():
    page = (_ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| ([\d,]+) \| ([\d,]+) \| 0 \|$", page, re.M)

    kinds = {kind.lower().replace(" ", "_"): counts for kind, *counts in rows}
    assert sorted(kinds) == sorted(_NAMES)
    for accepted, refused in kinds.values():
        count = int(accepted.replace(",", "")) + int(refused.replace(",", ""))
        assert count == _SLOW_EXAMPLES
    assert f"tries {_FAST_EXAMPLES} inputs of each kind" in page


@pytest.mark.parametrize("kind", _NAMES)
def test_a_few_are_accepted_or_refused(kind, opened, originals, tmp_path):
    _check(kind, opened, originals, tmp_path, _FAST_EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("kind", _NAMES)
def test_many_are_accepted_or_refused(kind, opened, originals, tmp_path):
    count = _SLOW_EXAMPLES_OF.get(kind, _SLOW_EXAMPLES)
    _check(kind, opened, originals, tmp_path, count)
