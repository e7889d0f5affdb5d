"""A step of training is compared, with the same numbers in place of random ones."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.builder import regularization
from efficientnet_hub.export.comparison import (
    findings,
    opened_module,
    random_ops,
    training,
)
from efficientnet_hub.tests.export.comparison import small_modules
from efficientnet_hub.tests.export.verification import spoiling

_TOLERANCE = 1e-4
_TRAIN = frozenset(["train"])


@pytest.fixture(scope="module", name="good")
def _good(tmp_path_factory) -> str:
    return spoiling.write(tmp_path_factory.mktemp("good"))


def _compare(a: str, b: str) -> list[findings.Finding]:
    generator = np.random.RandomState(0)
    samples = generator.uniform(size=[4, 64, 64, 3]).astype(np.float32)
    with opened_module.open_module(a) as first, opened_module.open_module(b) as other:
        return list(training.compare(first, other, [list(samples)], _TOLERANCE))


def _differing(found) -> set[str]:
    return {subject.split(" with ")[0] for _, subject in small_modules.differing(found)}


def _write_with_training(folder, config=None) -> str:
    return spoiling.write(folder, spoiling.with_training_graph(config))


@pytest.mark.slow
@pytest.mark.hub_module
def test_another_weight_decay_differs_and_nothing_else(good, tmp_path):
    losses = functools.partial(regularization.kernel_l2_losses, weight_decay=2e-5)
    with spoiling.replaced("builder.regularization.kernel_l2_losses", losses):
        other = _write_with_training(tmp_path)

    found = _compare(good, other)

    assert _differing(found) == {"regularization"}
    (finding,) = (each for each in found if each.subject == "regularization")
    assert "in 32 losses in A" in finding.detail
    assert {each.outcome for each in found} == {
        findings.Outcome.SAME,
        findings.Outcome.DIFFERS,
    }


@pytest.mark.slow
@pytest.mark.hub_module
def test_gradients_of_another_shape_have_no_relative_difference(good, tmp_path):
    found = _compare(good, small_modules.write(tmp_path / "wide", head_filters=64))

    gradients = next(each for each in found if each.subject.startswith("gradients"))
    assert gradients.outcome is findings.Outcome.DIFFERS
    assert "another shape, or a number that is NaN" in gradients.detail
    assert "relative difference" not in gradients.detail


@pytest.mark.slow
@pytest.mark.hub_module
def test_a_module_that_is_built_again_trains_the_same(good, tmp_path):
    found = _compare(good, _write_with_training(tmp_path))

    assert {each.outcome for each in found} == {findings.Outcome.SAME}
    assert len(found) == 8


@pytest.mark.slow
@pytest.mark.hub_module
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"batch_norm_momentum": 0.9}, ["updates"]),
        ({"batch_norm_epsilon": 0.1}, ["gradients", "loss", "output", "updates"]),
        ({"dropout_rate": 0.4}, ["gradients", "loss", "output"]),
        ({"dropout_rate": 0.0}, ["gradients", "loss", "output", "random numbers"]),
        ({"survival_probability": 0.9}, ["gradients", "loss", "output", "updates"]),
        ({"preprocessing": "lite"}, ["gradients", "loss", "output", "updates"]),
    ],
    ids=str,
)
def test_another_training_graph_differs(changes, expected, good, tmp_path):
    config = spoiling.small_config(**changes)

    found = _compare(good, _write_with_training(tmp_path, config))

    assert sorted(_differing(found)) == expected


@pytest.mark.slow
@pytest.mark.hub_module
def test_update_ops_that_are_missing_differ(good, tmp_path):
    graphs = spoiling.good_meta_graphs()
    del graphs[1].collection_def["update_ops"].node_list.value[-2:]

    found = _compare(good, spoiling.write(tmp_path, graphs))

    assert _differing(found) == {"update ops", "updates"}


@pytest.mark.slow
@pytest.mark.hub_module
def test_a_variable_that_is_not_trained_differs(good, tmp_path):
    graphs = spoiling.good_meta_graphs()
    del graphs[1].collection_def["trainable_variables"].bytes_list.value[0]

    found = _compare(good, spoiling.write(tmp_path, graphs))

    assert {"trainable variables", "gradients"} <= _differing(found)


@pytest.mark.slow
@pytest.mark.hub_module
def test_other_seeds_of_random_ops_make_no_difference(good, tmp_path):
    graphs = spoiling.good_meta_graphs()
    for node in graphs[1].graph_def.node:
        if node.op == "RandomUniform":
            node.attr["seed"].i = node.attr["seed2"].i = 0

    found = _compare(good, spoiling.write(tmp_path, graphs))

    assert {each.outcome for each in found} == {findings.Outcome.SAME}


@pytest.mark.slow
@pytest.mark.hub_module
def test_a_random_op_that_cannot_be_replaced_is_not_called_the_same(good, tmp_path):
    graphs = spoiling.good_meta_graphs()
    for node in graphs[1].graph_def.node:
        if node.op == "RandomUniform":
            node.op = "RandomGamma"
            node.attr["S"].type = node.attr["T"].type
            node.attr["T"].type = 1
            del node.attr["dtype"]
            node.attr["seed"].i = node.attr["seed2"].i = 0
            node.input.append(_add_alpha(graphs[1]))

    other = spoiling.write(tmp_path, graphs)

    differs, skipped = _compare(good, other)[-1], _compare(other, good)[-1]

    assert "the loss of B is random in ways that cannot be replaced" in differs.detail
    assert differs.outcome is findings.Outcome.DIFFERS
    assert skipped.outcome is findings.Outcome.NOT_COMPARED


def _add_alpha(meta_graph) -> str:
    names = {node.name for node in meta_graph.graph_def.node}
    if "alpha" not in names:
        node = meta_graph.graph_def.node.add(name="alpha", op="Const")
        node.attr["dtype"].type = 1
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(0.5))
    return "alpha"


@pytest.mark.hub_module
def test_a_tag_set_of_one_module_only_is_not_compared(good, tmp_path):
    graphs = spoiling.good_meta_graphs()

    (finding,) = _compare(good, spoiling.write(tmp_path, [graphs[0], graphs[2]]))

    assert finding.outcome is findings.Outcome.NOT_COMPARED
    assert 'the tag set {"train"} is not in both' in finding.detail


def test_random_ops_are_found_behind_what_needs_them_only():
    with tf.Graph().as_default(), tf.Session() as session:
        used = tf.random_uniform([3])
        tf.random_uniform([5], name="unused")
        with tf.control_dependencies([used]):
            normal = tf.random_normal([2])
        fetched = tf.reduce_sum(normal) + 1
        tensors = random_ops.find([fetched.op])
        numbers = random_ops.replace(dict(zip(tensors, session.run(tensors))))

        assert sorted(value.shape for value in numbers.values()) == [(2,), (3,)]
        assert session.run(fetched, numbers) == 1.0
        np.testing.assert_array_equal(session.run(used, numbers), np.float32(0.999))
