"""Weights of a checkpoint: moving averages or raw values, and the classifier."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import loading, random_init, source
from efficientnet_hub.tests import cases

_AVERAGE = "/ExponentialMovingAverage"
_CLASSIFIER = "efficientnet-b0/head/dense/"
_DATA = ".data-00000-of-00001"
_KERNEL = "efficientnet-b0/stem/conv2d/kernel"
_VARIANCE = "efficientnet-b0/stem/tpu_batch_normalization/moving_variance"


def _assert_same(found, expected):
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value)


# Which values are read.


def test_moving_averages_are_read(trained, averages, raw, read):
    weights = read(trained.prefix)

    _assert_same(weights.values, averages)
    assert not np.array_equal(weights.values[_KERNEL], raw[_KERNEL])
    assert "took 64 moving averages and 0 raw values" in weights.notes[0]
    assert "64 moving averages, 0 raw values" in weights.provenance.source


def test_raw_values_are_read_on_request(trained, raw, read):
    weights = read(trained.prefix, moving_averages="never")

    _assert_same(weights.values, raw)
    assert "took 0 moving averages and 64 raw values" in weights.notes[0]


def test_a_raw_value_is_read_if_there_is_no_average(
    averages, raw, read, write_checkpoint
):
    with_average = {n: v for n, v in averages.items() if "/moving_" not in n}
    entries = dict(raw, **{n + _AVERAGE: v for n, v in with_average.items()})

    weights = read(write_checkpoint(entries))

    _assert_same(weights.values, dict(raw, **with_average))
    assert "took 44 moving averages and 20 raw values" in weights.notes[0]


def test_a_checkpoint_may_hold_averages_only(averages, read, write_checkpoint):
    entries = {name + _AVERAGE: value for name, value in averages.items()}

    _assert_same(read(write_checkpoint(entries)).values, averages)


def test_averages_are_not_read_as_raw_values(averages, refusal, write_checkpoint):
    path = write_checkpoint({name + _AVERAGE: v for name, v in averages.items()})

    message = refusal(path, moving_averages="never")

    assert "leave out --moving_averages=never" in message


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    [
        tf.train.AdamOptimizer(),
        tf.train.MomentumOptimizer(0.01, momentum=0.9),
    ],
    ids=["adam", "momentum"],
)
def test_slots_and_counters_of_the_optimizer_are_ignored(
    optimizer, train, read, shapes
):
    trained = train(optimizer)
    assert "global_step" in trained.entries

    weights = read(trained.prefix)

    assert set(weights.values) == set(shapes)
    assert len(weights.notes) == 1


def test_the_files_are_recorded_with_their_digests(trained, read):
    prefix = pathlib.Path(trained.prefix)
    files = [prefix.with_name(prefix.name + end) for end in (".index", _DATA)]

    digests = source.hash_files(list(map(str, files)))

    for path in (prefix, files[0], prefix.parent):
        assert read(path).files == digests


# The classifier.


def test_a_feature_vector_module_has_no_classifier(
    trained, averages, without_classifier
):
    assert _CLASSIFIER + "kernel/RMSProp" in trained.entries

    weights = loading.load(trained.prefix, *without_classifier)

    body = {n: v for n, v in averages.items() if not n.startswith(_CLASSIFIER)}
    _assert_same(weights.values, body)


def test_another_number_of_classes_is_refused(trained, refusal):
    message = refusal(trained.prefix, num_classes=7)

    assert "head/dense/" in message
    assert "--num_classes=10" in message and "--new_classifier" in message


def test_a_new_classifier_has_initial_values(trained, averages, tiny, shapes):
    network = config_lib.get_config(tiny, num_classes=7, seed=5)
    shapes = dict(
        shapes, **{_CLASSIFIER + "kernel": [16, 7], _CLASSIFIER + "bias": [7]}
    )

    weights = loading.load(trained.prefix, network, shapes, new_classifier=True)

    assert {n: list(v.shape) for n, v in weights.values.items()} == shapes
    initial = random_init.draw(shapes, 5)
    for name, value in weights.values.items():
        expected = initial if name.startswith(_CLASSIFIER) else averages
        np.testing.assert_array_equal(value, expected[name])
    assert "took 62 moving averages" in weights.notes[0]
    assert "classifier starts at" in weights.notes[-1]
    assert (
        "classifier starts at the initial values of seed 5" in weights.provenance.source
    )


# Values that are not the network's.


def test_another_variants_width_is_refused(raw, refusal, write_checkpoint):
    path = write_checkpoint(dict(raw, **{_KERNEL: np.ones([3, 3, 3, 40], np.float32)}))

    assert refusal(path) == (
        f"variable '{_KERNEL}' of efficientnet-b0 must have shape (3, 3, 3, 8), found "
        f"(3, 3, 3, 40) in checkpoint '{path}': is it of another variant?"
    )


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        (_KERNEL, np.nan, "must be finite, found nan"),
        (_KERNEL, np.inf, "must be finite, found inf"),
        (_VARIANCE, -0.5, "is not negative, found -0.5"),
    ],
)
def test_a_value_that_is_no_weight_is_refused(
    name, value, found, raw, refusal, write_checkpoint
):
    values = raw[name].copy()
    values.flat[-1] = value

    message = refusal(write_checkpoint(dict(raw, **{name: values})))

    assert f"'{name}'" in message and found in message


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_floating_point_types_become_float32(dtype, raw, read, write_checkpoint):
    values = {name: tf.as_dtype(dtype).as_numpy_dtype(raw[name]) for name in [_KERNEL]}

    weights = read(write_checkpoint(dict(raw, **values)))

    expected = values[_KERNEL].astype(np.float32)
    np.testing.assert_array_equal(weights.values[_KERNEL], expected)


@pytest.mark.parametrize(
    ("dtype", "value"),
    cases.slow_after(
        2,
        [
            ("string", b"1.5"),
            ("int64", 1),
            ("complex64", 1 + 2j),
            ("complex128", 1 + 2j),
            ("bool", True),
            ("int32", 1),
            ("uint8", 1),
        ],
    ),
)
def test_a_type_that_is_none_of_weights_is_refused(
    dtype, value, raw, refusal, write_checkpoint
):
    values = np.full(raw[_KERNEL].shape, value, object if dtype == "string" else dtype)

    message = refusal(write_checkpoint(dict(raw, **{_KERNEL: values})))

    assert f"'{_KERNEL}'" in message and f"found {dtype}" in message


@pytest.mark.parametrize(
    "shape",
    cases.slow_after(1, [[1, 10], [], [0], [2**20]]),
    ids=["matrix", "scalar", "empty", "long"],
)
def test_a_bias_of_another_shape_is_refused(shape, raw, refusal, write_checkpoint):
    name = _CLASSIFIER + "bias"

    message = refusal(write_checkpoint(dict(raw, **{name: np.zeros(shape, "float32")})))

    assert f"must have shape (10,), found {tuple(shape)}" in message
    assert "--num_classes=0" not in message


def test_a_number_too_large_for_float32_is_refused(raw, refusal, write_checkpoint):
    values = raw[_KERNEL].astype(np.float64)
    values.flat[0] = 1e300

    assert "found inf" in refusal(write_checkpoint(dict(raw, **{_KERNEL: values})))


def test_many_entries_of_another_part_are_not_all_named(raw, read, write_checkpoint):
    raw = {f"module/{name}": value for name, value in raw.items()}
    others = {f"other/{count}": np.zeros(1, np.float32) for count in range(30)}

    (_, note) = read(write_checkpoint(dict(raw, **others))).notes

    assert "other/0, other/1," in note and note.endswith(" and 10 more")


def test_another_variant_is_named_if_there_are_averages_only(
    averages, write_checkpoint
):
    path = write_checkpoint({name + _AVERAGE: v for name, v in averages.items()})
    network = config_lib.get_config("efficientnet-b1")

    found = "of efficientnet-b1, found 'efficientnet-b0'"
    with pytest.raises(errors.InputError, match=found):
        loading.load(str(path), network, {})
