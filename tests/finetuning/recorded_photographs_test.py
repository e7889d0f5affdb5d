"""A training continues with the same photographs, except for damaged ones."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.finetuning import recorded_photographs

_ENTRIES = [
    recorded_photographs.Entry("cat/1.png", "1", 0),
    recorded_photographs.Entry("cat/2.png", "2", 1),
    recorded_photographs.Entry("dog/caf\udce9.png", "3", 0),
    recorded_photographs.Entry("dog/line\nbreak.png", "4", 1),
]
_CONTENTS = {entry.name: entry.digest for entry in _ENTRIES}
_SIDES = {entry.name: entry.side for entry in _ENTRIES}


def _choose(changes, damaged=(), recorded_damaged=()):
    contents = {**_CONTENTS, **changes}
    contents = {name: digest for name, digest in contents.items() if digest}
    record = recorded_photographs.Record(_ENTRIES, list(recorded_damaged))
    return recorded_photographs.choose_sides(record, contents, damaged)


def test_a_record_is_read_as_it_was_written(tmp_path):
    path = str(tmp_path / "record")
    recorded_photographs.write(path, recorded_photographs.Record(_ENTRIES, ["a/1"]))
    recorded_photographs.add_damaged(path, ["b/2"])

    assert recorded_photographs.read(path) == (_ENTRIES, ["a/1", "b/2"])


@pytest.mark.parametrize("content", [b"{", b"[1, 2]\n", b"7\n", b"\xff", b"[" * 10**5])
def test_a_damaged_record_is_refused(content, tmp_path):
    (tmp_path / "record").write_bytes(content)

    with pytest.raises(errors.InputError, match="is it damaged"):
        recorded_photographs.read(str(tmp_path / "record"))


def test_the_same_photographs_keep_their_sides():
    assert _choose({}) == _SIDES


def test_a_renamed_photograph_keeps_its_side():
    assert _choose({"cat/2.png": None, "cat/new.png": "2"})["cat/new.png"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"cat/2.png": None},
        {"cat/2.png": "5"},
        {"cat/3.png": "5"},
        {"cat/2.png": None, "dog/2.png": "2"},
    ],
    ids=["deleted", "changed", "added", "another class"],
)
def test_other_photographs_are_another_training(changes):
    assert _choose(changes) is None


@pytest.mark.parametrize("digest", [None, "5"], ids=["deleted", "replaced"])
def test_a_photograph_that_was_damaged_may_change(digest):
    sides = _choose({"cat/2.png": digest}, recorded_damaged=["cat/2.png"])

    assert sides is not None
    assert sides.get("cat/2.png", 1) == 1


def test_a_photograph_that_is_damaged_now_may_be_skipped():
    assert len(_choose({"cat/2.png": None}, damaged=["cat/2.png"])) == 3


def test_a_photograph_that_was_skipped_is_trained_when_it_is_mended():
    assert _choose({"cat/9.png": "9"}, recorded_damaged=["cat/9.png"])["cat/9.png"] == 0
