"""The weights of a module become those of another, with what the module says."""

from __future__ import annotations

import os
import shutil
from typing import Iterator

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import saved_model_pb2

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter, module_configuration
from efficientnet_hub.export.conversion import converter
from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.export.weights import downloads, locations
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import file_server

pytestmark = pytest.mark.usefixtures("tiny_variant")

_MODEL = "efficientnet-tiny"
_NAMES = ["cat", "dog", "newt"]


@pytest.fixture(scope="module", name="original")
def _original(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("original")
    labels = folder / "labels.txt"
    labels.write_text("\n".join(_NAMES) + "\n")
    output = str(folder / "module")
    exporter.export_module(
        config_lib.get_config(
            config_lib.VARIANTS[_MODEL], padding="symmetric", batch_norm_epsilon=1e-5
        ),
        "random",
        output,
        labels=str(labels),
        image_size=48,
        preprocessing="0.5,0.4,0.3/0.2,0.3,0.4",
        seed=3,
    )
    return output


def _variables(directory: str) -> dict[str, np.ndarray]:
    reader = tf.train.load_checkpoint(os.path.join(directory, "variables/variables"))
    return {
        name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
    }


def _assert_same_weights(one: str, other: str) -> None:
    one, other = _variables(one), _variables(other)
    assert set(one) == set(other)
    for name, value in one.items():
        np.testing.assert_array_equal(other[name], value)


@pytest.mark.parametrize("is_archive", cases.slow_after(1, [False, True]))
def test_an_export_of_a_module_is_the_same_module(is_archive, original, tmp_path):
    weights = original
    if is_archive:
        weights = str(tmp_path / "original.tar.gz")
        archive_writer.write_archive(original, weights)
    output = str(tmp_path / "module")

    exported = exporter.export_module(_MODEL, weights, output)

    _assert_same_weights(original, output)
    old = module_configuration.read(original, original)
    new = module_configuration.read(output, output)
    assert new.network == config_lib.get_config(old.network, seed=0)
    assert new.class_names == _NAMES
    assert new.provenance.license == "Apache-2.0"
    assert "initial values of seed 3" in new.provenance.source
    assert "read 64 variables of module" in exported.notes[0]


@pytest.fixture(name="address")
def _address(original, tmp_path, monkeypatch) -> Iterator[str]:
    """The address of an archive of the module."""
    monkeypatch.setenv(downloads.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "served").mkdir()
    archive_writer.write_archive(original, str(tmp_path / "served" / "m.tar.gz"))
    with file_server.serve(tmp_path / "served") as host:
        yield f"{host}/m.tar.gz"


def test_a_module_at_an_address_keeps_what_it_says(address, original, tmp_path):
    output = str(tmp_path / "module")

    exported = exporter.export_module(_MODEL, address + "?token=s3cret", output)

    _assert_same_weights(original, output)
    old = module_configuration.read(original, original)
    new = module_configuration.read(output, output)
    assert new.network == config_lib.get_config(old.network, seed=0)
    assert new.class_names == _NAMES
    assert new.provenance.license == "Apache-2.0"
    assert new.provenance.source == (
        f"module m.tar.gz from {address}, which says that its weights are "
        "initial values of seed 3"
    )
    assert exported.notes[0] == f"read 64 variables of module '{address}'"


def test_a_module_at_an_address_is_converted_without_its_model(address, tmp_path):
    output = tmp_path / "checkpoint"

    converted = converter.convert_weights(address, str(output), "checkpoint")

    assert any(path.suffix == ".index" for path in output.iterdir())
    assert any("padding symmetric" in note for note in converted.notes)


def test_an_address_of_no_module_is_shown_without_its_token(tmp_path):
    with pytest.raises(
        errors.InputError, match="found 'https://h/m.pth': give --model"
    ):
        converter.convert_weights(
            "https://h/m.pth?token=s3cret", str(tmp_path / "w"), "checkpoint"
        )


def test_a_new_classifier_replaces_that_of_the_module(original, tmp_path):
    output = str(tmp_path / "module")

    exporter.export_module(_MODEL, original, output, num_classes=7, new_classifier=True)

    config = module_configuration.read(output, output)
    assert config.network.num_classes == 7 and config.class_names is None
    assert config.network.padding == "symmetric"
    old, new = _variables(original), _variables(output)
    stem = _MODEL + "/stem/conv2d/kernel"
    np.testing.assert_array_equal(old[stem], new[stem])


def test_features_are_taken_of_a_classification_module(original, tmp_path):
    output = str(tmp_path / "module")

    exporter.export_module(_MODEL, original, output, task="feature-vector")

    assert module_configuration.read(output, output).network.num_classes is None


@pytest.mark.slow
def test_a_module_of_another_publisher_says_less(original, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(original, str(other))
    _remove_facts(other / "saved_model.pb")
    output = str(tmp_path / "module")

    exporter.export_module(_MODEL, str(other), output)

    _assert_same_weights(original, output)
    config = module_configuration.read(output, output)
    assert config.network.num_classes == 3
    assert config.network.image_size == 48
    assert config.network.preprocessing == "imagenet"


def _remove_facts(path) -> None:
    content = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for graph in content.meta_graphs:
        attached = graph.collection_def["hub_module_attachments"].bytes_list
        kept = [each for each in attached.value if b"network" not in each[:12]]
        attached.value[:] = kept
        if not kept:
            del graph.collection_def["hub_module_attachments"]
    path.write_bytes(content.SerializeToString())


def test_a_module_of_another_variant_is_refused(original, tmp_path):
    with pytest.raises(errors.InputError, match="is --model=efficientnet-tiny meant"):
        exporter.export_module("efficientnet-b0", original, str(tmp_path / "module"))

    assert os.listdir(str(tmp_path)) == []


def test_an_archive_of_a_checkpoint_is_no_module(trained, tmp_path):
    archive = str(tmp_path / "checkpoint.tar.gz")
    archive_writer.write_archive(os.path.dirname(trained.prefix), archive)

    assert not locations.is_module(archive)
    assert not locations.is_module(trained.prefix)
