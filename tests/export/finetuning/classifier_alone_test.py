"""Training the classifier alone, with features that are saved."""

from __future__ import annotations

import pathlib
import shutil

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.finetuning import softmax_regression
from efficientnet_hub.tests.export.finetuning import trainings


@pytest.fixture(scope="module", name="frozen")
def _frozen(start, images, tmp_path_factory):
    output = str(tmp_path_factory.mktemp("frozen") / "module")
    return module_finetuning.finetune_module(
        start, images, output, **trainings.FROZEN_OPTIONS
    )


@pytest.fixture(name="training_without_features")
def _training_without_features(frozen, tmp_path) -> str:
    """A training folder whose saved features are all 0."""
    exported, _ = frozen
    folder = tmp_path / "training"
    shutil.copytree(f"{exported.directory}.training", str(folder))
    (features,) = folder.glob("features-*.npy")
    np.save(str(features), np.zeros_like(np.load(str(features))))
    return str(folder)


def test_with_freeze_only_the_classifier_changes(frozen, start, entries):
    exported, trained = frozen

    before, after = (
        entries(f"{directory}/variables/variables")
        for directory in (start, exported.directory)
    )
    for name, value in after.items():
        if "/head/dense/" not in name:
            np.testing.assert_array_equal(value, before[name], err_msg=name)
    # Even the features of a random network separate the two colours.
    assert trained.accuracy == 1.0
    assert "the classifier alone" in pathlib.Path(exported.card).read_text()


def test_with_freeze_the_measured_accuracy_is_that_of_the_module(frozen, images):
    exported, trained = frozen

    accuracy = trainings.measure_accuracy(exported.directory, images, 32)
    assert trained.accuracy == pytest.approx(accuracy)


@pytest.mark.slow
def test_saved_features_are_used_again(
    training_without_features, start, images, tmp_path
):
    _, trained = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        training_dir=training_without_features,
        **trainings.FROZEN_OPTIONS,
    )

    # Equal features give equal predictions, so only one of two classes is right.
    assert trained.accuracy == 0.5


@pytest.mark.slow
def test_with_freeze_the_best_weights_are_written(start, images, tmp_path, monkeypatch):
    accuracies = iter([0.25, 1.0, 1.0, 0.5])

    def classify(self, features, labels):
        right = round(2 * next(accuracies))
        return np.array([[right, 2 - right], [2 - right, right]]), 0.5

    monkeypatch.setattr(softmax_regression.Classifier, "classify", classify)
    _, trained = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        **dict(trainings.FROZEN_OPTIONS, epochs=4),
    )

    assert (trained.epoch, trained.steps, trained.accuracy) == (3, 12, 1.0)


def test_features_that_are_not_finite_are_no_divergence(
    training_without_features, start, images, tmp_path
):
    (features,) = pathlib.Path(training_without_features).glob("features-*.npy")
    np.save(str(features), np.full_like(np.load(str(features)), np.nan))

    with pytest.raises(errors.InputError, match="must have finite features"):
        module_finetuning.finetune_module(
            start,
            images,
            str(tmp_path / "module"),
            training_dir=training_without_features,
            **trainings.FROZEN_OPTIONS,
        )


@pytest.mark.slow
def test_features_of_other_photographs_are_computed(
    training_without_features, start, images, tmp_path
):
    folder = tmp_path / "images"
    shutil.copytree(images, str(folder))
    shutil.copy(str(folder / "red" / "0.png"), str(folder / "red" / "copy.png"))

    _, trained = module_finetuning.finetune_module(
        start,
        str(folder),
        str(tmp_path / "module"),
        training_dir=training_without_features,
        **trainings.FROZEN_OPTIONS,
    )

    assert trained.accuracy == 1.0


@pytest.mark.slow
def test_the_classifier_alone_learns_digits(digits, lite0, tmp_path):
    output = str(tmp_path / "module")

    _, trained = module_finetuning.finetune_module(
        lite0.directory, digits, output, image_size=128, freeze=True
    )

    assert trained.accuracy >= 0.93
