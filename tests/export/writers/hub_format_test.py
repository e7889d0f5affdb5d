"""tensorflow_hub and old TensorFlows can load the directory of a TF1 Hub module."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from google.protobuf import struct_pb2

from efficientnet_hub import errors
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export.graph_passes import supported_ops
from efficientnet_hub.export.saved_model import graph_facts, module_files
from efficientnet_hub.export.writers import hub_format
from efficientnet_hub.signatures import images as images_lib
from efficientnet_hub.signatures import provenance, tag_sets
from efficientnet_hub.tests import golden

_TAG_SETS = {"inference": [], "train": ["train"], "serve": ["serve"]}

# The collections that native_module.py of tensorflow_hub accepts.
_COLLECTIONS = {
    "variables",
    "trainable_variables",
    "model_variables",
    "table_initializer",
    "update_ops",
    "regularization_losses",
    "saved_model_assets",
    "cond_context",
    "while_context",
    "hub_module_attachments",
}


@pytest.fixture(scope="module", name="saved_model")
def _saved_model(module):
    return module_files.read_saved_model(module.directory)


@pytest.fixture(params=sorted(_TAG_SETS), name="meta_graph")
def _meta_graph(request, saved_model):
    """The MetaGraphDef of each tag set."""
    (meta_graph,) = [
        graph
        for graph in saved_model.meta_graphs
        if list(graph.meta_info_def.tags) == _TAG_SETS[request.param]
    ]
    return meta_graph


def _variables(meta_graph) -> dict[str, list[int]]:
    return {
        node.name: [dimension.size for dimension in node.attr["shape"].shape.dim]
        for node in meta_graph.graph_def.node
        if node.op == "VarHandleOp"
    }


# The graphs.


def test_there_is_a_graph_for_each_tag_set(saved_model):
    tag_sets = [list(graph.meta_info_def.tags) for graph in saved_model.meta_graphs]

    assert tag_sets == list(_TAG_SETS.values())


def test_each_graph_has_the_same_variables(meta_graph, shapes):
    assert _variables(meta_graph) == shapes


def test_each_graph_has_only_ops_of_the_oldest_tensorflow(meta_graph):
    ops = {node.op for node in meta_graph.graph_def.node}

    assert not ops & {"AddV2", "FusedBatchNormV3"}
    assert not any("debug_name" in node.attr for node in meta_graph.graph_def.node)
    assert supported_ops.oldest_tensorflow([meta_graph.graph_def]) == "1.13.1"


def test_the_list_of_ops_is_that_of_the_graph(meta_graph):
    listed = [op.name for op in meta_graph.meta_info_def.stripped_op_list.op]

    functions = meta_graph.graph_def.library.function
    nodes = list(meta_graph.graph_def.node)
    for function in functions:
        nodes += function.node_def
    called = {function.signature.name for function in functions}
    assert listed == sorted({node.op for node in nodes} - called)


def test_batch_norms_are_folded_at_once(meta_graph):
    ops = [node.op for node in meta_graph.graph_def.node]
    trains = list(meta_graph.meta_info_def.tags) == ["train"]

    assert ops.count("Rsqrt") == (0 if trains else 1)


def test_only_the_training_graph_recomputes_in_gradients(meta_graph):
    trains = list(meta_graph.meta_info_def.tags) == ["train"]

    assert bool(meta_graph.graph_def.library.function) == trains


def test_only_calls_of_functions_have_shapes(config):
    graph_def = _train_meta_graph(config).graph_def

    functions = {function.signature.name for function in graph_def.library.function}
    calls = [node for node in graph_def.node if node.op in functions]
    assert calls == [node for node in graph_def.node if "_output_shapes" in node.attr]
    for call in calls:
        (shape,) = call.attr["_output_shapes"].list.shape
        assert shape.dim[-1].size > 0, call.name


def test_each_random_op_has_a_seed_of_its_own(config):
    nodes = _train_meta_graph(config).graph_def.node

    random = [node for node in nodes if "Random" in node.op]
    seeds = [node.attr["seed2"].i for node in random]
    assert len(set(seeds)) == len(seeds) == 2  # Dropout, and one residual.
    assert 0 not in seeds
    # The seed of a graph, which a program sets, is none of the module's.
    assert [node.attr["seed"].i for node in random] == [0, 0]


@pytest.mark.slow
def test_the_seed_of_a_network_changes_the_seeds_of_the_masks(config):
    def find_seeds(seed):
        network = dataclasses.replace(config.network, seed=seed)
        other = dataclasses.replace(config, network=network)
        nodes = _train_meta_graph(other).graph_def.node
        return {node.attr["seed2"].i for node in nodes if "seed2" in node.attr}

    assert find_seeds(0)
    assert not find_seeds(0) & find_seeds(1)


@pytest.mark.slow
def test_a_graph_that_recomputes_nothing_has_second_derivatives(config):
    def derive_twice(recompute):
        with tf.Graph().as_default(), tf.Session() as session:
            meta_graph = _train_meta_graph(config, recompute)
            tf.train.import_meta_graph(meta_graph)
            signature = meta_graph.signature_def["default"]
            images = session.graph.get_tensor_by_name(signature.inputs["images"].name)
            output = signature.outputs["default"].name
            score = tf.reduce_sum(session.graph.get_tensor_by_name(output)[:, 0])
            (gradient,) = tf.gradients(score, images)
            penalty = tf.reduce_sum(tf.square(gradient))
            seconds = tf.gradients(penalty, tf.trainable_variables())
            golden.fill(session)
            found = [second for second in seconds if second is not None]
            return session.run(found, {images: golden.images(0, 2, 32, 32)})

    with pytest.raises(LookupError, match="No gradient defined"):
        derive_twice(recompute=True)
    seconds = derive_twice(recompute=False)
    assert seconds
    assert all(np.isfinite(second).all() for second in seconds)


def _train_meta_graph(config, recompute=True):
    return hub_format.export_meta_graph(graphs.training_graph(config), {}, recompute)


@pytest.fixture(name="config")
def _config(tiny) -> module_config.ModuleConfig:
    return module_config.ModuleConfig(
        tiny, class_names=None, provenance=provenance.Provenance("random")
    )


def test_collections_are_those_that_hub_loads(meta_graph):
    assert set(meta_graph.collection_def) <= _COLLECTIONS


def test_only_hub_graphs_have_attachments(meta_graph):
    serves = list(meta_graph.meta_info_def.tags) == ["serve"]

    # An empty collection would make the module unloadable.
    assert ("hub_module_attachments" in meta_graph.collection_def) != serves


def test_signatures_have_types_and_shapes(meta_graph):
    for signature in meta_graph.signature_def.values():
        images = signature.inputs["images"]
        assert images.dtype == tf.float32.as_datatype_enum
        assert graph_facts.shape(images) == [None, None, None, 3]


def test_an_op_that_cannot_be_lowered_is_refused():
    with tf.Graph().as_default() as graph:
        value = tf.get_variable("value", [1], use_resource=True)
        chosen = tf.raw_ops.SelectV2(condition=[True], t=value, e=[2.0], name="choice")
        signature = images_lib.Signature("default", {}, {"default": chosen})
    module_graph = graphs.ModuleGraph(tag_sets.INFERENCE, graph, [signature])

    with pytest.raises(errors.InputError, match="'choice'.*SelectV2"):
        hub_format.export_meta_graph(module_graph, {})


# The directory.


def test_the_format_is_two_bytes(module, contents):
    files = contents(module.directory)

    assert files["tfhub_module.pb"] == b"\x08\x03"
    assert set(files) == {
        "saved_model.pb",
        "tfhub_module.pb",
        "variables/variables.data-00000-of-00001",
        "variables/variables.index",
    }


def test_variables_are_written_unchanged(tmp_path, contents):
    variables = {
        "net/b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "net/a": np.float32(7),
        "net/empty": np.zeros([0, 2], np.float32),
    }
    backwards = dict(reversed(list(variables.items())))
    for folder, values in (("one", variables), ("other", backwards)):
        (tmp_path / folder).mkdir()
        hub_format.write_variables(str(tmp_path / folder), values)

    reader = tf.train.load_checkpoint(str(tmp_path / "one/variables/variables"))
    assert reader.get_variable_to_dtype_map() == dict.fromkeys(variables, tf.float32)
    for name, value in variables.items():
        np.testing.assert_array_equal(reader.get_tensor(name), value)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_hub_opens_the_directory(module):
    spec = hub.load_module_spec(module.directory)

    assert sorted(map(sorted, spec.get_tags())) == [[], ["serve"], ["train"]]
    assert hub.get_expected_image_size(spec) == [32, 32]
    facts = spec.get_attached_message("network", struct_pb2.Struct)
    assert dict(facts)["model"] == "efficientnet-b0"


def test_a_program_with_the_module_can_be_frozen(module):
    images = golden.images(seed=0, batch=2, height=32, width=32)
    with tf.Graph().as_default() as graph, tf.Session() as session:
        placeholder = tf.placeholder(tf.float32, [None, 32, 32, 3])
        logits = hub.Module(module.directory)(placeholder)
        session.run(tf.global_variables_initializer())
        expected = session.run(logits, {placeholder: images})
        frozen = tf.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), [logits.op.name]
        )

    assert not [node for node in frozen.node if "Variable" in node.op]
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(frozen, name="")
        found = session.run(logits.name, {placeholder.name: images})
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * expected.std())
