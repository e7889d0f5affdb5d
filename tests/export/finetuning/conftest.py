"""Fixtures of a module to fine-tune, photographs, and a finished training."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil

import numpy as np
import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.tests import shared_results
from efficientnet_hub.tests.export.finetuning import trainings


@pytest.fixture(scope="module", name="start")
def _start(tiny, tmp_path_factory) -> str:
    """A module of a small network, which is a variant as long as a file runs."""

    def export(folder: pathlib.Path) -> str:
        output = str(folder / "module")
        exporter.export_module(trainings.VARIANT, "random", output)
        return output

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(
            config_lib.VARIANTS,
            trainings.VARIANT,
            dataclasses.replace(tiny, name=trainings.VARIANT),
        )
        yield shared_results.make_once(tmp_path_factory, "finetuning-start", export)


@pytest.fixture(scope="module", name="images")
def _images(tmp_path_factory) -> str:
    """Noisy images of two classes, which differ in their colour."""
    pil_image = pytest.importorskip("PIL.Image")

    def save(folder: pathlib.Path) -> str:
        generator = np.random.RandomState(0)
        for channel, name in ((0, "red"), (2, "blue")):
            (folder / name).mkdir()
            for number in range(10):
                pixels = generator.randint(0, 100, size=[32, 32, 3])
                pixels[:, :, channel] += 150
                image = pil_image.fromarray(pixels.astype(np.uint8))
                image.save(str(folder / name / f"{number}.png"))
        return str(folder)

    return shared_results.make_once(tmp_path_factory, "finetuning-images", save)


@pytest.fixture(scope="module", name="finetuned")
def _finetuned(start, images, tmp_path_factory):
    """A fine-tuned module and its training. No test may change their files."""

    def finetune(folder: pathlib.Path):
        output = str(folder / "module")
        return module_finetuning.finetune_module(
            start, images, output, **trainings.OPTIONS
        )

    return shared_results.make_once(tmp_path_factory, "finetuning-finished", finetune)


@pytest.fixture(name="training_dir")
def _training_dir(finetuned, tmp_path) -> pathlib.Path:
    """A copy of the folder of a training that is finished."""
    exported, _ = finetuned
    folder = tmp_path / "training"
    shutil.copytree(f"{exported.directory}.training", str(folder))
    return folder
