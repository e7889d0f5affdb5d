"""Samples are images with the predictions of a module, in whole per cent."""

from __future__ import annotations

import base64
import pathlib

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.classification import module_classification
from efficientnet_hub.export.pages import samples

_PHOTOGRAPHS = pathlib.Path(__file__).resolve().parents[3] / "modules" / "samples"
_PATHS = [str(_PHOTOGRAPHS / name) for name in ("coffee.jpg", "grace_hopper.jpg")]


@pytest.fixture(scope="module", name="shown")
def _shown(module) -> list[samples.Sample]:
    return list(samples.classify(module.directory, _PATHS))


def test_samples_contain_the_unchanged_images(shown):
    assert [sample.name for sample in shown] == ["coffee", "grace hopper"]
    for sample, path in zip(shown, _PATHS):
        kind, _, content = sample.address.partition(",")
        assert kind == "data:image/jpeg;base64"
        assert base64.b64decode(content) == pathlib.Path(path).read_bytes()


def test_answers_are_the_predictions_in_whole_per_cent(shown, module):
    predicted = module_classification.classify_images(module.directory, _PATHS, top=5)

    for sample, (_, predictions) in zip(shown, predicted):
        assert [answer.name for answer in sample.answers] == [
            each.name or f"class {each.index}" for each in predictions
        ]
        for answer, each in zip(sample.answers, predictions):
            assert type(answer.percent) is int
            assert abs(answer.percent - 100 * each.probability) <= 0.5


def test_a_png_is_shown_as_one(module, tmp_path):
    from PIL import Image

    Image.new("RGB", (8, 8)).save(str(tmp_path / "black.png"))

    (sample,) = samples.classify(module.directory, [str(tmp_path / "black.png")])

    assert sample.address.startswith("data:image/png;base64,")


def test_a_damaged_image_is_refused(module, tmp_path):
    (tmp_path / "cut.jpg").write_bytes(pathlib.Path(_PATHS[0]).read_bytes()[:100])

    with pytest.raises(errors.InputError, match="cut.jpg' must be an image"):
        list(samples.classify(module.directory, [str(tmp_path / "cut.jpg")]))


def test_without_images_no_module_is_run():
    assert list(samples.classify("there is no such module", [])) == []
