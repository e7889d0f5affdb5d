"""The weights of the best evaluation are written, and patience ends a training."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.export.finetuning import module_finetuning
from efficientnet_hub.finetuning import epoch_reporter
from efficientnet_hub.tests.export.finetuning import trainings


@pytest.fixture(name="forge")
def _forge(monkeypatch):
    """Returns a function that sets the results of each epoch of the next training."""

    def forge(accuracies, losses=None):
        describe = epoch_reporter.describe_evaluation

        def describe_forged(*arguments):
            found = describe(*arguments)
            changed = {"accuracy": accuracies[found.epoch - 1]}
            if losses is not None:
                changed["loss"] = losses[found.epoch - 1]
            return dataclasses.replace(found, **changed)

        monkeypatch.setattr(epoch_reporter, "describe_evaluation", describe_forged)

    return forge


@pytest.mark.slow
def test_the_best_weights_are_written(forge, start, images, tmp_path, entries):
    forge([0.5, 0.75, 0.75, 0.25], losses=[0.4, 0.6, 0.5, 0.3])
    exported, trained = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        **dict(trainings.OPTIONS, batch=16, epochs=4),
    )

    assert (trained.epoch, trained.steps, trained.accuracy) == (3, 3, 0.75)
    assert [each.epoch for each in trained.evaluations] == [1, 2, 3, 4]
    kernel = f"{trainings.VARIANT}/head/dense/kernel"
    written = entries(f"{exported.directory}/variables/variables")[kernel]
    best, last = (
        entries(prefix)[f"module/{kernel}/ExponentialMovingAverage"]
        for prefix in (
            trained.checkpoint,
            tf.train.latest_checkpoint(f"{exported.directory}.training"),
        )
    )
    np.testing.assert_array_equal(written, best)
    assert not np.array_equal(written, last)


@pytest.mark.slow
def test_another_run_still_writes_the_best_weights(
    forge, start, images, tmp_path, capsys
):
    options = dict(trainings.OPTIONS, batch=16, training_dir=str(tmp_path / "training"))
    forge([0.75, 0.5, 0.25, 0.5])
    first = module_finetuning.finetune_module(
        start, images, str(tmp_path / "first"), **dict(options, epochs=2)
    )
    second = module_finetuning.finetune_module(
        start, images, str(tmp_path / "second"), **dict(options, epochs=4)
    )

    assert [trained.epoch for _, trained in (first, second)] == [1, 1]
    printed = capsys.readouterr().out
    assert "resumes at step 2 of 4" in printed
    assert "epoch 4: accuracy 0.5000, loss" in printed


@pytest.mark.slow
def test_a_training_that_stops_early_says_why(forge, start, images, tmp_path, capsys):
    # Guessing has an accuracy of 0.5.
    forge([0.5, 0.5, 0.5, 1.0, 0.75, 0.75, 0.75, 0.75, 0.75])
    options = dict(trainings.OPTIONS, batch=16, epochs=8, patience=2, warm_up_epochs=0)
    options["training_dir"] = str(tmp_path / "training")
    sentence = (
        "stopped early after the evaluation of epoch 6 of 8: the accuracy was not "
        "above 1.0000, that of epoch 4, for 2 epochs (--patience=2)"
    )

    _, once = module_finetuning.finetune_module(
        start, images, str(tmp_path / "once"), **options
    )
    printed = capsys.readouterr().out
    _, again = module_finetuning.finetune_module(
        start, images, str(tmp_path / "again"), **options
    )

    assert (once.epoch, once.stopped_early) == (4, sentence)
    assert sentence in printed.splitlines()
    # The same command trains no further.
    assert again.evaluations == once.evaluations
    assert sentence in capsys.readouterr().out.splitlines()
    # More epochs do.
    _, longer = module_finetuning.finetune_module(
        start, images, str(tmp_path / "longer"), **dict(options, epochs=9)
    )
    assert [each.epoch for each in longer.evaluations[6:]] == [7, 8, 9]


@pytest.mark.slow
def test_patience_ends_a_training_that_does_not_improve(start, images, tmp_path):
    _, trained = module_finetuning.finetune_module(
        start,
        images,
        str(tmp_path / "module"),
        patience=1,
        epochs=8,
        batch=16,
        learning_rate=0.0,
        augmentation="none",
    )

    assert 2 <= len(trained.evaluations) < 8
