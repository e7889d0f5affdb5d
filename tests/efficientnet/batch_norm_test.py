"""Compares batch normalization with numpy."""

from __future__ import annotations

import functools
import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import batch_norm
from efficientnet_hub.tests import fresh_process, golden


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


def test_inference_normalizes_by_the_moving_averages(session):
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


def test_training_normalizes_by_the_batch(session):
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


def test_statistics_of_no_images_do_not_change_the_averages(session):
    images = tf.placeholder(tf.float32, [None, 3, 5, 3])
    divisor = batch_norm.compute_update_divisor(0.25, tf.shape(images)[0])
    mode = batch_norm.Mode(1e-3, 0.25, update_divisor=divisor)
    norm = batch_norm.BatchNorm(3, mode, "norm")
    norm.normalize(images)
    old = golden.fill(session)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)

    session.run(updates, {images: np.zeros([0, 3, 5, 3])})

    for variable in tf.global_variables():
        np.testing.assert_array_equal(session.run(variable), old[variable.op.name])
    session.run(updates, {images: golden.images(0, 2, 3, 5)})
    for variable in tf.global_variables()[2:]:
        assert (session.run(variable) != old[variable.op.name]).any()


@pytest.mark.parametrize("momentum", [0.0, 0.99, 1.0])
@pytest.mark.parametrize("as_tensor", [False, True], ids=["number", "tensor"])
def test_the_momentum_determines_the_updates_of_the_averages(
    session, momentum, as_tensor
):
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


# Two replicas of a mirrored strategy on two devices, which a process must configure
# before it uses one. All variables are 1. Prints the outputs and the two averages, of
# synchronized replicas first, then of others.
_REPLICAS = """
import json
import numpy as np
import tensorflow as tf2
import tensorflow.compat.v1 as tf
from efficientnet_hub.efficientnet import batch_norm
from efficientnet_hub.tests import golden

(cpu,) = tf2.config.list_physical_devices("CPU")
devices = [tf2.config.LogicalDeviceConfiguration()] * 2
tf2.config.set_logical_device_configuration(cpu, devices)
images = golden.images(seed=0, batch=4, height=3, width=5)


def run(synchronized):
    mode = batch_norm.Mode(1e-3, 0.25, synchronized=synchronized)

    def normalize():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        part = tf.constant(images.reshape(2, 2, 3, 5, 3))[replica]
        with tf.variable_scope("all", initializer=tf.ones_initializer()):
            outputs = batch_norm.BatchNorm(3, mode, "norm").normalize(part)
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            return tf.identity(outputs)

    with tf.Graph().as_default(), tf.Session() as session:
        strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
        with strategy.scope():
            outputs = strategy.extended.call_for_each_replica(normalize)
            averages = [v.read_value() for v in tf.global_variables()[2:4]]
            session.run(tf.global_variables_initializer())
            parts = session.run(strategy.experimental_local_results(outputs))
            averages = session.run(averages)
    print(json.dumps([np.concatenate(parts).tolist()] + [a.tolist() for a in averages]))


run(synchronized=True)
run(synchronized=False)
"""


@functools.lru_cache(maxsize=None)
def _run_replicas() -> list[str]:
    """Returns the lines that the program prints."""
    return fresh_process.run(_REPLICAS).splitlines()


def _by_replicas(synchronized: bool) -> list[np.ndarray]:
    """Returns outputs, moving mean and moving variance of two replicas."""
    printed = _run_replicas()[0 if synchronized else 1]
    return [np.array(value) for value in json.loads(printed)]


def _normalized(images: np.ndarray) -> np.ndarray:
    """Normalizes with a scale and a shift of 1."""
    centered = images - images.mean((0, 1, 2))
    return centered / np.sqrt(images.var((0, 1, 2)) + 1e-3) + 1


@pytest.mark.slow
def test_synchronized_replicas_normalize_by_the_whole_batch():
    images = golden.images(seed=0, batch=4, height=3, width=5)

    outputs, mean, variance = _by_replicas(synchronized=True)

    close = {"rtol": 1e-5, "atol": 1e-6}
    np.testing.assert_allclose(outputs, _normalized(images), **close)
    np.testing.assert_allclose(mean, 0.75 + 0.25 * images.mean((0, 1, 2)), **close)
    # The variance is the unbiased one of the whole.
    expected = 0.75 + 0.25 * images.var((0, 1, 2), ddof=1)
    np.testing.assert_allclose(variance, expected, **close)


@pytest.mark.slow
def test_other_replicas_normalize_by_their_own_batch_and_save_the_mean_average():
    images = golden.images(seed=0, batch=4, height=3, width=5)
    parts = images.reshape(2, 2, 3, 5, 3)

    outputs, mean, variance = _by_replicas(synchronized=False)

    close = {"rtol": 1e-4, "atol": 1e-5}
    expected = np.concatenate([_normalized(part) for part in parts])
    np.testing.assert_allclose(outputs, expected, **close)
    np.testing.assert_allclose(mean, 0.75 + 0.25 * images.mean((0, 1, 2)), **close)
    variances = [part.var((0, 1, 2), ddof=1) for part in parts]
    np.testing.assert_allclose(variance, 0.75 + 0.25 * np.mean(variances, 0), **close)
