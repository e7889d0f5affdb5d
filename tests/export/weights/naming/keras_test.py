"""The names and the order of layers in Keras."""

from __future__ import annotations

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights.naming import keras
from efficientnet_hub.tests.export.weights import keras_models


@pytest.mark.parametrize(
    "number", [0, *(pytest.param(each, marks=pytest.mark.slow) for each in (3, 7))]
)
def test_layers_are_those_of_keras_in_its_order(number):
    network = config_lib.get_config(f"efficientnet-b{number}")
    keras_library = pytest.importorskip("keras")
    build = getattr(keras_library.applications, f"EfficientNetB{number}")
    model = build(weights=None, include_top=False, input_shape=(32, 32, 3))

    expected = [
        (layer.name, tuple(layer.weights[0].shape), len(layer.weights))
        for layer in model.layers
        if layer.weights and type(layer).__name__ != "Normalization"
    ]

    assert [
        (layer.name, tuple(layer.shape), len(layer.variables))
        for layer in keras.list_layers(network)
    ] == expected


@pytest.mark.parametrize("name", [f"efficientnet-b{number}" for number in range(9)])
def test_each_variable_has_a_layer(name):
    network = config_lib.get_config(name)
    layers = keras.list_layers(network)

    names = [variable for layer in layers for variable in layer.variables.values()]

    assert len(names) == len(set(names))
    assert len({layer.name for layer in layers}) == len(layers)


def test_the_variables_are_ours_with_their_shapes():
    network = keras_models.TINY
    shapes = keras_models.shapes_of(network)
    named = dict.fromkeys(keras.classifier_variables(network).values())
    for layer in keras.list_layers(network):
        first, *_ = layer.variables.values()
        named.update(dict.fromkeys(layer.variables.values()))
        assert shapes[first] == list(layer.shape)

    assert set(named) == set(shapes)
