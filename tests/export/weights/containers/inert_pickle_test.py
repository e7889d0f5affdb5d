"""Hostile pickles are refused without an effect.

A pickle that runs code writes the file `proof`. Each test that unpickles one checks
that the file does not exist.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import copyreg
import io
import logging
import os
import pathlib
import pickle
import tracemalloc

import numpy as np
import pytest

from efficientnet_hub.export.weights.containers import (
    inert_pickle,
    pickle_budget,
    refusal,
)

_NAMES = {
    "collections.OrderedDict": inert_pickle.Function(lambda: collections.OrderedDict()),
    "torch.FloatStorage": object(),
}
_ORDERED_DICT = b"ccollections\nOrderedDict\n"
_STORAGE = b"ctorch\nFloatStorage\n"
_UNREAD = b"cargparse\nNamespace\n"


def _load(pickled: bytes):
    return inert_pickle.load(io.BytesIO(pickled), _NAMES, load_persistent=list)


def _refusal(pickled: bytes) -> str:
    with pytest.raises(refusal.RefusedError) as caught:
        _load(pickled)
    return str(caught.value)


class _Call:
    """Pickled, a call of the function with the arguments."""

    def __init__(self, function, *arguments):
        self._call = (function, arguments)

    def __reduce__(self):
        return self._call


def _touch(proof) -> str:
    return f'open({str(proof)!r}, "w").close()'


@pytest.fixture
def proof(tmp_path):
    yield tmp_path / "proof"
    assert not (tmp_path / "proof").exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_of_the_binary_protocols_is_built(protocol):
    data = {"a": [1, -2, 70000, 0.5, None, True], "b": ((), (1,), (1, 2, 3, 4)), 3: {}}
    if protocol < 2:
        assert "opcode" in _refusal(pickle.dumps(data, protocol))
    else:
        assert _load(pickle.dumps(data, protocol)) == data


def test_the_stream_is_left_behind_the_pickle():
    stream = io.BytesIO(pickle.dumps("first", 2) + pickle.dumps("second", 2))
    first = inert_pickle.load(stream, _NAMES, load_persistent=list)
    assert (first, pickle.load(stream)) == ("first", "second")


def test_persistent_ids_are_left_to_the_caller():
    assert _load(pickle.dumps("ab", 2)[:-1] + b"Q.") == ["a", "b"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["system", "eval", "exec"])
def test_calls_are_refused_by_the_name_of_the_function(proof, name, protocol):
    function, argument = {
        "system": (os.system, f"echo > {proof}"),
        "eval": (eval, _touch(proof)),
        "exec": (exec, _touch(proof)),
    }[name]
    pickled = pickle.dumps(_Call(function, argument), protocol)
    assert f".{name}' in the pickle" in _refusal(pickled)


def test_the_hostile_pickles_of_these_tests_do_work_elsewhere(tmp_path):
    pickle.loads(pickle.dumps(_Call(exec, _touch(tmp_path / "proof"))))
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize("module", ["posix", "nt"])
def test_os_system_is_refused_by_its_full_name(proof, module):
    pickled = b"\x80\x02c%s\nsystem\nX\x04\x00\x00\x00true\x85R." % module.encode()
    assert f"'{module}.system' in the pickle" in _refusal(pickled)


@pytest.mark.parametrize("protocol", [3, 4])
def test_nested_getattr_is_refused(proof, protocol):
    function = _Call(getattr, _Call(__import__, "builtins"), "exec")
    pickled = pickle.dumps(function, protocol)[:-1]
    pickled += pickle.dumps((_touch(proof),), protocol)[2:-1] + b"R."
    assert "'builtins.getattr' in the pickle" in _refusal(pickled)


def test_functions_that_load_code_are_refused(proof):
    pickled = b"\x80\x02ctorch.hub\nload\nX\x01\x00\x00\x00x\x85R."
    assert "'torch.hub.load' in the pickle" in _refusal(pickled)


@pytest.mark.parametrize(
    "attribute", ["fromkeys", "__init__.__globals__", "__subclasses__"]
)
def test_attributes_of_allowed_names_are_refused(proof, attribute):
    name = f"OrderedDict.{attribute}"
    pickled = pickle.dumps("collections", 4)[:-1] + pickle.dumps(name, 4)[2:-1]
    assert f"'collections.{name}'" in _refusal(pickled + b"\x93.")


def test_the_extension_registry_is_not_asked(proof):
    copyreg.add_extension("builtins", "exec", 240)
    try:
        pickled = pickle.dumps(_Call(exec, _touch(proof)), 2)
        assert pickle.EXT1 in pickled
        assert "the opcode EXT1" in _refusal(pickled)
        # Once looked up, `pickle` keeps the object where find_class is not asked.
        copyreg._extension_cache[240] = exec
        assert "the opcode EXT1" in _refusal(pickled)
    finally:
        copyreg.remove_extension("builtins", "exec", 240)


@pytest.mark.parametrize(
    "program, message",
    [
        pytest.param(b"(S'x'\nios\nsystem\n.", "the opcode STRING", id="text string"),
        pytest.param(b"(ios\nsystem\n.", "'os.system'", id="INST"),
        pytest.param(b"(icollections\nOrderedDict\n.", "'collections", id="INST known"),
        pytest.param(b"(" + _ORDERED_DICT + b"o.", "opcode OBJ", id="OBJ"),
        pytest.param(_ORDERED_DICT + b")\x81.", "opcode NEWOBJ", id="NEWOBJ"),
        pytest.param(_ORDERED_DICT + b")}\x92.", "opcode NEWOBJ_EX", id="NEWOBJ_EX"),
        pytest.param(_STORAGE + b")R.", "a call of a object", id="REDUCE a name"),
        pytest.param(b"X\x01\x00\x00\x00x)R.", "a call of a str", id="REDUCE text"),
        pytest.param(_ORDERED_DICT + b"]R.", "a call of a Function", id="REDUCE list"),
        pytest.param(_ORDERED_DICT + b"}}b.", "to change a dict", id="BUILD dict"),
        pytest.param(_STORAGE + b"}b.", "to change a object", id="BUILD a name"),
        pytest.param(_ORDERED_DICT + b"}b.", "to change a Function", id="BUILD func"),
        pytest.param(_STORAGE + b"K\x01K\x02s.", "to change a object", id="SETITEM"),
        pytest.param(_ORDERED_DICT + b"K\x01a.", "to change a Function", id="APPEND"),
        pytest.param(_ORDERED_DICT + b"K\x01\x85R.", "a call with 1", id="arguments"),
    ],
)
def test_objects_are_neither_made_nor_changed(proof, program, message):
    assert message in _refusal(b"\x80\x02" + program)


def test_attributes_for_an_ordered_dict_are_dropped():
    state = pickle.dumps({"__class__": 1, "_metadata": 2, "update": 3}, 2)[2:-1]
    loaded = _load(b"\x80\x02" + _ORDERED_DICT + b")R" + state + b"b.")
    assert type(loaded) is collections.OrderedDict
    assert not hasattr(loaded, "_metadata") and callable(loaded.update)


@pytest.mark.parametrize(
    "program, message",
    [
        (b"", "more bytes in the pickle"),
        (b".", "more than is there"),
        (b"t.", "a mark where none is"),
        (b"K", "1 more bytes"),
        (b"h\x05.", "look back"),
        (b"\xff.", "the byte 0xff"),
        (b"X\x01\x00\x00\x00\xff.", "not UTF-8"),
        (b"cposix\nsyst", "cut off"),
        (b"K\x01K\x02\x93.", "a name that is not text"),
        (b"}(K\x01u.", "a key without a value"),
        (b"}K\x01K\x02sK\x01K\x02s.", "the key '1' twice"),
        (b"})K\x01s.", "a tuple as a key"),
    ],
)
def test_damaged_pickles_are_refused(program, message):
    assert message in _refusal(program)


@pytest.mark.parametrize(
    "opcode", [pickle.TUPLE1, pickle.MARK + pickle.EMPTY_LIST, b"]q\x00h\x00a]\x86"]
)
def test_deep_nesting_does_no_harm(opcode):
    with contextlib.suppress(refusal.RefusedError):
        _load(b"\x80\x02)" + 100000 * opcode + b".")


def test_a_deeply_nested_key_is_refused_before_it_is_hashed():
    assert "a tuple as a key" in _refusal(b"})" + 300000 * b"\x85" + b"K\x01s.")


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(b"Nr\xff\xff\xff\x7f.", id="memo index"),
        pytest.param(b"X\xff\xff\xff\xffx.", id="text"),
        pytest.param(b"\x8d" + b"\xff" * 7 + b"\x7fx.", id="BINUNICODE8"),
        pytest.param(b"\x96" + b"\xff" * 7 + b"\x0fx.", id="BYTEARRAY8"),
        pytest.param(b"\x8b\xff\xff\xff\x7fx.", id="LONG4"),
        pytest.param(b"\x95" + b"\xff" * 8 + b"N.", id="FRAME"),
    ],
)
def test_a_claimed_size_is_not_allocated(program):
    tracemalloc.start()
    with contextlib.suppress(refusal.RefusedError):
        _load(b"\x80\x04" + program)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_the_pickles_of_a_file_have_their_bound_together():
    stream = io.BytesIO(2 * (300_000 * b"N" + b"."))
    budget = pickle_budget.Budget()
    inert_pickle.load(stream, _NAMES, list, budget=budget)

    with pytest.raises(inert_pickle.RefusedError, match="more than 524288 opcodes in"):
        inert_pickle.load(stream, _NAMES, list, budget=budget)


def test_the_texts_of_a_file_have_their_bound_together():
    text = b"X" + (10 * 2**20).to_bytes(4, "little") + bytes(10 * 2**20) + b"."
    stream, budget = io.BytesIO(2 * text), pickle_budget.Budget()
    inert_pickle.load(stream, _NAMES, list, budget=budget)

    with pytest.raises(inert_pickle.RefusedError, match="more than 16777216 bytes in"):
        inert_pickle.load(stream, _NAMES, list, budget=budget)


def test_a_pickle_of_too_many_opcodes_is_refused():
    assert "more than 524288 opcodes" in _refusal((1 << 20) * b"N" + b".")


def test_long_names_are_cut_and_escaped_for_the_message():
    message = _refusal(b"c\x1b[2J%s\nx\n." % (1000 * b"a"))
    assert "\x1b" not in message and len(message) < 400


# Objects of other classes, left unread.


def _load_unread(pickled: bytes):
    unread: set[str] = set()
    stream = io.BytesIO(pickled)
    loaded = inert_pickle.load(stream, _NAMES, load_persistent=list, unread=unread)
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
    hostile = _Call(logging.FileHandler, str(proof))

    loaded, unread = _load_unread(pickle.dumps([hostile], protocol))

    assert [type(each) for each in loaded] == [inert_pickle.Unread]
    assert unread == {"logging.FileHandler"}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["system", "eval", "exec"])
def test_code_is_refused_also_where_objects_stay_unread(proof, name, protocol):
    function, argument = {
        "system": (os.system, f"echo > {proof}"),
        "eval": (eval, _touch(proof)),
        "exec": (exec, _touch(proof)),
    }[name]
    pickled = pickle.dumps({"args": _Call(function, argument)}, protocol)
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
        pytest.param(_ORDERED_DICT + b")\x81.", "opcode NEWOBJ", id="NEWOBJ known"),
        pytest.param(_STORAGE + b")\x81.", "opcode NEWOBJ", id="NEWOBJ a name"),
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
