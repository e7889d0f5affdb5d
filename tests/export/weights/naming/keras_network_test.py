"""Arrays that Keras does not write, by any names, are refused in one sentence."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies

from efficientnet_hub import errors
from efficientnet_hub.export.weights.naming import keras, keras_layers, keras_network
from efficientnet_hub.tests.export.weights import keras_models

_NAMES = strategies.sampled_from(
    [
        "layers",
        "vars",
        "0",
        "1",
        "²",
        "model_weights",
        "stem_conv",
        "kernel:0",
        "conv2d",
    ]
    + [
        "layer_with_weights-0",
        ".ATTRIBUTES",
        "VARIABLE_VALUE",
        "dense",
    ]
    + ["a_stem_conv"]
    + ["mean", "variance", "normalization", "block1a_dwconv", "depthwise_conv2d_1", ""]
    + [
        "predictions",
        "gamma",
        "moving_mean",
        "optimizer",
        "layer_with_weights-99999999",
    ]
)
_PATHS = strategies.lists(_NAMES, min_size=1, max_size=5).map("/".join)
_SHAPES = strategies.lists(strategies.integers(0, 3), max_size=5)


def _number(count: int) -> str:
    return f"_{count}" if count else ""


@pytest.fixture(name="arrays")
def _arrays() -> dict[str, np.ndarray]:
    """The arrays of TINY without classifier, by classes and numbers."""
    arrays = {}
    counts = dict.fromkeys(keras.PARTS, 0)
    for layer in keras.list_layers(keras_models.TINY):
        path = f"layers/{layer.kind}{_number(counts[layer.kind])}/vars"
        counts[layer.kind] += 1
        for number in range(len(layer.variables)):
            shape = layer.shape if number == 0 else layer.shape[-1:]
            arrays[f"{path}/{number}"] = np.ones(shape, np.float32)
    return arrays


def _find(arrays) -> keras_network.FoundNetwork:
    layers = keras_layers.group(arrays)
    return keras_network.find(layers, keras_models.TINY, "the file")


@pytest.mark.slow
@hypothesis.given(strategies.dictionaries(_PATHS, _SHAPES, max_size=8))
@hypothesis.settings(max_examples=200, deadline=None)
def test_arrays_of_other_names_are_refused(shapes):
    arrays = {path: np.ones(shape, np.float32) for path, shape in shapes.items()}

    with pytest.raises(errors.InputError, match="must hold"):
        _find(arrays)


@pytest.mark.slow
@hypothesis.given(strategies.dictionaries(_PATHS, _SHAPES, max_size=4))
@hypothesis.settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
def test_arrays_beside_a_network_are_left_out_or_refused(arrays, shapes):
    others = {path: np.ones(shape, np.float32) for path, shape in shapes.items()}
    try:
        found = _find({**others, **arrays})
    except errors.InputError as error:
        assert "must hold" in str(error)
    else:
        assert set(found.variables) <= set(keras_models.shapes_of(keras_models.TINY))


def test_numbers_may_have_gaps_as_in_keras_2_13(arrays):
    """It counts each layer twice, as 'layer-5' and as 'layer_with_weights-3'."""
    renamed = {}
    for path, value in arrays.items():
        _, layer, *rest = path.split("/")
        kind = max((k for k in keras.PARTS if layer.startswith(k)), key=len)
        count = 2 * int(layer[len(kind) :].lstrip("_") or 0)
        place = f"_layer_checkpoint_dependencies/{kind}{_number(count)}"
        renamed["/".join([place, *rest])] = value

    found = _find(renamed)

    assert len(found.variables) == len(arrays)


def test_layers_of_the_same_kinds_may_come_before_and_after(arrays):
    renamed = {}
    for path, value in arrays.items():
        _, layer, *rest = path.split("/")
        kind = max((k for k in keras.PARTS if layer.startswith(k)), key=len)
        count = 1 + int(layer[len(kind) :].lstrip("_") or 0)
        renamed["/".join(["layers", kind + _number(count), *rest])] = value
    for kind, shape in ((keras.CONV, (1, 1, 4, 3)), (keras.BATCH_NORM, (5,))):
        for count in (0, 99):
            for number in range(4 if kind == keras.BATCH_NORM else 1):
                path = f"layers/{kind}{_number(count)}/vars/{number}"
                renamed[path] = np.ones(shape, np.float32)

    found = _find(renamed)

    assert len(found.variables) == len(arrays)
    assert len(found.others) == 4
    assert "4 layers after the network" in found.no_classifier


def test_many_networks_take_no_time():
    arrays = {
        f"{number}stem_conv/kernel:0": np.ones([3, 3, 3, 8], np.float32)
        for number in range(20_000)
    }

    with pytest.raises(errors.InputError, match="one EfficientNet"):
        _find(arrays)
