"""The page of a hub module lists its signatures, and its usage runs."""

from __future__ import annotations

import re

import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub.builder import graphs, module_config, tasks
from efficientnet_hub.export.model_card import hub_card, template


@pytest.fixture(scope="module", name="described")
def _described(tiny) -> dict[str, template.Format]:
    """The description of each kind of module."""
    return {task: _describe(tiny, task) for task in tasks.TASKS}


def _describe(tiny, task: str) -> template.Format:
    num_classes = tiny.num_classes if task == tasks.CLASSIFICATION else None
    config = module_config.module_config(tiny, task, num_classes)
    inference, serving = graphs.inference_graphs(config)
    module_graphs = [inference, graphs.training_graph(config), serving]
    return hub_card.describe(config, module_graphs)


@pytest.fixture(scope="module", name="rows")
def _rows(described) -> list[str]:
    return _interface(described[tasks.CLASSIFICATION]).splitlines()


def _interface(described: template.Format) -> str:
    return "\n".join(section.text for section in described.interface)


@pytest.mark.parametrize("tags", ["", '"train"'])
@pytest.mark.parametrize(
    ("signature", "inputs", "output"),
    [
        ("default", "`images`", "[batch_size, 10]"),
        ("image_classification", "`images`", "[batch_size, 10]"),
        ("image_feature_vector", "`images`", "[batch_size, 16]"),
        (
            "image_classification_with_bn_hparams",
            "`batch_norm_momentum`, `images`",
            "[batch_size, 10]",
        ),
        (
            "image_feature_vector_with_bn_hparams",
            "`batch_norm_momentum`, `images`",
            "[batch_size, 16]",
        ),
    ],
)
def test_signatures_are_listed_with_their_shapes(tags, signature, inputs, output, rows):
    row = f"| `{{{tags}}}` | `{signature}` | {inputs} | `{output}` |"

    assert row in rows


def test_the_serving_signature_is_listed(rows):
    assert (
        '| `{"serve"}` | `serving_default` | `images` | `logits` `[batch_size, 10]`, '
        "`probabilities` `[batch_size, 10]` |"
    ) in rows


@pytest.mark.parametrize(
    ("endpoint", "shape"),
    [
        ("stem", "[batch_size, 16, 16, 8]"),
        ("reduction_2", "[batch_size, 8, 8, 8]"),
        ("head_1x1", "[batch_size, 8, 8, 16]"),
        ("logits", "[batch_size, 10]"),
    ],
)
def test_endpoints_are_listed_with_their_shapes(endpoint, shape, rows):
    row = f"| `efficientnet-b0/{endpoint}` | `{shape}` |"

    assert row in rows


def test_a_feature_vector_module_has_no_classification(described):
    interface = _interface(described[tasks.FEATURE_VECTOR])

    assert "| `{}` | `default` | `images` | `[batch_size, 16]` |" in interface
    assert "image_classification" not in interface and "dropout" not in interface


def test_the_usage_runs(module):
    with open(module.card) as file:
        card = file.read().replace("path/to/module", module.directory)
    usage, fine_tuning = re.findall("```python\n(.*?)```", card, re.DOTALL)
    usage = usage.replace("...", "tf.zeros([2, height, width, 3])", 1)
    fine_tuning = fine_tuning.replace("...", "loss = tf.norm(module(images))")

    names = {"hub": hub, "tf": tf}
    with tf.Graph().as_default():
        exec(usage, names)
        assert names["images"].shape.as_list() == [2, 32, 32, 3]
        assert names["logits"].shape.as_list() == [2, 10]
    with tf.Graph().as_default():
        names["images"] = tf.zeros([2, 32, 32, 3])
        names["optimizer"] = tf.train.GradientDescentOptimizer(0.1)
        exec(fine_tuning, names)
        assert len(names["update_ops"]) == 20
