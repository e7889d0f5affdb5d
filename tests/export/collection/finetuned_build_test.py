"""A module that `finetune` wrote is published by `build`."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from efficientnet_hub import digests
from efficientnet_hub.tests import small_networks

_MODEL = "efficientnet-small-lite"
_LIST = f"""\
modules:
- handle: me/colours
  model: {_MODEL}
  weights: finetuned
"""


def _run(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess:
    finished = subprocess.run(
        [sys.executable, "-m", "efficientnet_hub", *arguments],
        cwd=str(folder),
        env=small_networks.environment(),
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stderr
    return finished


def _write_images(folder: pathlib.Path) -> None:
    pil_image = pytest.importorskip("PIL.Image")
    generator = np.random.RandomState(0)
    for channel, name in ((0, "red"), (2, "blue")):
        (folder / name).mkdir(parents=True)
        for number in range(10):
            pixels = generator.randint(0, 100, size=[32, 32, 3])
            pixels[:, :, channel] += 150
            image = pil_image.fromarray(pixels.astype(np.uint8))
            image.save(str(folder / name / f"{number}.png"))


@pytest.mark.slow
def test_a_finetuned_module_is_published_with_what_was_measured(tmp_path):
    _write_images(tmp_path / "images")
    _run(tmp_path, "export", f"--model={_MODEL}", "--weights=random", "--output=start")
    trained = _run(
        tmp_path,
        *("finetune", "--freeze", "--module=start", "--images=images", "--json"),
        *("--output=finetuned", "--image_size=48", "--batch=8", "--epochs=3"),
        "--archive=finetuned.tar.gz",
    )

    # One document on stdout, and lines on stderr.
    document = json.loads(trained.stdout)
    assert document["schema"] == 1
    assert [each["epoch"] for each in document["epochs"]] == [1, 2, 3]
    assert 1 <= document["best_epoch"] <= 3
    assert document["class_names"] == ["blue", "red"]
    assert np.sum(document["confusion_matrix"]) == 4
    assert document["stopped_early"] is None
    photographs = document["photographs"]
    assert sum(photographs["evaluation"].values()) == 4
    for note in photographs["notes"]:
        assert note in trained.stderr
    archive = str(tmp_path / document["archive"])
    assert document["archive_sha256"] == digests.of_file(archive)
    folder = document["training_dir"]
    assert f"{folder}: delete it if you will not continue" in trained.stderr
    assert "epoch 3: accuracy" in trained.stderr

    (tmp_path / "list.yaml").write_text(_LIST)
    _run(tmp_path, "build", "list.yaml", "--output=published")

    published = tmp_path / "published" / "me" / "colours"
    manifest = json.loads((published / "1.manifest.json").read_text())
    assert manifest["network"]["image_size"] == 48
    matrix = document["confusion_matrix"]
    row = f"| blue | {matrix[0][0]} | {matrix[0][1]} |"
    start_license = "License of the weights that it started from: Apache-2.0"
    for page in (published / "1.md", tmp_path / "finetuned.md"):
        text = page.read_text()
        assert f"{100 * document['accuracy']:.2f}" in text
        assert row in text.splitlines()
        assert "fine-tuned from initial values of seed 0" in text
        assert start_license in text
    html = (published / "1.html").read_text()
    assert f"{100 * document['accuracy']:.2f}" in html
    assert "48 x 48" in html
