"""Tests which photographs are held out."""

from __future__ import annotations

import pytest

from efficientnet_hub.photographs import labeled, splitting


def _make(count: int = 20) -> labeled.Photographs:
    """Returns photographs of two classes. Their digests are their paths."""
    names = [f"{label}/{n}" for label in ("cat", "dog") for n in range(count)]
    labels = [0] * count + [1] * count
    return labeled.Photographs(["cat", "dog"], names, labels, names)


def test_a_fraction_of_each_class_is_held_out():
    trained, held_out = splitting.split(_make(), 0.25, seed=0)

    assert [held_out.labels.count(label) for label in (0, 1)] == [5, 5]
    assert [trained.labels.count(label) for label in (0, 1)] == [15, 15]
    assert not set(trained.paths) & set(held_out.paths)


def test_a_seed_determines_the_split():
    first, again, other = (
        splitting.split(_make(), 0.25, seed)[1].paths for seed in (1, 1, 2)
    )

    assert first == again
    assert set(first) != set(other)


def test_another_photograph_moves_few_others():
    _, before = splitting.split(_make(20), 0.25, seed=0)
    _, after = splitting.split(_make(21), 0.25, seed=0)

    assert len(set(before.paths) ^ set(after.paths)) <= 4


def test_copies_are_on_the_same_side():
    whole = _make(6)
    copies = labeled.Photographs(
        whole.class_names, [f"{p} copy" for p in whole.paths], whole.labels, whole.paths
    )

    sides = splitting.split(whole.join(copies), 0.5, seed=0)

    assert not set(sides[0].digests) & set(sides[1].digests)
    assert [len(side.paths) for side in sides] == [12, 12]


def test_copies_with_another_label_are_on_the_same_side():
    whole = _make(10)
    digests = [path.replace("dog/1", "cat/1") for path in whole.paths]
    photographs = labeled.Photographs(
        whole.class_names, whole.paths, whole.labels, digests
    )

    for seed in range(20):
        trained, held_out = splitting.split(photographs, 0.3, seed)
        assert not set(trained.digests) & set(held_out.digests)
        assert set(held_out.labels) == {0, 1}


@pytest.mark.parametrize("held_out", [0.01, 0.99])
def test_each_side_has_a_photograph_of_each_class(held_out):
    for side in splitting.split(_make(3), held_out, seed=0):
        assert set(side.labels) == {0, 1}
