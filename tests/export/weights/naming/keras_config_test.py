"""Configurations of models, also those that no Keras wrote."""

from __future__ import annotations

import copy
import json
import pathlib
import zipfile

import hypothesis
import pytest
from hypothesis import strategies

from efficientnet_hub import errors
from efficientnet_hub.export.weights.naming import keras_config

_GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "testdata/weights/keras"


def _read_golden(name: str):
    with zipfile.ZipFile(str(_GOLDEN / name)) as archive:
        return json.loads(archive.read("config.json"))


_CONFIG = _read_golden("nested.keras")


def _find_layer(config, name: str):
    pending = [config]
    while pending:
        layer = pending.pop()
        if isinstance(layer, dict) and layer.get("config", {}).get("name") == name:
            return layer
        if isinstance(layer, dict):
            pending.extend(layer.get("config", {}).get("layers", []))
    raise AssertionError(f"no layer {name}")


def test_the_steps_of_the_newest_keras_are_read():
    facts = keras_config.read(_CONFIG, "the file")

    rescaling, normalization = facts.steps
    assert rescaling.scale == pytest.approx([1 / 255])
    assert rescaling.normalization is None
    assert normalization.normalization == 0
    assert facts.image_size == 32
    assert facts.batch_norm_epsilon == 1e-3
    assert not facts.other_scalings
    assert not facts.pools_maximum


def test_another_epsilon_is_read():
    config = copy.deepcopy(_CONFIG)
    text = json.dumps(config).replace('"epsilon": 0.001', '"epsilon": 0.01')

    facts = keras_config.read(json.loads(text), "the file")

    assert facts.batch_norm_epsilon == 0.01


def test_a_division_by_an_operator_is_read():
    """As Keras of TensorFlow 2.6 to 2.8 divides by the root of the deviations."""
    config = copy.deepcopy(_CONFIG)
    padding = _find_layer(config, "stem_conv_pad")
    before = "normalization_1"
    padding["inbound_nodes"] = [[["tf.math.truediv", 0, 0, {}]]]
    _find_layer(config, "efficientnet")["config"]["layers"].append(
        {
            "class_name": "TFOpLambda",
            "name": "tf.math.truediv",
            "config": {"name": "tf.math.truediv", "function": "math.truediv"},
            "inbound_nodes": [[before, 0, 0, {"y": [0.5, 0.25, 0.125], "name": None}]],
        }
    )

    facts = keras_config.read(config, "the file")

    assert [step.name for step in facts.steps][-1] == "tf.math.truediv"
    assert facts.steps[-1].scale == [2, 4, 8]
    assert len(facts.steps) == 3


def _list_paths(value, path=()):
    """Yields the path of each value in a document."""
    yield path
    if isinstance(value, (dict, list)):
        keys = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from _list_paths(value[key], (*path, key))


_PATHS = list(_list_paths(_CONFIG))[1:]
_VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-(10**19), 10**19)
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.sampled_from(["", "stem_conv", "normalization", "Rescaling"]),
    lambda children: (
        strategies.lists(children, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(["config", "layers", "name", "args", "y"]),
            children,
            max_size=3,
        )
    ),
    max_leaves=5,
)


@pytest.mark.slow
@hypothesis.given(
    strategies.lists(
        strategies.tuples(strategies.sampled_from(_PATHS), _VALUES), max_size=3
    )
)
@hypothesis.settings(max_examples=200, deadline=None)
def test_any_change_is_read_or_refused(changes):
    config = copy.deepcopy(_CONFIG)
    for path, value in changes:
        parent = config
        try:
            for key in path[:-1]:
                parent = parent[key]
            parent[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # Another change removed it.
    try:
        keras_config.read(config, "the file")
    except errors.InputError as error:
        assert "must get images through Rescaling and Normalization" in str(error)


@hypothesis.given(_VALUES)
def test_any_value_is_read_or_refused(value):
    keras_config.read(value, "the file")
    keras_config.read({"config": {"layers": [value]}}, "the file")
