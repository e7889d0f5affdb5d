"""Tests the metrics against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from efficientnet_hub.evaluation import metrics, outcomes

_CLASSES = 7


@pytest.fixture
def logits() -> np.ndarray:
    """Logits of images of five of the seven classes, mostly right."""
    values = np.random.RandomState(0).normal(size=[200, _CLASSES]).astype(np.float32)
    values[np.arange(200), _labels()] += 1.5
    return values


def _labels() -> np.ndarray:
    return np.random.RandomState(1).choice([0, 1, 3, 4, 6], 200)


def _compute(logits, labels, num_classes=_CLASSES) -> metrics.Metrics:
    return metrics.compute(outcomes.judge(logits, labels), num_classes)


def test_the_accuracies_are_those_of_scikit_learn(logits):
    found = _compute(logits, _labels())

    for k, estimate in ((1, found.top_1), (5, found.top_5)):
        assert estimate.value == pytest.approx(
            sklearn.top_k_accuracy_score(_labels(), logits, k=k, labels=range(_CLASSES))
        )
    assert found.top_1.low < found.top_1.value < found.top_1.high
    assert found.images == 200


def test_the_cross_entropy_is_that_of_scikit_learn(logits):
    wide = logits.astype(np.float64)
    probabilities = np.exp(wide) / np.exp(wide).sum(1, keepdims=True)

    expected = sklearn.log_loss(_labels(), probabilities, labels=range(_CLASSES))
    assert _compute(logits, _labels()).cross_entropy == pytest.approx(expected)


def test_large_logits_have_a_finite_cross_entropy():
    found = _compute(np.array([[1e5, 0.0, -1e5]], np.float32), [1])

    assert found.cross_entropy == pytest.approx(1e5)


def test_precision_and_recall_are_those_of_scikit_learn(logits):
    labels, predictions = _labels(), logits.argmax(1)
    expected = sklearn.precision_recall_fscore_support(
        labels, predictions, labels=range(_CLASSES), zero_division=np.nan
    )

    found = {each.index: each for each in _compute(logits, labels).classes}

    for index, (precision, recall, _, images) in enumerate(zip(*expected)):
        each = found[index]
        assert each.images == images
        assert each.predicted == np.sum(predictions == index)
        assert _value(each.precision) == pytest.approx(precision, nan_ok=True)
        assert (each.recall is None) == (images == 0)
        if images:
            assert each.recall.value == pytest.approx(recall)


def _value(estimate) -> float:
    return float("nan") if estimate is None else estimate.value


def test_the_confusion_matrix_is_that_of_scikit_learn_without_zeros(logits):
    expected = sklearn.confusion_matrix(_labels(), logits.argmax(1), labels=range(7))

    found = _compute(logits, _labels()).confusion_matrix

    assert found == [
        (row, column, expected[row, column])
        for row, column in zip(*np.nonzero(expected))
    ]


def test_of_equal_logits_the_first_class_is_the_prediction():
    found = outcomes.judge(np.zeros([3, 4]), [0, 1, 3])

    assert found.predictions.tolist() == [0, 0, 0]
    assert found.ranks.tolist() == [0, 1, 3]


@pytest.mark.parametrize(("num_classes", "is_given"), [(5, False), (6, True)])
def test_the_top_5_of_five_classes_is_left_out(num_classes, is_given):
    found = _compute(np.eye(num_classes), range(num_classes), num_classes)

    assert (found.top_5 is not None) == is_given


def test_one_image_is_enough():
    found = _compute(np.array([[0.0, 1.0]]), [1], 2)

    assert found.top_1 == (1.0, pytest.approx(0.2065, abs=1e-4), 1.0)
    assert [(each.index, each.precision.value) for each in found.classes] == [(1, 1.0)]


@pytest.mark.parametrize("shift", [-1, 1])
def test_an_index_that_is_off_by_one_is_found(shift, logits):
    labels = _labels()
    rolled = np.roll(logits, shift, axis=1)  # The module's classes.
    keeps = (labels + shift >= 0) & (labels + shift < _CLASSES)

    found = _compute(rolled[keeps], labels[keeps])

    assert list(found.shifted) == [shift]
    assert found.shifted[shift].value == np.mean(
        rolled[keeps].argmax(1) == labels[keeps] + shift
    )


def test_right_indices_and_guesses_are_not_off_by_one(logits):
    guesses = np.random.RandomState(2).normal(size=logits.shape)

    assert _compute(logits, _labels()).shifted == {}
    assert _compute(guesses, _labels()).shifted == {}


def test_two_classes_are_never_off_by_one():
    always_wrong = np.eye(2)[[1] * 50 + [0] * 50]

    assert _compute(always_wrong, [0] * 50 + [1] * 50, 2).shifted == {}


def test_joined_batches_have_the_results_of_all(logits):
    labels = _labels()
    parts = [
        outcomes.judge(logits[start : start + 64], labels[start : start + 64])
        for start in range(0, 200, 64)
    ]

    joined = outcomes.join(parts)

    assert joined.to_json() == outcomes.judge(logits, labels).to_json()
    assert outcomes.from_json(joined.to_json()).to_json() == joined.to_json()
