"""The operations of oneDNN are selected where TensorFlow does not do it."""

from __future__ import annotations

import os
import platform

import pytest

from efficientnet_hub import onednn

_VARIABLE = "TF_ENABLE_ONEDNN_OPTS"


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    monkeypatch.setenv(_VARIABLE, "")  # So that it is unset again at the end.
    monkeypatch.delenv(_VARIABLE)


@pytest.mark.parametrize("machine", ["x86_64", "AMD64"])
def test_they_are_selected_on_processors_where_they_were_measured(monkeypatch, machine):
    monkeypatch.setattr(platform, "machine", lambda: machine)

    onednn.select()

    assert os.environ[_VARIABLE] == "1"


def test_they_are_not_selected_on_other_processors(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")

    onednn.select()

    assert _VARIABLE not in os.environ


def test_the_users_choice_is_kept(monkeypatch):
    monkeypatch.setenv(_VARIABLE, "0")

    onednn.select()

    assert os.environ[_VARIABLE] == "0"
