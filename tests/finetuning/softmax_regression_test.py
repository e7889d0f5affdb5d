"""A classifier is trained on feature vectors, and evaluated after each epoch."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.finetuning import options, plan, softmax_regression
from efficientnet_hub.photographs import labeled

_LABELS = np.array([0, 1] * 8)


@pytest.fixture(name="features")
def _features() -> np.ndarray:
    """Features of two classes, of which one feature is constant."""
    features = np.random.RandomState(0).normal(size=[16, 4]).astype(np.float32)
    features[:, 1] += 100 + 4 * _LABELS
    features[:, 3] = 7
    return features


def _plan(**chosen) -> plan.Plan:
    names = [str(number) for number in range(16)]
    of_photographs = labeled.Photographs(["cat", "dog"], names, list(_LABELS), names)
    return plan.Plan(
        options.Options("module", "images", batch=4, freeze=True, **chosen),
        32,
        of_photographs,
        of_photographs,
        "training",
    )


def _fit(features, start=None, **chosen):
    results = []
    softmax_regression.fit(
        features, _LABELS, _plan(**chosen), start, lambda *each: results.append(each)
    )
    return results


def test_each_epoch_has_a_smaller_loss_and_a_classifier(features):
    results = _fit(features, epochs=5, learning_rate=0.1)

    epochs, losses, classifiers = zip(*results)
    assert epochs == (1, 2, 3, 4, 5)
    assert losses[-1] < losses[0] / 2
    matrix, loss = classifiers[-1].classify(features, _LABELS)
    assert matrix.tolist() == [[8, 0], [0, 8]]
    assert loss < 0.3


def test_a_training_without_steps_returns_the_classifier_that_it_starts_from(features):
    generator = np.random.RandomState(1)
    start = softmax_regression.Classifier(
        generator.normal(size=[4, 2]).astype(np.float32), np.array([1, -2], np.float32)
    )

    ((_, _, trained),) = _fit(features, start, epochs=1, learning_rate=0.0)

    np.testing.assert_allclose(
        features @ trained.kernel + trained.bias,
        features @ start.kernel + start.bias,
        atol=1e-3,
    )


def test_a_kept_classifier_keeps_what_the_photographs_do_not_show(features):
    features[:, 2] = np.linspace(0, 1e-7, 16)
    generator = np.random.RandomState(1)
    kernel = generator.normal(size=[4, 2]).astype(np.float32)
    start = softmax_regression.Classifier(kernel, np.zeros(2, np.float32))

    *_, (_, _, trained) = _fit(features, start, epochs=20, learning_rate=0.1)

    np.testing.assert_allclose(trained.kernel[[2, 3]], kernel[[2, 3]], rtol=1e-6)
    assert not np.allclose(trained.kernel[[0, 1]], kernel[[0, 1]], rtol=1e-2)


def test_the_loss_is_the_cross_entropy():
    classifier = softmax_regression.Classifier(
        np.array([[1, 0]], np.float32), np.zeros(2, np.float32)
    )

    _, loss = classifier.classify(
        np.array([[2.0], [0.0]], np.float32), np.array([0, 1])
    )

    assert loss == pytest.approx((np.log1p(np.exp(-2)) + np.log(2)) / 2)
