"""Each thing that is unusual about photographs is a line."""

from __future__ import annotations

from efficientnet_hub.photographs import folders, labeled, reports


def _make(names: list[str], counts: list[int], copies: int = 0):
    labels = [label for label, count in enumerate(counts) for _ in range(count)]
    paths = [f"{names[label]}/{index}.png" for index, label in enumerate(labels)]
    digests = list(paths)
    for index in range(copies):
        digests[-1 - index] = digests[index]
    return labeled.Photographs(names, paths, labels, digests)


def test_what_is_left_out_is_one_line():
    left_out = {".txt": 3, ".heic": 1, folders.HIDDEN: 2, folders.OF_A_SYSTEM: 1}
    left_out[folders.BESIDE_CLASSES] = 1

    assert reports.describe_left_out({}) is None
    assert reports.describe_left_out(left_out) == (
        "left out: 4 files of other formats (.txt, .heic), 1 image in no folder "
        "of a class, 2 hidden files, 1 file of "
        "systems (__MACOSX, Thumbs.db)"
    )
    many = {f".{number}": 1 for number in range(1000)}
    assert len(reports.describe_left_out(many)) < 100


def test_each_skipped_file_is_listed():
    assert list(reports.describe_skipped([])) == []
    lines = list(reports.describe_skipped([str(n) for n in range(500)]))
    assert lines == ["left out: 500 files that cannot be read"] + [
        f"  {n}" for n in range(500)
    ]


def test_the_table_has_the_number_of_each_class():
    assert list(reports.describe_classes(_make(["a", "b"], [10, 2]), "images")) == [
        "12 photographs of 2 classes in 'images':",
        "  10  a",
        "   2  b",
    ]


def test_the_table_of_many_classes_is_short():
    names = [f"class {n}" for n in range(10_000)]
    photographs = _make(names, [1 + (n == 7) for n in range(10_000)])

    lines = list(reports.describe_classes(photographs, "images"))

    assert len(lines) == 22
    assert lines[1] == "  2  class 7"
    assert lines[11] == "  ...  9980 classes between"


def test_an_ordinary_folder_has_no_notes():
    assert list(reports.list_notes(_make(["a", "b"], [10, 2]))) == []


def test_classes_that_differ_by_case_are_noted():
    (note,) = reports.list_notes(_make(["Cat", "cat", "dog"], [2, 2, 2]))

    assert "1 pair of classes differ only by case" in note
    assert "'Cat', 'cat'" in note


def test_photographs_with_two_labels_are_noted():
    (note,) = reports.list_notes(_make(["a", "b"], [4, 4], copies=2))

    assert note.startswith("2 photographs with two labels, such as 'b/6.png', a copy")


def test_a_small_class_is_noted():
    (note,) = reports.list_notes(_make(["a", "b"], [40, 3]))

    assert "1 class with less than a tenth" in note
    assert "'b' with 3 of 40" in note


def test_what_the_evaluation_lacks_or_repeats_is_noted():
    training = _make(["a", "b"], [4, 4])

    several = reports.describe_overlap(training, training)
    assert several.startswith("8 photographs to evaluate with")
    assert "are copies of those to train with" in several
    one = reports.describe_overlap(training, training.select([0]))
    assert one.startswith("1 photograph to evaluate with")
    assert "is a copy of those to train with" in one
    assert reports.describe_missing(training.select([0])) == (
        "1 class without a photograph to evaluate with: 'b'"
    )
    assert reports.describe_missing(training) is None
    assert reports.describe_overlap(training.select([0]), training.select([1])) is None
