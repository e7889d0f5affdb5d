"""What fine-tuning would see of a graph is compared, with each signature."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.export.comparison import comparer
from efficientnet_hub.tests.export.comparison import foreign_modules, small_modules

pytestmark = pytest.mark.hub_module


@pytest.fixture(scope="module", name="module")
def _module(tmp_path_factory) -> str:
    return foreign_modules.write(tmp_path_factory.mktemp("a") / "module")


def _constant_features(features, logits, tag):
    return (features * 0 + 7 if tag == "train" else features), logits


def _stopped_features(features, logits, tag):
    return (tf.stop_gradient(features) if tag == "train" else features), logits


def _flipped_gradient(features, logits, tag):
    return features, (tf.stop_gradient(2 * logits) - logits if tag else logits)


def _other_logits(features, logits, tag):
    return features, (-5 * logits if tag == foreign_modules.GPU else logits)


def test_a_module_that_is_built_again_is_the_same(module, tmp_path):
    report = comparer.compare_modules(module, foreign_modules.write(tmp_path / "b"))

    assert report.is_same
    subjects = {each.subject for each in report.findings if each.topic == "outputs"}
    assert 'all of {"gpu"}' in subjects
    details = {each.subject: each.detail for each in report.findings}
    for subject in ("loss", "output", "gradients", "updates"):
        assert details[subject].endswith(
            "with 3 signatures" if subject == "updates" else "with 2 signatures"
        )


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_constant_features, {"loss", "output", "gradients"}),
        (_stopped_features, {"gradients"}),
    ],
)
def test_another_feature_vector_in_training_differs(change, expected, module, tmp_path):
    other = foreign_modules.write(tmp_path / "b", change)

    found = small_modules.differing(comparer.compare_modules(module, other).findings)

    signature = "image_feature_vector"
    assert set(found) == {("training", f"{e} with '{signature}'") for e in expected}


@pytest.mark.parametrize("tolerance", [1e-4, 0.01, 0.2, 1.0])
def test_no_tolerance_accepts_gradients_of_the_other_sign(tolerance, module, tmp_path):
    other = foreign_modules.write(tmp_path / "b", _flipped_gradient)

    report = comparer.compare_modules(module, other, tolerance=tolerance)

    assert ("training", "gradients with 'default'") in small_modules.differing(
        report.findings
    )


def test_another_graph_than_those_for_inference_and_training_differs(module, tmp_path):
    other = foreign_modules.write(tmp_path / "b", _other_logits)

    report = comparer.compare_modules(module, other)

    assert small_modules.differing(report.findings) == [
        ("outputs", 'all of {"gpu"}'),
    ]
    (finding,) = (each for each in report.findings if each.subject == 'all of {"gpu"}')
    assert "'default/default', 'image_classification/default'" in finding.detail
