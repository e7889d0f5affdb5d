"""Each array of each variant of the libraries of PyTorch has its variable."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.export.weights import mapping
from efficientnet_hub.export.weights.containers import contents
from efficientnet_hub.export.weights.naming import libraries, pytorch_layout
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import golden_keys

_LIBRARIES = {library.name: library for library in libraries.PYTORCH}
_VARIANTS = [
    (name, variant)
    for name in golden_keys.LIBRARIES
    for variant in golden_keys.list_variants(name)
]
# Those of which a graph is built in three seconds.
_SMALL = ("efficientnet-b0", "efficientnet-b2", "efficientnet-lite3")


@functools.lru_cache(maxsize=None)  # Three libraries have the same variants.
def _build_shapes(variant: str) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of the variables of the network in TensorFlow."""
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        network_lib.build_model(images, variant, training=False)
        return {v.op.name: tuple(v.shape.as_list()) for v in tf.global_variables()}


def _to_tensorflow(name: str, value: np.ndarray) -> np.ndarray:
    stored = contents.Stored(value.dtype.name, value.shape)
    axes = pytorch_layout.find_axes(name, value.ndim)
    found = mapping.Found("key", stored, lambda: value, axes)
    assert found.read_in_order().shape == found.shape
    return found.read_in_order()


def _check_shapes(name: str, variant: str) -> None:
    library = _LIBRARIES[name]
    names = library.name_variables(config_lib.get_config(variant))
    found = {}
    for key, shape in golden_keys.read_shapes(name, variant).items():
        if not key.endswith(pytorch_layout.COUNTER):
            array = np.broadcast_to(np.float32(0), shape)  # Takes no memory.
            found[names[key]] = _to_tensorflow(names[key], array).shape

    assert found == _build_shapes(variant)


def test_every_variant_of_the_libraries_is_checked():
    assert {variant for _, variant in _VARIANTS} == set(config_lib.VARIANTS)
    assert len(_VARIANTS) == 15 + 8 + 10


@pytest.mark.parametrize(("name", "variant"), _VARIANTS)
def test_the_keys_are_those_of_the_library(name, variant):
    library = _LIBRARIES[name]
    names = library.name_variables(config_lib.get_config(variant))
    keys = golden_keys.read_shapes(name, variant)

    assert set(names) == {k for k in keys if not k.endswith(pytorch_layout.COUNTER)}
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize(
    ("name", "variant"),
    cases.slow_after(1, [each for each in _VARIANTS if each[1] in _SMALL]),
)
def test_the_shapes_are_those_of_the_variables(name, variant):
    _check_shapes(name, variant)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "variant"), [each for each in _VARIANTS if each[1] not in _SMALL]
)
def test_the_shapes_of_large_variants_are_those_of_the_variables(name, variant):
    _check_shapes(name, variant)


@pytest.mark.parametrize("name", sorted(_LIBRARIES))
def test_a_network_without_classifier_still_names_one(name):
    with_one = config_lib.get_config("efficientnet-b0")
    without = config_lib.get_config("efficientnet-b0", num_classes=None)
    library = _LIBRARIES[name]

    assert library.name_variables(without) == library.name_variables(with_one)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("a/depthwise_kernel", (3, 5, 7, 1)),
        ("a/kernel", (1, 2, 3, 4)),
        ("a/kernel", (6, 10)),
        ("a/gamma", (6,)),
    ],
)
def test_both_directions_are_inverse(name, shape):
    value = np.arange(np.prod(shape)).reshape(shape)

    there = pytorch_layout.from_tensorflow(name, value)
    np.testing.assert_array_equal(_to_tensorflow(name, there), value)
