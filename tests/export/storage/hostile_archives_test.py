"""Archives that would harm are refused, within bounds of disk, memory and time."""

from __future__ import annotations

import gzip
import pathlib
import tarfile
import tracemalloc

import pytest

from efficientnet_hub.export.storage import archive_reader
from efficientnet_hub.tests.export.storage import tar_members

_CASES = pathlib.Path(__file__).parents[2] / "testdata" / "archives"


# The memory in bytes that extracting a few kilobytes may take.
_FEW_BYTES = 2 * 2**20


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
    ],
    ids=["symlink", "hardlink", "character device", "block device", "pipe"],
)
def test_links_and_devices_are_refused(kind, write_tar, refusal):
    link = tar_members.make("link", kind, linkname="/etc", devmajor=1, devminor=3)

    assert "'link', which is a link or a device" in refusal(write_tar(link))


def test_a_file_below_a_link_is_refused(write_tar, refusal):
    link = tar_members.make("link", tarfile.SYMTYPE, linkname="..")

    assert "'link'" in refusal(write_tar(link, tar_members.make("link/file", size=1)))


def test_a_sparse_file_is_refused(write_tar, refusal):
    # 1 GiB of nothing, in no byte of the archive.
    sparse = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.size": str(2**30),
        "GNU.sparse.map": "0,0",
    }

    assert "'hole'" in refusal(write_tar(tar_members.make("hole", pax_headers=sparse)))


@pytest.mark.parametrize("second", ["file", "./file", "folder//../file", "file/below"])
def test_a_file_twice_is_refused(second, write_tar, refusal):
    refusal(
        write_tar(tar_members.make("file", size=1), tar_members.make(second, size=1))
    )


@pytest.mark.parametrize("size", [2**20, 2**24], ids=["one file", "longer than read"])
def test_an_archive_bomb_is_refused_before_it_fills_the_disk(size, write_tar, refusal):
    bomb = write_tar(
        tar_members.make("zeros", size=size), tar_members.make("more", size=size)
    )

    assert bomb.stat().st_size < size / 100
    assert "at most 1048576 bytes" in refusal(bomb)


def test_bytes_after_the_archive_count_too(write_tar, refusal):
    path = write_tar(tar_members.make("file"))
    with open(str(path), "ab") as file:
        file.write(gzip.compress(b"\0" * 2**21))

    assert "archive bomb" in refusal(path)


def _header(kind: bytes, content: bytes) -> bytes:
    """Returns a header that precedes a member and extends its own."""
    padding = b"\0" * (-len(content) % tarfile.BLOCKSIZE)
    return tar_members.make("header", kind, len(content)).tobuf() + content + padding


@pytest.mark.parametrize(
    "kind",
    [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME],
    ids=["pax", "pax for all", "long name"],
)
def test_a_header_bomb_is_refused_before_it_fills_the_memory(kind, write_tar, refusal):
    bomb = write_tar(tar_members.make("file"), start=_header(kind, b"\0" * 2**25))

    tracemalloc.start()
    message = refusal(bomb, max_bytes=2**30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "archive bomb" in message
    assert peak < _FEW_BYTES


@pytest.mark.parametrize(
    "header",
    [
        _header(tarfile.XHDTYPE, b"11 path=ab\n"),
        _header(tarfile.GNUTYPE_LONGNAME, b"ab\0"),
    ],
    ids=["pax", "long name"],
)
@pytest.mark.parametrize(
    "before", [b"", tar_members.make("folder", tarfile.DIRTYPE, 2**28).tobuf()]
)
def test_many_headers_of_one_member_are_refused(header, before, write_tar, refusal):
    refusal(write_tar(tar_members.make("file"), start=before + 3000 * header), 2**30)


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("huge_member_size", "must unpack to at most 1048576 bytes, found 3094850098"),
        ("deep_folders", "must have names of at most 255 bytes and 32 levels"),
    ],
)
def test_a_small_archive_that_would_take_for_ever_is_refused(case, sentence, refusal):
    assert sentence in refusal(_CASES / f"{case}.tar.gz")


@pytest.mark.parametrize("size", [-1, 2**20 + 1, 2**200])
def test_an_impossible_size_is_refused(size, write_tar, refusal):
    header = _pax_header("size", size)

    assert f"found {size}"[:100] in refusal(
        write_tar(tar_members.make("f"), start=header)
    )


def _pax_header(key: str, value: object) -> bytes:
    """Returns a header that gives the next member another value of a field."""
    record = f" {key}={value}\n"
    length = len(record) + len(str(len(record) + 4))
    return _header(tarfile.XHDTYPE, f"{length}{record}".encode())


@pytest.mark.parametrize(
    "headers",
    [
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
        {"GNU.sparse.map": "x"},
        {"GNU.sparse.size": "9" * 5000},
        {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "1,y"},
    ],
    ids=["content that is no map", "text", "thousands of digits", "no number"],
)
def test_a_malformed_sparse_header_is_refused(headers, write_tar, refusal):
    refusal(write_tar(tar_members.make("hole", size=600, pax_headers=headers)))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_SPARSE, b"Q"])
@pytest.mark.parametrize("size", [b"\xff" * 12, b"\x80" + b"\xff" * 11, b"x" * 12])
def test_a_malformed_header_is_refused(kind, size, write_tar, refusal):
    header = bytearray(tar_members.make("file", kind).tobuf())
    header[124:136] = size
    header[148:156] = (
        b"%06o\0 "
        % tarfile.calc_chksums(bytes(header[:148]) + b" " * 8 + bytes(header[156:]))[0]
    )

    refusal(write_tar(tar_members.make("other"), start=bytes(header)))


@pytest.mark.parametrize(
    ("count", "name"), [(501, "{}"), (1, "n/" * 32 + "{}"), (1, "n" * 255 + "{}")]
)
def test_too_many_files_levels_and_long_names_are_refused(
    count, name, write_tar, refusal
):
    members = [tar_members.make(name.format(number)) for number in range(count)]

    refusal(write_tar(*members))


def test_as_many_files_levels_and_bytes_as_allowed_are_unpacked(write_tar, tmp_path):
    names = ["n" * 255, "n/" * 31 + "n", *map(str, range(498))]

    archive_reader.extract(
        str(write_tar(*map(tar_members.make, names))), str(tmp_path / "unpacked")
    )

    assert len(list((tmp_path / "unpacked").iterdir())) == 500
