"""A folder says which training it is of."""

from __future__ import annotations

import threading

import pytest

from efficientnet_hub import errors
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
    resumption.record(path, _FACTS)
    return path


def test_the_same_is_gone_on_with(record):
    assert resumption.is_recorded(record)
    resumption.check(record, dict(_FACTS))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"epochs": 4}, "epochs was 3, now 4"),
        ({"classes": ["cat"]}, r'classes was \["cat", "dog"\], now \["cat"\]'),
        ({"patience": 2}, "patience was null, now 2"),
        ({"photographs": "def"}, r"\(other photographs\)"),
        ({"batch": 8}, "batch was null, now 8"),
    ],
)
def test_what_differs_is_named(record, change, told):
    with pytest.raises(errors.InputError, match=told):
        resumption.check(record, dict(_FACTS, **change))


def test_a_record_is_waited_for(tmp_path):
    path = str(tmp_path / "training.json")
    chief = threading.Timer(0.3, resumption.record, (path, _FACTS))
    chief.start()

    resumption.wait_for_record(path)

    resumption.check(path, _FACTS)


def test_waiting_has_an_end(tmp_path):
    with pytest.raises(errors.InputError, match="must be written by the chief, but"):
        resumption.wait_for_record(str(tmp_path / "training.json"), seconds=0)
