"""Hostile pickles are refused without an effect."""

from __future__ import annotations

import collections
import contextlib
import copyreg
import io
import os
import pickle
import tracemalloc

import pytest

from efficientnet_hub.export.weights.containers import (
    inert_pickle,
    pickle_budget,
    refusal,
)
from efficientnet_hub.tests.export.weights.containers import hostile_pickles


def _load(pickled: bytes):
    return inert_pickle.load(
        io.BytesIO(pickled), hostile_pickles.NAMES, load_persistent=list
    )


def _refusal(pickled: bytes) -> str:
    with pytest.raises(refusal.RefusedError) as caught:
        _load(pickled)
    return str(caught.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_of_the_binary_protocols_is_built(protocol):
    data = {"a": [1, -2, 70000, 0.5, None, True], "b": ((), (1,), (1, 2, 3, 4)), 3: {}}
    if protocol < 2:
        assert "opcode" in _refusal(pickle.dumps(data, protocol))
    else:
        assert _load(pickle.dumps(data, protocol)) == data


def test_the_stream_is_left_behind_the_pickle():
    stream = io.BytesIO(pickle.dumps("first", 2) + pickle.dumps("second", 2))
    first = inert_pickle.load(stream, hostile_pickles.NAMES, load_persistent=list)
    assert (first, pickle.load(stream)) == ("first", "second")


def test_persistent_ids_are_left_to_the_caller():
    assert _load(pickle.dumps("ab", 2)[:-1] + b"Q.") == ["a", "b"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["system", "eval", "exec"])
def test_calls_are_refused_by_the_name_of_the_function(proof, name, protocol):
    function, argument = {
        "system": (os.system, f"echo > {proof}"),
        "eval": (eval, hostile_pickles.touch(proof)),
        "exec": (exec, hostile_pickles.touch(proof)),
    }[name]
    pickled = pickle.dumps(hostile_pickles.Call(function, argument), protocol)
    assert f".{name}' in the pickle" in _refusal(pickled)


def test_the_hostile_pickles_of_these_tests_do_work_elsewhere(tmp_path):
    pickle.loads(
        pickle.dumps(
            hostile_pickles.Call(exec, hostile_pickles.touch(tmp_path / "proof"))
        )
    )
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize("module", ["posix", "nt"])
def test_os_system_is_refused_by_its_full_name(proof, module):
    pickled = b"\x80\x02c%s\nsystem\nX\x04\x00\x00\x00true\x85R." % module.encode()
    assert f"'{module}.system' in the pickle" in _refusal(pickled)


@pytest.mark.parametrize("protocol", [3, 4])
def test_nested_getattr_is_refused(proof, protocol):
    function = hostile_pickles.Call(
        getattr, hostile_pickles.Call(__import__, "builtins"), "exec"
    )
    pickled = pickle.dumps(function, protocol)[:-1]
    pickled += pickle.dumps((hostile_pickles.touch(proof),), protocol)[2:-1] + b"R."
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
        pickled = pickle.dumps(
            hostile_pickles.Call(exec, hostile_pickles.touch(proof)), 2
        )
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
        pytest.param(
            b"(" + hostile_pickles.ORDERED_DICT + b"o.", "opcode OBJ", id="OBJ"
        ),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b")\x81.", "opcode NEWOBJ", id="NEWOBJ"
        ),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b")}\x92.",
            "opcode NEWOBJ_EX",
            id="NEWOBJ_EX",
        ),
        pytest.param(
            hostile_pickles.STORAGE + b")R.", "a call of a object", id="REDUCE a name"
        ),
        pytest.param(b"X\x01\x00\x00\x00x)R.", "a call of a str", id="REDUCE text"),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b"]R.",
            "a call of a Function",
            id="REDUCE list",
        ),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b"}}b.", "to change a dict", id="BUILD dict"
        ),
        pytest.param(
            hostile_pickles.STORAGE + b"}b.", "to change a object", id="BUILD a name"
        ),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b"}b.",
            "to change a Function",
            id="BUILD func",
        ),
        pytest.param(
            hostile_pickles.STORAGE + b"K\x01K\x02s.",
            "to change a object",
            id="SETITEM",
        ),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b"K\x01a.",
            "to change a Function",
            id="APPEND",
        ),
        pytest.param(
            hostile_pickles.ORDERED_DICT + b"K\x01\x85R.",
            "a call with 1",
            id="arguments",
        ),
    ],
)
def test_objects_are_neither_made_nor_changed(proof, program, message):
    assert message in _refusal(b"\x80\x02" + program)


def test_attributes_for_an_ordered_dict_are_dropped():
    state = pickle.dumps({"__class__": 1, "_metadata": 2, "update": 3}, 2)[2:-1]
    loaded = _load(b"\x80\x02" + hostile_pickles.ORDERED_DICT + b")R" + state + b"b.")
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


@pytest.mark.slow
@pytest.mark.parametrize(
    "opcode", [pickle.TUPLE1, pickle.MARK + pickle.EMPTY_LIST, b"]q\x00h\x00a]\x86"]
)
def test_deep_nesting_does_no_harm(opcode):
    with contextlib.suppress(refusal.RefusedError):
        _load(b"\x80\x02)" + 100000 * opcode + b".")


@pytest.mark.slow
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
    inert_pickle.load(stream, hostile_pickles.NAMES, list, budget=budget)

    with pytest.raises(inert_pickle.RefusedError, match="more than 524288 opcodes in"):
        inert_pickle.load(stream, hostile_pickles.NAMES, list, budget=budget)


def test_the_texts_of_a_file_have_their_bound_together():
    text = b"X" + (10 * 2**20).to_bytes(4, "little") + bytes(10 * 2**20) + b"."
    stream, budget = io.BytesIO(2 * text), pickle_budget.Budget()
    inert_pickle.load(stream, hostile_pickles.NAMES, list, budget=budget)

    with pytest.raises(inert_pickle.RefusedError, match="more than 16777216 bytes in"):
        inert_pickle.load(stream, hostile_pickles.NAMES, list, budget=budget)


def test_a_pickle_of_too_many_opcodes_is_refused():
    assert "more than 524288 opcodes" in _refusal((1 << 20) * b"N" + b".")


def test_long_names_are_cut_and_escaped_for_the_message():
    message = _refusal(b"c\x1b[2J%s\nx\n." % (1000 * b"a"))
    assert "\x1b" not in message and len(message) < 400
