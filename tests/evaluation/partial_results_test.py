"""Tests that results are kept, and that those of something else are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.evaluation import outcomes, partial_results

_FACTS = {"module": "a" * 64, "resize": "squash", "image_size": [32, 32]}
_CAT, _DOG = "1" * 64, "2" * 64


def _open(folder, facts=_FACTS):
    results = partial_results.PartialResults(str(folder))
    results.load(facts, num_classes=3)
    return results


def _judged() -> outcomes.Outcomes:
    return outcomes.judge(np.array([[3.0, 1, 0], [0.25, 1, 5]]), [0, 1])


@pytest.fixture
def folder(tmp_path):
    """A folder with the results of two images."""
    results = _open(tmp_path)
    results.add([_CAT, _DOG], _judged())
    results.flush()
    return tmp_path


def test_a_later_run_has_the_same_results(folder):
    results = _open(folder)

    assert results.has(_CAT, 0) and results.has(_DOG, 1)
    assert results.collect([(_DOG, 1), (_CAT, 0)]).to_json() == (
        outcomes.judge(np.array([[0.25, 1, 5], [3.0, 1, 0]]), [1, 0]).to_json()
    )


def test_another_class_or_content_has_no_result(folder):
    results = _open(folder)

    assert not results.has(_CAT, 1)
    assert not results.has("3" * 64, 0)
    assert len(results.collect([("3" * 64, 0)])) == 0


def test_each_run_adds_to_the_results(folder):
    results = _open(folder)
    results.add(["4" * 64], outcomes.judge(np.eye(3)[:1], [2]))
    results.flush()

    assert all(_open(folder).has(*key) for key in [(_CAT, 0), ("4" * 64, 2)])


def test_a_file_that_was_not_finished_does_not_count(folder):
    (folder / "results-000001.json.part").write_text("{", encoding="utf-8")

    assert _open(folder).has(_CAT, 0)


def test_results_of_other_options_are_refused(folder):
    with pytest.raises(errors.InputError) as caught:
        _open(folder, dict(_FACTS, module="b" * 64, resize="publisher"))

    assert (
        'another evaluation (other module; resize was "squash", now "publisher")'
        in str(caught.value)
    )


@pytest.mark.parametrize(
    "change",
    [
        {"images": [_CAT]},
        {"images": ["cat", _DOG]},
        {"labels": [0]},
        {"labels": [0, 3]},
        {"predictions": ["a", 1]},
        {"losses": None},
    ],
)
def test_damaged_results_are_refused(change, folder):
    path = folder / "results-000000.json"
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**document, **change}), encoding="utf-8")

    with pytest.raises(errors.InputError, match="is it damaged, or another file"):
        _open(folder)


def test_results_without_a_folder_are_in_memory():
    results = partial_results.PartialResults(None)
    results.load(_FACTS, 3)
    results.add([_CAT, _DOG], _judged())
    results.flush()

    assert len(results.collect([(_CAT, 0), (_DOG, 1)])) == 2
