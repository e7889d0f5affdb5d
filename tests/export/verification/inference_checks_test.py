"""A graph for inference with an error breaks the promise that the error concerns."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import dependencies
from efficientnet_hub.builder import graphs
from efficientnet_hub.export.verification import inference_checks, promise
from efficientnet_hub.tests.export.verification import spoiling

BROKEN = promise.Outcome.BROKEN


def test_a_good_module_keeps_all(good_subject):
    assert spoiling.outcomes_of(inference_checks.PROMISES, good_subject) == {}


@pytest.mark.slow
def test_a_good_module_keeps_all_where_hub_has_no_module(good_module, monkeypatch):
    monkeypatch.setattr(dependencies, "has_hub_module", lambda: False)
    assert spoiling.outcomes(inference_checks.PROMISES, good_module) == {}


def _with_training_ops_in_inference():
    """The graph of {"train"} under the tag set {}."""
    meta_graphs = spoiling.good_meta_graphs()
    meta_graphs[0].CopyFrom(meta_graphs[1])
    del meta_graphs[0].meta_info_def.tags[:]
    return meta_graphs


@pytest.fixture(scope="module")
def random_inference(tmp_path_factory) -> dict[str, promise.Outcome]:
    """The findings for a module that has the graph of {"train"} as that of {}."""
    folder = tmp_path_factory.mktemp("random")
    module = spoiling.write(folder, _with_training_ops_in_inference())
    return spoiling.outcomes(inference_checks.PROMISES, module)


@pytest.mark.parametrize(
    "statement",
    [
        "has the same outputs each time",
        "has the same outputs for an image in each batch",
        "has the same outputs in all signatures",
    ],
)
def test_training_ops_in_the_graph_for_inference_are_found(random_inference, statement):
    assert random_inference.get(statement) == BROKEN


@pytest.mark.slow
def test_a_network_that_does_not_look_is_found(tmp_path):
    def blind(name, value):
        return np.zeros_like(value) if name.endswith("stem/conv2d/kernel") else value

    module = spoiling.write(tmp_path / "module", values=blind)
    found = spoiling.outcomes(inference_checks.PROMISES, module)
    assert found == {"distinguishes images": BROKEN}


def test_signatures_that_disagree_are_found(tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    signatures = meta_graphs[0].signature_def
    features = signatures["image_feature_vector"].outputs
    features["default"].name = features["efficientnet-b0/logits"].name
    module = spoiling.write(tmp_path / "module", meta_graphs)
    found = spoiling.outcomes(inference_checks.PROMISES, module)
    assert found["has the same outputs in all signatures"] == BROKEN


@pytest.mark.slow
def test_a_fixed_image_size_is_found(tmp_path):
    def fixed():
        images = graphs.tf.placeholder(graphs.tf.float32, [None, None, None, 3])
        return graphs.tf.ensure_shape(images, [None, 64, 64, 3])

    with spoiling.replaced("signatures.images.images_input", fixed):
        meta_graphs = spoiling.meta_graphs()
    for meta_graph in meta_graphs:
        for signature in meta_graph.signature_def.values():
            signature.inputs["images"].name = "Placeholder:0"
    module = spoiling.write(tmp_path / "module", meta_graphs)
    found = spoiling.outcomes(inference_checks.PROMISES, module)
    assert found == {
        "takes odd and non-square images": BROKEN,
        "halves the resolution from endpoint to endpoint": BROKEN,
    }
