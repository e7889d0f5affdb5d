"""An output is found by its name, or refused with the names that the module has."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.embedding import options
from efficientnet_hub.export.embedding import output_choice
from efficientnet_hub.export.execution import image_graphs


@pytest.fixture
def meta_graph(module):
    """The graph for inference, as any program may have changed it."""
    return image_graphs.read(module.directory, "m")


def _choose(meta_graph, endpoint: str) -> output_choice.Choice:
    return output_choice.choose(meta_graph, options.Computation(endpoint), "m")


def test_the_features_are_searched_first(meta_graph):
    assert _choose(meta_graph, "default").signature == "image_feature_vector"


def test_an_output_of_the_default_signature_is_found(meta_graph):
    outputs = meta_graph.signature_def["default"].outputs
    outputs["mine"].CopyFrom(outputs["default"])

    assert _choose(meta_graph, "mine")[:2] == ("default", "mine")


def test_an_output_of_a_signature_with_other_inputs_is_not_found(meta_graph):
    signature = meta_graph.signature_def["default"]
    signature.outputs["mine"].CopyFrom(signature.outputs["default"])
    signature.inputs["more"].CopyFrom(signature.inputs["images"])

    with pytest.raises(errors.InputError, match="found 'mine', but the module has"):
        _choose(meta_graph, "mine")


def test_a_signature_without_the_default_output_is_refused(meta_graph):
    outputs = meta_graph.signature_def["image_feature_vector"].outputs
    outputs["mine"].CopyFrom(outputs["default"])
    del outputs["default"]

    with pytest.raises(errors.InputError, match="must have the output 'default'"):
        _choose(meta_graph, options.FEATURES)
