"""The object for TensorFlow 2 computes and trains the same network."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.builder import regularization, reusable
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import initializers
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.tests import cases


@pytest.fixture(scope="module", name="network")
def _network(tiny) -> config_lib.NetworkConfig:
    """`tiny`, without anything random."""
    return config_lib.get_config(tiny, dropout_rate=0.0, survival_probability=1.0)


@pytest.fixture(scope="module", name="images")
def _images() -> np.ndarray:
    return np.random.RandomState(0).uniform(size=[4, 32, 32, 3]).astype(np.float32)


def _made(network) -> reusable.Reusable:
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        network_lib.build_model(images, network, training=False)
        variables = tf.global_variables()
    values = {
        v.op.name: initializers.initial_value(v.op.name, v.shape.as_list(), 0)
        for v in variables
    }
    return reusable.Reusable(network, variables, values)


def _moving(made: reusable.Reusable) -> dict[str, np.ndarray]:
    return {v.name: v.numpy() for v in made.variables if not v.trainable}


def _in_a_graph(network, images, training: bool):
    """Returns logits of the network itself, and moving averages after its updates."""
    with tf.Graph().as_default(), tf.Session() as session:
        logits, _ = network_lib.build_model(tf.constant(images), network, training)
        session.run(tf.global_variables_initializer())
        result = session.run(logits)
        session.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
        moving = [v for v in tf.global_variables() if not v.trainable]
        return result, dict(zip((v.name for v in moving), session.run(moving)))


@pytest.mark.parametrize("training", cases.slow_after(1, [False, True]))
def test_it_computes_the_same_as_the_network(training, network, images):
    expected, moved = _in_a_graph(network, images, training)
    made = _made(network)

    found = made.__call__(images, training=training)

    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    for name, value in _moving(made).items():
        np.testing.assert_allclose(value, moved[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("training", cases.slow_after(1, [False, True]))
def test_it_returns_the_endpoints_of_the_network(training, network, images):
    with tf.Graph().as_default(), tf.Session() as session:
        _, endpoints = network_lib.build_model(tf.constant(images), network, training)
        session.run(tf.global_variables_initializer())
        expected = session.run(endpoints)

    found = _made(network).__call__(images, training, return_endpoints=True)

    default = found.pop("default")
    np.testing.assert_array_equal(default, found[f"{network.name}/logits"])
    assert set(found) == {f"{network.name}/{name}" for name in expected}
    for name, value in expected.items():
        np.testing.assert_allclose(
            found[f"{network.name}/{name}"], value, rtol=1e-4, atol=1e-5, err_msg=name
        )


def test_the_variables_use_the_memory_of_aligned_values():
    memory = np.arange(100, dtype=np.float32)
    offset = -memory.ctypes.data % 64 // memory.itemsize
    aligned, other = memory[offset : offset + 50], memory[offset + 1 : offset + 51]
    other_values = other.copy()

    shared = tf.convert_to_tensor(reusable.share_memory(aligned))
    copied = tf.convert_to_tensor(reusable.share_memory(other))
    memory += 1

    np.testing.assert_array_equal(shared, aligned)
    np.testing.assert_array_equal(copied, other_values)


def test_variables_are_those_of_the_network(network):
    made = _made(network)

    with tf.Graph().as_default():
        network_lib.build_model(tf.zeros([1, 32, 32, 3]), network, training=True)
        expected = [
            (v.name, v.shape, v.synchronization, v.aggregation)
            for v in tf.global_variables()
        ]
        trainable = [v.name for v in tf.trainable_variables()]
    assert [
        (v.name, v.shape, v.synchronization, v.aggregation) for v in made.variables
    ] == expected
    assert [v.name for v in made.trainable_variables] == trainable


@pytest.mark.slow
def test_only_training_updates_the_moving_averages_by_the_momentum(network, images):
    made = _made(network)
    before = _moving(made)

    made.__call__(images, batch_norm_momentum=0.5)
    untouched = _moving(made)
    made.__call__(images, training=True, batch_norm_momentum=0.5)
    half = _moving(made)
    made = _made(network)
    made.__call__(images, training=True, batch_norm_momentum=0.0)
    whole = _moving(made)

    for name, value in before.items():
        np.testing.assert_array_equal(untouched[name], value)
        expected = (value + whole[name]) / 2
        np.testing.assert_allclose(half[name], expected, rtol=1e-5, atol=1e-6)
        assert not np.array_equal(whole[name], value), name


def test_the_regularization_loss_is_that_of_all_kernels(network):
    made = _made(network)
    kernels = [v for v in made.variables if "kernel" in v.name]

    (loss,) = made.regularization_losses

    expected = sum(np.square(v.numpy(), dtype=np.float64).sum() for v in kernels) / 2
    assert len(kernels) > 10
    assert loss().numpy() == pytest.approx(
        regularization.WEIGHT_DECAY * expected, rel=1e-5
    )


@pytest.mark.slow
def test_without_classifier_it_returns_features(network, images):
    network = config_lib.get_config(network, num_classes=None)
    made = _made(network)

    features = made.__call__(images)
    served = made.serving()(images)

    assert features.shape == [4, network.num_features]
    assert list(served) == ["feature_vector"]
    np.testing.assert_array_equal(served["feature_vector"], features)


@pytest.mark.slow
def test_a_classifier_serves_logits_and_probabilities(network, images):
    made = _made(network)

    served = made.serving()(images)

    assert set(served) == {"logits", "probabilities"}
    np.testing.assert_array_equal(served["logits"], made.__call__(images))
    np.testing.assert_allclose(served["probabilities"].numpy().sum(1), 1, rtol=1e-5)


def test_a_seed_of_the_program_does_not_seed_the_model(tiny):
    tf.set_random_seed(7)
    made = _made(tiny)
    called = made.__call__.get_concrete_function(
        tf.TensorSpec([None, None, None, 3]), True, tf.TensorSpec([])
    )

    functions = called.graph.as_graph_def().library.function
    nodes = [node for function in functions for node in function.node_def]
    seeds = [node.attr["seed"].i for node in nodes if node.op == "RandomUniform"]
    assert seeds
    assert set(seeds) == {0}
