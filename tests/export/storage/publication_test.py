"""Other programs see the old content or the new, never a part, never none."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import pathlib
import signal

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.storage import publication
from efficientnet_hub.tests.export.storage import file_systems

_FILES = ("saved_model.pb", "tfhub_module.pb", "variables")
_MOST_SWAPS = 10**6  # They take minutes; the reader needs a second.


def _write_version(folder: pathlib.Path, version: str) -> str:
    folder.mkdir()
    for name in _FILES:
        (folder / name).write_text(version)
    return str(folder)


def _version(folder) -> str:
    versions = {(pathlib.Path(str(folder)) / name).read_text() for name in _FILES}
    (version,) = versions
    return version


@pytest.fixture(name="destination")
def _destination(tmp_path) -> str:
    """A published module of version 'old', alone in its folder."""
    (tmp_path / "modules").mkdir()
    return _write_version(tmp_path / "modules" / "module", "old")


def _publish(destination: str, version: str) -> None:
    with publication.staging(destination) as folder:
        staged = _write_version(pathlib.Path(folder) / "staged", version)
        publication.publish(staged, destination, overwrite=True)


# Before publication.


def test_a_staged_module_is_not_visible(destination):
    with publication.staging(destination) as folder:
        _write_version(pathlib.Path(folder) / "staged", "new")
        visible = [n for n in os.listdir(os.path.dirname(destination)) if n[0] != "."]
        assert visible == ["module"]
        assert _version(destination) == "old"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_no_files(error, tmp_path):
    with pytest.raises(error), publication.staging(str(tmp_path / "a" / "b" / "c")):
        assert (tmp_path / "a" / "b").is_dir()
        raise error

    assert os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize("inner", [(), ("inner",)])
def test_an_error_of_the_system_names_the_destination(inner, tmp_path):
    path = str(tmp_path / "module")

    with pytest.raises(
        OSError, match="No space left"
    ) as caught, contextlib.ExitStack() as stack:
        staged = stack.enter_context(publication.staging(path))
        for name in inner:
            below = os.path.join(staged, name)
            staged = stack.enter_context(publication.staging(below))
        file = os.path.join(staged, "file")
        raise OSError(errno.ENOSPC, "No space left on device", file, 0, file)

    assert (caught.value.filename, caught.value.filename2) == (path, path)


def test_an_error_of_another_path_keeps_its_name(tmp_path):
    with pytest.raises(OSError, match="No such file") as caught, publication.staging(
        str(tmp_path / "module")
    ):
        os.stat(str(tmp_path / "other"))

    assert caught.value.filename == str(tmp_path / "other")


def test_a_refusal_of_a_staged_file_names_the_destination(tmp_path):
    path = str(tmp_path / "module")

    with pytest.raises(errors.SeveralMistakesError) as caught, publication.staging(
        path
    ) as staged:
        file = os.path.join(staged, "file")
        raise errors.make([f"'{file}' is wrong", f"{file} {staged}"])

    assert caught.value.messages == [f"'{path}' is wrong", f"{path} {path}"]


def test_folders_that_other_programs_write_to_are_kept(tmp_path):
    with pytest.raises(ValueError), publication.staging(
        str(tmp_path / "a" / "b" / "c")
    ):
        (tmp_path / "a" / "theirs").touch()
        raise ValueError

    assert os.listdir(str(tmp_path)) == ["a"]
    assert os.listdir(str(tmp_path / "a")) == ["theirs"]


def test_a_killed_export_does_not_change_the_old_module(destination, start_python):
    process = start_python(
        """if True:
        import os, signal, sys
        from efficientnet_hub.export.storage import publication

        with publication.staging(sys.argv[1]) as folder:
            staged = os.path.join(folder, "staged")
            os.mkdir(staged)
            open(os.path.join(staged, "saved_model.pb"), "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        """,
        destination,
    )

    process.communicate()

    assert process.returncode == -signal.SIGKILL
    assert _version(destination) == "old"


# Publication.


def test_a_module_is_published_at_a_new_path(tmp_path):
    path = str(tmp_path / "folder" / "module")

    _publish(path, "new")

    assert _version(path) == "new"
    assert os.listdir(os.path.dirname(path)) == ["module"]


def test_a_module_replaces_another(destination):
    _publish(destination, "new")

    assert _version(destination) == "new"
    assert os.listdir(os.path.dirname(destination)) == ["module"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_another_program_published_is_not_changed(kind, tmp_path):
    staged, path = tmp_path / "staged", tmp_path / "published"
    for each in (staged, path):
        if kind == "folder":
            each.mkdir()
            each = each / "content"
        each.write_text("of the first" if "published" in str(each) else "of the second")
    with pytest.raises(errors.InputError, match="by another program in the meantime"):
        publication.publish(str(staged), str(path), overwrite=False)
    content = path / "content" if kind == "folder" else path
    assert content.read_text() == "of the first"


def test_a_file_replaces_another(tmp_path):
    path = tmp_path / "module.md"
    path.write_text("old")

    with publication.staging(str(path)) as folder:
        staged = os.path.join(folder, "staged")
        pathlib.Path(staged).write_text("new")
        publication.publish(staged, str(path), overwrite=True)

    assert path.read_text() == "new"
    assert os.listdir(str(tmp_path)) == ["module.md"]


@pytest.mark.slow
def test_a_reader_sees_complete_modules_only(destination, start_python):
    reader = start_python(
        """if True:
        import os, sys

        seen, count = set(), 0
        while count < 20000 or len(seen) < 2:
            folder = os.open(sys.argv[1], os.O_DIRECTORY)
            versions = set()
            for name in sys.argv[2:]:
                with open(os.open(name, os.O_RDONLY, dir_fd=folder)) as file:
                    versions.add(file.read())
            os.close(folder)
            (version,) = versions
            seen.add(version)
            count += 1
        """,
        destination,
        *_FILES,
    )

    # Each swap restores what the one before replaced, so that the reader can finish
    # reading the folder that it has opened.
    with publication.staging(destination) as folder:
        staged = _write_version(pathlib.Path(folder) / "staged", "new")
        for _ in range(_MOST_SWAPS):
            publication.publish(staged, destination, overwrite=True)
            if reader.poll() is not None:
                break
        reader.kill()
        complaints = reader.communicate()[1]

    assert (complaints, reader.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("umask", "mode"), [(0o022, 0o755), (0o027, 0o750), (0o077, 0o700), (0o002, 0o775)]
)
@pytest.mark.parametrize("replaces", [False, True])
def test_permissions_follow_the_umask(umask, mode, replaces, tmp_path):
    path = tmp_path / "folder" / "module"
    if replaces:
        path.mkdir(parents=True)
    before = os.umask(umask)
    try:
        _publish(str(path), "new")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == mode
    assert (path / "saved_model.pb").stat().st_mode & 0o777 == mode & 0o666


# Systems that cannot exchange two names.


@pytest.fixture(name="cannot_exchange")
def _cannot_exchange(monkeypatch):
    """Returns a function that makes renameat2 fail, or, by default, be missing."""
    return functools.partial(file_systems.without_renameat2, monkeypatch)


@pytest.mark.parametrize("code", [None, errno.ENOSYS, errno.EINVAL])
def test_a_module_replaces_another_in_two_steps(code, destination, cannot_exchange):
    cannot_exchange(code)

    _publish(destination, "new")

    assert _version(destination) == "new"
    assert os.listdir(os.path.dirname(destination)) == ["module"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_the_old_module_is_restored_if_the_second_step_fails(
    error, destination, cannot_exchange, monkeypatch
):
    rename = os.rename

    def fail_with_the_new_one(source, target):
        if os.path.basename(source) == "staged":
            raise error
        rename(source, target)

    cannot_exchange()
    monkeypatch.setattr(os, "rename", fail_with_the_new_one)

    with pytest.raises(error):
        _publish(destination, "new")

    assert _version(destination) == "old"
    assert os.listdir(os.path.dirname(destination)) == ["module"]


def test_another_error_does_not_change_the_old_module(destination, cannot_exchange):
    cannot_exchange(errno.EIO)

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        _publish(destination, "new")

    assert _version(destination) == "old"
    assert os.listdir(os.path.dirname(destination)) == ["module"]
