"""A build that is killed at any of its file operations leaves nothing half-done."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
from typing import Callable

import pytest

from efficientnet_hub import digests
from efficientnet_hub.tests import fresh_process, small_networks
from efficientnet_hub.tests.export.collection import killed_builds, list_builds

_KILLS = 4  # Real ones, spread over the operations of a build.
_ARCHIVE = "me/small/1.tar.gz"
_ENTRY = {
    "place": "modules.yaml:1",
    "handle": "me/small",
    "options": {
        "model": "efficientnet-small-lite",
        "weights": "random",
        "image_size": 32,
        "num_classes": 5,
    },
}


def _run(entry: dict, runs: list, promises: dict | None = None) -> list[list[str]]:
    """Returns the operations of some builds, each killed at its moment."""
    return fresh_process.run_job(
        killed_builds.__file__,
        {"entry": entry, "runs": runs, "promises": promises},
        small_networks.environment(),
    )


def _undisturbed(
    entry: dict,
    folder: pathlib.Path,
    promises: dict | None = None,
    copies: pathlib.Path | None = None,
) -> list[str]:
    """Returns the operations of a build to its end."""
    run = _make_run(folder, copies=copies and str(copies))
    (operations,) = _run(entry, [run], promises)
    return operations


def _make_run(folder: pathlib.Path, **options) -> dict:
    run = {"folder": str(folder), "moment": None, "copies": None, "is_next": False}
    return dict(run, **options)


def _kill(
    count: int, promises: dict, folder: Callable[[], pathlib.Path]
) -> dict[int, pathlib.Path]:
    """Returns the folders that real kills leave, by their moments.

    Args:
      count: the number of operations of a build.
      promises: the outcome of each promise.
      folder: a function that makes a folder.
    """
    moments = range(count // _KILLS, count + 1, count // _KILLS)
    left = {moment: folder() for moment in moments}
    runs = [_make_run(path, moment=moment) for moment, path in left.items()]
    _run(_ENTRY, runs, promises)
    return left


def _read_copies(copies: pathlib.Path) -> list[tuple[dict, pathlib.Path]]:
    """Returns what is seen at each moment, and a folder where it is so."""
    folders: dict[tuple, pathlib.Path] = {}
    left = []
    for path in sorted(copies.iterdir(), key=lambda path: int(path.name)):
        seen = _seen(path)
        left.append((seen, folders.setdefault(tuple(sorted(seen.items())), path)))
    return left


def _seen(folder: pathlib.Path) -> dict[str, str]:
    """Returns the SHA-256 of each file of a collection that is seen, by its path."""
    published = folder / "published"
    return {
        path.relative_to(published).as_posix(): digests.of_file(str(path))
        for path in published.rglob("*")
        if path.is_file() and not _is_staging(path)
    }


def _is_staging(path: pathlib.Path) -> bool:
    return any(part.startswith(".1.tar.gz.staging-") for part in path.parts)


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    """Returns a function that makes a folder, where something is published or not."""

    def folder(published: pathlib.Path | None = None) -> pathlib.Path:
        made = tmp_path_factory.mktemp("build")
        (made / "temporary").mkdir()
        if published is not None:
            shutil.copytree(published / "published", made / "published")
        return made

    return folder


@pytest.fixture(scope="module", name="old")
def _old(folder) -> pathlib.Path:
    """A module of other weights, published under the same handle."""
    made = folder()
    _undisturbed(dict(_ENTRY, options=dict(_ENTRY["options"], seed=1)), made)
    return made


@pytest.fixture(scope="module", name="new")
def _new(folder) -> tuple[pathlib.Path, list[str]]:
    """The module as it is built undisturbed, and the operations that it takes."""
    made = folder()
    return made, _undisturbed(_ENTRY, made)


@pytest.fixture(scope="module", name="promises")
def _promises(new) -> dict[str, str]:
    """What comes of each promise of the module, each time that it is built."""
    made, _ = new
    manifest = made / "published" / _ARCHIVE.replace(".tar.gz", ".manifest.json")
    return json.loads(manifest.read_text())["promises"]


@pytest.fixture(scope="module", name="killed_first")
def _killed_first(promises, folder, tmp_path_factory):
    """What a kill at each operation leaves where nothing was before."""
    copies = tmp_path_factory.mktemp("copies")
    _undisturbed(_ENTRY, folder(), promises, copies)
    return _read_copies(copies)


@pytest.fixture(scope="module", name="killed_over_old")
def _killed_over_old(old, promises, folder, tmp_path_factory):
    """What a kill at each operation leaves where the old module was."""
    copies = tmp_path_factory.mktemp("copies")
    _undisturbed(_ENTRY, folder(old), promises, copies)
    return _read_copies(copies)


@pytest.mark.slow
@pytest.mark.parametrize("has_old", [False, True])
def test_a_copy_is_what_a_kill_leaves(
    has_old, old, promises, folder, killed_first, killed_over_old
):
    copied = killed_over_old if has_old else killed_first
    killed = _kill(len(copied), promises, lambda: folder(old if has_old else None))

    assert len(killed) >= _KILLS
    for moment, path in killed.items():
        assert _seen(path) == copied[moment - 1][0]


@pytest.mark.slow
def test_nothing_half_written_is_seen(killed_first, new):
    whole = _seen(new[0])
    states = [seen for seen, _ in killed_first]

    for seen in states:
        assert seen.items() <= whole.items()
        assert _ARCHIVE not in seen or seen == whole
    # From nothing to all of it: the moments are in between.
    assert {len(seen) for seen in states} == set(range(len(whole) + 1))


@pytest.mark.slow
def test_nothing_good_is_lost(killed_over_old, old, new):
    before, after = _seen(old), _seen(new[0])
    states = [seen for seen, _ in killed_over_old]

    assert before in states and after in states
    for seen in states:
        assert set(seen) == set(before)
        assert all(seen[path] in (before[path], after[path]) for path in seen)


@pytest.mark.slow
def test_the_next_build_completes(killed_first, killed_over_old, promises, new):
    by_command = killed_over_old[len(killed_over_old) // 2][1]
    folders = {folder for _, folder in killed_first + killed_over_old}
    runs = []
    for folder in folders - {by_command}:
        (folder / "temporary").mkdir(exist_ok=True)
        runs.append(_make_run(folder, is_next=True))

    _run(_ENTRY, runs, promises)
    finished = list_builds.build(
        list_builds.SMALL, by_command, by_command / "published", "--overwrite"
    )

    assert re.search(r"^(re)?built +me/small/1 ", finished.stdout), finished
    whole = _seen(new[0])
    for folder in folders:
        assert _seen(folder).items() >= whole.items()
        assert not any(map(_is_staging, (folder / "published").rglob("*")))
