"""The normalization of images that networks of Keras compute themselves."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import keras_models

keras = pytest.importorskip("keras")

_IMAGENET_MEAN, _IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.slow
def test_a_network_that_was_made_without_weights_does_not_normalize(tmp_path):
    model = keras_models.build_small(classes=7, classifier_activation=None)
    keras_models.randomize(model)
    path = keras_models.save(model, tmp_path / "net.h5")

    assert keras_models.open_file(path).facts.preprocessing == "0.0,0.0,0.0/1.0,1.0,1.0"
    keras_models.check(model, path)


@pytest.fixture(name="imagenet")
def _imagenet(keras_base, tmp_path, monkeypatch):
    """A model as `weights="imagenet"` makes it, of weights that are made here."""
    from keras.src.applications import efficientnet

    keras_models.set_normalization(keras_base, _IMAGENET_MEAN, _IMAGENET_DEVIATION)
    file = keras_models.save(keras_base, tmp_path / "downloaded.h5")
    keras_models.set_normalization(keras_base, keras_models.MEAN, keras_models.VARIANCE)
    monkeypatch.setattr(efficientnet.data_utils, "get_file", lambda *_, **__: file)
    model = keras_models.build_small(
        weights="imagenet", include_top=False, model_name="efficientnetb0"
    )
    assert [type(layer).__name__ for layer in model.layers].count("Rescaling") == 2
    return keras_models.finish(keras_models.build_functional(model))


@pytest.mark.parametrize(
    "form", cases.slow_after(1, ["whole.keras", "net.weights.h5", "whole.h5"])
)
def test_the_variances_of_imagenet_are_deviations(form, imagenet, tmp_path):
    path = keras_models.save(imagenet, tmp_path / form)

    assert keras_models.open_file(path).facts.preprocessing == "imagenet"
    keras_models.check(imagenet, path)


@pytest.mark.slow
def test_the_configuration_says_whether_they_are(imagenet, keras_base, tmp_path):
    """A program can load the weights of ImageNet from a file."""
    keras_models.set_normalization(keras_base, _IMAGENET_MEAN, _IMAGENET_DEVIATION)
    path = keras_models.save(keras_base, tmp_path / "whole.keras")
    pooled = keras.layers.GlobalAveragePooling2D()(keras_base.output)

    keras_models.check(keras.Model(keras_base.input, pooled), path)
    assert keras_models.open_file(path).facts.preprocessing != "imagenet"

    keras_models.set_normalization(keras_base, keras_models.MEAN, keras_models.VARIANCE)


def test_other_layers_that_scale_images_are_reported(keras_base, tmp_path):
    images = keras.Input([32, 32, 3])
    features = keras_base(keras.layers.Rescaling(255.0, name="to_255")(images))
    path = keras_models.save(keras.Model(images, features), tmp_path / "whole.keras")

    assert any("to_255" in note for note in keras_models.open_file(path).notes)


@pytest.mark.slow
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
    path = keras_models.save(keras.Model.from_config(config), tmp_path / "whole.h5")

    assert "'n' of the class GaussianNoise" in keras_models.refusal(path)


@pytest.mark.parametrize(
    ("mean", "variance"),
    cases.slow_after(
        1,
        [((0, 0, np.nan), (1, 1, 1)), ((0, 0, 0), (1, 1, -1)), ((0, 0, 0), (1, 0, 1))],
    ),
)
def test_a_normalization_of_damaged_numbers_is_refused(
    mean, variance, keras_model, tmp_path
):
    damaged = keras.models.clone_model(keras_model)
    keras_models.set_normalization(damaged, mean, variance)

    assert "positive variance" in keras_models.refusal(
        keras_models.save(damaged, tmp_path / "net.h5")
    )
