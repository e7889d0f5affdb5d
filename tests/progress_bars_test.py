"""On a terminal there is a bar, elsewhere a line a minute."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import sys
import termios
import time

import pytest

from efficientnet_hub import progress_bars
from efficientnet_hub.tests import terminal


@pytest.fixture(name="clock")
def _clock(monkeypatch) -> list[float]:
    """A list with the time in seconds, which a test can set."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_shows_a_bar(monkeypatch, capsys):
    stream = terminal.Terminal()
    monkeypatch.setattr(sys, "stderr", stream)

    with progress_bars.start_bar(10, "step", initial=2) as bar:
        bar.update(3)

    assert "5/10" in stream.getvalue()
    assert capsys.readouterr().out == ""


def test_a_terminal_without_tqdm_shows_lines(monkeypatch, clock, capsys):
    monkeypatch.setattr(sys, "stderr", terminal.Terminal())
    monkeypatch.setitem(sys.modules, "tqdm", None)

    with progress_bars.start_bar(10, "image") as bar:
        clock[0] += 61
        bar.update(3)

    assert capsys.readouterr().out == "image 3 of 10\n"


_PRINTS_ABOVE_A_BAR = """
from efficientnet_hub import progress_bars
with progress_bars.start_bar(10, "step") as bar:
    bar.update(4)
    progress_bars.print_line("epoch 1: accuracy 0.5000")
    bar.update(6)
print("accuracy 0.5")
"""


@pytest.mark.slow
def test_a_line_is_not_written_over_by_the_bar():
    lines = _show_on_terminal(_PRINTS_ABOVE_A_BAR)

    assert "epoch 1: accuracy 0.5000" in lines
    assert "accuracy 0.5" in lines
    (bar,) = (line for line in lines if "/10" in line)
    assert bar.startswith("100%")


def _show_on_terminal(program: str) -> list[str]:
    """Runs a program on a terminal, and returns the lines that it shows in the end."""
    pid, descriptor = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        os.execv(sys.executable, [sys.executable, "-c", program])
    printed = b""
    with contextlib.suppress(OSError):  # The system's end of a terminal.
        while True:
            printed += os.read(descriptor, 4096)
    os.close(descriptor)
    assert os.waitpid(pid, 0)[1] == 0, printed
    return [_overwrite(line) for line in printed.decode().split("\r\n")]


def _overwrite(line: str) -> str:
    """Returns what a terminal shows of a line in which carriage returns go back."""
    shown = ""
    for part in line.replace("\x1b[A", "").split("\r"):
        shown = part + shown[len(part) :]
    return shown.rstrip()


def test_without_a_terminal_a_line_is_printed_each_minute(clock, capsys):
    with progress_bars.start_bar(1000, "photograph") as bar:
        for _ in range(10):
            clock[0] += 20
            bar.update(32)

    captured = capsys.readouterr()
    assert captured.out.splitlines() == [
        "photograph 96 of 1000",
        "photograph 192 of 1000",
        "photograph 288 of 1000",
    ]
    assert captured.err == ""
