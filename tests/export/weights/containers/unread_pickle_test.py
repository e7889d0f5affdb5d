"""Objects of other classes in a pickle are left unread, without an effect."""

from __future__ import annotations

import argparse
import collections
import io
import logging
import os
import pathlib
import pickle
import tracemalloc

import numpy as np
import pytest

from efficientnet_hub.export.weights.containers import inert_pickle
from efficientnet_hub.tests.export.weights.containers import hostile_pickles

_UNREAD = b"cargparse\nNamespace\n"


def _load_unread(pickled: bytes):
    unread: set[str] = set()
    stream = io.BytesIO(pickled)
    loaded = inert_pickle.load(
        stream, hostile_pickles.NAMES, load_persistent=list, unread=unread
    )
    return loaded, unread


def _refusal_unread(pickled: bytes) -> str:
    with pytest.raises(inert_pickle.RefusedError) as caught:
        _load_unread(pickled)
    return str(caught.value)


class _Options(dict):
    """What a program saves beside its weights: an object of its own class."""


def _saved() -> dict:
    return {
        "args": argparse.Namespace(lr=0.1, path=pathlib.PurePosixPath("/a")),
        "options": _Options(a=1),
        "counts": collections.Counter("aab"),
        "default": collections.defaultdict(list, a=[1]),
        "set": {1, 2},
        "frozen": frozenset([3]),
        "bytes": b"abc",
        "bytearray": bytearray(b"abc"),
        "array": np.zeros(3),
        "scalar": np.float64(3),
        "class": argparse.Namespace,
        "complex": 1j,
    }


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_objects_of_other_classes_are_names_and_nothing_else(protocol):
    saved = dict(_saved(), epoch=3, values=[1, 2])

    loaded, unread = _load_unread(pickle.dumps(saved, protocol))

    assert loaded["epoch"] == 3 and loaded["values"] == [1, 2]
    for name in _saved():
        assert type(loaded[name]) is inert_pickle.Unread, name
    assert loaded["args"].name == "argparse.Namespace"
    assert {"argparse.Namespace", "numpy.dtype", f"{__name__}._Options"} <= unread


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_calls_of_other_functions_do_nothing(proof, protocol):
    # The module is not one of those that are refused by their name.
    hostile = hostile_pickles.Call(logging.FileHandler, str(proof))

    loaded, unread = _load_unread(pickle.dumps([hostile], protocol))

    assert [type(each) for each in loaded] == [inert_pickle.Unread]
    assert unread == {"logging.FileHandler"}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["system", "eval", "exec"])
def test_code_is_refused_also_where_objects_stay_unread(proof, name, protocol):
    function, argument = {
        "system": (os.system, f"echo > {proof}"),
        "eval": (eval, hostile_pickles.touch(proof)),
        "exec": (exec, hostile_pickles.touch(proof)),
    }[name]
    pickled = pickle.dumps({"args": hostile_pickles.Call(function, argument)}, protocol)
    assert f".{name}' in the pickle" in _refusal_unread(pickled)


def test_attributes_of_a_module_do_not_lead_to_code(proof):
    name = pickle.dumps("argparse", 4)[:-1] + pickle.dumps("_os.system", 4)[2:-1]
    text = pickle.dumps((f"echo > {proof}",), 4)[2:-1]

    loaded, unread = _load_unread(name + b"\x93" + text + b"R.")

    assert loaded.name == "argparse._os.system"
    assert unread == {"argparse._os.system"}


def test_an_unread_object_may_be_a_key():
    pickled = b"\x80\x02}cargparse\nNamespace\nK\x01s."

    ((key, value),) = _load_unread(pickled)[0].items()

    assert (type(key), value) == (inert_pickle.Unread, 1)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(_UNREAD + b")R", id="REDUCE"),
        pytest.param(_UNREAD + b")\x81", id="NEWOBJ"),
        pytest.param(_UNREAD + b")}\x92", id="NEWOBJ_EX"),
        pytest.param(_UNREAD + b")\x81}b", id="BUILD"),
        pytest.param(_UNREAD + b")\x81K\x01a", id="APPEND"),
        pytest.param(_UNREAD + b")\x81(K\x01K\x02e", id="APPENDS"),
        pytest.param(_UNREAD + b")\x81K\x01K\x02s", id="SETITEM"),
        pytest.param(_UNREAD + b")\x81()K\x02u", id="SETITEMS of a tuple"),
        pytest.param(_UNREAD + b")R)R)R", id="REDUCE the result"),
        pytest.param(b"\x8f(K\x01\x90", id="set"),
        pytest.param(b"(K\x01\x91", id="frozenset"),
        pytest.param(b"C\x01a", id="bytes"),
    ],
)
def test_nothing_is_made_or_changed_of_an_unread_object(program):
    loaded, _ = _load_unread(b"\x80\x04" + program + b".")

    assert type(loaded) is inert_pickle.Unread
    assert vars(loaded).keys() == {"name"}


@pytest.mark.parametrize(
    "program, message",
    [
        pytest.param(_UNREAD + b"]R.", "a call of a Unread", id="REDUCE list"),
        pytest.param(_UNREAD + b"]\x81.", "opcode NEWOBJ", id="NEWOBJ list"),
        pytest.param(_UNREAD + b"]}\x92.", "opcode NEWOBJ_EX", id="NEWOBJ_EX list"),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b")\x81.", "opcode NEWOBJ", id="NEWOBJ known"
        ),
        pytest.param(
            hostile_pickles.STORAGE + b")\x81.", "opcode NEWOBJ", id="NEWOBJ a name"
        ),
        pytest.param(b"](K\x01\x90.", "to change a list", id="ADDITEMS list"),
        pytest.param(b"})K\x01s.", "a tuple as a key", id="tuple as a key"),
        pytest.param(b"(ios\nsystem\n.", "'os.system'", id="INST"),
        pytest.param(b"\x82\x01.", "opcode EXT1", id="EXT1"),
        pytest.param(b"\x81.", "more than is there", id="empty stack"),
        pytest.param(_UNREAD + b")\x81K\x01(K\x02u.", "a key without", id="half"),
    ],
)
def test_damage_is_refused_also_where_objects_stay_unread(program, message):
    assert message in _refusal_unread(b"\x80\x04" + program)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(b"B\xff\xff\xff\xffx.", id="BINBYTES"),
        pytest.param(b"\x8e" + b"\xff" * 7 + b"\x0fx.", id="BINBYTES8"),
        pytest.param(b"\x96" + b"\xff" * 7 + b"\x0fx.", id="BYTEARRAY8"),
    ],
)
def test_a_claimed_size_of_bytes_is_not_allocated(program):
    tracemalloc.start()
    _refusal_unread(b"\x80\x05" + program)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
