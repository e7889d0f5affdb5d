"""The progress of a training is shown."""

from __future__ import annotations

import re
import sys
import time

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import progress
from efficientnet_hub.tests import terminal


@pytest.fixture(name="clock")
def _clock(monkeypatch) -> list[float]:
    """A list with the time in seconds, which a test can set."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def _train(steps: int, hooks, stop_after=None) -> None:
    """Takes the steps of a training that has a number of steps."""
    with tf.Graph().as_default():
        train_op = tf.assign_add(tf.train.get_or_create_global_step(), 1)
        with tf.train.SingularMonitoredSession(hooks) as session:
            for _ in range(stop_after or steps):
                session.run(train_op)


@pytest.mark.parametrize(("stop_after", "shown"), [(None, "7/7"), (3, "3/3")])
def test_a_bar_ends_at_100_per_cent(stop_after, shown, monkeypatch):
    stream = terminal.Terminal()
    monkeypatch.setattr(sys, "stderr", stream)

    _train(7, [progress.StepsHook(steps=7)], stop_after)

    last = stream.getvalue().rstrip("\n").split("\r")[-1]
    assert "100%" in last
    assert shown in last


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
