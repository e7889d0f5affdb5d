"""Batch normalization, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import batch_norm
from efficientnet_hub.tests import golden


@pytest.fixture(name="session")
def _session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def _names(variables) -> list[str]:
    return [variable.op.name for variable in variables]


def _norm(update_rate) -> batch_norm.BatchNorm:
    return batch_norm.BatchNorm(3, batch_norm.Mode(1e-3, update_rate), "norm")


def _normalize(images, update_rate) -> tf.Tensor:
    return _norm(update_rate).normalize(images)


def test_inference_goes_by_the_moving_averages(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    outputs = _normalize(tf.constant(images), None)
    weights = golden.fill(session)

    np.testing.assert_allclose(
        session.run(outputs),
        (images - weights["norm/moving_mean"])
        / np.sqrt(weights["norm/moving_variance"] + 1e-3)
        * weights["norm/gamma"]
        + weights["norm/beta"],
        rtol=1e-5,
        atol=1e-6,
    )
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []


def test_training_goes_by_the_batch(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    outputs = _normalize(tf.constant(images), 0.01)
    weights = golden.fill(session)

    np.testing.assert_allclose(
        session.run(outputs),
        (images - images.mean((0, 1, 2)))
        / np.sqrt(images.var((0, 1, 2)) + 1e-3)
        * weights["norm/gamma"]
        + weights["norm/beta"],
        rtol=1e-4,
        atol=1e-5,
    )


@pytest.mark.parametrize("momentum", [0.0, 0.99, 1.0])
@pytest.mark.parametrize("as_tensor", [False, True], ids=["number", "tensor"])
def test_moving_averages_move_by_momentum(session, momentum, as_tensor):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    update_rate = 1 - momentum
    _normalize(
        tf.constant(images), tf.constant(update_rate) if as_tensor else update_rate
    )
    old = golden.fill(session)
    session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    mean, variance = session.run(tf.global_variables()[2:])

    # The variance is the unbiased one.
    for new, name, statistic in [
        (mean, "norm/moving_mean", images.mean((0, 1, 2))),
        (variance, "norm/moving_variance", images.var((0, 1, 2), ddof=1)),
    ]:
        np.testing.assert_allclose(
            new, momentum * old[name] + (1 - momentum) * statistic, rtol=1e-5, atol=1e-6
        )


@pytest.mark.parametrize("update_rate", [None, 0.01], ids=["inference", "training"])
def test_there_are_two_trainable_variables_and_two_averages(session, update_rate):
    _normalize(tf.zeros([1, 2, 2, 3]), update_rate)

    assert _names(tf.global_variables()) == [
        "norm/gamma",
        "norm/beta",
        "norm/moving_mean",
        "norm/moving_variance",
    ]
    assert _names(tf.trainable_variables()) == ["norm/gamma", "norm/beta"]


def test_inference_is_a_scale_and_a_shift(session):
    images = golden.images(seed=0, batch=2, height=3, width=5)
    norm = _norm(None)
    normalized = norm.normalize(tf.constant(images))
    scale, shift = norm.scale_and_shift()
    golden.fill(session)
    normalized, scale, shift = session.run([normalized, scale, shift])

    np.testing.assert_allclose(scale * images + shift, normalized, rtol=1e-5, atol=1e-6)
