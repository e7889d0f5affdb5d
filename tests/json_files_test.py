"""JSON of any origin is read within bounds."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors, json_files


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            '{"a": [1, -2.5, null, true, "Größe"]}',
            {"a": [1, -2.5, None, True, "Größe"]},
        ),
        ("[" * 99 + "1" + "]" * 99, None),
        ("12345678901234567890", 12345678901234567890),
    ],
)
def test_json_is_read(text, value):
    found = json_files.parse(text.encode())

    assert value is None or found == value


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"[" * 100 + b"1" + b"]" * 100, "too many levels"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "too many levels"),
        (b"[" * 100_000, "too many levels"),
        (b"NaN", "the number NaN"),
        (b"[-Infinity]", "the number -Infinity"),
        (b"9" * 21, "the number '99"),
        (b'{"a": 1, "a": 1}', "the name 'a' twice"),
        (b"\xff", "can't decode byte 0xff"),
        (b"{", "Expecting"),
        (b" " * (2**24 + 1), "more than 16777216 bytes"),
    ],
)
def test_other_documents_are_refused(content, found, tmp_path):
    with pytest.raises(ValueError, match=found):
        json_files.parse(content)
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=found) as caught:
        json_files.read(str(path), "a manifest")
    assert str(caught.value).startswith(f"'{path}' must be a manifest, found: ")
