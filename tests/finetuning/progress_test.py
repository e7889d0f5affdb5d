"""On a terminal there is a bar, elsewhere a line a minute."""

from __future__ import annotations

import io
import re
import sys
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
