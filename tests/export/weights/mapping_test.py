"""Each array of a source is taken or left behind, once, and says why.

`tests/peers/golden_cases.py` describes the files of the libraries.
"""

from __future__ import annotations

import argparse
import collections
import functools
import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.export.weights import loading, mapping
from efficientnet_hub.export.weights.naming import pytorch_layout, torchvision
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import pytorch_files_written
from efficientnet_hub.tests.peers import golden_cases, golden_files

_GOLDEN = json.loads(golden_cases.LOGITS.read_text("utf-8"))
_CASES = {case["name"]: case for case in _GOLDEN["cases"]}
_AVERAGE = "/ExponentialMovingAverage"
_COUNTER = "counts batches, which the network does not need"
_NORMALIZATION = "in the normalization of images"
_DENSE = "efficientnet-b0/head/dense/"


@functools.lru_cache(maxsize=None)
def _variables(network: config_lib.NetworkConfig) -> dict[str, tuple[int, ...]]:
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        network_lib.build_model(images, network, training=False)
        return {v.op.name: tuple(v.shape.as_list()) for v in tf.global_variables()}


def _check_each_is_there_once(found: mapping.WeightsMapping, arrays, variables):
    """Checks names and shapes against what the file and the network have."""
    listed = [*found.taken, *found.left_behind]
    assert collections.Counter(each.name for each in listed) == dict.fromkeys(arrays, 1)
    for each in listed:
        assert each.stored.shape == tuple(arrays[each.name]), each.name
    valued = [*found.taken, *found.new]
    assert collections.Counter(each.variable for each in valued) == dict.fromkeys(
        variables, 1
    )
    for each in valued:
        assert each.shape == tuple(variables[each.variable]), each.variable


def _explain(found: mapping.WeightsMapping) -> dict[str, str]:
    return {each.name: each.reason for each in found.left_behind}


@pytest.mark.parametrize("name", cases.slow_after(3, _CASES))
def test_each_array_of_a_library_s_file_is_there_once(name, tmp_path):
    case, stored = _CASES[name], golden_cases.read_arrays()[name]
    path = str(tmp_path / ("weights." + case["form"]))
    golden_files.write(stored, case["form"], tmp_path / ("weights." + case["form"]))
    network = config_lib.get_config(
        case["variant"],
        width_coefficient=_GOLDEN["width"],
        depth_coefficient=_GOLDEN["depth"],
        num_classes=_GOLDEN["classes"],
    )
    model = None if case["says_model"] else name
    with loading.open_source(path, network, source_model=model) as opened:
        network = config_lib.get_config(
            network,
            padding=opened.facts.padding,
            batch_norm_epsilon=opened.facts.batch_norm_epsilon,
        )
        found = loading.read(opened, network, _variables(network)).mapping

    arrays = {each["path"]: each["shape"] for each in stored["arrays"]}
    _check_each_is_there_once(found, arrays, _variables(network))
    reasons = _explain(found)
    if case["form"].endswith("h5"):
        assert set(reasons.values()) == {_NORMALIZATION} and len(reasons) == 3
        assert all(each.axes is None for each in found.taken)
    else:
        assert reasons == {
            key: _COUNTER for key in arrays if key.endswith("num_batches_tracked")
        }
        ranks = {len(each.shape) for each in found.taken if each.axes is not None}
        assert ranks == {2, 4}


def _read(path, tiny, shapes, **options) -> mapping.WeightsMapping:
    return loading.load(str(path), tiny, shapes, **options).mapping


@pytest.mark.parametrize(
    ("moving_averages", "taken", "reason"),
    [
        ("auto", "", "a raw value: its moving average is taken"),
        ("never", _AVERAGE, "a moving average: its raw value is taken"),
    ],
)
def test_a_checkpoint_s_averages_slots_and_step_are_told_apart(
    moving_averages, taken, reason, tiny, shapes, trained
):
    found = _read(trained.prefix, tiny, shapes, moving_averages=moving_averages)

    reader = tf.train.load_checkpoint(trained.prefix)
    _check_each_is_there_once(found, reader.get_variable_to_shape_map(), shapes)
    reasons = _explain(found)
    assert reasons.pop("global_step") == "the step of the training"
    for name in shapes:
        assert reasons.pop(name + taken) == reason
    assert set(reasons.values()) == {"the state of the optimizer"}


def test_a_new_classifier_is_new_and_the_source_s_is_left_behind(tiny, shapes, trained):
    found = _read(trained.prefix, tiny, shapes, new_classifier=True)

    reader = tf.train.load_checkpoint(trained.prefix)
    _check_each_is_there_once(found, reader.get_variable_to_shape_map(), shapes)
    assert {each.variable for each in found.new} == {_DENSE + "kernel", _DENSE + "bias"}
    assert {each.origin for each in found.new} == {"initial values of seed 0"}
    reason = _explain(found)[_DENSE + "kernel" + _AVERAGE]
    assert reason == "the classifier: the module does not take it"


def test_all_random_values_are_new(tiny, shapes):
    found = _read("random", tiny, shapes)

    _check_each_is_there_once(found, {}, shapes)


def _state(raw, tiny, prefix="") -> dict[str, np.ndarray]:
    names = torchvision.LIBRARY.name_variables(tiny)
    arrays = {
        prefix + key: pytorch_layout.from_tensorflow(name, raw[name])
        for key, name in names.items()
    }
    return {**arrays, prefix + "features.0.1.num_batches_tracked": np.array(3)}


def test_what_else_a_training_program_saves_is_left_behind(tiny, shapes, raw, tmp_path):
    network = config_lib.get_config(tiny, padding="symmetric", batch_norm_epsilon=1e-5)
    state, averages = _state(raw, tiny), _state(raw, tiny, "module.")
    saved = {
        "epoch": 3,
        "model": state,
        "optimizer": {"state": {0: {"square_avg": np.ones(3)}}},
        "args": argparse.Namespace(lr=0.1),
        "model_ema": {**averages, "n_averaged": np.array(7)},
        "scaler": {"scale": np.ones(1)},
    }
    pytorch_files_written.write(tmp_path / "a.pth", saved)

    found = _read(tmp_path / "a.pth", network, shapes)

    arrays = {
        **{"model." + key: value.shape for key, value in state.items()},
        **{"model_ema." + key: value.shape for key, value in averages.items()},
        "model_ema.n_averaged": (),
        "optimizer.state.0.square_avg": (3,),
        "scaler.scale": (1,),
    }
    _check_each_is_there_once(found, arrays, shapes)
    reasons = _explain(found)
    assert reasons["model.features.0.0.weight"].startswith("a raw value")
    assert reasons["model_ema.module.features.0.1.num_batches_tracked"] == _COUNTER
    assert reasons["model_ema.n_averaged"] == "no part of the network"
    assert reasons["optimizer.state.0.square_avg"] == "the state of the optimizer"
    assert reasons["scaler.scale"] == "no part of the network"


@pytest.mark.parametrize("form", ["net.h5", "net.weights.h5", "net"])
def test_a_classifier_of_keras_without_bias_gets_zeros(form, keras_base, tmp_path):
    import keras

    from efficientnet_hub.tests.export.weights import keras_models

    features = keras.layers.GlobalAveragePooling2D()(keras_base.output)
    logits = keras.layers.Dense(7, use_bias=False)(features)
    model = keras.Model(keras_base.input, logits)
    opened = keras_models.open_file(keras_models.save(model, tmp_path / form))
    network = keras_models.configure(opened)

    found = opened.read(network, _variables(network), new_classifier=False).mapping

    names = {each.name for each in (*found.taken, *found.left_behind)}
    counters = {name for name in names if name.startswith("save_counter")}
    assert len(names - counters) == len(model.weights)
    assert len(found.taken) + len(found.left_behind) == len(names)
    (bias,) = found.new
    assert bias.variable == _DENSE + "bias" and bias.origin.startswith("zeros")
    reasons = _explain(found)
    assert {reasons.pop(name) for name in counters} <= {"the state of the training"}
    assert list(reasons.values()) == [_NORMALIZATION] * 3


@pytest.mark.parametrize("form", ["a.pth", "a.safetensors"])
@pytest.mark.parametrize("moving_averages", ["auto", "never"])
def test_averages_beside_the_values_are_told_apart(
    form, moving_averages, tiny, shapes, raw, tmp_path
):
    network = config_lib.get_config(tiny, padding="symmetric", batch_norm_epsilon=1e-5)
    saved = {
        **_state(raw, tiny, "online_model."),
        **_state(raw, tiny, "ema_model."),
        "step": np.ones([1], np.float32),
    }
    if form.endswith("safetensors"):
        safetensors = pytest.importorskip("safetensors.numpy")
        safetensors.save_file(saved, str(tmp_path / form))
    else:
        pytorch_files_written.write(tmp_path / form, saved)

    found = _read(tmp_path / form, network, shapes, moving_averages=moving_averages)

    arrays = {name: value.shape for name, value in saved.items()}
    _check_each_is_there_once(found, arrays, shapes)
    taken, left = "ema_model.", "online_model."
    if moving_averages == "never":
        taken, left = left, taken
    assert all(each.name.startswith(taken) for each in found.taken)
    reason = _explain(found)[left + "features.0.0.weight"]
    assert reason.startswith("a raw value") == (left == "online_model.")


@pytest.mark.slow
def test_what_is_folded_into_the_classifier_of_keras_is_left_behind(
    keras_base, tmp_path
):
    import keras

    from efficientnet_hub.tests.export.weights import keras_models

    features = keras.layers.GlobalAveragePooling2D()(keras_base.output)
    normalized = keras.layers.BatchNormalization(name="last_norm")(features)
    logits = keras.layers.Dense(7, use_bias=False)(normalized)
    model = keras.Model(keras_base.input, logits)
    opened = keras_models.open_file(keras_models.save(model, tmp_path / "whole.keras"))
    network = keras_models.configure(opened)

    found = opened.read(network, _variables(network), new_classifier=False).mapping

    assert len(found.taken) + len(found.left_behind) == len(model.weights)
    (bias,) = found.new
    assert bias.variable == _DENSE + "bias" and not bias.origin.startswith("zeros")
    folded = "folded into the classifier"
    assert list(_explain(found).values()).count(folded) == 4
