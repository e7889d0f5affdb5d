"""Output is escaped, and a closed or full output is no traceback."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export import inspection
from efficientnet_hub.export.commands import main, printing
from efficientnet_hub.tests import cases

_ARGV = ["efficientnet-hub", "inspect", "module"]


def _run(
    redirection: str, *arguments: str, unbuffered: str = ""
) -> subprocess.CompletedProcess:
    """Runs the program in a shell that redirects its streams."""
    command = " ".join([sys.executable, "-m", "efficientnet_hub", *arguments])
    return subprocess.run(
        ["bash", "-c", f"{command} {redirection}"],
        capture_output=True,
        text=True,
        env=dict(os.environ, PYTHONUNBUFFERED=unbuffered),
    )


@pytest.mark.parametrize(
    ("redirection", "status", "stderr"),
    [
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("<&- >&- 2>&-", 0, ""),
        (
            ">/dev/full",
            2,
            "efficientnet-hub: error: standard output must be writable, found an "
            "error: No space left on device\n",
        ),
        (">/dev/full 2>/dev/full", 2, ""),
        ("2>/dev/full", 0, ""),
    ],
)
@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    cases.slow_after(
        2,
        [
            (["inspect", "{}"], ""),
            (["--help"], "1"),
            (["inspect", "{}"], "1"),
            (["--help"], ""),
            (["export", "--help"], "1"),
            (["--version"], "1"),
        ],
    ),
)
def test_a_broken_output_ends_without_a_traceback(
    redirection, status, stderr, arguments, unbuffered, module
):
    arguments = [each.format(module.directory) for each in arguments]
    finished = _run(redirection, *arguments, unbuffered=unbuffered)

    assert (finished.returncode, finished.stderr) == (status, stderr)


@pytest.mark.parametrize(
    "redirection", [">&-", "2>&-", "2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"]
)
def test_a_refusal_keeps_its_status_without_streams(redirection):
    finished = _run(redirection, "inspect", "nowhere")

    assert (finished.returncode, finished.stdout) == (2, "")
    assert "Traceback" not in finished.stderr


def test_the_reader_of_the_help_may_close_it():
    finished = _run("| true; echo ${PIPESTATUS[0]}", "export", "--help")

    assert finished.stdout in ("141\n", "0\n")
    assert finished.stderr == ""


def test_text_cannot_look_like_a_message(monkeypatch, capsys):
    evil = "a\x1b[2J\nefficientnet-hub: error: \u202efake"

    def refuse(_):
        raise errors.InputError(f"'{evil}' must be a module")

    monkeypatch.setattr(inspection, "inspect_module", refuse)
    assert main.main(main.parse(_ARGV)) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("efficientnet-hub: error: 'a\\x1b[2J\\nefficientnet-hub: ")
    printing.print_line(evil)
    printing.print_problem(evil)
    out, err = capsys.readouterr()
    assert (out.count("\n"), err.count("\n")) == (1, 1)
    assert not set(out + err) & set("\x1b\u202e")


def test_a_message_is_short(monkeypatch, capsys):
    def refuse(_):
        raise errors.InputError("long " * 100_000 + "end")

    monkeypatch.setattr(inspection, "inspect_module", refuse)
    assert main.main(main.parse(_ARGV)) == 2

    err = capsys.readouterr().err
    assert len(err) < 2100 and err.endswith("end\n")


def test_many_mistakes_are_counted(capsys):
    many = [f"no {i}" for i in range(10_079)]
    printing.print_error(errors.SeveralMistakesError(many))

    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == [f"efficientnet-hub: error: no {i}" for i in range(2)]
    assert lines[10_000:] == ["efficientnet-hub: error: found 79 more mistakes"]


def test_a_refusal_of_arguments_is_short_and_escaped(capsys):
    with pytest.raises(SystemExit):
        main.parse(["efficientnet-hub", "classify", "a", "b", "--top=" + "9\n" * 9000])

    last = capsys.readouterr().err.splitlines()[-1]
    assert "error: argument --top: invalid int value" in last and len(last) < 2100
