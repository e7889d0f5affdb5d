"""Weights of `tiny`, as checkpoints hold them, and a function that reads them."""

from __future__ import annotations

import pathlib
import tarfile
import time

import numpy as np
import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import downloads, loading, source

_AVERAGE = "/ExponentialMovingAverage"


@pytest.fixture(name="read")
def _read(tiny, shapes):
    """Returns a function that reads weights for `tiny`."""

    def _read(path, **options) -> source.Weights:
        return loading.load(str(path), tiny, shapes, **options)

    return _read


@pytest.fixture(name="raw")
def _raw(trained, shapes) -> dict[str, np.ndarray]:
    """Each variable's own value, as a program without averages would save it."""
    return {name: trained.entries[name] for name in shapes}


@pytest.fixture(name="averages")
def _averages(trained, shapes) -> dict[str, np.ndarray]:
    return {name: trained.entries[name + _AVERAGE] for name in shapes}


@pytest.fixture(name="without_classifier")
def _without_classifier(tiny, shapes):
    network = config_lib.get_config(tiny, num_classes=None)
    kept = {
        n: shape
        for n, shape in shapes.items()
        if not n.startswith("efficientnet-b0/head/dense/")
    }
    return network, kept


@pytest.fixture(name="bucket")
def _bucket(trained, tmp_path) -> pathlib.Path:
    """The publisher's archive of b0 in its folder, with the weights of `tiny`."""
    path = tmp_path / "bucket" / "ckptsaug" / "efficientnet-b0.tar.gz"
    path.parent.mkdir(parents=True)
    with tarfile.open(str(path), "w:gz") as tar:
        tar.add(str(pathlib.Path(trained.prefix).parent), "efficientnet-b0")
    return tmp_path / "bucket"


@pytest.fixture(name="cache")
def _cache(tmp_path, monkeypatch) -> pathlib.Path:
    """An empty cache. Downloads do not pause before they try again."""
    monkeypatch.setenv(downloads.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return tmp_path / "cache"


@pytest.fixture(name="download")
def _download(tiny, shapes, cache, monkeypatch):
    """Returns a function that reads b0's weights from an address."""

    def download(address) -> source.Weights:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, address)
        return loading.load("imagenet", tiny, shapes)

    return download


@pytest.fixture(scope="module", name="keras_model")
def _keras_model():
    """A small network of Keras Applications with classifier. No test may change it."""
    from efficientnet_hub.tests.export.weights import keras_models

    model = keras_models.build_small(classes=7, classifier_activation=None)
    keras_models.randomize(model)
    keras_models.set_normalization(model, keras_models.MEAN, keras_models.VARIANCE)
    return model


@pytest.fixture(scope="module", name="keras_base")
def _keras_base():
    """The same without classifier."""
    from efficientnet_hub.tests.export.weights import keras_models

    base = keras_models.build_small(include_top=False)
    keras_models.randomize(base)
    keras_models.set_normalization(base, keras_models.MEAN, keras_models.VARIANCE)
    return base
