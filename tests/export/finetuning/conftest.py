"""Fixtures of a module to fine-tune, photographs, and a finished training."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil

import numpy as np
import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter, module_finetuning
from efficientnet_hub.tests.export.finetuning import trainings


@pytest.fixture(scope="module", name="start")
def _start(tiny, tmp_path_factory) -> str:
    """A module of a small network, which is a variant as long as this file runs."""
    output = str(tmp_path_factory.mktemp("start") / "module")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            config_lib.VARIANTS,
            trainings.VARIANT,
            dataclasses.replace(tiny, name=trainings.VARIANT),
        )
        exporter.export_module(trainings.VARIANT, "random", output)
        yield output


@pytest.fixture(scope="module", name="images")
def _images(tmp_path_factory) -> str:
    """Noisy images of two classes, which differ in their colour."""
    pil_image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.RandomState(0)
    for channel, name in ((0, "red"), (2, "blue")):
        (folder / name).mkdir()
        for number in range(10):
            pixels = generator.randint(0, 100, size=[32, 32, 3])
            pixels[:, :, channel] += 150
            image = pil_image.fromarray(pixels.astype(np.uint8))
            image.save(str(folder / name / f"{number}.png"))
    return str(folder)


@pytest.fixture(scope="module", name="finetuned")
def _finetuned(start, images, tmp_path_factory):
    output = str(tmp_path_factory.mktemp("finetuned") / "module")
    return module_finetuning.finetune_module(start, images, output, **trainings.OPTIONS)


@pytest.fixture(name="training_dir")
def _training_dir(finetuned, tmp_path) -> pathlib.Path:
    """A copy of the folder of a training that is finished."""
    exported, _ = finetuned
    folder = tmp_path / "training"
    shutil.copytree(f"{exported.directory}.training", str(folder))
    return folder
