"""Tests that only the same training resumes in a folder."""

from __future__ import annotations

import threading

import pytest

from efficientnet_hub import errors, recorded_facts
from efficientnet_hub.finetuning import resumption

_FACTS = {
    "epochs": 3,
    "classes": ("cat", "dog"),
    "photographs": "abc",
    "patience": None,
}


@pytest.fixture(name="record")
def _record(tmp_path) -> str:
    path = str(tmp_path / "training.json")
    recorded_facts.write(path, _FACTS)
    return path


def test_the_same_training_resumes(record):
    assert resumption.check_existing(record, dict(_FACTS), wait=False)


def test_without_a_record_a_training_starts(tmp_path):
    path = str(tmp_path / "training.json")

    assert not resumption.check_existing(path, _FACTS, wait=False)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"epochs": 4}, "epochs was 3, now 4"),
        ({"classes": ["cat"]}, r'classes was \["cat", "dog"\], now \["cat"\]'),
        ({"patience": 2}, "patience was null, now 2"),
        ({"photographs": "def"}, r"\(other photographs\)"),
        ({"batch": 8}, "batch was null, now 8"),
    ],
)
def test_a_difference_is_named(record, change, difference):
    with pytest.raises(errors.InputError, match=difference):
        resumption.check_existing(record, dict(_FACTS, **change), wait=False)


def test_a_worker_waits_for_the_record(tmp_path):
    path = str(tmp_path / "training.json")
    chief = threading.Timer(0.3, recorded_facts.write, (path, _FACTS))
    chief.start()

    assert resumption.check_existing(path, _FACTS, wait=True)


def test_a_worker_does_not_wait_forever(tmp_path):
    with pytest.raises(
        errors.InputError, match="must be written by the chief within 0 s, found"
    ):
        resumption.wait_for_record(str(tmp_path / "training.json"), seconds=0)


@pytest.mark.parametrize("content", ["", "[]", "3", "{", "[" * 100_000, '{"a": NaN}'])
def test_a_damaged_record_is_refused(content, record):
    with open(record, "w") as file:
        file.write(content)

    with pytest.raises(errors.InputError, match="must be the record of a training, fo"):
        resumption.check_existing(record, _FACTS, wait=False)
