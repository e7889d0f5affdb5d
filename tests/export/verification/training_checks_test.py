"""A graph for fine-tuning with an error breaks the promise that the error concerns."""

from __future__ import annotations

import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import dependencies
from efficientnet_hub.efficientnet import batch_norm
from efficientnet_hub.export.verification import promise, training_checks
from efficientnet_hub.tests.export.verification import spoiling

ABSENT = promise.Outcome.ABSENT
pytestmark = pytest.mark.hub_module

BROKEN = promise.Outcome.BROKEN
NOT_APPLICABLE = promise.Outcome.NOT_APPLICABLE
UNCHECKED = promise.Outcome.UNCHECKED


def _found(tmp_path, meta_graphs):
    module = spoiling.write(tmp_path / "module", meta_graphs)
    return spoiling.outcomes(training_checks.PROMISES, module)


def test_a_good_module_keeps_all(good_subject):
    assert spoiling.outcomes_of(training_checks.PROMISES, good_subject) == {}


@pytest.mark.slow
def test_a_feature_vector_module_keeps_all_that_apply(feature_vector_subject):
    found = spoiling.outcomes_of(training_checks.PROMISES, feature_vector_subject)
    assert found == {"drops features before the classifier": NOT_APPLICABLE}


@pytest.mark.slow
def test_updates_without_a_stem_by_name_are_not_taken_for_right(tmp_path):
    module = spoiling.write_renamed(tmp_path / "module", "/stem/", "/root/")
    assert spoiling.outcomes(training_checks.PROMISES, module) == {
        "updates every moving average, at the network's momentum": ABSENT,
        "updates averages with the given momentum": ABSENT,
    }


@pytest.mark.slow
def test_variables_of_other_names_are_absent(tmp_path):
    module = spoiling.write_renamed(tmp_path / "module", "kernel", "weight")
    assert spoiling.outcomes(training_checks.PROMISES, module) == {
        "fine-tunes: training changes every kernel": ABSENT,
        "drops features before the classifier": ABSENT,
        "regularizes by 1e-5 l2_loss of each kernel": ABSENT,
    }


@pytest.mark.slow
def test_moving_averages_of_other_names_are_absent(tmp_path):
    module = spoiling.write_renamed(tmp_path / "module", "/moving_", "/running")
    assert spoiling.outcomes(training_checks.PROMISES, module) == {
        "updates every moving average, at the network's momentum": ABSENT,
        "updates averages with the given momentum": ABSENT,
    }


@pytest.mark.slow
def test_choices_that_the_module_says_are_no_mistakes(tmp_path):
    config = spoiling.small_config(
        batch_norm_momentum=0.9, dropout_rate=0.0, survival_probability=1.0
    )
    module = spoiling.write(tmp_path / "module", config=config)
    assert spoiling.outcomes(training_checks.PROMISES, module) == {
        "drops features before the classifier": NOT_APPLICABLE,
        "skips blocks at random in training": NOT_APPLICABLE,
    }


def test_nothing_is_checked_where_hub_has_no_module(good_module, monkeypatch):
    monkeypatch.setattr(dependencies, "has_hub_module", lambda: False)
    found = spoiling.outcomes(training_checks.PROMISES, good_module)
    assert set(found.values()) == {UNCHECKED}
    assert len(found) == len(training_checks.PROMISES)


@pytest.mark.slow
def test_a_graph_for_inference_tagged_train_is_found(tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    meta_graphs[1].CopyFrom(meta_graphs[0])
    meta_graphs[1].meta_info_def.tags.append("train")
    found = _found(tmp_path, meta_graphs)
    assert set(found.values()) == {BROKEN}
    assert {
        "normalizes by the batch in training",
        "updates every moving average, at the network's momentum",
        "drops features before the classifier",
        "skips blocks at random in training",
        "regularizes by 1e-5 l2_loss of each kernel",
    } <= set(found)


@pytest.mark.slow
def test_a_missing_update_op_is_found(tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    del meta_graphs[1].collection_def["update_ops"].node_list.value[0]
    found = _found(tmp_path, meta_graphs)
    assert found["updates every moving average, at the network's momentum"] == BROKEN


def test_another_momentum_is_found(tmp_path):
    meta_graphs = spoiling.with_training_graph(
        spoiling.small_config(batch_norm_momentum=0.9)
    )
    assert _found(tmp_path, meta_graphs) == {
        "updates every moving average, at the network's momentum": BROKEN
    }


@pytest.mark.slow
def test_a_momentum_without_effect_is_found(tmp_path):
    def constant(epsilon, update_rate, synchronized):
        rate = None if update_rate is None else 0.01
        return mode(epsilon, rate, synchronized)

    mode = batch_norm.Mode
    with spoiling.replaced("efficientnet.batch_norm.Mode", constant):
        meta_graphs = spoiling.with_training_graph()
    found = _found(tmp_path, meta_graphs)
    assert found["updates averages with the given momentum"] == BROKEN


@pytest.mark.slow
def test_missing_dropout_is_found(tmp_path):
    meta_graphs = spoiling.with_training_graph(spoiling.small_config(dropout_rate=0.0))
    assert _found(tmp_path, meta_graphs) == {
        "drops features before the classifier": BROKEN
    }


@pytest.mark.slow
def test_missing_stochastic_depth_is_found(tmp_path):
    meta_graphs = spoiling.with_training_graph(
        spoiling.small_config(survival_probability=1.0)
    )
    assert _found(tmp_path, meta_graphs) == {
        "skips blocks at random in training": BROKEN
    }


@pytest.mark.slow
def test_another_weight_decay_is_found(tmp_path):
    with spoiling.replaced("builder.regularization.tf.nn.l2_loss", tf.reduce_sum):
        meta_graphs = spoiling.with_training_graph()
    assert _found(tmp_path, meta_graphs) == {
        "regularizes by 1e-5 l2_loss of each kernel": BROKEN
    }


@pytest.mark.slow
def test_a_gradient_that_does_not_pass_is_found(tmp_path):
    def stopped(images):
        return tf.stop_gradient(images)

    with spoiling.replaced("efficientnet.layers.swish", stopped):
        meta_graphs = spoiling.with_training_graph()
    found = _found(tmp_path, meta_graphs)
    assert found["has a gradient for each trainable variable"] == BROKEN
