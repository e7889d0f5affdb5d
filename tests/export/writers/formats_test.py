"""Checks of the format, and the directory of each module."""

from __future__ import annotations

import types

import pytest

from efficientnet_hub import dependencies, errors
from efficientnet_hub.export.writers import formats


@pytest.mark.parametrize("format", ["hub", "savedmodel"])
def test_one_format_is_written_to_the_output(format):
    assert formats.choose_directories(format, "out", "archive.tar.gz") == {
        format: "out"
    }


def test_both_formats_are_written_into_the_output():
    expected = {"hub": "out/hub", "savedmodel": "out/savedmodel"}

    assert formats.choose_directories("both", "out", None) == expected


@pytest.mark.parametrize(
    ("format", "archive", "message"),
    [
        ("keras", None, "one of hub, savedmodel, both, found 'keras'"),
        (
            "both",
            "b0.tar.gz",
            "an archive must hold one module, found archive 'b0.tar.gz'",
        ),
    ],
)
def test_a_wrong_format_is_refused(format, archive, message):
    with pytest.raises(errors.InputError, match=message):
        formats.choose_directories(format, "out", archive)


@pytest.mark.parametrize("version", ["1.15.5", "2.14.1"])
def test_an_old_tensorflow_is_refused_with_the_format_that_it_can_write(
    version, monkeypatch
):
    old = types.SimpleNamespace(__version__=version)
    monkeypatch.setattr(dependencies, "optional", lambda *_: old)

    for format in ("savedmodel", "both"):
        with pytest.raises(errors.DependencyError) as caught:
            formats.choose_directories(format, "out", None)
        assert f"2.15 or newer, found {version}" in str(caught.value)
    assert formats.choose_directories("hub", "out", None) == {"hub": "out"}
