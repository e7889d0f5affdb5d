"""How many steps a plan makes of photographs."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.finetuning import batches, training


def _plan(**options) -> training.Plan:
    plan = {
        "epochs": 3,
        "batch": 8,
        "image_size": 32,
        "learning_rate": 0.1,
        "warm_up_epochs": 0.5,
        "patience": None,
        "augmentation": batches.NONE,
        "seed": 0,
    }
    return training.Plan(**dict(plan, **options))


def test_an_epoch_is_of_whole_batches():
    assert _plan().steps_per_epoch(31) == 3
    assert _plan().steps(31) == 9


def test_a_part_of_a_batch_is_no_step():
    with pytest.raises(errors.InputError, match="a batch of 8 .* found 7"):
        _plan().steps(7)


@pytest.mark.parametrize(
    ("warm_up_epochs", "steps"), [(0, 0), (0.5, 2), (2, 8), (3, 11), (100, 11)]
)
def test_the_warm_up_leaves_a_step_to_learn_in(warm_up_epochs, steps):
    assert _plan(warm_up_epochs=warm_up_epochs).warm_up_steps(32) == steps
