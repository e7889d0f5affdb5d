"""Masks repeat from session to session, and differ where they must."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import masks
from efficientnet_hub.tests import golden


def _draw(program_seed=None, runs=1, scope="block", **arguments) -> np.ndarray:
    """Returns the masks of the runs of one session."""
    with tf.Graph().as_default(), tf.Session() as session:
        if program_seed is not None:
            tf.set_random_seed(program_seed)
        with tf.name_scope(scope):
            mask = masks.draw_mask([64], 0.5, **arguments)
        return np.stack([session.run(mask) for _ in range(runs)])


def _offset(images) -> float:
    with tf.Graph().as_default(), tf.Session() as session:
        return float(session.run(masks.compute_offset(tf.constant(images))))


def test_sessions_draw_the_same_masks():
    np.testing.assert_array_equal(_draw(runs=3), _draw(runs=3))


def test_the_runs_of_a_session_draw_different_masks():
    first, second = _draw(runs=2)

    assert (first != second).any()


@pytest.mark.parametrize(
    "other",
    [{"scope": "other"}, {"seed": 1}, {"offset": 0.3}, {"program_seed": 12}],
    ids=lambda other: next(iter(other)),
)
def test_another_mask_is_drawn_by(other):
    assert (_draw(**other) != _draw()).any()


@pytest.mark.parametrize("offset", [0.0, 0.37, 0.999])
def test_the_probability_is_that_of_a_one(offset):
    with tf.Graph().as_default(), tf.Session() as session:
        mask = session.run(masks.draw_mask([100000], 0.8, offset=offset))

    assert set(mask) == {0, 1}
    assert abs(mask.mean() - 0.8) < 0.01


def test_a_probability_of_1_keeps_all():
    with tf.Graph().as_default(), tf.Session() as session:
        mask = session.run(masks.draw_mask([1000], 1.0, offset=0.5))

    assert mask.all()


def test_the_offset_depends_on_the_images():
    batches = [golden.images(seed, 2, 8, 8) for seed in range(20)]

    offsets = [_offset(images) for images in batches]

    assert len(set(offsets)) == 20
    assert min(offsets) < 0.2 < 0.8 < max(offsets) < 1
    assert _offset(batches[0]) == offsets[0]


def test_the_offset_of_no_images_is_0():
    assert _offset(np.zeros([0, 8, 8, 3], np.float32)) == 0


def test_op_seeds_are_never_0():
    seeds = {
        masks.compute_op_seed(f"block_{i}", seed) for i in range(9) for seed in (0, 1)
    }

    assert len(seeds) == 18
    assert all(1 <= seed < 2**31 for seed in seeds)
