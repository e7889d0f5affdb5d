"""Tests which options are valid, and which of them a training can resume with."""

from __future__ import annotations

import dataclasses

import pytest

from efficientnet_hub import errors, option_fields
from efficientnet_hub.finetuning import options as options_lib

_FIELDS = dataclasses.fields(options_lib.Options)


def _make_options(**options) -> options_lib.Options:
    return options_lib.Options("module", "images", **options)


@pytest.mark.parametrize("field", _FIELDS, ids=[field.name for field in _FIELDS])
def test_an_option_has_a_help_text_and_a_valid_default(field):
    option = option_fields.describe(field)

    assert option.help
    if field.default not in (dataclasses.MISSING, None):
        assert type(field.default) is option.type
        assert not option.choices or field.default in option.choices


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"epochs": 0}, "epochs must be at least 1, found 0"),
        ({"epochs": 10**20}, "epochs must be at most 100000, found 1" + 20 * "0"),
        ({"batch": -1}, "batch must be at least 1, found -1"),
        ({"image_size": 0}, "image_size must be at least 1, found 0"),
        ({"patience": 0}, "patience must be at least 1, found 0"),
        ({"warm_up_epochs": -0.5}, "warm_up_epochs must be at least 0, found -0.5"),
        (
            {"learning_rate": float("nan")},
            "learning_rate must be a finite number of at least 0, found nan",
        ),
        (
            {"learning_rate": float("inf")},
            "learning_rate must be a finite number of at least 0, found inf",
        ),
        (
            {"freeze": True, "patience": 2},
            "patience must not be given with freeze, which trains on features that are "
            "computed once, found 2: is the whole network to be trained?",
        ),
        (
            {"freeze": True, "augmentation": "none"},
            "augmentation must not be given with freeze, which trains on features that "
            "are computed once, found none: is the whole network to be trained?",
        ),
        ({"learning_rate": 1e39}, "learning_rate must be at most 3.4e+38, found 1e+39"),
        ({"held_out": 0.0}, "held_out must be between 0 and 1, found 0.0"),
        ({"held_out": 1.0}, "held_out must be between 0 and 1, found 1.0"),
        ({"held_out": -0.1}, "held_out must be between 0 and 1, found -0.1"),
        ({"held_out": float("nan")}, "held_out must be between 0 and 1, found nan"),
        (
            {"augmentation": "mixup"},
            "augmentation must be one of none, crop, crop-and-flip, found 'mixup'",
        ),
    ],
)
def test_an_invalid_option_is_refused(option, sentence):
    with pytest.raises(errors.InputError) as caught:
        _make_options(**option)

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("options", "rate"),
    [
        ({}, 0.02),
        ({"freeze": True}, 0.01),
        ({"learning_rate": 0.5}, 0.5),
        ({"learning_rate": 0.0, "freeze": True}, 0.0),
    ],
)
def test_the_learning_rate_depends_on_what_is_trained(options, rate):
    assert _make_options(**options).peak_learning_rate == rate


def test_paths_can_change_before_a_training_resumes():
    compared = _make_options(training_dir="training").list_compared()

    # The records of earlier versions have these options too.
    assert compared == {
        "epochs": 10,
        "batch": 32,
        "image_size": None,
        "learning_rate": None,
        "warm_up_epochs": 0.5,
        "patience": None,
        "augmentation": "crop-and-flip",
        "held_out": 0.2,
        "seed": 0,
    }
