"""The averages of a training soon forget the weights that it started from."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.builder import training_step
from efficientnet_hub.finetuning import options, plan, recipes
from efficientnet_hub.photographs import labeled


def _plan(epochs: int, count: int = 32, **chosen) -> plan.Plan:
    names = [str(number) for number in range(count)]
    of_photographs = labeled.Photographs(
        ["cat", "dog"], names, [0, 1] * (count // 2), names
    )
    return plan.Plan(
        options.Options("module", "images", epochs=epochs, batch=8, **chosen),
        32,
        of_photographs,
        of_photographs,
        "training",
    )


@pytest.mark.parametrize("updates", [0, 1, 9, 10_000])
def test_a_decay_warms_up(updates):
    with tf.Graph().as_default(), tf.Session() as session:
        decay = session.run(training_step.warm_up_decay(0.9, tf.constant(updates)))

    assert decay == pytest.approx(min(0.9, (1 + updates) / (10 + updates)))


@pytest.mark.parametrize("processes", [1, 2, 3, 20])
def test_processes_that_update_together_do_not_make_a_variance_negative(processes):
    recipe = recipes.choose(_plan(epochs=1), processes)

    earlier = training_step.count_earlier_updates(processes)
    with tf.Graph().as_default(), tf.Session() as session:
        for decay in (recipe.batch_norm_momentum, recipe.moving_average_decay):
            first = session.run(
                training_step.warm_up_decay(decay, tf.constant(earlier))
            )
            assert processes * (1 - first) <= 1 + 1e-6 or processes == 1


def test_a_short_run_has_averages_for_a_longer_one():
    assert recipes.choose(_plan(epochs=1)).moving_average_decay > 0


@pytest.mark.parametrize("epochs", [10, 1000, 100_000])
def test_patience_counts_after_some_steps_however_long_the_run_is(epochs):
    chosen = recipes.choose_patience(_plan(epochs, patience=3))

    assert chosen.epochs == 3
    assert 2 <= chosen.first_step <= 20


def test_patience_counts_after_the_warm_up():
    chosen = recipes.choose_patience(_plan(100, patience=1, warm_up_epochs=20))

    assert chosen.first_step == 20 * 4
