"""The params of `model_fn`: the optimizers, and the changes of the configuration."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.builder import estimator_params
from efficientnet_hub.efficientnet import config as config_lib


def _rmsprop(gradients):
    square, momentum, update = 1.0, 0.0, 0.0
    for gradient in gradients:
        square = 0.9 * square + 0.1 * gradient**2
        momentum = 0.9 * momentum + gradient / np.sqrt(square + 0.001)
        update += momentum
    return update


def _momentum(gradients):
    momentum, update = 0.0, 0.0
    for gradient in gradients:
        momentum = 0.9 * momentum + gradient
        update += momentum
    return update


def _adam(gradients):
    mean, square, update = 0.0, 0.0, 0.0
    for step, gradient in enumerate(gradients, 1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        update += mean / (1 - 0.9**step) / np.sqrt(square / (1 - 0.999**step))
    return update


@pytest.mark.parametrize(
    ("optimizer", "updated"),
    [("rmsprop", _rmsprop), ("momentum", _momentum), ("sgd", sum), ("adam", _adam)],
)
def test_an_optimizer_updates_as_computed_by_hand(tiny, optimizer, updated):
    params = estimator_params.Params(tiny, optimizer=optimizer, learning_rate=0.1)
    gradients = [3.0, -1.0, 0.5]

    with tf.Graph().as_default(), tf.Session() as session:
        gradient = tf.placeholder(tf.float32, [])
        weight = tf.Variable(0.0, use_resource=True)
        train_op = params.make_optimizer(tf.constant(0)).minimize(gradient * weight)
        session.run(tf.global_variables_initializer())
        for value in gradients:
            session.run(train_op, {gradient: value})

        np.testing.assert_allclose(session.run(weight), -0.1 * updated(gradients), 1e-5)


def test_params_replace_fields_of_the_configuration(tiny):
    changes = {
        "num_classes": 5,
        "preprocessing": "advprop",
        "dropout_rate": 0.1,
        "survival_probability": 0.9,
        "batch_norm_momentum": 0.5,
        "seed": 3,
    }

    changed = estimator_params.Params(tiny, **changes).network_config()
    same = estimator_params.Params(tiny).network_config()

    assert changed == config_lib.get_config(tiny, **changes)
    assert same == tiny


def test_an_unset_param_is_the_models(tiny):
    params = estimator_params.parse({"model": tiny, "seed": 7, "dropout_rate": None})

    assert params.network_config() == config_lib.get_config(tiny, seed=7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dropout_rate", 1.0),
        ("survival_probability", 0),
        ("batch_norm_momentum", 1.1),
        ("synchronized_batch_norm", "yes"),
    ],
)
def test_the_configuration_checks_its_fields(tiny, name, value):
    params = estimator_params.parse({"model": tiny, name: value})

    with pytest.raises(errors.InputError, match=f"{name} must be .* found {value!r}"):
        params.network_config()
