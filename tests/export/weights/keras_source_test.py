"""Weights of Keras' files: the forms that Keras saves, and models around networks."""

from __future__ import annotations

import os
import pathlib
import shutil

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import source
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import keras_models

keras = pytest.importorskip("keras")

_GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "testdata/weights/keras"
# In standard deviations of the logits.
_CLOSE = 1e-5

# How to save a model, by the name of the file.
_WEIGHTS_FORMS = ["net.weights.h5", "net.h5", "net"]
_MODEL_FORMS = ["whole.h5", "whole.keras"]

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def _shapes() -> dict[str, list[int]]:
    return keras_models.shapes_of(keras_models.TINY)


# Forms.


@pytest.mark.parametrize(
    "form",
    cases.slow_after(2, ["net.weights.h5", "whole.keras", "net.h5", "net", "whole.h5"]),
)
def test_logits_are_those_of_keras(form, keras_model, tmp_path):
    path = keras_models.save(keras_model, tmp_path / form)

    keras_models.check(keras_model, path)
    opened = keras_models.open_file(path)
    assert opened.facts.num_classes == 7
    assert opened.facts.image_size == (32 if form in _MODEL_FORMS else None)


def test_keras_files_of_keras_2_12_are_hdf5(keras_model, tmp_path):
    path = keras_models.save(keras_model, tmp_path / "whole.h5")

    keras_models.check(keras_model, shutil.move(path, tmp_path / "net.keras"))


@pytest.mark.parametrize("name", ["net.keras", "net.h5", "net"])
@pytest.mark.parametrize("content", [None, b"", b"neither"])
def test_other_files_are_refused(content, name, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    assert name in keras_models.refusal(tmp_path / name)


@pytest.mark.slow
def test_a_compiled_model_has_an_optimizer_that_is_left_out(keras_model, tmp_path):
    trained = keras.models.clone_model(keras_model)
    trained.compile("adam", "mse")
    trained.optimizer.build(trained.trainable_variables)
    keras_models.randomize(trained)

    for form in ("net", "whole.h5", "whole.keras"):
        keras_models.check(trained, keras_models.save(trained, tmp_path / form))


# A network, and a model of a user around it.
@pytest.mark.parametrize("model", ["model", "nested"])
@pytest.mark.parametrize("ending", [".weights.h5", ".keras", ".h5"])
def test_logits_are_those_of_the_newest_keras(model, ending):
    golden = np.load(_GOLDEN / "model.npz")

    found = keras_models.compute_logits(
        _GOLDEN / (model + ending), golden["pixels"].astype(np.float32)
    )

    assert keras_models.relative_difference(found, golden[model]) < _CLOSE


def test_logits_are_those_of_the_package_efficientnet():
    path, golden = _GOLDEN / "efficientnet.h5", np.load(_GOLDEN / "efficientnet.npz")

    found = keras_models.compute_logits(path, golden["pixels"].astype(np.float32))

    assert keras_models.open_file(path).facts.preprocessing == "imagenet"
    assert keras_models.relative_difference(found, golden["logits"]) < _CLOSE


@pytest.mark.slow
def test_logits_of_b0_are_those_of_keras(tmp_path):
    model = keras.applications.EfficientNetB0(
        weights=None, input_shape=(64, 64, 3), classifier_activation=None
    )
    keras_models.randomize(model, gain=4)
    pixels = keras_models.draw_pixels(64)
    expected = model(pixels).numpy()

    found = keras_models.compute_logits(
        keras_models.save(model, tmp_path / "net.weights.h5"),
        pixels,
        config_lib.get_config("efficientnet-b0"),
    )

    # Blocks with random weights amplify what float32 rounds.
    assert keras_models.relative_difference(found, expected) < 10 * _CLOSE


# Models around the network.


def _sequential(base):
    return keras.Sequential(
        [
            keras.layers.RandomFlip(),
            base,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(5),
        ]
    )


def _one_graph(base):
    """The layers of the network are layers of the whole model."""
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(base.input, keras.layers.Dense(5, use_bias=False)(features))


@pytest.mark.parametrize(
    ("build", "form"),
    cases.slow_after(
        3,
        [
            (_sequential, "net.weights.h5"),
            (keras_models.build_functional, "whole.h5"),
            (_one_graph, "whole.keras"),
            *((_sequential, form) for form in ("net.h5", "net", *_MODEL_FORMS)),
            (keras_models.build_functional, "net.weights.h5"),
            (_one_graph, "net.weights.h5"),
            (_one_graph, "net"),
        ],
    ),
)
def test_the_network_in_a_model_is_found(build, form, keras_base, tmp_path):
    model = build(keras_base)
    model(np.zeros([1, 32, 32, 3], np.float32))
    keras_models.finish(model)

    keras_models.check(model, keras_models.save(model, tmp_path / form))


@pytest.mark.parametrize("form", ["net.weights.h5", "net.h5"])
def test_frozen_layers_change_nothing(form, keras_base, tmp_path):
    model = keras_models.build_functional(keras_base)
    keras_models.finish(model)
    expected = model(keras_models.draw_pixels(32)).numpy()
    for layer in keras_base.layers[::2]:
        layer.trainable = False
    path = keras_models.save(model, tmp_path / form)
    for layer in keras_base.layers:
        layer.trainable = True

    found = keras_models.compute_logits(path, keras_models.draw_pixels(32))

    assert keras_models.relative_difference(found, expected) < _CLOSE


@pytest.mark.parametrize("form", cases.slow_after(1, ["net.weights.h5", "net.h5"]))
def test_a_network_without_classifier_gives_features(form, keras_base, tmp_path):
    path = keras_models.save(keras_base, tmp_path / form)
    pooled = keras.layers.GlobalAveragePooling2D()(keras_base.output)

    keras_models.check(keras.Model(keras_base.input, pooled), path)
    assert keras_models.open_file(path).facts.num_classes is None


# Classifiers.


def _hidden(features):
    return keras.layers.Dense(5)(keras.layers.Dense(16, "relu")(features))


def _two(features):
    return [keras.layers.Dense(5)(features), keras.layers.Dense(1)(features)]


def _normalized(features):
    return keras.layers.Dense(5)(keras.layers.BatchNormalization()(features))


@pytest.mark.parametrize(
    ("head", "form"),
    [(_hidden, "net.weights.h5"), (_two, "net.h5"), (_normalized, "net")],
)
def test_a_head_that_is_not_one_layer_is_refused(head, form, keras_base, tmp_path):
    features = keras.layers.GlobalAveragePooling2D()(keras_base.output)
    path = keras_models.save(
        keras.Model(keras_base.input, head(features)), tmp_path / form
    )

    opened = keras_models.open_file(path)
    assert opened.facts.num_classes is None
    with pytest.raises(errors.InputError, match="2 layers after .*--new_classifier"):
        opened.read(keras_models.TINY, _shapes(), False)


def test_a_new_classifier_replaces_any_head(keras_base, tmp_path):
    features = keras.layers.GlobalAveragePooling2D()(keras_base.output)
    model = keras.Model(keras_base.input, _hidden(features))
    path = keras_models.save(model, tmp_path / "net.h5")
    body = {n: s for n, s in _shapes().items() if "/dense/" not in n}

    weights = keras_models.open_file(path).read(
        keras_models.TINY, body, new_classifier=True
    )

    assert set(weights.values) == set(body)
    assert any("left out" in note and "'dense" in note for note in weights.notes)


def test_a_model_without_top_has_no_classifier(keras_base, tmp_path):
    opened = keras_models.open_file(keras_models.save(keras_base, tmp_path / "net.h5"))

    with pytest.raises(errors.InputError, match="found none.*--task=feature-vector"):
        opened.read(keras_models.TINY, _shapes(), False)


def test_the_greatest_features_are_refused(keras_base, tmp_path):
    features = keras.layers.GlobalMaxPooling2D()(keras_base.output)
    model = keras.Model(keras_base.input, keras.layers.Dense(5)(features))
    opened = keras_models.open_file(keras_models.save(model, tmp_path / "whole.keras"))

    with pytest.raises(errors.InputError, match="greatest value"):
        opened.read(keras_models.TINY, _shapes(), False)


# Other networks.


@pytest.mark.parametrize("form", cases.slow_after(1, _WEIGHTS_FORMS))
def test_two_networks_are_refused_by_name(form, keras_base, tmp_path):
    other = keras_models.build_small(include_top=False, model_name="other")
    images = keras.Input([32, 32, 3])
    model = keras.Model(images, keras.layers.add([keras_base(images), other(images)]))

    message = keras_models.refusal(keras_models.save(model, tmp_path / form))

    assert "must hold one EfficientNet" in message
    assert message.count("efficientnet-b0 in ") == 2


@pytest.mark.parametrize("form", cases.slow_after(1, ["net.weights.h5", "net.h5"]))
def test_another_variant_is_refused(form, tmp_path):
    deep = keras_models.build_small(include_top=False, depth_coefficient=2.0)
    path = keras_models.save(deep, tmp_path / form)

    assert "another variant" in keras_models.refusal(
        path
    ) or "another network" in keras_models.refusal(path)


def test_a_network_without_depthwise_convolutions_is_refused(tmp_path):
    images = keras.Input([32, 32, 3])
    model = keras.Model(images, keras.layers.Conv2D(8, 3)(images))

    assert "must hold the layers" in keras_models.refusal(
        keras_models.save(model, tmp_path / "net.h5")
    )
    assert "must hold the layers" in keras_models.refusal(
        keras_models.save(model, tmp_path / "net.weights.h5")
    )


def test_lite_variants_are_not_of_keras(keras_model, tmp_path):
    lite = config_lib.get_config("efficientnet-lite0")

    assert "squeeze-and-excite" in keras_models.refusal(
        keras_models.save(keras_model, tmp_path / "net.h5"), lite
    )


# What is reported.


def test_weights_say_where_they_come_from(keras_model, tmp_path):
    path = keras_models.save(keras_model, tmp_path / "net.weights.h5")

    weights = keras_models.open_file(path).read(keras_models.TINY, _shapes(), False)

    assert weights.provenance.source == "Keras file net.weights.h5"
    assert weights.files == source.hash_files([path])
    assert weights.trained
    assert os.path.basename(path) in weights.notes[0]
