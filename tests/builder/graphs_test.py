"""The graphs of a module on disk: one for each tag set, with the same variables."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.builder import graphs as graphs_lib
from efficientnet_hub.builder import module_config as module_config_lib
from efficientnet_hub.tests import golden

# The collections that tensorflow_hub loads. Any other makes a module unloadable.
_COLLECTIONS = {
    "asset_filepaths",
    "cond_context",
    "hub_module_attachments",
    "model_variables",
    "regularization_losses",
    "table_initializer",
    "trainable_variables",
    "update_ops",
    "variables",
    "while_context",
}
_TAG_SETS = ["", "train", "serve"]


@pytest.fixture(name="graphs", scope="module")
def _graphs():
    """The graphs of a classification module, by tag; inference has none."""
    config = module_config_lib.module_config("efficientnet-b0", num_classes=10)
    return _by_tag(config)


def _by_tag(config) -> dict[str, graphs_lib.ModuleGraph]:
    graphs = [*graphs_lib.inference_graphs(config), graphs_lib.training_graph(config)]
    return {"".join(graph.tags): graph for graph in graphs}


@pytest.fixture(name="feature_graphs", scope="module")
def _feature_graphs():
    config = module_config_lib.module_config("efficientnet-lite0", "feature-vector")
    return _by_tag(config)


def _described_variables(module_graph) -> list[tuple]:
    collection = module_graph.graph.get_collection
    trainable = {v.op.name for v in collection(tf.GraphKeys.TRAINABLE_VARIABLES)}
    return [
        (v.op.name, v.shape.as_list(), v.op.name in trainable)
        for v in collection(tf.GraphKeys.GLOBAL_VARIABLES)
    ]


def _run(session, signature, images):
    """Returns a signature's outputs in a session of its graph."""
    return session.run(dict(signature.outputs), {signature.inputs["images"]: images})


def test_there_is_a_graph_for_each_tag_set(graphs):
    assert sorted(graphs) == sorted(_TAG_SETS)


def test_all_graphs_have_the_variables_of_the_publisher(graphs):
    published = [
        (variable["name"], variable["shape"], variable["trainable"])
        for variable in golden.figures("efficientnet-b0")["variables"]
    ]
    # With 10 classes instead of 1,000.
    published[-2:] = [
        ("efficientnet-b0/head/dense/kernel", [1280, 10], True),
        ("efficientnet-b0/head/dense/bias", [10], True),
    ]

    for tag in _TAG_SETS:
        assert _described_variables(graphs[tag]) == published, tag


def test_a_feature_vector_module_has_no_classifier(feature_graphs):
    published = [
        (variable["name"], variable["shape"], variable["trainable"])
        for variable in golden.figures("efficientnet-lite0")["variables"]
        if "/dense/" not in variable["name"]
    ]

    for tag in _TAG_SETS:
        assert _described_variables(feature_graphs[tag]) == published, tag


@pytest.mark.parametrize("tag", ["", "train"])
def test_graphs_for_hub_have_the_image_signatures(graphs, feature_graphs, tag):
    of_features = {
        "default",
        "image_feature_vector",
        "image_feature_vector_with_bn_hparams",
    }
    of_classes = {"image_classification", "image_classification_with_bn_hparams"}

    names = {signature.name for signature in graphs[tag].signatures}
    feature_names = {signature.name for signature in feature_graphs[tag].signatures}

    assert names == of_features | of_classes
    assert feature_names == of_features


def test_the_serving_graph_has_one_signature(graphs, feature_graphs):
    (signature,) = graphs["serve"].signatures
    (feature_signature,) = feature_graphs["serve"].signatures

    assert signature.name == feature_signature.name == "serving_default"
    assert set(signature.outputs) == {"logits", "probabilities"}
    assert set(feature_signature.outputs) == {"feature_vector"}


def test_only_training_updates_and_regularizes(graphs):
    def count(tag, key):
        return len(graphs[tag].graph.get_collection(key))

    # Two averages for each of 49 batch normalizations; 5 kernels in each of 15
    # blocks, 4 in the block without expansion, stem, head and classifier.
    assert count("train", tf.GraphKeys.UPDATE_OPS) == 98
    assert count("train", tf.GraphKeys.REGULARIZATION_LOSSES) == 82
    for tag in ("", "serve"):
        assert count(tag, tf.GraphKeys.UPDATE_OPS) == 0
        assert count(tag, tf.GraphKeys.REGULARIZATION_LOSSES) == 0


@pytest.mark.parametrize("tag", _TAG_SETS)
def test_a_graph_has_only_collections_that_hub_loads(graphs, tag):
    graph = graphs[tag].graph

    assert set(graph.get_all_collection_keys()) <= _COLLECTIONS
    assert not graph.as_graph_def().library.function
    for op in graph.get_operations():
        if op.type == "Placeholder" and "/Initializer/" not in op.name:
            assert "_class" not in op.node_def.attr, f"{op.name} is colocated"
        if not op.inputs and op.op_def.is_stateful:
            assert len(op.outputs) == 1, op.name


def test_the_graphs_for_hub_have_the_messages(graphs):
    config = module_config_lib.module_config("efficientnet-b0", num_classes=10)
    attachments = graphs_lib.attachments(config)

    assert [tag for tag in _TAG_SETS if graphs[tag].is_for_hub] == ["", "train"]
    # 10 classes without names.
    assert sorted(attachments) == ["image_module_info", "network"]
    assert attachments["image_module_info"].default_image_size.height == 224
    assert attachments["image_module_info"].default_image_size.width == 224
    assert attachments["network"]["preprocessing"] == "imagenet"


@pytest.mark.parametrize("tag", _TAG_SETS)
def test_variables_have_no_initial_values(graphs, tag):
    with tf.Session(graph=graphs[tag].graph) as session:
        variables = session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)

        for variable in (variables[0], variables[-1]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="must feed"):
                session.run(variable.initializer)


@pytest.mark.slow
def test_one_checkpoint_serves_every_graph(graphs, tmp_path):
    images = golden.images(0, 2, 32, 48)
    checkpoint = str(tmp_path / "model.ckpt")
    serving, inference, training = graphs["serve"], graphs[""], graphs["train"]
    with tf.Session(graph=serving.graph) as session:
        weights = golden.fill(session)
        saver = tf.train.Saver(
            session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        )
        saver.save(session, checkpoint, write_meta_graph=False)
        served = _run(session, serving.signatures[0], images)

    assert sorted(name for name, _ in tf.train.list_variables(checkpoint)) == sorted(
        weights
    )
    for graph in (inference, training):
        with graph.graph.as_default(), tf.Session() as session:
            variables = tf.global_variables()
            tf.train.Saver(variables).restore(session, checkpoint)
            for variable, value in zip(variables, session.run(variables)):
                np.testing.assert_array_equal(value, weights[variable.op.name])
            if graph is inference:
                outputs = _run(session, graph.signatures[0], images)
                np.testing.assert_allclose(
                    outputs["default"], served["logits"], rtol=1e-5, atol=1e-5
                )
