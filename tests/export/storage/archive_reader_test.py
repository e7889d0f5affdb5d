"""Archives are unpacked whole or in part; unsafe or damaged ones are refused."""

from __future__ import annotations

import errno
import gzip
import io
import os
import pathlib
import shutil
import tarfile
import tempfile
import tracemalloc

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import archive_reader, archive_writer
from efficientnet_hub.tests.export.storage import sample_files

_CASES = pathlib.Path(__file__).parents[2] / "testdata" / "archives"
# The memory in bytes that extracting a few kilobytes may take.
_FEW_BYTES = 2 * 2**20


@pytest.fixture(name="write_tar")
def _write_tar(tmp_path):
    """Returns a function that writes a .tar.gz of members, links and devices too."""

    def _write(*members: tarfile.TarInfo, start=b"") -> pathlib.Path:
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for member in members:
                tar.addfile(member, io.BytesIO(b"\0" * member.size))
        path = tmp_path / "others.tar.gz"
        path.write_bytes(gzip.compress(start + raw.getvalue()))
        return path

    return _write


def _member(name: str, kind=tarfile.REGTYPE, size=0, **fields) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    for field, value in fields.items():
        setattr(member, field, value)
    return member


@pytest.fixture(name="refusal")
def _refusal(tmp_path, contents):
    """Returns a function that returns why an archive is refused."""

    def _refusal(path, max_bytes=2**20) -> str:
        folder = tmp_path / "sandbox" / "folder"
        folder.mkdir(parents=True)
        before = set(tmp_path.rglob("*"))
        with pytest.raises(errors.InputError) as caught:
            archive_reader.extract(str(path), str(folder), max_bytes)
        assert set(tmp_path.rglob("*")) - set(folder.rglob("*")) == before
        assert sum(map(len, contents(folder).values())) <= max_bytes
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)
        return str(caught.value)

    return _refusal


def test_what_was_packed_is_unpacked(packed, tmp_path, contents):
    archive_reader.extract(str(packed), str(tmp_path / "unpacked"))

    assert contents(tmp_path / "unpacked") == sample_files.CONTENTS


def test_a_directory_is_used_as_it_is(tmp_path):
    with archive_reader.unpack(str(tmp_path)) as folder:
        assert folder == str(tmp_path)
    assert tmp_path.exists()


def test_an_archive_is_unpacked_to_a_temporary_directory(packed, contents):
    with archive_reader.unpack(str(packed)) as folder:
        assert contents(folder) == sample_files.CONTENTS
    assert not os.path.exists(folder)


def test_only_the_files_that_are_needed_are_unpacked(packed, contents):
    names = ["tfhub_module.pb", "variables/variables.index", "nothing.txt"]

    with archive_reader.unpack(str(packed), only=names) as folder:
        assert contents(folder) == {
            name: sample_files.CONTENTS[name] for name in names[:2]
        }


def test_an_archive_is_read_as_far_as_the_last_file_that_is_needed(tmp_path, contents):
    folder, path = tmp_path / "module", tmp_path / "module.tar.gz"
    weights = sample_files.write(folder) + "/variables/variables.data-00000-of-00001"
    pathlib.Path(weights).write_bytes(os.urandom(2**20))
    archive_writer.write_archive(str(folder), str(path))
    path.write_bytes(path.read_bytes()[: 2**19])
    names = ["saved_model.pb", "tfhub_module.pb"]

    archive_reader.extract_files(str(path), str(tmp_path / "some"), names)

    assert contents(tmp_path / "some") == {
        name: sample_files.CONTENTS[name] for name in names
    }
    with pytest.raises(errors.InputError, match="truncated or damaged"):
        archive_reader.extract_files(
            str(path), str(tmp_path / "more"), [*names, "more"]
        )


def test_a_file_in_an_archive_of_the_current_folder_is_found(
    write_tar, tmp_path, contents
):
    # As `tar --create --gzip .` writes it.
    path = write_tar(_member(".", tarfile.DIRTYPE), _member("./graph", size=3))

    archive_reader.extract_files(str(path), str(tmp_path / "unpacked"), ["graph"])

    assert contents(tmp_path / "unpacked") == {"graph": b"\0\0\0"}


@pytest.mark.parametrize(
    "member",
    [_member("../file"), _member("link", tarfile.SYMTYPE), _member("graph", size=1)],
    ids=["outside", "link", "twice"],
)
def test_an_unsafe_member_among_other_files_is_refused(member, write_tar, tmp_path):
    path = write_tar(_member("graph", size=3), member, _member("needed", size=3))

    with pytest.raises(errors.InputError, match="archive '.*' must"):
        archive_reader.extract_files(
            str(path), str(tmp_path / "a"), ["graph", "needed"]
        )


def test_folders_and_long_names_are_unpacked(write_tar, tmp_path, contents):
    name = "folder/" + "n" * 200
    path = write_tar(_member("folder", tarfile.DIRTYPE), _member(name, size=3))

    archive_reader.extract(str(path), str(tmp_path / "unpacked"))

    assert contents(tmp_path / "unpacked") == {name: b"\0\0\0"}


@pytest.mark.parametrize(
    "name",
    [
        "../file",
        "folder/../../file",
        "/file",
        "..",
        "folder\\..\\file",
        "a\0b",
        "../a\nb",
    ],
)
def test_a_member_outside_the_folder_is_refused(name, write_tar, refusal):
    member = _member("file", pax_headers={"path": name})

    assert "must stay in its own folder" in refusal(write_tar(member))


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
    link = _member("link", kind, linkname="/etc", devmajor=1, devminor=3)

    assert "'link', which is a link or a device" in refusal(write_tar(link))


def test_a_file_below_a_link_is_refused(write_tar, refusal):
    link = _member("link", tarfile.SYMTYPE, linkname="..")

    assert "'link'" in refusal(write_tar(link, _member("link/file", size=1)))


def test_a_sparse_file_is_refused(write_tar, refusal):
    # 1 GiB of nothing, in no byte of the archive.
    sparse = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.size": str(2**30),
        "GNU.sparse.map": "0,0",
    }

    assert "'hole'" in refusal(write_tar(_member("hole", pax_headers=sparse)))


@pytest.mark.parametrize("second", ["file", "./file", "folder//../file", "file/below"])
def test_a_file_twice_is_refused(second, write_tar, refusal):
    refusal(write_tar(_member("file", size=1), _member(second, size=1)))


@pytest.mark.parametrize("size", [2**20, 2**24], ids=["one file", "longer than read"])
def test_an_archive_bomb_is_refused_before_it_fills_the_disk(size, write_tar, refusal):
    bomb = write_tar(_member("zeros", size=size), _member("more", size=size))

    assert bomb.stat().st_size < size / 100
    assert "at most 1048576 bytes" in refusal(bomb)


def test_bytes_after_the_archive_count_too(write_tar, refusal):
    path = write_tar(_member("file"))
    with open(str(path), "ab") as file:
        file.write(gzip.compress(b"\0" * 2**21))

    assert "archive bomb" in refusal(path)


def _header(kind: bytes, content: bytes) -> bytes:
    """Returns a header that precedes a member and extends its own."""
    padding = b"\0" * (-len(content) % tarfile.BLOCKSIZE)
    return _member("header", kind, len(content)).tobuf() + content + padding


@pytest.mark.parametrize(
    "kind",
    [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME],
    ids=["pax", "pax for all", "long name"],
)
def test_a_header_bomb_is_refused_before_it_fills_the_memory(kind, write_tar, refusal):
    bomb = write_tar(_member("file"), start=_header(kind, b"\0" * 2**25))

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
    "before", [b"", _member("folder", tarfile.DIRTYPE, 2**28).tobuf()]
)
def test_many_headers_of_one_member_are_refused(header, before, write_tar, refusal):
    refusal(write_tar(_member("file"), start=before + 3000 * header), 2**30)


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

    assert f"found {size}"[:100] in refusal(write_tar(_member("f"), start=header))


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
    refusal(write_tar(_member("hole", size=600, pax_headers=headers)))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_SPARSE, b"Q"])
@pytest.mark.parametrize("size", [b"\xff" * 12, b"\x80" + b"\xff" * 11, b"x" * 12])
def test_a_malformed_header_is_refused(kind, size, write_tar, refusal):
    header = bytearray(_member("file", kind).tobuf())
    header[124:136] = size
    header[148:156] = (
        b"%06o\0 "
        % tarfile.calc_chksums(bytes(header[:148]) + b" " * 8 + bytes(header[156:]))[0]
    )

    refusal(write_tar(_member("other"), start=bytes(header)))


@pytest.mark.parametrize(
    ("count", "name"), [(501, "{}"), (1, "n/" * 32 + "{}"), (1, "n" * 255 + "{}")]
)
def test_too_many_files_levels_and_long_names_are_refused(
    count, name, write_tar, refusal
):
    members = [_member(name.format(number)) for number in range(count)]

    refusal(write_tar(*members))


def test_as_many_files_levels_and_bytes_as_allowed_are_unpacked(write_tar, tmp_path):
    names = ["n" * 255, "n/" * 31 + "n", *map(str, range(498))]

    archive_reader.extract(
        str(write_tar(*map(_member, names))), str(tmp_path / "unpacked")
    )

    assert len(list((tmp_path / "unpacked").iterdir())) == 500


def test_a_full_disk_is_named(packed, monkeypatch):
    def fill(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", fill)

    with pytest.raises(errors.InputError) as caught, archive_reader.unpack(str(packed)):
        pass

    assert str(caught.value) == (
        f"archive '{packed}' must fit into the folder for temporary files, "
        f"'{tempfile.gettempdir()}', found 'No space left on device': set TMPDIR to a "
        "folder with more space"
    )


def test_a_later_error_names_the_archive_and_leaves_no_files(packed):
    with pytest.raises(errors.InputError) as caught, archive_reader.unpack(
        str(packed)
    ) as folder:
        raise errors.InputError(f"'{folder}/saved_model.pb' is wrong")

    assert str(caught.value) == f"'{packed}/saved_model.pb' is wrong"
    assert not os.path.exists(folder)


@pytest.mark.parametrize("cut", [0, 1, 10, 500, -9, -1])
def test_a_truncated_archive_is_refused(cut, packed, refusal):
    packed.write_bytes(packed.read_bytes()[:cut])

    assert "truncated or damaged" in refusal(packed)


@pytest.mark.parametrize("position", [0, 2, 100, 500, -8, -1])
def test_a_flipped_bit_is_found(position, packed, refusal):
    content = bytearray(packed.read_bytes())
    content[position] ^= 1
    packed.write_bytes(content)

    assert "truncated or damaged" in refusal(packed)


@pytest.mark.parametrize(
    "content",
    [b"", b"text", gzip.compress(b"text"), gzip.compress(b"t" * 1000)],
    ids=["nothing", "text", "compressed text", "more compressed text"],
)
def test_another_kind_of_file_is_refused(content, tmp_path, refusal):
    path = tmp_path / "file.tar.gz"
    path.write_bytes(content)

    assert "must be a whole .tar.gz" in refusal(path)


def test_a_missing_file_is_refused(tmp_path, refusal):
    sentence = refusal(tmp_path / "nothing.tar.gz")

    assert sentence.endswith("or a .tar.gz, found nothing at this path")


def test_a_refused_archive_leaves_no_files(packed, tmp_path, monkeypatch):
    packed.write_bytes(packed.read_bytes()[:-1])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    with pytest.raises(errors.InputError), archive_reader.unpack(str(packed)):
        pass

    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("address", "how"),
    [
        (
            "https://host/google/efficientnet/b2/classification/1",
            "get it by curl -L -o module.tar.gz 'https://host/google/efficientnet/b2/"
            "classification/1?tf-hub-format=compressed'",
        ),
        (
            "http://host/b2.tar.gz",
            "get it by curl -L -o module.tar.gz 'http://host/b2.tar.gz'",
        ),
        (
            "http://host/b2?a=b",
            "get it by curl -L -o module.tar.gz 'http://host/b2?a=b'",
        ),
        ("gs://bucket/b2", "copy it to this machine"),
    ],
)
def test_an_address_is_refused(address, how):
    with pytest.raises(errors.InputError) as caught, archive_reader.unpack(address):
        pass

    assert str(caught.value) == (
        f"'{address}' must be a module's directory or a .tar.gz on this machine, "
        f"found an address: {how} first"
    )
