"""A graph for model servers with an error breaks the promise to serve the same."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.verification import promise, serving_checks
from efficientnet_hub.tests.export.verification import spoiling

STATEMENT = "serves the same by TensorFlow's own loader"


def _outcome(tmp_path, meta_graphs):
    module = spoiling.write(tmp_path / "module", meta_graphs)
    return spoiling.outcomes(serving_checks.PROMISES, module)


def test_a_good_module_serves(good_subject):
    assert spoiling.outcomes_of(serving_checks.PROMISES, good_subject) == {}


@pytest.mark.slow
def test_a_good_feature_vector_module_serves(feature_vector_subject):
    assert spoiling.outcomes_of(serving_checks.PROMISES, feature_vector_subject) == {}


def test_a_missing_graph_is_absent(tmp_path):
    found = _outcome(tmp_path, spoiling.good_meta_graphs()[:2])
    assert set(found.values()) == {promise.Outcome.ABSENT}
    assert STATEMENT in found


@pytest.mark.slow
def test_another_preprocessing_in_the_served_graph_is_found(tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    other = spoiling.meta_graphs(spoiling.small_config(preprocessing="advprop"))
    found = _outcome(tmp_path, meta_graphs[:2] + other[2:])
    assert found == {STATEMENT: promise.Outcome.BROKEN}


@pytest.mark.slow
def test_logits_in_place_of_probabilities_are_found(tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    outputs = meta_graphs[2].signature_def["serving_default"].outputs
    outputs["probabilities"].CopyFrom(outputs["logits"])
    assert _outcome(tmp_path, meta_graphs) == {STATEMENT: promise.Outcome.BROKEN}
