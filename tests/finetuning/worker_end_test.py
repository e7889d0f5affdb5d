"""A worker ends with its training, also if it does not reach the cluster."""

from __future__ import annotations

import threading

import pytest

from efficientnet_hub.finetuning import worker_end


@pytest.fixture(autouse=True)
def _short_times(monkeypatch):
    monkeypatch.setattr(worker_end, "_SECONDS_BETWEEN_LOOKS", 0.01)
    monkeypatch.setattr(worker_end, "_SECONDS_TO_END", 0.1)


def test_a_training_that_ends_by_itself_is_not_left():
    taken = []

    assert worker_end.train_until_end(lambda: taken.append(1), lambda: True)

    assert taken == [1]


def test_a_training_that_waits_forever_is_left_after_the_end():
    waits = threading.Event()
    looks = []

    def has_ended():
        looks.append(len(looks))
        return len(looks) > 3

    assert not worker_end.train_until_end(waits.wait, has_ended)

    assert len(looks) > 4  # It had some time to end by itself.
    waits.set()


def test_a_training_that_goes_on_is_waited_for():
    looks = []
    enough = threading.Event()

    def has_ended():
        looks.append(1)
        if len(looks) == 30:
            enough.set()
        return False

    assert worker_end.train_until_end(enough.wait, has_ended)


@pytest.mark.parametrize("error", [ValueError, TimeoutError, KeyboardInterrupt])
def test_an_error_of_the_training_is_raised(error):
    def fail():
        raise error("wrong")

    with pytest.raises(error, match="wrong"):
        worker_end.train_until_end(fail, lambda: True)
