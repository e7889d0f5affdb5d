"""A damaged index is refused before TensorFlow, which stops the process, reads it."""

from __future__ import annotations

import contextlib
import os
import random

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from google.protobuf import message as protobuf_message
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import tensor_bundle_pb2

from efficientnet_hub.export.weights.containers import (
    checkpoint_index,
    sorted_table,
    tensor_entry,
)
from efficientnet_hub.tests.export.weights.containers import crafted_checkpoint as craft

_HEADER = (b"", craft.header())
_HUGE = 2**62


def _rows(**tensors) -> list[tuple[bytes, bytes]]:
    """The header, and the tensors by name."""
    return [_HEADER] + [(key.encode(), value) for key, value in tensors.items()]


def _refusal(tmp_path, content: bytes) -> str:
    with pytest.raises(sorted_table.DamagedError) as caught:
        checkpoint_index.read(craft.write(tmp_path / "m", content))
    message = str(caught.value)
    assert message.isprintable() and len(message) < 300
    return message


def _open(prefix: str):
    return tf.train.NewCheckpointReader(prefix)


# What TensorFlow writes.


def test_the_entries_are_those_that_tensorflow_reads(trained):
    entries = checkpoint_index.read(trained.prefix)
    reader = _open(trained.prefix)

    shapes = {name: list(entry.shape) for name, entry in entries.items()}
    assert shapes == reader.get_variable_to_shape_map()
    types = {name: entry.dtype for name, entry in entries.items()}
    assert types == reader.get_variable_to_dtype_map()
    assert all(entry.has_fixed_size for entry in entries.values())


@pytest.mark.parametrize(("length", "parts"), [(10, 3), (200, 2), (9000, 4), (6, 1)])
def test_the_parts_of_a_partitioned_variable_are_one_tensor(length, parts, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable(
            "v", [2, length], partitioner=tf.fixed_size_partitioner(parts, axis=1)
        )
        tf.get_variable("w", [3])
        session.run(tf.global_variables_initializer())
        prefix = tf.train.Saver().save(session, str(tmp_path / "m"))

    entries = checkpoint_index.read(prefix)

    assert {name: entry.shape for name, entry in entries.items()} == {
        "v": (2, length),
        "w": (3,),
    }
    assert entries["v"].num_bytes == 8 * length


def test_a_table_of_many_blocks_is_read():
    blocks = [[(b"a", b"1"), (b"ab", b"2")], [], [(b"b", b"")]]
    table = craft.table(*map(craft.rows_block, blocks), separators=[b"ab", b"ac", b"b"])

    assert sorted_table.read_entries(table) == sum(blocks, [])


# What it does not write.


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"shape": [-1, 3]}, "impossible shape"),
        ({"shape": [_HUGE, _HUGE, 0]}, "impossible shape"),
        ({"shape": [2**32, 2**32, 2**32]}, "impossible shape"),
        ({"shape": [1] * 300}, "impossible shape"),
        ({"shape": [2, 4]}, "another size than its shape"),
        ({"shape": [2**40]}, "another size than its shape"),
        ({"dtype": 0}, "unknown type 0"),
        ({"dtype": 99}, "unknown type 99"),
        ({"dtype": types_pb2.DT_FLOAT_REF}, "float32_ref"),
        ({"dtype": types_pb2.DT_DOUBLE}, "another size than its shape"),
        ({"dtype": types_pb2.DT_STRING, "shape": [2**40]}, "another size"),
        ({"offset": -1}, "impossible position"),
        ({"offset": 2**63 - 1}, "after the end of its file"),
        ({"offset": craft.DATA_BYTES - 23}, "after the end of its file"),
        ({"size": -24}, "impossible position"),
        ({"shard_id": 1}, "file 1 of 1"),
        ({"shard_id": -1}, "file -1 of 1"),
        ({"slices": [[(0, 1), (0, 3)]]}, "gaps or overlaps"),
        ({"slices": [[(0, 2), (0, 3)], [(1, 1), (0, 3)]]}, "gaps or overlaps"),
        ({"slices": [[(0, 2), (0, 3)]] * 2}, "gaps or overlaps"),
        ({"slices": [[(1, 1), (0, 3)], [(0, 1), (0, 2)]]}, "gaps or overlaps"),
        ({"slices": [[(-1, 3), (0, 3)]]}, "gaps or overlaps"),
        ({"slices": [[(0, 2)]]}, "another rank"),
        ({"slices": [[]], "shape": []}, "another rank"),
        ({"slices": [[(0, None), (0, None)]]}, "without one of its parts"),
    ],
)
def test_an_impossible_entry_is_refused(changes, found, tmp_path):
    message = _refusal(tmp_path, craft.index(_rows(v=craft.tensor(**changes))))

    assert found in message and "'v'" in message


def test_an_unknown_rank_is_refused(tmp_path):
    entry = tensor_bundle_pb2.BundleEntryProto.FromString(craft.tensor())
    entry.shape.unknown_rank = True

    content = craft.index(_rows(v=entry.SerializeToString()))

    assert "impossible shape" in _refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (b"\xff\xff", "no protocol message"),
        (craft.tensor()[:-2], "no protocol message"),
        # Parsers differ in what they make of a field that occurs twice.
        (craft.tensor() + craft.tensor(), "TensorFlow did not write"),
    ],
)
def test_an_entry_in_another_form_is_refused(value, found, tmp_path):
    assert found in _refusal(tmp_path, craft.index(_rows(v=value)))


def test_a_part_of_no_tensor_is_refused(tmp_path):
    rows = [_HEADER, (b"\0v\0\x01\x01\x01\x80\x82", craft.tensor())]

    assert "a part of no tensor" in _refusal(tmp_path, craft.index(rows))


def test_two_tensors_in_one_place_are_refused(tmp_path):
    # A small file could otherwise stand for any number of large tensors.
    content = craft.index(_rows(v=craft.tensor(), w=craft.tensor(offset=20)))

    assert "at the position of another tensor" in _refusal(tmp_path, content)


@pytest.mark.parametrize("key", [b"\xff", b"v\nw", b"\x1b[31m", b"v" * 2000])
def test_a_name_that_is_no_text_is_refused(key, tmp_path):
    _refusal(tmp_path, craft.index([_HEADER, (key, craft.tensor())]))


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (craft.header(endianness=1), "byte order"),
        (craft.header(num_shards=0), "0 files"),
        (craft.header(num_shards=-5), "-5 files"),
        (b"\x08", "no protocol message"),
    ],
)
def test_a_header_of_another_kind_is_refused(header, found, tmp_path):
    content = craft.index([(b"", header), (b"v", craft.tensor())])

    assert found in _refusal(tmp_path, content)


def test_a_newer_version_is_refused(tmp_path):
    header = tensor_bundle_pb2.BundleHeaderProto.FromString(craft.header())
    header.version.min_consumer = 2

    content = craft.index([(b"", header.SerializeToString())])

    assert "another version" in _refusal(tmp_path, content)


@pytest.mark.parametrize("rows", [[], [(b"v", craft.tensor())]])
def test_an_index_without_a_header_is_refused(rows, tmp_path):
    assert "without a header" in _refusal(tmp_path, craft.index(rows))


_SHARED = craft.entry(b"vw", b"") + craft.entry(b"x", b"", shared=3)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "without the end"),
        (b"\0" * 100, "without the end"),
        (craft.index(_rows())[:-8] + b"\0" * 8, "without the end"),
        (craft.index(_rows())[:-48] + b"\xff" * 40 + craft.index([])[-8:], "too large"),
        (craft.table(craft.rows_block(_rows()), compression=b"\1"), "compressed"),
        (craft.table(b"\0"), "empty block"),
        (craft.table(craft.block(b"", ())), "restart points"),
        (craft.table(craft.block(craft.entry(*_HEADER), (0, 3))), "restart points"),
        (craft.table(craft.block(craft.entry(*_HEADER), (0, 0))), "restart points"),
        (craft.table(craft.block(_SHARED)), "reaches outside its block"),
        (craft.table(craft.block(b"\0\x7f\x7f")), "reaches outside its block"),
        (craft.table(craft.block(b"\xff" * 11)), "too large"),
        (craft.index([(b"w", b""), (b"v", b"")]), "wrong order"),
        (craft.index([(b"v", b""), (b"v", b"")]), "wrong order"),
        (craft.table(craft.rows_block([(b"w", b"")]), separators=[b"v"]), "order"),
    ],
)
def test_another_table_is_refused(content, found, tmp_path):
    assert found in _refusal(tmp_path, content)


def test_the_number_of_entries_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(sorted_table, "_MAX_ENTRIES", 2)

    content = craft.index(_rows(v=craft.tensor(), w=craft.tensor(offset=24)))

    assert "more than 2 entries" in _refusal(tmp_path, content)


def test_a_large_index_is_not_read(tmp_path):
    prefix = craft.write(tmp_path / "m", b"")
    os.truncate(prefix + ".index", 2**40)

    with pytest.raises(sorted_table.DamagedError, match="bytes, more than"):
        checkpoint_index.read(prefix)


def test_a_file_that_is_larger_than_its_tensors_is_refused(tmp_path):
    prefix = craft.write(tmp_path / "m", craft.index(_rows(v=craft.tensor())))
    os.truncate(prefix + ".data-00000-of-00001", 2**40)

    with pytest.raises(sorted_table.DamagedError, match="which has 24 of tensors"):
        checkpoint_index.read(prefix)


@pytest.mark.parametrize("end", [".index", ".data-00000-of-00001"])
def test_a_pipe_is_refused(end, tmp_path):
    prefix = craft.write(tmp_path / "m", craft.index(_rows(v=craft.tensor())))
    os.remove(prefix + end)
    os.mkfifo(prefix + end)

    with pytest.raises(sorted_table.DamagedError, match="which is no file"):
        checkpoint_index.read(prefix)


# Random mistakes: nothing that passes the checks stops the process.

_NUMBERS = (0, 1, 2, 3, 5, 24, 255, 2**31 - 1, 2**31, 2**40, _HUGE, 2**63 - 1)


def _spoil(rng: random.Random, message):
    """Sets one number of a message to a special one."""
    number = rng.choice(_NUMBERS) * rng.choice([1, 1, -1])
    change = rng.choice(
        [
            lambda: setattr(message, "dtype", rng.randint(-1, 130)),
            lambda: setattr(message, "shard_id", number),
            lambda: setattr(message, "offset", number),
            lambda: setattr(message, "size", number),
            lambda: setattr(rng.choice(message.shape.dim), "size", number),
            lambda: setattr(message.shape.dim.add(), "size", number),
            lambda: setattr(message.shape, "unknown_rank", True),
            lambda: setattr(message.slices.add().extent.add(), "start", number),
            lambda: message.slices.extend(list(message.slices)),
            lambda: setattr(rng.choice(message.slices).extent[0], "start", number),
            lambda: setattr(rng.choice(message.slices).extent[0], "length", number),
        ]
    )
    # There may be no such part, and the number may not fit.
    with contextlib.suppress(IndexError, ValueError):
        change()


def _spoil_entry(rng: random.Random, value: bytes) -> bytes:
    try:
        message = tensor_bundle_pb2.BundleEntryProto.FromString(value)
    except protobuf_message.DecodeError:  # By an earlier mistake.
        return value
    _spoil(rng, message)
    return message.SerializeToString()


def _spoil_bytes(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    position = rng.randrange(len(changed))
    changed[position : position + rng.randint(0, 2)] = rng.choice(
        [b"", b"\0", b"\x80", b"\xff", b"\x01\x02"]
    )
    return bytes(changed)


def _craft_index(rng: random.Random) -> bytes:
    """A sound index with one or two mistakes, and sound checksums."""
    whole = [[(0, 1), (0, 3)], [(1, 1), (0, None)]]
    rows = [
        _HEADER,
        (b"\0v\0\x01\x01\x02\x80\x81\x80\x83", craft.tensor([1, 3], size=12)),
        (
            b"\0v\0\x01\x01\x02\x81\x81\x80\x7f",
            craft.tensor([1, 3], size=12, offset=12),
        ),
        (b"v", craft.tensor(size=0, slices=whole)),
        (b"w", craft.tensor(offset=24)),
        (b"x", craft.tensor([4], types_pb2.DT_INT64, offset=48, size=32)),
    ]
    for _ in range(rng.randint(1, 2)):
        count = rng.randrange(len(rows))
        key, value = rows[count]
        kind = rng.randrange(8)
        if kind < 5 and key:
            rows[count] = (key, _spoil_entry(rng, value))
        elif kind == 5 and value:
            rows[count] = (key, _spoil_bytes(rng, value))
        elif kind == 6 and key:
            rows[count] = (_spoil_bytes(rng, key), value)
        elif kind == 7 and len(rows) > 1:
            del rows[count]
    if rng.random() < 0.9:
        rows.sort()
    content = craft.index(rows)
    return _spoil_bytes(rng, content) if rng.random() < 0.1 else content


def _check_random_indexes(seeds, folder) -> int:
    accepted = 0
    for seed in seeds:
        prefix = craft.write(folder / "m", _craft_index(random.Random(seed)))
        try:
            entries = checkpoint_index.read(prefix)
        except sorted_table.DamagedError as error:
            assert str(error).isprintable() and len(str(error)) < 300
            continue
        accepted += 1
        _read_all(prefix, entries)
    return accepted


def _read_all(prefix: str, entries: dict[str, tensor_entry.Entry]) -> None:
    """Reads everything by TensorFlow, which may find a wrong checksum."""
    try:
        reader = _open(prefix)
        for name, entry in entries.items():
            if entry.has_fixed_size:
                value = reader.get_tensor(name)
                assert value.shape == entry.shape and not np.any(value)
    except (tf.errors.OpError, RuntimeError, ValueError):
        pass


def test_a_sound_index_passes_the_checks(tmp_path):
    class _Sound(random.Random):
        def randrange(self, *arguments):  # The kind of mistake that is none.
            return 0

        def random(self):
            return 0.5

    prefix = craft.write(tmp_path / "m", _craft_index(_Sound(0)))

    assert set(checkpoint_index.read(prefix)) == {"v", "w", "x"}


def test_no_crafted_index_stops_the_process(tmp_path):
    assert 10 < _check_random_indexes(range(300), tmp_path) < 200


@pytest.mark.slow
def test_no_crafted_index_of_many_stops_the_process(tmp_path):
    assert _check_random_indexes(range(1000, 21_000), tmp_path) > 500
