"""An error that is not foreseen ends in one sentence, with status 70."""

from __future__ import annotations

import pathlib
import re
import tempfile

import pytest

from efficientnet_hub.export import inspection
from efficientnet_hub.export.commands import main


@pytest.fixture(name="run")
def _run(monkeypatch, tmp_path, capsys):
    """Returns a function that runs `inspect`, which raises an error."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def run(error: BaseException, *arguments: str) -> tuple[int, str]:
        def fail(_):
            raise error

        monkeypatch.setattr(inspection, "inspect_module", fail)
        argv = ["efficientnet-hub", "inspect", "module", *arguments]
        return main.main(main.parse(argv)), capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    "error",
    [
        KeyError("schema"),
        AttributeError("two\nlines \x1b[31m"),
        RecursionError("maximum recursion depth exceeded"),
        UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"),
        AssertionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_sentence_names_the_error_and_the_file(error, run, tmp_path):
    status, err = run(error)

    assert status == 70
    (line,) = err.splitlines()
    name = type(error).__name__
    assert line.startswith(f"efficientnet-hub: internal error: {name}: ")
    assert "please report it" in line and "\x1b" not in line
    path = pathlib.Path(re.search(r"which is in '(.*)'", line).group(1))
    assert path.parent == tmp_path
    assert "Traceback (most recent call last)" in path.read_text()
    assert type(error).__name__ in path.read_text()


def test_with_verbosity_the_traceback_is_shown(run, tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")  # The flag changes it.

    status, err = run(KeyError("schema"), "--verbosity=1")

    assert status == 70
    assert err.startswith("Traceback (most recent call last)")
    assert err.splitlines()[-1].endswith("the traceback, which is above")
    assert list(tmp_path.iterdir()) == []


def test_without_a_temporary_folder_the_sentence_says_how_to_see_it(run, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")

    status, err = run(KeyError("schema"))

    assert status == 70
    assert err.endswith("which is shown with --verbosity=1\n")


def test_missing_memory_is_a_sentence(run):
    status, err = run(MemoryError())

    assert status == 2
    assert "must have enough memory" in err and err.count("\n") == 1
