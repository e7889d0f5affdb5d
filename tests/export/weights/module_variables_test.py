"""The variables of a module are checked before TensorFlow restores them."""

from __future__ import annotations

import os

import pytest
from tensorflow.core.framework import types_pb2

from efficientnet_hub import errors
from efficientnet_hub.export.weights import module_variables
from efficientnet_hub.tests.export.weights.containers import crafted_checkpoint as craft


def _write(tmp_path, *tensors: bytes) -> str:
    rows = [(b"", craft.header())]
    rows += [(b"v%d" % count, value) for count, value in enumerate(tensors)]
    return craft.write(tmp_path / "variables", craft.index(rows))


def _refusal(prefix) -> str:
    with pytest.raises(errors.InputError) as caught:
        module_variables.check(prefix, "m.tar.gz")
    assert str(caught.value).startswith("module 'm.tar.gz' must have ")
    return str(caught.value)


def test_sound_variables_are_accepted(trained, tmp_path):
    module_variables.check(trained.prefix, "m")
    module_variables.check(_write(tmp_path, craft.tensor()), "m")


def test_a_module_may_have_no_variables(tmp_path):
    module_variables.check(str(tmp_path / "variables"), "m")


def test_a_damaged_index_is_refused(tmp_path):
    assert "'v0' of an impossible" in _refusal(_write(tmp_path, craft.tensor([-6])))


def test_strings_are_refused(tmp_path):
    # Their lengths are among their values: TensorFlow allocates what they say.
    text = craft.tensor([2], types_pb2.DT_STRING)

    assert "'v0' of the type string" in _refusal(_write(tmp_path, text))


def test_more_than_a_network_needs_is_refused(tmp_path):
    size = 2**32 + 4
    prefix = _write(tmp_path, craft.tensor([size // 4], size=size))
    os.truncate(prefix + ".data-00000-of-00001", size)

    assert f"{size} bytes, more than" in _refusal(prefix)


@pytest.mark.parametrize("make", [os.mkdir, lambda path: open(path, "w").close()])
def test_a_checkpoint_of_the_old_format_is_refused(make, tmp_path):
    prefix = _write(tmp_path, craft.tensor())
    make(prefix)

    assert "found 'variables' without one" in _refusal(prefix)
