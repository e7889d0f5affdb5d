"""The state dict of what was saved is chosen: the moving averages first."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights import state_dicts
from efficientnet_hub.export.weights.containers import inert_pickle

# What the values of a state dict are does not matter here.
_RAW, _AVERAGE = {"a": "raw"}, {"a": "average"}
_OBJECT = inert_pickle.Unread("my.Network")


def _choose(saved, moving_averages="auto") -> state_dicts.Choice:
    return state_dicts.choose(saved, moving_averages, "file 'a'")


def _refusal(saved, moving_averages="auto") -> str:
    with pytest.raises(errors.InputError) as caught:
        _choose(saved, moving_averages)
    assert str(caught.value).startswith("file 'a' must hold ")
    return str(caught.value)


@pytest.mark.parametrize("saved", [_RAW, {}, [1], _OBJECT, {"state_dict": None}])
def test_what_has_no_state_dict_inside_is_left_as_it_is(saved):
    assert _choose(saved) == state_dicts.Choice(saved)


@pytest.mark.parametrize(
    "key", ["state_dict", "model", "model_state_dict", "net", "module"]
)
def test_the_state_dict_beside_other_things_is_taken(key):
    saved = {"epoch": 3, "optimizer": {"state": {}}, "args": _OBJECT, key: _RAW}

    found = _choose(saved)

    assert found.tensors is _RAW
    assert found.note == f"took the values below '{key}' of file 'a'"


@pytest.mark.parametrize(
    ("raw", "average"),
    [
        ("state_dict", "state_dict_ema"),
        ("model", "model_ema"),
        ("model", "ema_state_dict"),
        ("net", "ema"),
    ],
)
def test_moving_averages_come_first_unless_they_are_not_wanted(raw, average):
    saved = {raw: _RAW, average: _AVERAGE}

    assert _choose(saved).tensors is _AVERAGE
    assert f"took the moving averages below '{average}'" in _choose(saved).note
    assert _choose(saved, "never").tensors is _RAW


def test_no_moving_averages_are_the_raw_values():
    assert _choose({"model": _RAW, "model_ema": None}).tensors is _RAW
    assert _choose({"model": _RAW, "ema": {}}).tensors is _RAW


def test_a_state_dict_below_two_keys_is_found():
    saved = {"model": _RAW, "ema": {"decay": 0.9, "module": _AVERAGE}}

    assert _choose(saved).tensors is _AVERAGE
    assert "below 'ema.module'" in _choose(saved).note


def test_a_checkpoint_that_holds_itself_ends():
    looped = {}
    looped["model"] = looped

    assert _choose(looped).tensors is looped


def test_only_moving_averages_cannot_be_refused():
    message = _refusal({"model_ema": _AVERAGE}, "never")

    assert "leave out --moving_averages=never" in message


def test_two_state_dicts_are_refused_by_both_names():
    message = _refusal({"model": _RAW, "net": _RAW})

    assert "'model' and 'net'" in message


def test_an_object_is_not_a_state_dict():
    assert "an object of 'my.Network'" in _refusal({"model": _OBJECT})
    message = _refusal({"model": _RAW, "ema": _OBJECT})
    assert "Give --moving_averages=never" in message
    assert _choose({"model": _RAW, "ema": _OBJECT}, "never").tensors is _RAW


def test_a_state_dict_beside_the_model_itself_is_taken():
    assert _choose({"model": _OBJECT, "state_dict": _RAW}).tensors is _RAW


@pytest.mark.parametrize(
    ("name", "expected"),
    [("tf_efficientnet_b0", "tf_efficientnet_b0"), (3, None), ("a" * 1000, None)],
)
def test_the_name_of_the_architecture_is_read(name, expected):
    assert _choose({"state_dict": _RAW, "arch": name}).architecture == expected


def test_the_averages_of_a_callback_come_first():
    callbacks = {"Timer": {"seconds": 3}, "EMA": {"ema_state_dict": _AVERAGE}}
    saved = {"state_dict": _RAW, "callbacks": callbacks}

    found = _choose(saved)

    assert found.tensors is _AVERAGE
    assert "the moving averages below 'callbacks.EMA.ema_state_dict'" in found.note
    assert _choose(saved, "never").tensors is _RAW


def test_averages_in_two_places_are_refused():
    saved = {"ema": _AVERAGE, "callbacks": {"E": {"ema": _AVERAGE}}, "model": _RAW}

    message = _refusal(saved)

    assert "below 'ema' and 'callbacks.E.ema': give --moving_averages=never" in message
    assert _choose(saved, "never").tensors is _RAW
