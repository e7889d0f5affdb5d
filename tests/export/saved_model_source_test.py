"""The weights of a SavedModel become a module, with what the SavedModel says."""

from __future__ import annotations

import json
import os
import pathlib
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf1
import tensorflow.compat.v2 as tf

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter, module_configuration
from efficientnet_hub.export.conversion import converter
from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.tests import cases

pytestmark = pytest.mark.usefixtures("tiny_variant")

_MODEL = "efficientnet-tiny"
_NAMES = ["cat", "dog", "newt"]
_FACTS = os.path.join("assets", "module_facts.json")


@pytest.fixture(scope="module", name="both")
def _both(tmp_path_factory) -> exporter.ExportedModule:
    """A module in both formats. No test may change it."""
    folder = tmp_path_factory.mktemp("both")
    labels = folder / "labels.txt"
    labels.write_text("\n".join(_NAMES) + "\n")
    return exporter.export_module(
        config_lib.get_config(
            config_lib.VARIANTS[_MODEL], padding="symmetric", batch_norm_epsilon=1e-5
        ),
        "random",
        str(folder / "module"),
        labels=str(labels),
        image_size=48,
        preprocessing="0.5,0.4,0.3/0.2,0.3,0.4",
        seed=3,
        format="both",
    )


@pytest.fixture(name="copy")
def _copy(both, tmp_path) -> pathlib.Path:
    """A copy of the SavedModel that a test may change."""
    shutil.copytree(both.saved_model.directory, str(tmp_path / "copy"))
    return tmp_path / "copy"


def _export(weights, tmp_path, **options) -> exporter.ExportedModule:
    return exporter.export_module(
        _MODEL, str(weights), str(tmp_path / "module"), **options
    )


def _variables(directory: str) -> dict[str, np.ndarray]:
    reader = tf1.train.load_checkpoint(os.path.join(directory, "variables/variables"))
    return {
        name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
    }


def _assert_same_module(found: str, original: str) -> None:
    old = module_configuration.read(original, original)
    new = module_configuration.read(found, found)
    assert new.network == config_lib.get_config(old.network, seed=0)
    assert new.class_names == old.class_names
    assert new.provenance.license == old.provenance.license == "Apache-2.0"
    one, other = _variables(original), _variables(found)
    assert set(one) == set(other)
    for name, value in one.items():
        np.testing.assert_array_equal(other[name], value)


@pytest.mark.parametrize("is_archive", cases.slow_after(1, [False, True]))
def test_an_export_of_a_saved_model_is_the_same_module(is_archive, both, tmp_path):
    weights = both.saved_model.directory
    if is_archive:
        weights = str(tmp_path / "saved_model.tar.gz")
        archive_writer.write_archive(both.saved_model.directory, weights)

    exported = _export(weights, tmp_path)

    _assert_same_module(exported.directory, both.directory)
    name = os.path.basename(weights)
    config = module_configuration.read(exported.directory, "it")
    assert config.provenance.source == (
        f"module {name}, which says that its weights are initial values of seed 3"
    )
    assert exported.notes[0] == f"read 64 variables of module '{weights}'"


@pytest.mark.slow
def test_weights_come_back_from_a_saved_model_of_a_saved_model(both, tmp_path):
    again = _export(both.saved_model.directory, tmp_path, format="savedmodel")

    back = exporter.export_module(_MODEL, again.directory, str(tmp_path / "back"))

    _assert_same_module(back.directory, both.directory)


@pytest.mark.slow
def test_a_saved_model_that_a_program_trained_and_saved_again(both, copy, tmp_path):
    loaded = tf.saved_model.load(str(copy))
    loaded.head = tf.Variable([1.0], name="head/kernel")
    for variable in loaded.variables:
        variable.assign_add(tf.ones_like(variable))
    tf.saved_model.save(loaded, str(tmp_path / "trained"))

    exported = _export(tmp_path / "trained", tmp_path)

    before, after = _variables(both.directory), _variables(exported.directory)
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value + 1)
    config = module_configuration.read(exported.directory, "it")
    assert config.network.padding == "symmetric" and config.class_names == _NAMES
    assert exported.notes[1].startswith("left out, as no part of the network: head/")


def test_features_are_taken_of_a_saved_model_with_a_classifier(both, tmp_path):
    exported = _export(both.saved_model.directory, tmp_path, task="feature-vector")

    config = module_configuration.read(exported.directory, "it")
    assert config.network.num_classes is None and config.network.image_size == 48


def test_a_saved_model_is_converted_without_its_model(both, tmp_path):
    output = tmp_path / "checkpoint"

    converter.convert_weights(both.saved_model.directory, str(output), "checkpoint")

    (index,) = output.glob("*.index")
    reader = tf1.train.load_checkpoint(str(index)[: -len(".index")])
    for name, value in _variables(both.directory).items():
        np.testing.assert_array_equal(reader.get_tensor(name), value)


def _refusal(weights, tmp_path, **options) -> str:
    with pytest.raises(errors.InputError) as caught:
        _export(weights, tmp_path, **options)
    assert not (tmp_path / "module").exists()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_saved_model_of_another_program_is_refused(tmp_path):
    program = tf.Module()
    program.kernel = tf.Variable([1.0], name=f"{_MODEL}/stem/conv2d/kernel")
    tf.saved_model.save(program, str(tmp_path / "other"))

    message = _refusal(tmp_path / "other", tmp_path)

    assert "in its file assets/module_facts.json, found no such file" in message


def test_a_saved_model_of_another_variant_is_refused(both, tmp_path):
    with pytest.raises(errors.InputError, match="is --model=efficientnet-tiny meant"):
        exporter.export_module(
            "efficientnet-b0", both.saved_model.directory, str(tmp_path / "module")
        )


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        (None, [], "found: a list"),
        ("network", None, "'network' with None"),
        ("network", {"model": 1}, "'network' with {'model': 1}"),
        ("network", {}, "must say which network it is"),
        ("image_size", "48", "'image_size' with '48'"),
        ("image_size", True, "'image_size' with True"),
        ("image_size", 2**31, "images of 1 to 4096 pixels"),
        ("class_names", ["cat", 1, "newt"], "'class_names' with"),
        ("class_names", ["cat"], "as it has classes, 3, found 1"),
        ("class_names", ["cat", " ", "newt"], "found no name of class 1"),
    ],
)
def test_facts_that_cannot_be_are_refused(field, value, found, copy, tmp_path):
    path = copy / _FACTS
    facts = json.loads(path.read_text())
    if field is None:
        facts = value
    else:
        facts[field] = value
    path.write_text(json.dumps(facts))

    assert found in _refusal(copy, tmp_path)


def test_a_damaged_index_is_refused(copy, tmp_path):
    (copy / "variables" / "variables.index").write_bytes(b"\0" * 100)

    assert "must be a whole TensorFlow checkpoint" in _refusal(copy, tmp_path)


def test_variables_of_one_name_twice_are_refused(copy, tmp_path):
    loaded = tf.saved_model.load(str(copy))
    name = f"{_MODEL}/stem/conv2d/kernel"
    loaded.other = tf.Variable(tf.zeros([3, 3, 3, 8]), name=name)
    tf.saved_model.save(loaded, str(tmp_path / "twice"))

    assert f"two variables of the name '{name}'" in _refusal(
        tmp_path / "twice", tmp_path
    )
