"""Tests `export_module`: what it writes and what it refuses."""

from __future__ import annotations

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from google.protobuf import struct_pb2

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.export import (
    configuration,
    exporter,
    inspection,
    module_configuration,
    options,
)
from efficientnet_hub.export.saved_model import graph_facts, module_files
from efficientnet_hub.export.storage import archive_reader, archive_writer
from efficientnet_hub.export.weights import loading
from efficientnet_hub.signatures import attachments
from efficientnet_hub.tests import cases, golden


def _variables(directory: str) -> dict[str, np.ndarray]:
    reader = tf.train.load_checkpoint(os.path.join(directory, "variables/variables"))
    return {
        name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
    }


def _serve(directory: str, images: np.ndarray) -> dict[str, np.ndarray]:
    """Returns the outputs that a model server returns."""
    with tf.Graph().as_default(), tf.Session() as session:
        loaded = tf.saved_model.load(session, ["serve"], directory)
        signature = loaded.signature_def["serving_default"]
        outputs = {key: info.name for key, info in signature.outputs.items()}
        return session.run(outputs, {signature.inputs["images"].name: images})


# The whole export.


@pytest.mark.slow
def test_hub_computes_the_publishers_figures(write_checkpoint, tmp_path):
    published = golden.figures("efficientnet-b0")
    checkpoint = write_checkpoint(
        {
            v["name"]: golden.weight(v["name"], v["shape"])
            for v in published["variables"]
        }
    )
    images = golden.images(7, 2, published["size"], published["size"])

    path = str(tmp_path / "module")
    exporter.export_module("efficientnet-b0", checkpoint, path)

    with tf.Graph().as_default(), tf.Session() as session:
        outputs = hub.Module(path)(images, as_dict=True)
        session.run(tf.global_variables_initializer())
        outputs = session.run(outputs)
    for found, expected in (
        (outputs["default"], published["logits"]),
        (outputs["efficientnet-b0/pooled_features"], published["pooled_features"]),
    ):
        difference = np.abs(found - np.array(expected)).max()
        assert difference < 1e-4 * np.std(expected)


# The same inputs give the same bytes.


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(
    module, tiny, tmp_path, start_python, contents
):
    (tmp_path / "elsewhere").mkdir()
    process = start_python(
        """if True:
        import os, sys
        os.umask(0o077)
        from efficientnet_hub.efficientnet.config import NetworkConfig, StageConfig
        from efficientnet_hub.export import exporter

        network = eval(sys.argv[1])
        exporter.export_module(
            network, "random", "tiny", num_classes=10, archive="tiny.tar.gz"
        )
        """,
        repr(tiny),
        cwd=str(tmp_path / "elsewhere"),
        environment={"PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo"},
    )
    output = process.communicate()

    assert process.returncode == 0, output
    here = contents(os.path.dirname(module.directory))
    there = contents(tmp_path / "elsewhere")
    assert sorted(here) == sorted(there)
    assert [name for name in here if here[name] != there[name]] == []


@pytest.mark.slow
def test_the_seed_determines_the_weights(module, export, tmp_path):
    same = export(seed=0, output=str(tmp_path / "same"))
    other = export(seed=1, output=str(tmp_path / "other"))

    first, same, other = (
        _variables(exported.directory) for exported in (module, same, other)
    )
    for name, value in first.items():
        np.testing.assert_array_equal(same[name], value)
        assert np.array_equal(other[name], value) != name.endswith("kernel")


# The options.


def test_the_paths_are_returned(module):
    written = {module.directory, module.card, module.archive}

    folder = os.path.dirname(module.directory)
    assert written == {os.path.join(folder, name) for name in os.listdir(folder)}
    assert module.card == module.directory + ".md"
    with open(module.card) as file:
        assert file.read() == module.documentation.to_markdown()
    assert "untrained" in module.notes[0]


def test_the_archive_holds_the_module(module, contents):
    with archive_reader.unpack(module.archive) as unpacked:
        assert contents(unpacked) == contents(module.directory)


def test_a_checkpoints_values_are_the_modules(trained, export, shapes):
    exported = export(trained.prefix, moving_averages="never")

    values = _variables(exported.directory)
    assert set(values) == set(shapes)
    for name, value in values.items():
        np.testing.assert_array_equal(value, trained.entries[name])
    assert "took 0 moving averages and 64 raw values" in exported.notes[0]
    with open(exported.card) as file:
        assert "0 moving averages, 64 raw values" in file.read()


def test_a_feature_vector_module_has_no_classifier(trained, export):
    exported = export(trained.prefix, task="feature-vector")

    assert not [n for n in _variables(exported.directory) if "/dense/" in n]
    signatures = hub.load_module_spec(exported.directory).get_signature_names()
    assert "image_feature_vector" in signatures
    assert "image_classification" not in signatures


def test_a_new_classifier_has_initial_values(trained, export, shapes):
    exported = export(trained.prefix, num_classes=3, new_classifier=True, seed=2)

    values = _variables(exported.directory)
    assert values["efficientnet-b0/head/dense/kernel"].shape == (16, 3)
    assert not values["efficientnet-b0/head/dense/bias"].any()
    stem = "efficientnet-b0/stem/conv2d/kernel"
    average = trained.entries[stem + "/ExponentialMovingAverage"]
    np.testing.assert_array_equal(values[stem], average)
    assert "the classifier starts at the initial values" in " ".join(exported.notes)


def test_image_size_and_preprocessing_are_documented_and_attached(export):
    exported = export(image_size=48, preprocessing="advprop")

    for graph in module_files.read_saved_model(exported.directory).meta_graphs[:2]:
        assert graph_facts.expected_image_size(graph) == (48, 48)
        facts = graph_facts.attached_message(graph, "network", struct_pb2.Struct)
        assert facts["preprocessing"] == "advprop"
        assert facts["weights"] == "initial values of seed 0"
    with open(exported.card) as file:
        card = file.read()
    assert "48 x 48 pixels" in card and "`2 x - 1`" in card


@pytest.mark.parametrize(
    "preprocessing", cases.slow_after(1, ["advprop", "lite", None])
)
def test_preprocessing_is_that_of_the_network(
    preprocessing, trained, export, tiny, shapes
):
    images = np.random.RandomState(1).uniform(size=[2, 32, 32, 3]).astype(np.float32)
    network = config_lib.get_config(tiny, preprocessing=preprocessing or "imagenet")
    with tf.Graph().as_default(), tf.Session() as session:
        logits, _ = network_lib.build_model(
            tf.constant(images), network, training=False
        )
        tf.train.Saver().restore(session, trained.prefix)
        expected = session.run(logits)

    exported = export(
        trained.prefix, preprocessing=preprocessing, moving_averages="never"
    )

    served = _serve(exported.directory, images)
    np.testing.assert_allclose(served["logits"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(served["probabilities"].sum(axis=1), [1, 1], rtol=1e-6)


def test_the_number_of_classes_is_that_of_the_checkpoint(
    trained, tiny, shapes, write_checkpoint, tmp_path
):
    entries = {name: trained.entries[name] for name in shapes}
    kernel, bias = ("efficientnet-b0/head/dense/" + each for each in ("kernel", "bias"))
    entries[kernel], entries[bias] = entries[kernel][:, :6], entries[bias][:6]
    module_options = options.ExportOptions("efficientnet-b0", write_checkpoint(entries))

    with loading.open_source(module_options.weights, tiny) as opened:
        config = configuration.configure(module_options, opened.facts)

    assert config.network.num_classes == 6


def test_a_network_of_another_library_is_described_and_kept(trained, tiny, tmp_path):
    network = config_lib.get_config(tiny, padding="symmetric", batch_norm_epsilon=1e-5)
    exported = exporter.export_module(
        network,
        trained.prefix,
        str(tmp_path / "module"),
        preprocessing="0.5,0.5,0.5/0.25,0.25,0.25",
    )

    for graph in module_files.read_saved_model(exported.directory).meta_graphs[:2]:
        facts = graph_facts.attached_message(graph, "network", struct_pb2.Struct)
        assert facts["padding"] == "symmetric"
        assert facts["batch norm epsilon"] == "1e-05"
        assert facts["preprocessing"] == "0.5,0.5,0.5/0.25,0.25,0.25"
        assert "Pad" in {node.op for node in graph.graph_def.node}
    inspected = str(inspection.inspect_module(exported.directory))
    assert "padding:           symmetric" in inspected
    assert "batch norm epsilon: 1e-05" in inspected
    with open(exported.card) as file:
        card = file.read()
    assert "the way `symmetric`" in card and "the epsilon 1e-05" in card
    assert "deviation s = (0.25, 0.25, 0.25)" in card
    config = module_configuration.read(exported.directory, exported.directory)
    assert config.network.padding == "symmetric"
    assert config.network.batch_norm_epsilon == 1e-5
    assert config.network.preprocessing == "0.5,0.5,0.5/0.25,0.25,0.25"


def test_what_a_network_does_in_training_is_said_and_kept(trained, tiny, tmp_path):
    changes = {
        "batch_norm_momentum": 0.9,
        "dropout_rate": 0,
        "survival_probability": 1.0,
    }
    network = config_lib.get_config(tiny, **changes)
    exported = exporter.export_module(network, trained.prefix, str(tmp_path / "module"))

    inspected = str(inspection.inspect_module(exported.directory))
    for line in (
        "batch norm momentum: 0.9",
        "dropout rate:      0.0",
        "survival probability: 1.0",
    ):
        assert line in inspected
    with open(exported.card) as file:
        card = file.read()
    assert "The network applies neither stochastic depth nor dropout." in card
    config = module_configuration.read(exported.directory, exported.directory)
    for field, value in changes.items():
        assert getattr(config.network, field) == value


def test_a_module_of_the_publishers_network_has_no_further_facts(module):
    graph = module_files.read_saved_model(module.directory).meta_graphs[0]

    facts = graph_facts.attached_message(graph, "network", struct_pb2.Struct)
    assert set(facts) == {"license", "model", "preprocessing", "task", "weights"}


def test_labels_are_attached_and_count_the_classes(export, tmp_path):
    (tmp_path / "labels.txt").write_text("cat\ndog\nSchnürschuh\n", encoding="utf-8")

    exported = export(labels=str(tmp_path / "labels.txt"))

    spec = hub.load_module_spec(exported.directory)
    assert attachments.get_class_names(spec) == ["cat", "dog", "Schnürschuh"]
    assert _variables(exported.directory)["efficientnet-b0/head/dense/bias"].shape == (
        3,
    )
    assert not [note for note in exported.notes if "class names" in note]


def test_a_thousand_classes_are_imagenets(export):
    spec = hub.load_module_spec(export(num_classes=1000).directory)

    names = attachments.get_class_names(spec)
    assert (names[0], names[285], len(names)) == ("tench", "Egyptian cat", 1000)


def test_another_number_of_classes_has_no_names_and_says_so(export):
    exported = export(num_classes=7)

    spec = hub.load_module_spec(exported.directory)
    assert attachments.get_class_names(spec) is None
    assert "--labels attaches them" in exported.notes[-1]


# Refusals, which leave nothing behind.


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"cat\ndog\n", "as many lines as there are classes, 3, found 2"),
        (b"cat\ndog\nowl\nbat\n", "as many lines as there are classes, 3, found 4"),
        (b"cat\n\nowl\n", "line 2 empty"),
        (b"cat\ndog\n \n", "line 3 empty"),
        (b"cat\nd\xf6g\nowl\n", "must be a text file in UTF-8"),
        (b"", "must have one class name a line, found no lines"),
        (None, "found no file"),
    ],
)
def test_a_wrong_labels_file_is_refused(content, expected, refusal, tmp_path):
    path = tmp_path / "labels.txt"
    if content is not None:
        path.write_bytes(content)

    message = refusal(labels=str(path), num_classes=3)

    assert expected in message and str(path) in message


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"task": "regression"}, "one of classification, feature-vector"),
        ({"task": "feature-vector", "num_classes": 3}, "has no classes"),
        (
            {"task": "feature-vector", "new_classifier": True},
            "must be for a module with",
        ),
        ({"num_classes": 0}, "num_classes must be a positive integer"),
        ({"image_size": -1}, "image_size must be a positive integer"),
        ({"preprocessing": "caffe"}, "one of imagenet, advprop, lite"),
        ({"seed": -1}, "seed must be an integer"),
        ({"moving_averages": "always"}, "one of auto, never"),
        ({"recompute": "everything"}, "recompute must be one of swish, none"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_choice_is_refused(options, expected, refusal):
    assert expected in refusal(**options)


def test_what_cannot_be_written_leaves_nothing_behind(export, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(archive_writer, "write_archive", fail)

    with pytest.raises(OSError, match="No space"):
        export(
            output=str(tmp_path / "a" / "b"), archive=str(tmp_path / "c" / "d.tar.gz")
        )

    assert os.listdir(str(tmp_path)) == []
