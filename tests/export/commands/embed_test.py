"""Tests `embed`: its flags, what it prints, and its exit statuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from efficientnet_hub.export.commands import main
from efficientnet_hub.export.embedding import module_embedding
from efficientnet_hub.spark import job
from efficientnet_hub.tests.export.commands import program


@pytest.fixture
def images(tmp_path) -> str:
    generator = np.random.RandomState(0)
    (tmp_path / "images").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        pixels = generator.randint(0, 256, [32, 32, 3]).astype(np.uint8)
        Image.fromarray(pixels).save(str(tmp_path / "images" / name))
    return str(tmp_path / "images")


def _run(module, images, output, *arguments):
    flags = (f"--images={images}", f"--output={output}", *arguments)
    return program.run_here("embed", module.directory, *flags)


def test_the_table_is_described_for_people(module, images, tmp_path):
    with open(f"{images}/d.png", "wb"):
        pass
    output = tmp_path / "f.parquet"

    printed = program.check_success(_run(module, images, output))

    assert printed.splitlines() == [
        "could not read 1 of 4 images: the column 'error' says why",
        f"wrote {output}",
        "4 images, each with features (16)",
    ]


def test_the_document_has_the_documented_names(module, images, tmp_path):
    output = tmp_path / "f.npz"
    finished = _run(module, images, output, "--json", "--top-k=2", "--shard-size=2")

    document = json.loads(program.check_success(finished))

    assert document.pop("schema") == 1
    assert len(document.pop("module")["sha256"]) == 64
    assert document == {
        "command": "embed",
        "images": {"folder": images, "count": 3, "damaged": 0},
        "resize": "squash",
        "image_size": [32, 32],
        "signature": "image_classification",
        "output": "default",
        "columns": [
            {"name": "class_indices", "kind": "int32", "shape": [2]},
            {"name": "probabilities", "kind": "float32", "shape": [2]},
        ],
        "files": [f"{output}/f-0000{i}-of-00002.npz" for i in range(2)],
    }


def test_only_damaged_images_end_with_status_2(module, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"")

    finished = _run(module, tmp_path / "images", tmp_path / "f.npz")

    assert "found 1 damaged ones" in program.check_refusal(finished)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("--image_size=0", "image_size must be from 1 to 4096, found 0"),
        ("--batch=0", "batch must be from 1 to 2147483647, found 0"),
        ("--top_k=0", "top_k must be from 1 to 1000000, found 0"),
        ("--shard_size=-1", "shard_size must be from 1 to 2147483647, found -1"),
        ("--endpoint=", "endpoint must be the name of an output, found ''"),
    ],
)
def test_values_out_of_range_are_refused(flag, expected, module, images, tmp_path):
    finished = _run(module, images, tmp_path / "f.npz", flag)

    assert expected in program.check_refusal(finished)


def test_every_mistake_is_reported_at_once():
    finished = program.run(
        "embed",
        "none",
        "--images=no",
        "--batch=0",
        "--shard_size=0",
        "--top_k=2",
        "--endpoint=logits",
        "--output=f.csv",
    )

    assert finished.returncode == 2
    assert len(finished.stderr.splitlines()) == 6


_SAMPLES = {
    "module": "module",
    "images": "images",
    "output": "f.parquet",
    "shard_size": 1000,
    "overwrite": True,
    "endpoint": "logits",
    "top_k": 5,
    "resize": "publisher",
    "image_size": 300,
    "batch": 7,
    "json": True,
    "master": "local[*]",
}


@pytest.mark.parametrize("left_out", ["endpoint", "top_k"])
@pytest.mark.parametrize("is_on_spark", [False, True])
def test_every_argument_reaches_the_embedding(is_on_spark, left_out, monkeypatch):
    received = {}

    def embed_module(module, images, destination, computation):
        received.update(module=module, images=images, json=True)
        received.update(vars(destination), **vars(computation))
        raise KeyboardInterrupt

    def run(arguments, is_quiet):
        assert is_quiet
        received.update(master=arguments.master)
        embed_module(*arguments[:4])

    monkeypatch.setattr(module_embedding, "embed_module", embed_module)
    monkeypatch.setattr(job, "run", run)
    monkeypatch.setattr("efficientnet_hub.export.commands.embed.check", lambda _: None)
    unwanted = [left_out] if is_on_spark else [left_out, "master"]
    words = program.argv("embed", _SAMPLES)

    main.main(main.parse([w for w in words if not any(u in w for u in unwanted)]))

    expected = {name: _SAMPLES[name] for name in _SAMPLES if name not in unwanted}
    assert {name: received.get(name) for name in expected} == expected
    assert set(received) == set(expected) | {left_out}
