"""A handle is what tensorflow_hub hashes, or refused."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.hub_cache import handles


@pytest.mark.parametrize(
    "handle",
    [
        "https://tfhub.dev/google/efficientnet/b2/classification/1",
        "http://localhost:8000/me/lite0/1",
        "https://host/module.tar.gz?token=a&b=c#fragment",
        "https://TFHUB.dev/Google/1",
        "https://h\u00f6st/m\u00fcll/1",
        "https://tfhub.dev/a%20b/1",
    ],
)
def test_an_address_is_a_handle(handle):
    handles.check("handle", handle)

    assert handles.list_notes(handle) == []


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        ("google/efficientnet/b2/1", "is 'https://tfhub.dev/google/efficientnet/b2/1'"),
        ("tfhub.dev/google/b2/1", "is 'https://tfhub.dev/google/b2/1' meant"),
        ("HTTPS://tfhub.dev/a/1", "unless the start is in lower case"),
        ("gs://bucket/module.tar.gz", "other kinds of addresses cannot be installed"),
        ("./module", "nothing to install"),
        ("~/module", "nothing to install"),
        ("", "is the variable of a shell empty?"),
        ("https://", "with the name of a server"),
        ("https:///a/1", "with the name of a server"),
        ("https://[::1/a", "with the name of a server"),
        (" https://tfhub.dev/a/1", "with the character ' '"),
        ("https://tfhub.dev/a/1\n", "with the character '\\n'"),
        ("https://tfhub.dev/a/1\u200b", "was more than the address copied"),
        ("https://tfhub.dev/\udcff", "with the character '\\udcff'"),
        ("https://tfhub.dev/a\0", "with the character '\\x00'"),
        ("https://tfhub.dev/" + "a" * 2000, "at most 2000 characters, found 2018"),
    ],
)
def test_other_texts_are_refused(handle, words):
    with pytest.raises(errors.InputError) as caught:
        handles.check("handle", handle)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("end", ["/", "?tf-hub-format=compressed"])
def test_a_handle_that_programs_rarely_have_gets_a_note(end):
    assert len(handles.list_notes("https://tfhub.dev/a/1" + end)) == 1
