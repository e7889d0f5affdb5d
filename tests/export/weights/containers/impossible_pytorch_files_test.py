"""Files that PyTorch would not write are refused, and bound what they take."""

from __future__ import annotations

import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from efficientnet_hub.tests.export.weights.containers import pytorch_files as files


@pytest.mark.parametrize("numel", [7, 1 << 40, (1 << 48) - 1])
def test_a_storage_larger_than_the_file_is_not_allocated(write, numel):
    path = write(
        files.make_unzipped(
            files.pickle_state(files.push_tensor(files.push_storage(numel=numel))),
            numel=numel,
        )
    )
    tracemalloc.start()
    assert (
        f"must hold {4 * numel} bytes of storage '0', found 24"
        in files.find_refusal(path)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_refused_tensors_are_named(write_state):
    message = files.find_refusal(
        write_state(
            files.pickle_state(files.push_tensor(), files.push_tensor(offset=9))
        )
    )
    assert "tensor '1' within its 6 elements" in message


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"numel": 7}, "begins with the length 0x0000000000000007"),
        ({"numel": -1}, "begins with the length 0xffffffffffffffff"),
        ({"raw": files.SIX_FLOATS[:-1]}, "found 23"),
        ({"raw": files.SIX_FLOATS + b"x"}, "more bytes"),
        ({"keys": ()}, "a list of other storages"),
        ({"keys": ("0", "0")}, "a list of other storages"),
        ({"keys": (0,)}, "no list of the storages' keys"),
    ],
)
def test_storages_other_than_described_are_refused(write, changes, message):
    assert message in files.find_refusal(
        write(files.make_unzipped(files.pickle_state(files.push_tensor()), **changes))
    )


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"method": zipfile.ZIP_DEFLATED}, "compressed"),
        ({"raw": b""}, "found 0"),
        ({"more": [("archive/../x", b"")]}, "not a plain one"),
        ({"more": [("/archive/x", b"")]}, "not a plain one"),
        ({"more": [("archive\\..\\x", b"")]}, "not a plain one"),
        ({"more": [("other/data.pkl", b"")]}, "members elsewhere"),
    ],
)
def test_archives_that_torch_does_not_write_are_refused(write, changes, message):
    assert message in files.find_refusal(
        write(files.make_zipped(files.pickle_state(files.push_tensor()), **changes))
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_more_than_once_are_refused(write):
    data = files.make_zipped(
        files.pickle_state(files.push_tensor()), more=[("archive/data.pkl", b"N.")]
    )
    assert "'archive/data.pkl' more than once" in files.find_refusal(write(data))


def test_storages_are_not_looked_for_elsewhere(write):
    state = files.pickle_state(files.push_tensor(files.push_storage(key="../data/0")))
    assert "found 0" in files.find_refusal(write(files.make_zipped(state)))


def test_a_bomb_is_not_unpacked(write):
    bomb = files.make_zipped(
        files.pickle_state(files.push_tensor()),
        raw=bytes(1 << 24),
        method=zipfile.ZIP_DEFLATED,
    )
    assert len(bomb) < 1 << 15
    tracemalloc.start()
    message = files.find_refusal(write(bomb))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "compressed" in message and peak < 1 << 21


def test_members_that_overlap_are_refused(write):
    """The directory names one member's bytes for many members."""
    many = [(f"archive/data/{key}", b"") for key in range(1, 40)]
    data = files.make_zipped(
        files.pickle_state(files.push_tensor()), more=many, raw=bytes(4096)
    )
    start = data.index(b"PK\x01\x02")
    # Three zeros stand for the checksum and the two sizes of an empty member.
    directory = data[start:].replace(bytes(12), struct.pack("<3I", 0, 4096, 4096))
    message = files.find_refusal(write(data[:start] + directory))
    assert "members of more than the file's" in message


def test_shared_storages_take_no_more_memory_for_more_tensors(write):
    raw = np.arange(1 << 18, dtype="<f4").tobytes()
    tensor = files.push_tensor(
        files.push_storage(numel=1 << 18), size=(1 << 18,), stride=(1,)
    )
    path = write(
        files.make_unzipped(files.pickle_state(*200 * [tensor]), raw=raw, numel=1 << 18)
    )
    tracemalloc.start()
    assert len(files.read(path)) == 200
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(raw)


def test_the_five_pickles_of_an_old_file_have_their_bound_together(tmp_path):
    filler = 400_000 * b"N"
    path = tmp_path / "old.pth"
    facts = (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})
    path.write_bytes(
        b"".join(b"\x80\x02" + filler + files.push(f) + b"." for f in facts)
    )

    start = time.process_time()
    message = files.find_refusal(path)

    assert "more than 524288 opcodes in its pickles" in message
    assert time.process_time() - start < 3
