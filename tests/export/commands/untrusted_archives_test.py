"""Each command that reads archives refuses one that is not sound, and names it."""

from __future__ import annotations

import pathlib
import shutil
import tempfile

import pytest

from efficientnet_hub.tests.export.commands import program

_CASES = pathlib.Path(__file__).parents[2] / "testdata" / "archives"
_COMMANDS = {
    "inspect": ["inspect", "{archive}"],
    "verify": ["verify", "{archive}"],
    "classify": ["classify", "{archive}", "image.png"],
    "repackage": ["repackage", "{archive}", "--output={folder}/output"],
    "export": [
        "export",
        "--model=efficientnet-lite0",
        "--weights={archive}",
        "--output={folder}/output",
    ],
}
_SENTENCES = {
    "deep_folders": "at most 255 bytes and 32 levels",
    "huge_member_size": "must unpack to at most",
    "huge_dimensions": "at most 254 dimensions, found 300000",
    "not_a_module": "found no file tfhub_module.pb in it",
}


@pytest.mark.parametrize(
    ("command", "case"),
    # `export` builds a graph first, which takes seconds.
    [(each, case) for each in _COMMANDS if each != "export" for case in _SENTENCES]
    + [("export", "not_a_module")],
)
def test_an_archive_is_refused_by_its_name(command, case, tmp_path, monkeypatch):
    archive = shutil.copy(str(_CASES / f"{case}.tar.gz"), str(tmp_path))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    argv = [
        word.format(archive=archive, folder=tmp_path) for word in _COMMANDS[command]
    ]

    sentence = program.check_refusal(program.run_here(*argv))

    assert f"'{archive}" in sentence and str(scratch) not in sentence
    if command != "export":
        assert _SENTENCES[case] in sentence
    assert not list(scratch.iterdir())
    assert not (tmp_path / "output").exists()
