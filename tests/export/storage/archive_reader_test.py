"""Archives are unpacked whole or in part; damaged ones are refused."""

from __future__ import annotations

import errno
import gzip
import os
import pathlib
import shutil
import tarfile
import tempfile

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import archive_reader, archive_writer
from efficientnet_hub.tests.export.storage import sample_files, tar_members


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
    path = write_tar(
        tar_members.make(".", tarfile.DIRTYPE), tar_members.make("./graph", size=3)
    )

    archive_reader.extract_files(str(path), str(tmp_path / "unpacked"), ["graph"])

    assert contents(tmp_path / "unpacked") == {"graph": b"\0\0\0"}


@pytest.mark.parametrize(
    "member",
    [
        tar_members.make("../file"),
        tar_members.make("link", tarfile.SYMTYPE),
        tar_members.make("graph", size=1),
    ],
    ids=["outside", "link", "twice"],
)
def test_an_unsafe_member_among_other_files_is_refused(member, write_tar, tmp_path):
    path = write_tar(
        tar_members.make("graph", size=3), member, tar_members.make("needed", size=3)
    )

    with pytest.raises(errors.InputError, match="archive '.*' must"):
        archive_reader.extract_files(
            str(path), str(tmp_path / "a"), ["graph", "needed"]
        )


def test_folders_and_long_names_are_unpacked(write_tar, tmp_path, contents):
    name = "folder/" + "n" * 200
    path = write_tar(
        tar_members.make("folder", tarfile.DIRTYPE), tar_members.make(name, size=3)
    )

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
    member = tar_members.make("file", pax_headers={"path": name})

    assert "must stay in its own folder" in refusal(write_tar(member))


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
