"""Tests how many steps a plan has."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.finetuning import options as options_lib
from efficientnet_hub.finetuning import plan as plan_lib
from efficientnet_hub.photographs import labeled as photographs_lib


def _make_photographs(count: int) -> photographs_lib.Photographs:
    names = [str(number) for number in range(count)]
    return photographs_lib.Photographs(["cat", "dog"], names, [0] * count, names)


def _make_plan(count: int, **options) -> plan_lib.Plan:
    """Returns a plan for a number of photographs, with 3 epochs and a batch of 8."""
    return plan_lib.Plan(
        options=options_lib.Options("module", "images", epochs=3, batch=8, **options),
        image_size=32,
        training_photographs=_make_photographs(count),
        evaluation_photographs=_make_photographs(2),
        training_dir="training",
    )


def test_an_epoch_has_whole_batches():
    plan = _make_plan(31)

    assert plan.steps_per_epoch == 3
    assert plan.steps == 9


def test_fewer_photographs_than_a_batch_are_refused():
    with pytest.raises(errors.InputError, match="a batch of 8 .* found 7"):
        _make_plan(7)


@pytest.mark.parametrize(
    ("warm_up_epochs", "steps"), [(0, 0), (0.5, 2), (2, 8), (3, 11), (100, 11)]
)
def test_the_warm_up_ends_before_the_last_step(warm_up_epochs, steps):
    assert _make_plan(32, warm_up_epochs=warm_up_epochs).warm_up_steps == steps
