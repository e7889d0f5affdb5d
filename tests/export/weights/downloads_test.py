"""Weights are downloaded once, again after a failure, and kept if they are whole."""

from __future__ import annotations

import gzip
import pathlib
import sys

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import catalog, downloads, loading, source
from efficientnet_hub.tests.export.weights import file_server

_ARCHIVE = "ckptsaug/efficientnet-b0.tar.gz"


@pytest.fixture(name="download")
def _download(tiny, shapes, cache, monkeypatch):
    """Returns a function that reads b0's weights from an address."""
    pytest.importorskip("pooch")

    def download(address) -> source.Weights:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, address)
        return loading.load("imagenet", tiny, shapes)

    return download


def _assert_averages(weights, trained):
    for name, value in weights.values.items():
        average = trained.entries[name + "/ExponentialMovingAverage"]
        np.testing.assert_array_equal(value, average)


def test_a_checkpoint_is_downloaded_with_a_progress_bar(
    bucket, download, trained, capfd
):
    with file_server.serve(bucket) as address:
        weights = download(address)

    _assert_averages(weights, trained)
    assert "100%" in capfd.readouterr().err
    assert weights.provenance.dataset == "ImageNet (ILSVRC-2012-CLS)"
    assert weights.published_top1 is None  # A mirror may have other weights.
    assert address + "/" + _ARCHIVE in weights.provenance.source
    (digest,) = weights.files.values()
    (published,) = source.hash_files([str(bucket / _ARCHIVE)]).values()
    assert digest == published


def test_each_address_has_its_own_file_in_the_cache(bucket, download, monkeypatch):
    with file_server.serve(bucket) as address:
        download(address)
    with file_server.serve(bucket) as other, pytest.raises(errors.InputError):
        download(other + "/nothing")


def test_an_archive_is_downloaded_once(bucket, download, trained, capfd):
    with file_server.serve(bucket) as address:
        download(address)
    capfd.readouterr()

    weights = download(address)  # The server is gone.

    _assert_averages(weights, trained)
    assert "100%" not in capfd.readouterr().err


def test_the_publishers_bucket_is_the_default(monkeypatch):
    monkeypatch.delenv(downloads.MIRROR_VARIABLE, raising=False)
    record = catalog.find("efficientnet-b7", catalog.IMAGENET_SETS)

    assert downloads.find_address(record.file) == (
        "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet/ckptsaug/"
        "efficientnet-b7.tar.gz"
    )


class _CuttingHandler(file_server.Handler):
    """Announces the whole file, and closes the connection after half of it."""

    def copyfile(self, source, outputfile):
        content = source.read()
        outputfile.write(content[: len(content) // 2])


class _FailingHandler(file_server.Handler):
    """Answers with an error until some requests have failed."""

    failures = 0

    def do_GET(self):  # noqa: N802
        cls = type(self)
        if cls.failures:
            cls.failures -= 1
            self.send_error(503)
        else:
            super().do_GET()


class _CuttingOnceHandler(_CuttingHandler):
    """Sends half of the file to the first request."""

    requests = 0

    def copyfile(self, source, outputfile):
        type(self).requests += 1
        if self.requests == 1:
            super().copyfile(source, outputfile)
        else:
            file_server.Handler.copyfile(self, source, outputfile)


def test_a_download_is_tried_three_times(bucket, download, trained, monkeypatch):
    monkeypatch.setattr(_FailingHandler, "failures", 2)

    with file_server.serve(bucket, _FailingHandler) as address:
        _assert_averages(download(address), trained)


def test_a_download_that_fails_three_times_is_refused(
    bucket, download, cache, monkeypatch
):
    monkeypatch.setattr(_FailingHandler, "failures", 4)

    with file_server.serve(bucket, _FailingHandler) as address:
        assert "503" in _refusal(download, address)

    assert _FailingHandler.failures == 1
    assert _is_empty(cache)


def test_a_download_that_is_cut_short_is_tried_again(
    bucket, download, trained, monkeypatch
):
    monkeypatch.setattr(_CuttingOnceHandler, "requests", 0)

    with file_server.serve(bucket, _CuttingOnceHandler) as address:
        _assert_averages(download(address), trained)

    assert _CuttingOnceHandler.requests == 2


def test_another_sha256_is_refused_and_not_kept(bucket, cache, monkeypatch):
    pytest.importorskip("pooch")
    archive = catalog.Archive(_ARCHIVE, sha256="0" * 64)

    with file_server.serve(bucket) as address:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, address)
        with pytest.raises(errors.InputError, match="does not match the known hash"):
            downloads.fetch(archive)

    assert _is_empty(cache)


def _is_empty(cache: pathlib.Path) -> bool:
    return not cache.exists() or not list(cache.iterdir())


def _refusal(download, address) -> str:
    with pytest.raises(errors.InputError) as caught:
        download(address)
    assert address + "/" + _ARCHIVE in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_download_that_is_always_cut_short_is_not_kept(
    bucket, download, cache, trained
):
    with file_server.serve(bucket, _CuttingHandler) as address:
        _refusal(download, address)

    assert _is_empty(cache)
    with file_server.serve(bucket) as address:
        _assert_averages(download(address), trained)


@pytest.mark.parametrize("cut", [0, 100, -1])
def test_a_truncated_archive_is_refused_and_not_kept(cut, bucket, download, cache):
    content = (bucket / _ARCHIVE).read_bytes()
    (bucket / _ARCHIVE).write_bytes(content[:cut])

    with file_server.serve(bucket) as address:
        assert "truncated" in _refusal(download, address)

    assert _is_empty(cache)


def test_a_page_instead_of_an_archive_is_refused_and_not_kept(bucket, download, cache):
    (bucket / _ARCHIVE).write_text("<html>Please log in</html>")

    with file_server.serve(bucket) as address:
        assert "must be a whole .tar.gz" in _refusal(download, address)

    assert _is_empty(cache)


@pytest.mark.parametrize(
    "content", [b"Not a tar. " * 100, b"", bytes(1024)], ids=["text", "empty", "tar"]
)
def test_a_sound_gzip_without_a_checkpoint_is_refused_and_not_kept(
    content, bucket, download, cache, trained
):
    sound = (bucket / _ARCHIVE).read_bytes()
    (bucket / _ARCHIVE).write_bytes(gzip.compress(content))

    with file_server.serve(bucket) as address:
        assert " must " in _refusal(download, address)
        assert _is_empty(cache)
        (bucket / _ARCHIVE).write_bytes(sound)
        _assert_averages(download(address), trained)


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_mirror_is_none(value, monkeypatch):
    monkeypatch.setenv(downloads.MIRROR_VARIABLE, value)
    record = catalog.find("efficientnet-b7", catalog.IMAGENET_SETS)

    assert not downloads.is_mirrored()
    assert downloads.find_address(record.file) == record.file.address


def test_a_missing_file_is_refused(bucket, download, cache):
    (bucket / _ARCHIVE).unlink()

    with file_server.serve(bucket) as address:
        message = _refusal(download, address)

    assert "404" in message and downloads.MIRROR_VARIABLE in message
    assert _is_empty(cache)


def test_a_missing_connection_is_refused(bucket, download, cache):
    with file_server.serve(bucket) as address:
        pass

    assert "is there a connection, or" in _refusal(download, address)
    assert _is_empty(cache)


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("package", ["pooch", "tqdm"])
def test_a_missing_package_is_reported(package, tiny, shapes, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(errors.DependencyError, match=r"'efficientnet-hub\[download\]'"):
        loading.load("imagenet", tiny, shapes)
