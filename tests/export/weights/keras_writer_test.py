"""Files for Keras: Keras loads them, and they read back bit for bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from efficientnet_hub import digests, errors
from efficientnet_hub.export.weights import keras_source, keras_writer, random_init
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import keras_models

_NUMBERS = "0.4,0.5,0.6/0.2,0.25,0.3"


@pytest.fixture(name="values")
def _values():
    shapes = keras_models.shapes_of(keras_models.TINY)
    random = np.random.RandomState(3)
    return {
        name: value + np.float32(0.1) * np.abs(random.randn(*value.shape))
        for name, value in random_init.draw(shapes, 0).items()
    }


@pytest.fixture(name="path")
def _path(tmp_path) -> str:
    return str(tmp_path / "net.weights.h5")


@pytest.mark.parametrize("preprocessing", ["imagenet", "advprop", _NUMBERS])
@pytest.mark.parametrize("num_classes", cases.slow_after(1, [7, None]))
def test_files_read_back_bit_for_bit(num_classes, preprocessing, values, path):
    network = dataclasses.replace(
        keras_models.TINY, preprocessing=preprocessing, num_classes=num_classes
    )
    expected = keras_models.shapes_of(network)
    kept = {name: np.asarray(values[name], np.float32) for name in expected}

    keras_writer.write(path, kept, network)
    opened = keras_source.open_source(path, network)
    weights = opened.read(network, expected, False)

    assert opened.facts.num_classes == num_classes
    assert set(weights.values) == set(kept)
    for name, value in kept.items():
        assert weights.values[name].tobytes() == value.tobytes()
    numbers = _numbers_of(opened.facts.preprocessing)
    np.testing.assert_allclose(numbers, _numbers_of(preprocessing), rtol=1e-6)


def _numbers_of(preprocessing: str) -> list[float]:
    from efficientnet_hub.efficientnet import preprocessings

    offset, scale = preprocessings.parse(preprocessing)
    return [*offset, *scale]


@pytest.mark.slow
def test_keras_loads_a_file_and_computes_our_logits(values, path):
    network = dataclasses.replace(keras_models.TINY, preprocessing=_NUMBERS)
    pixels = keras_models.draw_pixels(32)
    model = keras_models.build_small(classes=7, classifier_activation=None)
    keras_models.randomize(model)

    keras_writer.write(path, values, network)
    model.load_weights(path)

    expected = keras_models.compute_logits(path, pixels)
    difference = keras_models.relative_difference(model(pixels).numpy(), expected)
    assert difference < 1e-5


def test_a_file_is_reproducible(values, path, tmp_path):
    keras_writer.write(path, values, keras_models.TINY)
    again = str(tmp_path / "again.weights.h5")
    keras_writer.write(again, values, keras_models.TINY)

    assert digests.of_file(path) == digests.of_file(again)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"padding": "symmetric"}, "padding must be 'same'"),
        ({"batch_norm_epsilon": 1e-5}, "batch_norm_epsilon must be 0.001"),
        ({"lite": True}, "squeeze-and-excite"),
    ],
)
def test_what_keras_does_not_compute_is_refused(
    changes, message, values, path, tmp_path
):
    network = dataclasses.replace(keras_models.TINY, **changes)

    with pytest.raises(errors.InputError, match=message):
        keras_writer.write(path, values, network)

    assert not list(tmp_path.iterdir())


def test_a_name_that_keras_does_not_load_is_refused(values, tmp_path):
    with pytest.raises(errors.InputError, match=r"ends with '.weights.h5'"):
        keras_writer.write(str(tmp_path / "net.h5"), values, keras_models.TINY)
