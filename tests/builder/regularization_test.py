"""Only kernels are regularized."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.builder import regularization


@pytest.fixture(name="session")
def _session():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def _variables(**values) -> list[tf.Variable]:
    return [
        tf.get_variable("layer/" + name, initializer=np.array(value, np.float32))
        for name, value in values.items()
    ]


def test_a_loss_is_the_weight_decay_times_half_the_sum_of_squares(session):
    losses = regularization.kernel_l2_losses(_variables(kernel=[[1.0, -2.0], [3.0, 0]]))
    session.run(tf.global_variables_initializer())

    assert session.run(losses) == [pytest.approx(1e-5 * (1 + 4 + 9) / 2)]


def test_the_weight_decay_is_an_argument(session):
    losses = regularization.kernel_l2_losses(_variables(kernel=[2.0]), 0.5)
    session.run(tf.global_variables_initializer())

    assert session.run(losses) == [1.0]


def test_only_kernels_are_regularized(session):
    variables = _variables(
        depthwise_kernel=[1.0], kernel=[2.0], bias=[3.0], gamma=[4.0], beta=[5.0]
    )
    losses = regularization.kernel_l2_losses(variables, weight_decay=2.0)
    session.run(tf.global_variables_initializer())

    assert session.run(losses) == [1.0, 4.0]
