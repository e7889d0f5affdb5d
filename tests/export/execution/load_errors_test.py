"""A module that does not load is refused in one sentence with the likely cause."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.comparison import opened_module, running
from efficientnet_hub.export.execution import image_graphs, image_module, load_errors
from efficientnet_hub.tests.export.verification import spoiling

_IMAGES = np.zeros([1, 64, 64, 3], np.float32)


def _rename_op(meta_graphs: list) -> None:
    for node in _find_convolutions(meta_graphs):
        node.op = "ConvolutionOf2030"


def _cut_inputs(meta_graphs: list) -> None:
    for node in _find_convolutions(meta_graphs):
        del node.input[:]


def _find_convolutions(meta_graphs: list) -> list:
    nodes = [node for each in meta_graphs for node in each.graph_def.node]
    return [node for node in nodes if node.op == "Conv2D"]


def _load_for_comparison(directory: str) -> None:
    with opened_module.open_module(directory) as module:
        running.load(module).run("default", {"images": _IMAGES})


def _classify(directory: str) -> None:
    graph = image_graphs.read(directory, directory)
    module = image_module.ImageModule(directory, directory, graph)
    module.compute("default", "default", _IMAGES)


@pytest.mark.hub_module
@pytest.mark.parametrize("load", [_load_for_comparison, _classify])
@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (_rename_op, "was it made for a newer TensorFlow?"),
        (_cut_inputs, "is it damaged?"),
    ],
)
def test_the_likely_cause_is_named(load, spoil, cause, tmp_path):
    meta_graphs = spoiling.good_meta_graphs()
    spoil(meta_graphs)
    module = spoiling.write(tmp_path / "module", meta_graphs)

    with pytest.raises(errors.InputError) as caught:
        load(module)

    message = str(caught.value)
    assert message.startswith(f"module '{module}' must load and run, found ")
    assert message.endswith(cause)
    assert "\n" not in message


def test_an_attribute_that_an_old_tensorflow_does_not_know_is_explained():
    # From TensorFlow 1.15. Newer versions ignore such attributes.
    error = ValueError(
        "NodeDef mentions attr 'half_pixel_centers' not in "
        "Op<name=ResizeNearestNeighborGrad; signature=grads:T, size:int32 -> output:T>"
    )

    with pytest.raises(errors.InputError) as caught, load_errors.refuse("module"):
        raise error

    assert str(caught.value).endswith("was it made for a newer TensorFlow?")


@pytest.mark.parametrize("error", [errors.DependencyError, MemoryError])
def test_other_causes_than_the_module_are_not_hidden(error):
    with pytest.raises(error), load_errors.refuse("module"):
        raise error("of the machine")
