"""Downloads continue where they were interrupted, and end at a limit."""

from __future__ import annotations

import gzip
import time

import pytest

from efficientnet_hub.export.weights import downloads
from efficientnet_hub.tests.export.weights import downloaded, file_server

# Interruptions.


def test_an_interrupted_download_is_continued(bucket, download, trained):
    handler = file_server.make_handler(cuts=[100, 1000])

    with file_server.serve(bucket, handler) as address:
        downloaded.assert_averages(download(address), trained)

    assert handler.ranges == [None, "bytes=100-", "bytes=1100-"]


def test_the_next_command_continues_a_download(bucket, download, trained, cache):
    handler = file_server.make_handler(cuts=[100, 0, 0])
    with file_server.serve(bucket, handler) as address:
        assert "after 100 of" in downloaded.refusal(download, address)
        assert len(downloaded.list_files(cache)) == 2  # The part, and its tag.

        downloaded.assert_averages(download(address), trained)

    assert handler.ranges == [None, *["bytes=100-"] * 3]
    assert [path.name for path in downloaded.list_files(cache)] == [
        "efficientnet-b0.tar.gz"
    ]


def test_a_file_that_was_replaced_is_downloaded_as_a_whole(
    bucket, download, trained, cache
):
    content = (bucket / downloaded.ARCHIVE).read_bytes()
    handler = file_server.make_handler(cuts=[100, 0, 0])
    with file_server.serve(bucket, handler) as address:
        (bucket / downloaded.ARCHIVE).write_bytes(b"old" + content)
        downloaded.refusal(download, address)
        (bucket / downloaded.ARCHIVE).write_bytes(content)
        handler.tag = '"2"'

        downloaded.assert_averages(download(address), trained)


def test_a_part_of_another_file_is_not_used(bucket, download, trained, cache):
    # The server says that it has the same file.
    content = (bucket / downloaded.ARCHIVE).read_bytes()
    handler = file_server.make_handler(cuts=[100, 0, 0])
    with file_server.serve(bucket, handler) as address:
        (bucket / downloaded.ARCHIVE).write_bytes(b"old" + content)
        downloaded.refusal(download, address)
        (bucket / downloaded.ARCHIVE).write_bytes(content)

        downloaded.assert_averages(download(address), trained)

    assert handler.ranges[-2:] == ["bytes=100-", None]


def test_a_part_that_is_too_long_is_not_used(bucket, download, trained, cache):
    handler = file_server.make_handler(cuts=[100, 0, 0])
    with file_server.serve(bucket, handler) as address:
        downloaded.refusal(download, address)
        (part,) = cache.rglob("*.part")
        part.write_bytes(b"x" * 10**6)

        downloaded.assert_averages(download(address), trained)


@pytest.mark.parametrize("validator", [b"", b"\xff", b"a\nb", b"a" * 2000])
def test_a_part_with_a_damaged_tag_is_not_used(
    validator, bucket, download, trained, cache
):
    handler = file_server.make_handler(cuts=[100, 0, 0])
    with file_server.serve(bucket, handler) as address:
        downloaded.refusal(download, address)
        (tag,) = cache.rglob("*.validator")
        tag.write_bytes(validator)

        downloaded.assert_averages(download(address), trained)

    assert handler.ranges[-1] is None


@pytest.mark.parametrize("tag", ["", 'W/"1"'])
def test_a_file_without_a_strong_tag_is_not_continued(
    tag, bucket, download, trained, cache
):
    handler = file_server.make_handler(cuts=[100], tag=tag)
    with file_server.serve(bucket, handler) as address:
        downloaded.assert_averages(download(address), trained)

    assert handler.ranges == [None, None]


def test_attempts_that_bring_much_do_not_count(bucket, download, trained, monkeypatch):
    monkeypatch.setattr(downloads, "_PROGRESS_BYTES", 1000)
    handler = file_server.make_handler(cuts=[1000] * 5)
    with file_server.serve(bucket, handler) as address:
        downloaded.assert_averages(download(address), trained)

    assert len(handler.ranges) == 6


# Limits.


def test_a_file_that_is_too_large_is_not_downloaded(
    bucket, download, cache, monkeypatch
):
    monkeypatch.setattr(downloads, "_MAX_BYTES", 1000)
    handler = file_server.make_handler()
    with file_server.serve(bucket, handler) as address:
        assert "a file of more than 1000 bytes" in downloaded.refusal(download, address)

    assert len(handler.ranges) == 1
    assert downloaded.is_empty(cache)


# `int` reads the first two, or fails at what `str.isdigit` allows.
@pytest.mark.parametrize(
    ("size", "found"),
    [
        ("\u00b2", "the size '\u00b2'"),
        ("+5", "the size '+5'"),
        ("-5", "the size '-5'"),
        ("five", "the size 'five'"),
        ("1" + "0" * 29, "a file of more than"),
        ("9" * 5000, "a file of more than"),
    ],
)
def test_an_impossible_size_is_refused(
    size, found, bucket, download, cache, monkeypatch
):
    class _LyingHandler(file_server.Handler):
        def send_header(self, keyword, value):
            super().send_header(keyword, size if keyword == "Content-Length" else value)

    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with file_server.serve(bucket, _LyingHandler) as address:
        assert found in downloaded.refusal(download, address)

    assert downloaded.is_empty(cache)


class _EndlessHandler(file_server.Handler):
    """Says no size, and sends zeros for as long as there is a reader."""

    def do_GET(self):  # noqa: N802
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(2**16))
        except OSError:
            pass


def test_a_file_without_an_end_is_refused(bucket, download, cache, monkeypatch):
    monkeypatch.setattr(downloads, "_MAX_BYTES", 2**20)

    with file_server.serve(bucket, _EndlessHandler) as address:
        assert "a file of more than 1048576 bytes" in downloaded.refusal(
            download, address
        )

    assert downloaded.is_empty(cache)


def test_a_file_without_a_size_is_downloaded(bucket, download, trained):
    class Handler(file_server.Handler):
        def send_header(self, keyword, value):
            if keyword != "Content-Length":
                super().send_header(keyword, value)

    with file_server.serve(bucket, Handler) as address:
        downloaded.assert_averages(download(address), trained)


def test_an_archive_that_unpacks_to_too_much_is_refused(
    bucket, download, cache, monkeypatch
):
    (bucket / downloaded.ARCHIVE).write_bytes(gzip.compress(bytes(10**7)))
    monkeypatch.setattr(downloads, "_MAX_BYTES", 10**6)

    with file_server.serve(bucket) as address:
        downloaded.refusal(download, address)

    assert downloaded.is_empty(cache)
