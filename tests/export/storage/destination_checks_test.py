"""A path is checked before the work, and a check leaves nothing."""

from __future__ import annotations

import contextlib
import errno
import os

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import publication


def test_a_new_path_may_be_published_in_a_new_folder(tmp_path):
    publication.check_destination(str(tmp_path / "new" / "module"), overwrite=False)

    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_an_existing_path_is_replaced_only_with_overwrite(kind, tmp_path):
    path = tmp_path / "module"
    {
        "folder": path.mkdir,
        "file": path.touch,
        "dangling link": lambda: path.symlink_to("nowhere"),
    }[kind]()

    publication.check_destination(str(path), overwrite=True)
    with pytest.raises(errors.InputError, match="exists already.*--overwrite"):
        publication.check_destination(str(path), overwrite=False)


@pytest.mark.parametrize("below", ["module", "folder/module"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_path_below_a_file_is_refused(below, overwrite, tmp_path):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / below

    with pytest.raises(errors.InputError, match="file' is not"):
        publication.check_destination(str(path), overwrite)


@pytest.mark.parametrize("below", ["", "module"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_name_that_is_too_long_is_refused(overwrite, below, tmp_path):
    path = str(tmp_path / ("a" * 256) / below)

    with pytest.raises(errors.InputError, match="at most 255 bytes, found 256"):
        publication.check_destination(path, overwrite)


def test_a_path_that_is_too_long_is_refused(tmp_path):
    below = "/".join(["a" * 199] * 20)
    longest = str(tmp_path / below)[:3700]
    publication.check_destination(longest, overwrite=False)
    with publication.staging(longest) as staged:
        os.makedirs(os.path.join(staged, "module", "variables"))

    with pytest.raises(errors.InputError, match="at most 3700 bytes, found 3701"):
        publication.check_destination(longest + "a", overwrite=False)


@pytest.mark.parametrize("path", ["/proc/folder/module", "/proc/self/m", "/sys/m"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_that_cannot_be_written_is_refused(path, overwrite):
    # Not even root may write there, although its permissions allow it.
    with pytest.raises(errors.InputError, match="folder that can be written"):
        publication.check_destination(path, overwrite)
    with pytest.raises(
        errors.InputError, match="folder that can be written"
    ), publication.staging(path):
        pass


@pytest.fixture
def removing_once(monkeypatch):
    """Lets another process remove the empty folder of the next staging directory."""
    mkdir, removed = os.mkdir, []

    def remove_first(path, *mode):
        if ".staging-" in os.path.basename(path) and not removed:
            removed.append(os.path.dirname(path))
            os.rmdir(removed[0])
        mkdir(path, *mode)

    monkeypatch.setattr(os, "mkdir", remove_first)
    return removed


def test_a_folder_may_be_removed_while_it_is_checked(removing_once, tmp_path):
    (tmp_path / "a").mkdir()

    publication.check_can_create(str(tmp_path / "a" / "module"))

    assert removing_once == [str(tmp_path / "a")]
    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize("fails", [True, False])
def test_a_folder_may_be_removed_before_it_is_used(fails, removing_once, tmp_path):
    with contextlib.suppress(errors.InputError), publication.staging(
        str(tmp_path / "a" / "b" / "module")
    ) as staging:
        assert os.path.isdir(staging)
        if fails:
            raise errors.InputError("")

    assert removing_once == [str(tmp_path / "a" / "b")]
    assert (tmp_path / "a").exists() != fails


def test_a_folder_that_is_replaced_meanwhile_is_not_another_users(
    tmp_path, monkeypatch
):
    module = tmp_path / "module"
    (module / "variables").mkdir(parents=True)
    access = os.access

    def replace_first(path, mode):
        if (module / "variables").is_dir():
            (module / "variables").rmdir()
        return access(path, mode)

    monkeypatch.setattr(os, "access", replace_first)

    publication.check_destination(str(module), overwrite=True)

    assert not (module / "variables").exists()


def test_a_check_leaves_nothing(tmp_path):
    abandoned = tmp_path / (publication.staging_prefix("new") + 16 * "0")
    abandoned.mkdir()

    publication.check_destination(str(tmp_path / "new" / "module"), overwrite=False)

    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        (errno.ENOSPC, OSError, "No space left on device: '{path}'"),
        (errno.EACCES, errors.InputError, "nothing can be created in '{folder}': Perm"),
    ],
)
def test_a_staging_folder_that_cannot_be_created_is_not_named(
    code, kind, sentence, tmp_path, monkeypatch
):
    path = str(tmp_path / "module")

    def fail(created, mode):
        raise OSError(code, os.strerror(code), created)

    monkeypatch.setattr(os, "mkdir", fail)
    with pytest.raises(kind) as caught, publication.staging(path):
        pass

    assert sentence.format(path=path, folder=tmp_path) in str(caught.value)
    assert ".module.staging" not in str(caught.value)


def test_staging_directories_of_killed_processes_are_removed(tmp_path):
    destination = str(tmp_path / "1.tar.gz")
    with publication.staging(str(tmp_path / "11.tar.gz")) as other:
        (tmp_path / ".1.tar.gz.staging-0123456789abcdef").mkdir()
        (tmp_path / ".1.tar.gz.staging-0123456789abcdef" / "archive").write_text("half")
        (tmp_path / "1.tar.gz").write_text("whole")

        publication.remove_staging(destination)

        assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
            ["1.tar.gz", os.path.basename(other)]
        )


def test_a_missing_folder_has_no_staging_directories(tmp_path):
    publication.remove_staging(str(tmp_path / "none" / "1.tar.gz"))

    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("path", "within"),
    [
        ("module", True),
        ("module/", True),
        ("module/variables", True),
        ("link/variables", True),
        ("module.training", False),
        ("other/../module", True),
        (".", False),
    ],
)
def test_a_path_within_a_folder_is_recognized(path, within, tmp_path):
    (tmp_path / "module").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "module")

    found = publication.is_within(str(tmp_path / path), str(tmp_path / "module"))

    assert found == within
