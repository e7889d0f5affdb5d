"""`serve` answers over HTTP as caches, browsers and interrupted downloads need it."""

from __future__ import annotations

import errno
import hashlib
import os
import pathlib
import threading

import pytest

from efficientnet_hub import digests
from efficientnet_hub.export.hosting import addresses, server
from efficientnet_hub.tests.export.hosting import answers

_CONTENT = b"tar.gz of me/lite0/classification/10\n"
_SIZE = len(_CONTENT)
_TAG = f'"{hashlib.sha256(_CONTENT).hexdigest()}"'


@pytest.fixture(name="ask_here")
def _ask_here(ask):
    """Returns a function that requests a path of a server in this process."""
    servers = []

    def _ask(folder, path: str, **headers: str):
        if not servers:
            servers.append(server.listen(str(folder), "localhost", 0))
            threading.Thread(target=servers[0].serve_forever, daemon=True).start()
        return ask(f"http://localhost:{servers[0].port}", path, **headers)

    yield _ask
    servers[0].shutdown()


# Published files.


def test_an_archive_is_sent_as_it_is_and_may_be_cached_for_ever(get):
    answer = get(answers.ARCHIVE)

    assert (answer.status, answer.body) == (200, _CONTENT)
    assert answer.headers["Content-Type"] == "application/gzip"
    assert answer.headers["Content-Length"] == str(_SIZE)
    # With an encoding, clients would unpack it.
    assert answer.headers["Content-Encoding"] is None
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == _TAG
    assert answer.headers["Server"].startswith("efficientnet-hub/")
    names = [name.lower() for name in answer.headers]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("ending", "media_type"),
    [
        (".html", "text/html; charset=utf-8"),
        (".md", "text/markdown; charset=utf-8"),
        (".manifest.json", "application/json"),
        (".provenance.json", "application/json"),
    ],
)
def test_other_files_have_their_media_types(ending, media_type, get):
    answer = get(f"/{answers.HANDLE}/10{ending}")

    content = f"{ending[1:]} of {answers.HANDLE}/10\n".encode()
    assert (answer.status, answer.body) == (200, content)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_browser_gets_the_page(get):
    answer = get(f"/{answers.HANDLE}/10", Accept="text/html")

    assert (answer.status, answer.body) == (
        200,
        f"html of {answers.HANDLE}/10\n".encode(),
    )
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", [f"/{answers.HANDLE}/10", answers.ARCHIVE])
def test_the_response_is_the_same_for_all_clients(path, get):
    # So that caches need no Vary.
    answers = {get(path, Accept=kind).body for kind in ("text/html", "*/*", "a/b")}

    assert len(answers) == 1


def test_caches_revalidate_the_list_of_modules_each_time(get):
    answer = get("/")

    assert (answer.status, answer.body) == (200, b"modules")
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_handle_redirects_to_its_newest_version(get):
    answer = get(f"/{answers.HANDLE}?tf-hub-format=compressed")

    assert answer.status == 302
    assert answer.headers["Location"] == answers.ARCHIVE
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "path", [answers.ARCHIVE, "/" + answers.HANDLE, "/", "/nothing/there"]
)
def test_head_sends_the_headers_of_get(path, get):
    head, got = get(path, "HEAD"), get(path)

    def except_date(headers):
        return [(name, value) for name, value in headers.items() if name != "Date"]

    assert head.body == b""
    assert head.status == got.status
    assert except_date(head.headers) == except_date(got.headers)


def test_a_replaced_file_is_sent_with_another_tag(start, publish, ask, tmp_path):
    publish(tmp_path, answers.HANDLE + "/10")
    path, staged = tmp_path / answers.HANDLE / "10.tar.gz", tmp_path / "staged"
    staged.write_bytes(_CONTENT[::-1])
    for each in (path, staged):
        os.utime(str(each), ns=(10**18, 10**18))
    url = start(tmp_path).url
    assert ask(url, answers.ARCHIVE).headers["ETag"] == _TAG
    # The same size and the same time.
    staged.replace(path)

    answer = ask(url, answers.ARCHIVE, If_None_Match=_TAG)

    assert (answer.status, answer.body) == (200, _CONTENT[::-1])
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'


def test_the_tag_of_a_file_is_computed_once(ask_here, folder, monkeypatch, publish):
    publish(folder, "me/tagged/1")
    hashed = []

    def hash_file(path: str) -> str:
        hashed.append(pathlib.Path(path).name)
        return "0" * 64

    monkeypatch.setattr(digests, "of_file", hash_file)

    for headers in ({}, {"Range": "bytes=1-"}, {"If_None_Match": "*"}):
        answer = ask_here(folder, "/me/tagged/1.tar.gz", **headers)
        assert answer.headers["ETag"] == f'"{"0" * 64}"'

    assert hashed == ["1.tar.gz"]


# Conditions and ranges.


@pytest.mark.parametrize("tag", [_TAG, "W/" + _TAG, '"other", ' + _TAG, "*"])
def test_the_same_content_is_not_sent_again(tag, get):
    answer = get(answers.ARCHIVE, If_None_Match=tag)

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == _TAG
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_content_that_has_not_changed_since_is_not_sent_again(get):
    date = get(answers.ARCHIVE).headers["Last-Modified"]

    assert get(answers.ARCHIVE, If_Modified_Since=date).status == 304
    assert (
        get(answers.ARCHIVE, If_Modified_Since=date, If_None_Match=_TAG).status == 304
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"other"'},
        {"If_None_Match": f'"{_TAG[1:9]}"'},
        {"If_Modified_Since": "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"If_Modified_Since": "yesterday"},
        # Another file may have replaced this one, and be older.
        {"If_Modified_Since": "Wed, 21 Oct 2099 07:28:00 GMT"},
    ],
)
def test_other_content_is_sent(headers, get):
    assert get(answers.ARCHIVE, **headers).body == _CONTENT


def test_a_tag_that_must_match_but_does_not_is_refused(get):
    answer = get(answers.ARCHIVE, If_Match='"other"')

    assert answer.status == 412
    assert answer.headers["Cache-Control"] == "no-store"
    assert answers.read_sentence(answer) == (
        "If-Match must name the file's entity tag, found '\"other\"'"
    )
    assert get(answers.ARCHIVE, If_Match=_TAG).body == _CONTENT


def test_a_tag_that_differs_counts_more_than_a_date_that_matches(get):
    date = get(answers.ARCHIVE).headers["Last-Modified"]

    answer = get(answers.ARCHIVE, If_None_Match='"other"', If_Modified_Since=date)

    assert (answer.status, answer.body) == (200, _CONTENT)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", range(0, 1)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=2-", range(2, _SIZE)),
        ("bytes=2-999", range(2, _SIZE)),
        ("bytes=-3", range(_SIZE - 3, _SIZE)),
        (" Bytes = 2 - 4 ", range(2, 5)),
    ],
)
def test_a_range_is_sent_alone(header, part, get):
    answer = get(answers.ARCHIVE, Range=header)

    assert (answer.status, answer.body) == (206, _CONTENT[part[0] : part[-1] + 1])
    expected = f"bytes {part[0]}-{part[-1]}/{_SIZE}"
    assert answer.headers["Content-Range"] == expected
    assert answer.headers["Content-Length"] == str(len(part))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == _TAG


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=4-2",
        "bytes=a-b",
        "bytes=0-1,3-4",
        "bytes=-999",
        "lines=0-1",
        f"bytes={5000 * '9'}-",
    ],
)
def test_a_header_that_is_no_single_range_gives_the_whole_file(header, get):
    answer = get(answers.ARCHIVE, Range=header)

    assert (answer.status, answer.body) == (200, _CONTENT)


def test_a_range_is_for_get_only(get):
    answer = get(answers.ARCHIVE, "HEAD", Range="bytes=2-4")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == str(_SIZE)


def test_a_range_of_the_same_content_is_sent(get):
    answer = get(answers.ARCHIVE, Range="bytes=4-", If_Range=_TAG)

    assert (answer.status, answer.body) == (206, _CONTENT[4:])


@pytest.mark.parametrize("condition", ['"other"', "W/" + _TAG, "", None])
def test_a_range_of_other_content_gives_the_whole_file(condition, get):
    if condition is None:
        # A date does not prove that the content is the same.
        condition = get(answers.ARCHIVE).headers["Last-Modified"]

    answer = get(answers.ARCHIVE, Range="bytes=4-", If_Range=condition)

    assert (answer.status, answer.body) == (200, _CONTENT)


@pytest.mark.parametrize("header", [f"bytes={_SIZE}-", "bytes=99-", "bytes=99-120"])
def test_a_range_after_the_end_is_refused(header, get):
    answer = get(answers.ARCHIVE, Range=header)

    assert answer.status == 416
    assert answer.headers["Content-Range"] == f"bytes */{_SIZE}"
    assert answers.read_sentence(answer) == (
        f"Range must begin within the {_SIZE} bytes of the file, found '{header}'"
    )


# Refusals.


@pytest.mark.parametrize(
    "path",
    [
        "/report.json",
        f"/{answers.HANDLE}/11",
        "/../published/me/lite0/classification/10.md",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/me/lite0/classification/10.md%00",
    ],
)
def test_other_paths_are_not_found(path, get):
    answer = get(path)

    assert answer.status == 404
    assert answers.read_sentence(answer).startswith(f"'{path}' must be '/<handle>'")


def test_unpacked_modules_are_refused_with_the_reason(get):
    answer = get(f"/{answers.HANDLE}/10?tf-hub-format=uncompressed")

    assert answer.status == 400
    assert "published here as archives only" in answers.read_sentence(answer)


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]
)
def test_other_methods_are_refused(method, get):
    answer = get(answers.ARCHIVE, method)

    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"
    assert (
        answers.read_sentence(answer)
        == f"the method must be GET or HEAD, found {method}"
    )


def test_an_unreadable_file_is_reported(folder, ask_here, monkeypatch):
    def resolve(*_):
        # root, who may run this test, can read every file.
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(addresses, "resolve", resolve)

    answer = ask_here(folder, "/me/x")

    assert answer.status == 500
    assert answers.read_sentence(answer) == "'/me/x' cannot be read: Permission denied"
