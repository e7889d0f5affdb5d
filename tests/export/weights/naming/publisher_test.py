"""Entries of checkpoints of training programs become variables of the network."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub.builder import module_spec
from efficientnet_hub.export.weights import loading

_AVERAGE = "/ExponentialMovingAverage"
_KERNEL = "efficientnet-b0/stem/conv2d/kernel"


def _assert_same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


def _below(prefix: str, entries) -> dict[str, np.ndarray]:
    return {prefix + name: value for name, value in entries.items()}


# A program that used a `hub.Module`.


@pytest.fixture(scope="module", name="fine_tuned")
def _fine_tuned(tiny, tmp_path_factory):
    """A checkpoint of a program that fine-tunes a module below its own classifier."""
    with tf.Graph().as_default(), tf.Session() as session:
        spec = module_spec.create_module_spec(tiny, "feature-vector", seed=3)
        module = hub.Module(spec, trainable=True, tags={"train"})
        features = module(tf.ones([2, 32, 32, 3]))
        head = tf.get_variable("my_head/kernel", [16, 2])
        loss = tf.reduce_sum(tf.matmul(features, head) ** 2)
        train_op = tf.train.AdamOptimizer().minimize(
            loss, tf.train.get_or_create_global_step()
        )
        session.run(tf.global_variables_initializer())
        session.run(train_op)
        values = session.run(module.variable_map)
        folder = tmp_path_factory.mktemp("fine_tuned")
        return tf.train.Saver().save(session, str(folder / "model.ckpt")), values


@pytest.mark.slow
def test_the_variables_of_a_module_are_found_in_its_scope(
    fine_tuned, without_classifier
):
    prefix, values = fine_tuned

    weights = loading.load(prefix, *without_classifier)

    _assert_same(weights.values, values)


def test_other_parts_of_the_program_are_ignored_and_reported(
    fine_tuned, without_classifier
):
    weights = loading.load(fine_tuned[0], *without_classifier)

    assert weights.notes[1] == (
        "left out, as no part of the module that was fine-tuned: "
        "my_head/kernel, my_head/kernel/Adam, my_head/kernel/Adam_1"
    )


@pytest.mark.slow
def test_averages_are_found_in_a_scope(averages, read, write_checkpoint):
    entries = {name + _AVERAGE: value for name, value in averages.items()}
    path = write_checkpoint(_below("outer/module_1/", entries))

    _assert_same(read(path).values, averages)


def test_a_second_network_is_refused(raw, refusal, write_checkpoint):
    entries = dict(_below("module/", raw), **_below("module_1/", raw))

    assert "'module/', 'module_1/'" in refusal(write_checkpoint(entries))


# Variables that are not the network's.


def test_a_missing_variable_is_refused(raw, refusal, write_checkpoint):
    del raw[_KERNEL.replace("stem", "blocks_1")]

    message = refusal(write_checkpoint(raw))

    assert "'efficientnet-b0/blocks_1/conv2d/kernel', found no such" in message


@pytest.mark.slow
@pytest.mark.parametrize(
    "extra", ["efficientnet-b0/blocks_3/conv2d/kernel", "other", "other/kernel"]
)
def test_an_extra_variable_is_refused(extra, raw, refusal, write_checkpoint):
    path = write_checkpoint(dict(raw, **{extra: np.float32([1])}))

    assert f"'{extra}'" in refusal(path)


def test_an_extra_variable_in_the_scope_is_refused(raw, refusal, write_checkpoint):
    entries = dict(_below("module/", raw), **{"module/other": np.float32([1])})

    assert "'module/other'" in refusal(write_checkpoint(entries))


def test_another_variants_name_is_refused(raw, refusal, write_checkpoint):
    entries = {name.replace("-b0", "-b1"): value for name, value in raw.items()}

    message = refusal(write_checkpoint(entries))

    assert "must hold the variables of efficientnet-b0" in message
    assert "found 'efficientnet-b1': is it of another variant?" in message
