"""Weights of Keras' files: the forms that Keras saves, and models around networks."""

from __future__ import annotations

import os
import pathlib
import shutil

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import keras_source, source
from efficientnet_hub.tests.export.weights import keras_models

keras = pytest.importorskip("keras")

_GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "testdata/weights/keras"
_MAX_BYTES = 2**28
# In standard deviations of the logits.
_CLOSE = 1e-5
_MEAN, _VARIANCE = (0.4, 0.5, 0.6), (0.04, 0.05, 0.06)
_IMAGENET_MEAN, _IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# How to save a model, by the name of the file.
_WEIGHTS_FORMS = ["net.weights.h5", "net.h5", "net"]
_MODEL_FORMS = ["whole.h5", "whole.keras"]

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def _shapes() -> dict[str, list[int]]:
    return keras_models.shapes_of(keras_models.TINY)


def _save(model, path: pathlib.Path) -> str:
    save = model.save if path.name.startswith("whole") else model.save_weights
    save(str(path))
    return str(path)


def _open(path, network=keras_models.TINY) -> keras_source.KerasSource:
    return keras_source.open_source(str(path), network, _MAX_BYTES)


def _refusal(path, network=keras_models.TINY) -> str:
    with pytest.raises(errors.InputError) as refused:
        keras_models.compute_logits(path, keras_models.draw_pixels(32), network)
    return str(refused.value)


def _check(model, path, **options) -> None:
    """Checks that our network computes what a model does."""
    pixels = keras_models.draw_pixels(32)
    expected = model(pixels, training=False).numpy()

    found = keras_models.compute_logits(path, pixels, **options)

    assert keras_models.relative_difference(found, expected) < _CLOSE


@pytest.fixture(scope="module", name="model")
def _model():
    model = keras_models.build_small(classes=7, classifier_activation=None)
    keras_models.randomize(model)
    keras_models.set_normalization(model, _MEAN, _VARIANCE)
    return model


@pytest.fixture(scope="module", name="base")
def _base():
    base = keras_models.build_small(include_top=False)
    keras_models.randomize(base)
    keras_models.set_normalization(base, _MEAN, _VARIANCE)
    return base


def _finish(model):
    """Gives the layers after the network random weights."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            keras_models.randomize(layer)
    return model


# Forms.


@pytest.mark.parametrize("form", _WEIGHTS_FORMS + _MODEL_FORMS)
def test_logits_are_those_of_keras(form, model, tmp_path):
    path = _save(model, tmp_path / form)

    _check(model, path)
    opened = _open(path)
    assert opened.facts.num_classes == 7
    assert opened.facts.image_size == (32 if form in _MODEL_FORMS else None)


def test_keras_files_of_keras_2_12_are_hdf5(model, tmp_path):
    path = _save(model, tmp_path / "whole.h5")

    _check(model, shutil.move(path, tmp_path / "net.keras"))


@pytest.mark.parametrize("name", ["net.keras", "net.h5", "net"])
@pytest.mark.parametrize("content", [None, b"", b"neither"])
def test_other_files_are_refused(content, name, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    assert name in _refusal(tmp_path / name)


def test_a_compiled_model_has_an_optimizer_that_is_left_out(model, tmp_path):
    trained = keras.models.clone_model(model)
    trained.compile("adam", "mse")
    trained.optimizer.build(trained.trainable_variables)
    keras_models.randomize(trained)

    for form in ("net", "whole.h5", "whole.keras"):
        _check(trained, _save(trained, tmp_path / form))


@pytest.mark.parametrize("file", ["model.weights.h5", "model.keras", "model.h5"])
def test_logits_are_those_of_the_newest_keras(file):
    golden = np.load(_GOLDEN / "model.npz")

    found = keras_models.compute_logits(
        _GOLDEN / file, golden["pixels"].astype(np.float32)
    )

    assert keras_models.relative_difference(found, golden["model"]) < _CLOSE


@pytest.mark.parametrize("file", ["nested.weights.h5", "nested.keras", "nested.h5"])
def test_logits_are_those_of_a_model_around_the_network_in_the_newest_keras(file):
    golden = np.load(_GOLDEN / "model.npz")

    found = keras_models.compute_logits(
        _GOLDEN / file, golden["pixels"].astype(np.float32)
    )

    assert keras_models.relative_difference(found, golden["nested"]) < _CLOSE


def test_logits_are_those_of_the_package_efficientnet():
    path, golden = _GOLDEN / "efficientnet.h5", np.load(_GOLDEN / "efficientnet.npz")

    found = keras_models.compute_logits(path, golden["pixels"].astype(np.float32))

    assert _open(path).facts.preprocessing == "imagenet"
    assert keras_models.relative_difference(found, golden["logits"]) < _CLOSE


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 2])
def test_logits_of_a_variant_are_those_of_keras(number, tmp_path):
    build = getattr(keras.applications, f"EfficientNetB{number}")
    network = config_lib.get_config(f"efficientnet-b{number}")
    model = build(weights=None, input_shape=(64, 64, 3), classifier_activation=None)
    keras_models.randomize(model, gain=3)
    pixels = keras_models.draw_pixels(64)
    expected = model(pixels, training=False).numpy()

    found = keras_models.compute_logits(
        _save(model, tmp_path / "net.weights.h5"), pixels, network
    )

    assert keras_models.relative_difference(found, expected) < _CLOSE


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


def _functional(base):
    images = keras.Input([32, 32, 3])
    features = keras.layers.GlobalAveragePooling2D()(base(images, training=False))
    return keras.Model(images, keras.layers.Dense(5, name="flowers")(features))


def _one_graph(base):
    """The layers of the network are layers of the whole model."""
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(base.input, keras.layers.Dense(5, use_bias=False)(features))


@pytest.mark.parametrize(
    ("build", "form"),
    [(_sequential, form) for form in _WEIGHTS_FORMS + _MODEL_FORMS]
    + [(_functional, "net.weights.h5"), (_functional, "whole.h5")]
    + [(_one_graph, form) for form in ("net.weights.h5", "net", "whole.keras")],
)
def test_the_network_in_a_model_is_found(build, form, base, tmp_path):
    model = build(base)
    model(np.zeros([1, 32, 32, 3], np.float32))
    _finish(model)

    _check(model, _save(model, tmp_path / form))


@pytest.mark.parametrize("form", ["net.weights.h5", "net.h5"])
def test_frozen_layers_change_nothing(form, base, tmp_path):
    model = _functional(base)
    _finish(model)
    expected = model(keras_models.draw_pixels(32)).numpy()
    for layer in base.layers[::2]:
        layer.trainable = False
    path = _save(model, tmp_path / form)
    for layer in base.layers:
        layer.trainable = True

    found = keras_models.compute_logits(path, keras_models.draw_pixels(32))

    assert keras_models.relative_difference(found, expected) < _CLOSE


@pytest.mark.parametrize("form", ["net.weights.h5", "net.h5"])
def test_a_network_without_classifier_gives_features(form, base, tmp_path):
    path = _save(base, tmp_path / form)
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)

    _check(keras.Model(base.input, pooled), path)
    assert _open(path).facts.num_classes is None


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
def test_a_head_that_is_not_one_layer_is_refused(head, form, base, tmp_path):
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    path = _save(keras.Model(base.input, head(features)), tmp_path / form)

    opened = _open(path)
    assert opened.facts.num_classes is None
    with pytest.raises(errors.InputError, match="2 layers after .*--new_classifier"):
        opened.read(keras_models.TINY, _shapes(), "auto", False)


def test_a_new_classifier_replaces_any_head(base, tmp_path):
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    model = keras.Model(base.input, _hidden(features))
    path = _save(model, tmp_path / "net.h5")
    body = {n: s for n, s in _shapes().items() if "/dense/" not in n}

    weights = _open(path).read(keras_models.TINY, body, "auto", new_classifier=True)

    assert set(weights.values) == set(body)
    assert any("left out" in note and "'dense" in note for note in weights.notes)


def test_a_model_without_top_has_no_classifier(base, tmp_path):
    opened = _open(_save(base, tmp_path / "net.h5"))

    with pytest.raises(errors.InputError, match="found none.*--task=feature-vector"):
        opened.read(keras_models.TINY, _shapes(), "auto", False)


def test_the_greatest_features_are_refused(base, tmp_path):
    features = keras.layers.GlobalMaxPooling2D()(base.output)
    model = keras.Model(base.input, keras.layers.Dense(5)(features))
    opened = _open(_save(model, tmp_path / "whole.keras"))

    with pytest.raises(errors.InputError, match="greatest value"):
        opened.read(keras_models.TINY, _shapes(), "auto", False)


# Normalization.


def test_a_network_that_was_made_without_weights_does_not_normalize(tmp_path):
    model = keras_models.build_small(classes=7, classifier_activation=None)
    keras_models.randomize(model)
    path = _save(model, tmp_path / "net.h5")

    assert _open(path).facts.preprocessing == "0.0,0.0,0.0/1.0,1.0,1.0"
    _check(model, path)


@pytest.fixture(name="imagenet")
def _imagenet(base, tmp_path, monkeypatch):
    """A model as `weights="imagenet"` makes it, of weights that are made here."""
    from keras.src.applications import efficientnet

    keras_models.set_normalization(base, _IMAGENET_MEAN, _IMAGENET_DEVIATION)
    file = _save(base, tmp_path / "downloaded.h5")
    keras_models.set_normalization(base, _MEAN, _VARIANCE)
    monkeypatch.setattr(efficientnet.data_utils, "get_file", lambda *_, **__: file)
    model = keras_models.build_small(
        weights="imagenet", include_top=False, model_name="efficientnetb0"
    )
    assert [type(layer).__name__ for layer in model.layers].count("Rescaling") == 2
    return _finish(_functional(model))


@pytest.mark.parametrize("form", ["net.weights.h5", "whole.h5", "whole.keras"])
def test_the_variances_of_imagenet_are_deviations(form, imagenet, tmp_path):
    path = _save(imagenet, tmp_path / form)

    assert _open(path).facts.preprocessing == "imagenet"
    _check(imagenet, path)


def test_the_configuration_says_whether_they_are(imagenet, base, tmp_path):
    """A program can load the weights of ImageNet from a file."""
    keras_models.set_normalization(base, _IMAGENET_MEAN, _IMAGENET_DEVIATION)
    path = _save(base, tmp_path / "whole.keras")
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)

    _check(keras.Model(base.input, pooled), path)
    assert _open(path).facts.preprocessing != "imagenet"

    keras_models.set_normalization(base, _MEAN, _VARIANCE)


def test_other_layers_that_scale_images_are_reported(base, tmp_path):
    images = keras.Input([32, 32, 3])
    features = base(keras.layers.Rescaling(255.0, name="to_255")(images))
    path = _save(keras.Model(images, features), tmp_path / "whole.keras")

    assert any("to_255" in note for note in _open(path).notes)


def test_a_layer_that_a_normalization_cannot_express_is_refused(tmp_path):
    images = keras.Input([32, 32, 3])
    model = keras_models.build_small(
        input_tensor=images, classes=7, classifier_activation=None
    )
    config = model.get_config()
    for layer in config["layers"]:
        if layer["class_name"] == "Rescaling":
            layer.update(
                class_name="GaussianNoise", config={"name": "n", "stddev": 1.0}
            )
            layer["name"] = "n"
        if layer["class_name"] == "Normalization":
            layer["inbound_nodes"] = [[["n", 0, 0, {}]]]
    path = _save(keras.Model.from_config(config), tmp_path / "whole.h5")

    assert "'n' of the class GaussianNoise" in _refusal(path)


@pytest.mark.parametrize(
    ("mean", "variance"),
    [((0, 0, np.nan), (1, 1, 1)), ((0, 0, 0), (1, 1, -1)), ((0, 0, 0), (1, 0, 1))],
)
def test_a_normalization_of_damaged_numbers_is_refused(mean, variance, model, tmp_path):
    damaged = keras.models.clone_model(model)
    keras_models.set_normalization(damaged, mean, variance)

    assert "positive variance" in _refusal(_save(damaged, tmp_path / "net.h5"))


# Other networks.


@pytest.mark.parametrize("form", ["net.weights.h5", "net.h5", "net"])
def test_two_networks_are_refused_by_name(form, base, tmp_path):
    other = keras_models.build_small(include_top=False, model_name="other")
    images = keras.Input([32, 32, 3])
    model = keras.Model(images, keras.layers.add([base(images), other(images)]))

    message = _refusal(_save(model, tmp_path / form))

    assert "must hold one EfficientNet" in message
    assert message.count("efficientnet-b0 in ") == 2


@pytest.mark.parametrize("form", ["net.weights.h5", "net.h5"])
def test_another_variant_is_refused(form, tmp_path):
    deep = keras_models.build_small(include_top=False, depth_coefficient=2.0)
    path = _save(deep, tmp_path / form)

    assert "another variant" in _refusal(path) or "another network" in _refusal(path)


def test_a_network_without_depthwise_convolutions_is_refused(tmp_path):
    images = keras.Input([32, 32, 3])
    model = keras.Model(images, keras.layers.Conv2D(8, 3)(images))

    assert "must hold the layers" in _refusal(_save(model, tmp_path / "net.h5"))
    assert "must hold the layers" in _refusal(_save(model, tmp_path / "net.weights.h5"))


def test_lite_variants_are_not_of_keras(model, tmp_path):
    lite = config_lib.get_config("efficientnet-lite0")

    assert "squeeze-and-excite" in _refusal(_save(model, tmp_path / "net.h5"), lite)


# What is reported.


def test_weights_say_where_they_come_from(model, tmp_path):
    path = _save(model, tmp_path / "net.weights.h5")

    weights = _open(path).read(keras_models.TINY, _shapes(), "auto", False)

    assert weights.provenance.source == "Keras file net.weights.h5"
    assert weights.files == source.hash_files([path])
    assert weights.trained
    assert os.path.basename(path) in weights.notes[0]
