"""Weights are downloaded once, again after a failure, and kept if they are whole."""

from __future__ import annotations

import gzip
import os
import pathlib
import shutil
import sys
from concurrent import futures

import pytest

from efficientnet_hub import digests, errors
from efficientnet_hub.export.weights import downloads, loading, source
from efficientnet_hub.tests import fresh_process
from efficientnet_hub.tests.export.weights import downloaded, file_server


def test_a_checkpoint_is_downloaded(bucket, download, trained, capfd):
    with file_server.serve(bucket) as address:
        weights = download(address)

    downloaded.assert_averages(weights, trained)
    assert capfd.readouterr().err == ""  # A log is no terminal.
    assert weights.provenance.dataset == "ImageNet (ILSVRC-2012-CLS)"
    assert weights.published_top1 is None  # A mirror may have other weights.
    assert address + "/" + downloaded.ARCHIVE in weights.provenance.source
    assert "trained with AutoAugment (arXiv:1805.09501)" in weights.provenance.source
    ((name, digest),) = weights.files.items()
    assert name == "efficientnet-b0.tar.gz"
    (published,) = source.hash_files([str(bucket / downloaded.ARCHIVE)]).values()
    assert digest == published


def test_each_address_has_its_own_file_in_the_cache(bucket, download, monkeypatch):
    with file_server.serve(bucket) as address:
        download(address)
    with file_server.serve(bucket) as other, pytest.raises(errors.InputError):
        download(other + "/nothing")


@pytest.mark.usefixtures("cache")
def test_a_terminal_shows_the_progress(bucket, download, monkeypatch, capsys):
    pytest.importorskip("tqdm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    with file_server.serve(bucket) as address:
        download(address)

    assert "100%" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_a_terminal_without_tqdm_shows_no_progress(
    bucket, download, trained, monkeypatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "tqdm", None)

    with file_server.serve(bucket) as address:
        downloaded.assert_averages(download(address), trained)


def test_an_archive_is_downloaded_once(bucket, download, trained):
    with file_server.serve(bucket) as address:
        download(address)

    weights = download(address)  # The server is gone.

    downloaded.assert_averages(weights, trained)


_PUBLISHED = "https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet"


@pytest.mark.parametrize("value", [None, "", " "])
def test_the_publishers_bucket_is_the_default(value, monkeypatch):
    monkeypatch.delenv(downloads.MIRROR_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, value)

    address = downloads.locate(f"{_PUBLISHED}/{downloaded.ARCHIVE}")

    assert address.url == f"{_PUBLISHED}/{downloaded.ARCHIVE}"
    assert not address.of_mirror


@pytest.mark.parametrize(
    "text",
    [
        f"{_PUBLISHED}/{downloaded.ARCHIVE}",
        f"gs://cloud-tpu-checkpoints/efficientnet/{downloaded.ARCHIVE}",
    ],
)
def test_a_mirror_may_be_without_encryption(text, monkeypatch):
    monkeypatch.setenv(downloads.MIRROR_VARIABLE, "http://user:s3cret@mirror.test/a/")

    address = downloads.locate(f"{text}#sha256={'0' * 64}")

    assert address.url == f"http://mirror.test/a/{downloaded.ARCHIVE}"
    assert address.of_mirror
    assert address.credentials == "user:s3cret"
    assert address.sha256 == "0" * 64


def test_another_address_is_not_that_of_a_mirror(monkeypatch):
    monkeypatch.setenv(downloads.MIRROR_VARIABLE, "http://mirror.test")

    assert downloads.locate("gs://bucket/b0.pth").url.endswith("com/bucket/b0.pth")


def test_a_mirror_that_is_no_address_is_refused(monkeypatch):
    monkeypatch.setenv(downloads.MIRROR_VARIABLE, "ftp://mirror.test")

    with pytest.raises(errors.InputError, match="'ftp'"):
        downloads.locate(f"{_PUBLISHED}/{downloaded.ARCHIVE}")


def test_a_bucket_of_google_is_read_by_its_name(
    bucket, cache, tiny, shapes, trained, monkeypatch
):
    with file_server.serve(bucket) as address:
        monkeypatch.setenv(downloads.MIRROR_VARIABLE, address)
        weights = loading.load(
            f"gs://cloud-tpu-checkpoints/efficientnet/{downloaded.ARCHIVE}",
            tiny,
            shapes,
        )

    downloaded.assert_averages(weights, trained)


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
        downloaded.assert_averages(download(address), trained)


def test_a_download_that_fails_three_times_is_refused(
    bucket, download, cache, monkeypatch
):
    monkeypatch.setattr(_FailingHandler, "failures", 4)

    with file_server.serve(bucket, _FailingHandler) as address:
        assert "503" in downloaded.refusal(download, address)

    assert _FailingHandler.failures == 1
    assert downloaded.is_empty(cache)


def test_a_download_that_is_cut_short_is_tried_again(
    bucket, download, trained, monkeypatch
):
    monkeypatch.setattr(_CuttingOnceHandler, "requests", 0)

    with file_server.serve(bucket, _CuttingOnceHandler) as address:
        downloaded.assert_averages(download(address), trained)

    assert _CuttingOnceHandler.requests == 2


def _hash_address(bucket, address, digest=None) -> str:
    digest = digest or digests.of_file(str(bucket / downloaded.ARCHIVE))
    return f"{address}/{downloaded.ARCHIVE}#sha256={digest}"


def test_another_sha256_is_refused_and_not_kept(bucket, cache, tiny, shapes):
    with file_server.serve(bucket) as address:
        text = _hash_address(bucket, address, "0" * 64)
        with pytest.raises(errors.InputError, match="must have the SHA-256 0{64}"):
            loading.load(text, tiny, shapes)

    assert downloaded.is_empty(cache)


def test_a_file_with_its_sha256_is_downloaded_once(
    bucket, cache, tiny, shapes, trained
):
    with file_server.serve(bucket) as address:
        text = _hash_address(bucket, address)
        loading.load(text, tiny, shapes)

    downloaded.assert_averages(loading.load(text, tiny, shapes), trained)


def test_a_damaged_file_in_the_cache_is_downloaded_again(
    bucket, cache, tiny, shapes, trained
):
    with file_server.serve(bucket) as address:
        text = _hash_address(bucket, address)
        path = pathlib.Path(downloads.fetch(downloads.locate(text)))
        path.write_bytes(path.read_bytes()[:-1])

        downloaded.assert_averages(loading.load(text, tiny, shapes), trained)


def test_a_download_that_is_always_cut_short_is_not_kept(
    bucket, download, cache, trained
):
    with file_server.serve(bucket, _CuttingHandler) as address:
        downloaded.refusal(download, address)

    assert downloaded.is_empty(cache)
    with file_server.serve(bucket) as address:
        downloaded.assert_averages(download(address), trained)


@pytest.mark.parametrize("cut", [0, 100, -1])
def test_a_truncated_archive_is_refused_and_not_kept(cut, bucket, download, cache):
    content = (bucket / downloaded.ARCHIVE).read_bytes()
    (bucket / downloaded.ARCHIVE).write_bytes(content[:cut])

    with file_server.serve(bucket) as address:
        assert "truncated" in downloaded.refusal(download, address)

    assert downloaded.is_empty(cache)


def test_a_page_instead_of_an_archive_is_refused_and_not_kept(bucket, download, cache):
    (bucket / downloaded.ARCHIVE).write_text("<html>Please log in</html>")

    with file_server.serve(bucket) as address:
        assert "found a web page there" in downloaded.refusal(download, address)

    assert downloaded.is_empty(cache)


@pytest.mark.parametrize(
    "content", [b"Not a tar. " * 100, b"", bytes(1024)], ids=["text", "empty", "tar"]
)
def test_a_sound_gzip_without_a_checkpoint_is_refused_and_not_kept(
    content, bucket, download, cache, trained
):
    sound = (bucket / downloaded.ARCHIVE).read_bytes()
    (bucket / downloaded.ARCHIVE).write_bytes(gzip.compress(content))

    with file_server.serve(bucket) as address:
        assert " must " in downloaded.refusal(download, address)
        assert downloaded.is_empty(cache)
        (bucket / downloaded.ARCHIVE).write_bytes(sound)
        downloaded.assert_averages(download(address), trained)


@pytest.mark.parametrize("content", [b"", b"Not found\n", b"\0" * 1000])
@pytest.mark.parametrize(
    "name", ["w.pth", "w.pt", "w.safetensors", "w.weights.h5", "w.keras", "w.bin"]
)
def test_a_file_of_another_kind_is_refused_and_not_kept(name, content, tmp_path, cache):
    (tmp_path / name).write_bytes(content)

    with file_server.serve(tmp_path) as address, pytest.raises(
        errors.InputError, match=f"a file such as '{name}', found .*: is it of another"
    ):
        downloads.fetch(downloads.locate(f"{address}/{name}"))

    assert downloaded.is_empty(cache)


def test_a_missing_file_is_refused(bucket, download, cache):
    (bucket / downloaded.ARCHIVE).unlink()

    with file_server.serve(bucket) as address:
        message = downloaded.refusal(download, address)

    assert "404" in message and downloads.MIRROR_VARIABLE in message
    assert downloaded.is_empty(cache)


def test_a_missing_connection_is_refused(bucket, download, cache):
    with file_server.serve(bucket) as address:
        pass

    message = downloaded.refusal(download, address)
    assert "found no connection (Connection refused)" in message
    assert downloaded.is_empty(cache)


# The cache.


_FETCH = """
from efficientnet_hub.export.storage import folder_locks
from efficientnet_hub.export.weights import downloads

def refuse_lock(folder, wait):
    raise OSError(95, "Operation not supported")

if not {has_locks}:
    folder_locks.lock = refuse_lock
print(downloads.fetch(downloads.locate({text!r})), end="")
"""


@pytest.mark.parametrize("has_locks", [True, False])
def test_processes_download_the_same_file(has_locks, bucket, cache):
    handler = file_server.make_handler()
    with file_server.serve(bucket, handler) as address:
        program = _FETCH.format(
            has_locks=has_locks, text=f"{address}/{downloaded.ARCHIVE}"
        )
        with futures.ThreadPoolExecutor(4) as pool:
            found = set(pool.map(fresh_process.run, [program] * 4))

    (path,) = found
    assert digests.of_file(path) == digests.of_file(str(bucket / downloaded.ARCHIVE))
    assert downloaded.list_files(cache) == [pathlib.Path(path)]
    if has_locks:
        assert handler.ranges == [None]


def test_a_cache_that_cannot_be_written_is_refused(bucket, download, cache):
    cache.write_text("a file")

    with file_server.serve(bucket) as address, pytest.raises(
        errors.InputError, match=f"name another folder by {downloads.CACHE_VARIABLE}"
    ):
        download(address)


def test_a_cache_that_is_complete_is_not_written(bucket, download, trained, cache):
    with file_server.serve(bucket) as address:
        download(address)
    shutil.copytree(str(cache), str(cache) + "-copy")
    shutil.rmtree(str(cache))
    os.symlink(str(cache) + "-copy", str(cache))
    before = os.stat(str(cache)).st_mtime_ns

    downloaded.assert_averages(download(address), trained)

    assert os.stat(str(cache)).st_mtime_ns == before


@pytest.mark.parametrize(
    ("base", "expected"), [("/base", "/base/efficientnet-hub"), ("", None)]
)
def test_the_cache_is_where_the_system_has_caches(base, expected, monkeypatch):
    monkeypatch.delenv(downloads.CACHE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", base)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setattr(sys, "platform", "linux")

    found = downloads._find_cache()

    assert found == (expected or "/home/me/.cache/efficientnet-hub")
