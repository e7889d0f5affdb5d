"""What the params, the labels and the features of an Estimator may be."""

from __future__ import annotations

import dataclasses
import types

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import efficientnet_hub
from efficientnet_hub import dependencies, errors
from efficientnet_hub.builder import estimator_params
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.tests.builder import estimators

_WITHOUT_CLASSIFIER = config_lib.get_config(estimators.MODEL, num_classes=None)


def test_none_means_the_default():
    names = [field.name for field in dataclasses.fields(estimator_params.Params)]
    params = dict(dict.fromkeys(names), model=estimators.MODEL)

    logits = estimators.make_spec("train", params=params).predictions["logits"]

    assert logits.shape[-1] == estimators.MODEL.num_classes


def test_params_may_be_hparams_of_a_tpu_estimator():
    class HParams:
        def values(self):
            return dict(estimators.PARAMS, batch_size=4, use_tpu=False, context=None)

    assert (
        estimators.make_spec("infer", params=HParams()).predictions["logits"].shape[-1]
        == 7
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"model": None}, "params must name the model"),
        ({"model": "resnet"}, "model must be one of efficientnet-b0, .*'resnet'"),
        ({"lr": 0.1}, "other keys than model, num_classes, .* found 'lr'"),
        ({"optimizer": "lars"}, "optimizer must be one of rmsprop, .*'lars'"),
        ({"learning_rate": -0.1}, "learning_rate must be .* at least 0.* -0.1"),
        ({"learning_rate": "fast"}, "learning_rate must be .* found 'fast'"),
        ({"weight_decay": float("nan")}, "weight_decay must be .* found nan"),
        ({"moving_average_decay": 1}, r"moving_average_decay .* \[0, 1\), found 1"),
        ({"label_smoothing": 1.0}, r"label_smoothing .* \[0, 1\), found 1.0"),
        ({"dropout_rate": 1.0}, r"dropout_rate .* \[0, 1\), found 1.0"),
        ({"survival_probability": 0}, r"survival_probability .* \(0, 1\], found 0"),
        ({"batch_norm_momentum": 1.1}, r"batch_norm_momentum .* \[0, 1\], found 1.1"),
        ({"num_classes": 0}, "num_classes must be a positive integer, found 0"),
        (
            {"model": _WITHOUT_CLASSIFIER, "num_classes": None},
            "model must have a classifier",
        ),
    ],
)
def test_refuses_params(params, message):
    with pytest.raises(errors.InputError, match=message):
        estimators.make_spec("train", **params)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "labels must be class ids.* found NoneType"),
        ({"labels": estimators.LABELS}, "labels must be class ids.* found dict"),
        (
            np.eye(7, dtype=np.float32)[estimators.LABELS],
            r"found float32 of shape \(4, 7\)",
        ),
        (estimators.LABELS[:, np.newaxis], r"found int32 of shape \(4, 1\)"),
        (estimators.LABELS.astype(np.uint8), r"found uint8 of shape \(4,\)"),
    ],
)
def test_refuses_labels(labels, message):
    with pytest.raises(errors.InputError, match=message):
        estimators.make_spec("eval", labels=labels)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (
            {"image": estimators.IMAGES},
            r"the key 'images', found the keys \['image'\]",
        ),
        ((255 * estimators.IMAGES).astype(np.uint8), "images must be float32"),
        (
            estimators.IMAGES[..., :1],
            r"images must have shape \[batch, height, width, 3\]",
        ),
    ],
)
def test_refuses_features(features, message):
    with pytest.raises(errors.InputError, match=message):
        estimators.make_spec("infer", features=features)


def test_refuses_a_tensorflow_without_estimator(monkeypatch):
    if hasattr(tf, "estimator"):
        newer = types.SimpleNamespace(
            __version__="2.16.0", compat=types.SimpleNamespace(v1=None)
        )
        monkeypatch.setattr(dependencies, "tensorflow", lambda: newer)

    with pytest.raises(
        errors.DependencyError, match="needs TensorFlow older than 2.16, found 2"
    ):
        efficientnet_hub.model_fn(
            estimators.IMAGES,
            estimators.LABELS,
            "train",
            estimators.PARAMS,
        )
