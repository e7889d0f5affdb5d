"""Tests that the learning rate rises and falls as described."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import schedule


def _rates(steps, warm_up_steps, last) -> np.ndarray:
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        rate = schedule.compute_learning_rate(step, 0.5, warm_up_steps, last)
        return np.array([session.run(rate, {step: each}) for each in steps])


def test_it_rises_linearly():
    np.testing.assert_allclose(
        _rates(range(4), warm_up_steps=4, last=20), [0.1, 0.2, 0.3, 0.4], rtol=1e-6
    )


def test_it_falls_as_half_a_cosine():
    rates = _rates([4, 8, 12, 16, 20, 24], warm_up_steps=4, last=20)

    # 0.5 (1 + cos) / 2 at 0, 45, 90, 135 and 180 degrees.
    np.testing.assert_allclose(rates, [0.5, 0.426777, 0.25, 0.073223, 0, 0], atol=1e-6)


def test_without_warm_up_it_starts_at_the_peak():
    assert _rates([0], warm_up_steps=0, last=10) == pytest.approx([0.5])
