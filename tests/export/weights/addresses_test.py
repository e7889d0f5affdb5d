"""Addresses of weights: what is requested, what is refused, and what is shown."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import addresses

_HASH = "0123456789abcdef" * 4
_SECRETS = ("user", "s3cret", "t0ken")


@pytest.mark.parametrize("ending", addresses.ENDINGS)
def test_the_name_of_the_file_keeps_its_ending(ending):
    address = addresses.parse(f"https://example.org/a/b0{ending}?download=true")

    assert address.file_name == "b0" + ending
    assert address.url == f"https://example.org/a/b0{ending}?download=true"


def test_the_name_of_the_file_has_characters_of_every_system():
    address = addresses.parse("https://example.org/a%2F..%2F%3Cb%0A%3E.WEIGHTS.H5")

    assert address.file_name == "_b__.WEIGHTS.h5"


def test_a_long_name_of_a_file_is_cut():
    name = addresses.parse(f"https://example.org/{'a' * 300}.pth").file_name

    assert len(name) <= 100 and name.endswith("a.pth")


def test_a_bucket_is_read_by_https():
    address = addresses.parse("gs://bucket/folder/b0.tar.gz")

    assert address.url == "https://storage.googleapis.com/bucket/folder/b0.tar.gz"
    assert address.shown == address.url


def test_the_hash_of_the_file_is_at_the_end():
    address = addresses.parse(f"https://example.org/b0.pth#sha256={_HASH.upper()}")

    assert address.sha256 == _HASH
    assert address.url == "https://example.org/b0.pth"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:80"])
def test_this_machine_may_send_without_encryption(host):
    assert addresses.parse(f"http://{host}/b0.pth").url == f"http://{host}/b0.pth"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://example.org/b0.pth", "the scheme 'http'"),
        ("ftp://example.org/b0.pth", "the scheme 'ftp'"),
        ("file:///b0.pth", "no host"),
        ("https:///b0.pth", "no host"),
        ("https://example.org:port/b0.pth", "a host or a port"),
        ("https://[::1/b0.pth", "a host or a port"),
        ("https://example.org/b 0.pth", "a space"),
        ("https://example.org/b\n0.pth", "percent-encoded"),
        ("https://example.org/é.pth", "percent-encoded"),
        ("https://example.org/" + "a" * 5000 + ".pth", "too many"),
        ("gs://user@bucket/b0.pth", "more than a bucket"),
        ("gs://bucket/b0.pth?token=t0ken", "more than a bucket"),
        ("https://example.org/b0", "endings"),
        ("https://example.org/", "endings"),
        ("https://example.org/b0.zip", "endings"),
        ("https://example.org/b0.pth#sha256=12", "64 hexadecimal"),
        ("https://example.org/b0.pth#md5=" + "0" * 64, "64 hexadecimal"),
    ],
)
def test_another_address_is_refused(text, found):
    with pytest.raises(errors.InputError, match=found) as caught:
        addresses.parse(text)

    message = str(caught.value)
    assert "\n" not in message and len(message) < 700
    assert not any(secret in message for secret in _SECRETS)


_PRIVATE = [
    "https://user:s3cret@example.org/b0.pth",
    "https://user:s3c%2Fret@example.org/b0.pth",
    "https://example.org/b0.pth?token=t0ken",
    "https://user:s3cret@example.org/b0.pth?token=t0ken#sha256=" + _HASH,
]


@pytest.mark.parametrize("text", _PRIVATE)
def test_the_shown_address_has_no_secrets(text):
    address = addresses.parse(text)

    assert address.shown == "https://example.org/b0.pth"
    for shown in (repr(address), addresses.record(text), address.key):
        assert not any(secret in shown for secret in _SECRETS)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:s3cret/t0ken@example.org/b0.pth",
        "https://user:s3cret?t0ken@example.org/b0.pth",
        "https://user:s3cret#t0ken@example.org/b0.pth",
        "https://user:s3cret@user:t0ken@example.org:1:2/b0.pth",
        "user:s3cret@t0ken",
    ],
)
def test_secrets_of_a_malformed_address_are_not_shown(text):
    assert not any(secret in addresses.show(text) for secret in _SECRETS)
    with pytest.raises(errors.InputError) as caught:
        addresses.parse(text)
    assert not any(secret in str(caught.value) for secret in _SECRETS)


def test_an_address_with_a_password_has_credentials():
    address = addresses.parse("https://user:s3c%2Fret@example.org/b0.pth")

    assert address.credentials == "user:s3c/ret"
    assert address.url == "https://example.org/b0.pth"


def test_a_manifest_records_the_hash():
    text = f"https://user@example.org/b0.pth?token=t0ken#sha256={_HASH.upper()}"

    assert addresses.record(text) == f"https://example.org/b0.pth#sha256={_HASH}"


def test_each_address_has_a_key():
    texts = [
        "https://example.org/b0.pth",
        "https://example.org/b1.pth",
        "https://example.org/b0.pth?version=2",
        "https://example.com/b0.pth",
    ]

    assert len({addresses.parse(text).key for text in texts}) == len(texts)
