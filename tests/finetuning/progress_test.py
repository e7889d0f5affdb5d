"""On a terminal there is a bar, elsewhere a line a minute."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import time

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import progress


class _Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(name="clock")
def _clock(monkeypatch) -> list[float]:
    """A list with the time in seconds, which a test can set."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_terminal_shows_a_bar(monkeypatch, capsys):
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    with progress.start_bar(10, "step", initial=2) as bar:
        bar.update(3)

    assert "5/10" in terminal.getvalue()
    assert capsys.readouterr().out == ""


def _train(steps: int, hooks, stop_after=None) -> None:
    """Takes the steps of a training that has a number of steps."""
    with tf.Graph().as_default():
        train_op = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        with tf.train.SingularMonitoredSession(hooks) as session:
            for _ in range(stop_after or steps):
                session.run(train_op)


@pytest.mark.parametrize(("stop_after", "shown"), [(None, "7/7"), (3, "3/3")])
def test_a_bar_ends_at_100_per_cent(stop_after, shown, monkeypatch):
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)

    _train(7, [progress.StepsHook(steps=7)], stop_after)

    last = terminal.getvalue().rstrip("\n").split("\r")[-1]
    assert "100%" in last
    assert shown in last


_PRINTS_ABOVE_A_BAR = """
from efficientnet_hub.finetuning import progress
with progress.start_bar(10, "step") as bar:
    bar.update(4)
    progress.print_line("epoch 1: accuracy 0.5000")
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
    with progress.start_bar(1000, "photograph") as bar:
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


def test_steps_of_an_earlier_run_are_counted(clock, capsys):
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        train_op = tf.assign_add(step, 1)
        ready_at_7 = tf.train.Scaffold(init_op=tf.assign(step, 7))
        hooks = [progress.StepsHook(steps=20)]
        with tf.train.SingularMonitoredSession(hooks, ready_at_7) as session:
            for _ in range(4):
                clock[0] += 30
                session.run(train_op)

    # The hook reads the step while the step runs.
    assert re.fullmatch("step (9|10) of 20\n", capsys.readouterr().out)
