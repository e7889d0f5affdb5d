"""A module records what was measured with it, and anyone may have changed this."""

from __future__ import annotations

import dataclasses
import json

import pytest

from efficientnet_hub import errors
from efficientnet_hub.signatures import measurements

_MEASUREMENT = measurements.Measurement(
    training_photographs=80,
    evaluation_photographs=20,
    steps=50,
    batch=8,
    trained="the classifier alone",
    image_size=64,
    accuracy=0.95,
    confusion_matrix=[[9, 1], [0, 10]],
    confusions=[],
    weights="ab" * 32,
)


def test_a_record_is_read_again():
    assert measurements.from_fact(_MEASUREMENT.to_fact(), 2) == _MEASUREMENT


def test_a_record_of_many_classes_is_short():
    many = dataclasses.replace(
        _MEASUREMENT,
        confusion_matrix=None,
        confusions=[[999, index, 10, 100] for index in range(20)],
    )

    assert len(many.to_fact()) < 1000
    assert measurements.from_fact(many.to_fact(), 1000) == many


@pytest.mark.parametrize(
    "change",
    [
        {"accuracy": 1.5},
        {"accuracy": "high"},
        {"steps": -1},
        {"steps": True},
        {"steps": 10**30},
        {"trained": ["x"]},
        {"trained": "x" * 1000},
        {"confusion_matrix": [[1, 2]]},
        {"confusion_matrix": [[1], [2]]},
        {"confusion_matrix": [[1, 2], [3, "4"]]},
        {"confusion_matrix": "none"},
        {"confusions": [[0, 2, 1, 5]]},
        {"confusions": [[0, 1, 1]]},
        {"confusions": {}},
        {"other": 1},
    ],
)
def test_another_record_is_refused(change):
    record = dict(json.loads(_MEASUREMENT.to_fact()), **change)

    with pytest.raises(errors.InputError, match="'measured' must be the record"):
        measurements.from_fact(json.dumps(record), 2)


@pytest.mark.parametrize("text", ["", "{}", "[]", "1", "NaN", "[" * 9000])
def test_another_text_is_refused(text):
    with pytest.raises(errors.InputError, match="'measured' must be the record"):
        measurements.from_fact(text, 2)
