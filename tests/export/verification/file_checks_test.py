"""A module with an error in its files breaks the promise that the error concerns."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub.export.verification import file_checks, promise
from efficientnet_hub.tests.export.verification import spoiling

BROKEN = promise.Outcome.BROKEN
ABSENT = promise.Outcome.ABSENT
NOT_APPLICABLE = promise.Outcome.NOT_APPLICABLE


def _drop_train(meta_graphs):
    del meta_graphs[1]


def _drop_serve(meta_graphs):
    del meta_graphs[2]


def _write_a_newer_op(meta_graphs):
    for node in meta_graphs[1].graph_def.node:
        if node.op == "Add":
            node.op = "AddV2"


def _leave_the_op_list_behind(meta_graphs):
    for node in meta_graphs[0].graph_def.node:
        if node.op == "Sigmoid":
            node.op = "Tanh"


def _add_a_collection(meta_graphs):
    meta_graphs[2].collection_def["summaries"].node_list.value.append("images:0")


def _forget_a_variable(meta_graphs):
    variables = meta_graphs[0].collection_def["variables"].bytes_list.value
    del variables[0]


def _ask_for_a_fixed_batch(meta_graphs):
    images = meta_graphs[0].signature_def["default"].inputs["images"]
    images.tensor_shape.dim[0].size = 1


def _ask_for_a_fixed_size(meta_graphs):
    for signature in meta_graphs[0].signature_def.values():
        for dimension in signature.inputs["images"].tensor_shape.dim[1:3]:
            dimension.size = 64


def _call_features_the_default(meta_graphs):
    signatures = meta_graphs[0].signature_def
    signatures["default"].CopyFrom(signatures["image_feature_vector"])


def _drop_hparams(meta_graphs):
    for meta_graph in meta_graphs:
        for name in list(meta_graph.signature_def):
            if name.endswith("_with_bn_hparams"):
                del meta_graph.signature_def[name]


def _drop_the_momentum(meta_graphs):
    name = "image_feature_vector_with_bn_hparams"
    del meta_graphs[1].signature_def[name].inputs["batch_norm_momentum"]


def _drop_attachments(meta_graphs):
    for meta_graph in meta_graphs[:2]:
        del meta_graph.collection_def["hub_module_attachments"]


def _drop_an_endpoint(meta_graphs):
    outputs = meta_graphs[1].signature_def["default"].outputs
    del outputs["efficientnet-b0/reduction_3"]


def _drop_updates(meta_graphs):
    del meta_graphs[1].collection_def["update_ops"]


def _drop_a_loss(meta_graphs):
    del meta_graphs[1].collection_def["regularization_losses"].node_list.value[0]


def _drop_the_saver(meta_graphs):
    meta_graphs[2].ClearField("saver_def")


@pytest.mark.parametrize(
    ("spoil", "statement", "outcome"),
    [
        (_drop_train, 'has graphs tagged {} and {"train"}', BROKEN),
        (_drop_train, 'has update ops and losses in {"train"} only', BROKEN),
        (_drop_serve, 'has a graph tagged {"serve"}, with a Saver', ABSENT),
        (_drop_the_saver, 'has a graph tagged {"serve"}, with a Saver', BROKEN),
        (_write_a_newer_op, "loads in TensorFlow 1.13.1 by its ops", BROKEN),
        (_leave_the_op_list_behind, "loads in TensorFlow 1.13.1 by its ops", BROKEN),
        (_add_a_collection, "has only collections that hub.Module takes", BROKEN),
        (_forget_a_variable, "has the same variables in every graph", BROKEN),
        (_ask_for_a_fixed_batch, "takes 'images', float32 RGB", BROKEN),
        (_ask_for_a_fixed_size, "leaves the image size open", ABSENT),
        (_call_features_the_default, "returns vectors, mainly as 'default'", BROKEN),
        (_drop_hparams, "has signatures with a batch norm momentum", ABSENT),
        (_drop_the_momentum, "has signatures with a batch norm momentum", BROKEN),
        (_drop_attachments, "says its expected image size", ABSENT),
        (_drop_attachments, "names its classes", ABSENT),
        (_drop_an_endpoint, "gives the network's endpoints", BROKEN),
        (_drop_updates, 'has update ops and losses in {"train"} only', BROKEN),
        (_drop_a_loss, "regularizes each kernel once", BROKEN),
    ],
)
def test_what_is_missing_or_wrong_is_found(tmp_path, spoil, statement, outcome):
    meta_graphs = spoiling.good_meta_graphs()
    spoil(meta_graphs)
    module = spoiling.write(tmp_path / "module", meta_graphs)
    assert spoiling.outcomes(file_checks.PROMISES, module).get(statement) == outcome


def test_a_good_module_keeps_all(good_subject):
    assert spoiling.outcomes_of(file_checks.PROMISES, good_subject) == {}


@pytest.mark.slow
def test_a_good_feature_vector_module_keeps_all_that_apply(feature_vector_subject):
    assert spoiling.outcomes_of(file_checks.PROMISES, feature_vector_subject) == {
        "names its classes": NOT_APPLICABLE
    }


def test_a_module_without_kernels_by_name_is_found(tmp_path):
    module = spoiling.write_renamed(tmp_path / "module", "kernel", "weight")
    found = spoiling.outcomes(file_checks.PROMISES, module)
    assert found["regularizes each kernel once"] == ABSENT


def test_a_module_without_blocks_by_name_is_found(tmp_path):
    module = spoiling.write_renamed(tmp_path / "module", "/blocks_", "/stages_")
    found = spoiling.outcomes(file_checks.PROMISES, module)
    assert found["gives the network's endpoints"] == BROKEN


def test_weights_that_are_not_finite_are_found(tmp_path):
    def spoil(name, value):
        return np.full_like(value, np.nan) if name.endswith("dense/bias") else value

    module = spoiling.write(tmp_path / "module", values=spoil)
    assert spoiling.outcomes(file_checks.PROMISES, module) == {
        "has a finite value for each variable": BROKEN
    }


@pytest.mark.slow
def test_another_number_of_class_names_is_found(tmp_path):
    config = spoiling.small_config()
    config.class_names.append("one too many")
    module = spoiling.write(tmp_path / "module", config=config)
    assert spoiling.outcomes(file_checks.PROMISES, module) == {
        "names its classes": BROKEN
    }
