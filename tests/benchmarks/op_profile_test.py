"""A profile counts each node of a run once, under what it really was."""

from __future__ import annotations

import op_profile
import pytest
import tensorflow.compat.v1 as tf


@pytest.fixture
def trace():
    """What TensorFlow's tracer saw of two cumulative sums, and a sum.

    oneDNN has no kernels of its own for these: they run under their own names.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(tf.float32, [64, 64])
        total = tf.reduce_sum(tf.cumsum(tf.cumsum(fed)))
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(total, {fed: [[0.5] * 64] * 64}, options, metadata)
        return metadata


def test_ops_are_counted_by_kind(trace):
    ops = op_profile.by_op([trace])

    assert ops["Cumsum"]["nodes"] == 2
    assert ops["Sum"]["nodes"] == 1
    assert "other" not in ops


def test_runs_are_summed_up(trace):
    one, two = op_profile.by_op([trace]), op_profile.by_op([trace, trace])

    assert two["Cumsum"]["nodes"] == 4
    assert two["Cumsum"]["seconds"] == pytest.approx(2 * one["Cumsum"]["seconds"])
    assert one["Cumsum"]["seconds"] > 0
