"""Tests that repackaging keeps weights, names and origin of an exported module."""

from __future__ import annotations

import os
import pathlib
import shutil

import pytest
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub import errors
from efficientnet_hub.builder import module_spec
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import (
    exporter,
    inspection,
    module_configuration,
    repackaging,
)
from efficientnet_hub.export.saved_model import module_files
from efficientnet_hub.export.storage import archive_writer
from efficientnet_hub.export.verification import verifier
from efficientnet_hub.tests.compat import reexport_module
from efficientnet_hub.tests.export import attaching

_MODEL = "efficientnet-tiny"
_NAMES = ["cat", "dog", "newt"]
_WEIGHT = _MODEL + "/head/dense/bias"
_BIAS = [1.0, 2.0, 3.0]


@pytest.fixture(scope="module", autouse=True)
def _variant():
    """A small variant in the table where repackaging finds a module's network."""
    small = config_lib.get_config(
        "efficientnet-lite0",
        name=_MODEL,
        stages=config_lib.BASELINE_STAGES[:2],
        stem_filters=8,
        head_filters=16,
        image_size=64,
        survival_probability=0.5,  # It has one residual, whose effect must be seen.
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(config_lib.VARIANTS, _MODEL, small)
        yield


@pytest.fixture(scope="module", name="labels")
def _labels(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("labels") / "labels.txt"
    path.write_text("\n".join(_NAMES) + "\n")
    return str(path)


@pytest.fixture(scope="module", name="original")
def _original(labels, tmp_path_factory) -> str:
    output = str(tmp_path_factory.mktemp("original") / "module")
    exporter.export_module(_MODEL, "random", output, labels=labels, image_size=96)
    return output


@pytest.fixture(scope="module", name="exported")
def _exported_module(original, tmp_path_factory) -> str:
    path = str(tmp_path_factory.mktemp("exported") / "module")
    reexport_module.export(original, path, _BIAS)
    return path


@pytest.fixture(scope="module", name="exported_spec")
def _exported_spec(labels, tmp_path_factory) -> str:
    path = str(tmp_path_factory.mktemp("exported") / "module")
    spec = module_spec.create_module_spec(_MODEL, labels=labels)
    reexport_module.export(spec, path, _BIAS)
    return path


def _graphs(directory: str) -> bytes:
    with open(os.path.join(directory, module_files.SAVED_MODEL_FILE), "rb") as file:
        return file.read()


def _bias(directory: str) -> list[float]:
    prefix = os.path.join(directory, module_files.VARIABLES_PREFIX)
    return tf.train.load_checkpoint(prefix).get_tensor(_WEIGHT).tolist()


@pytest.mark.slow
def test_what_a_module_exports_keeps_its_promises(exported):
    report = verifier.verify_module(exported, strict=True)

    assert report.passed, str(report)
    assert _bias(exported) == _BIAS


@pytest.mark.slow
def test_what_a_latest_module_exporter_writes_keeps_its_promises(original, tmp_path):
    written = str(tmp_path / "latest")

    reexport_module.export_latest(original, written)

    report = verifier.verify_module(written, strict=True)
    assert report.passed, str(report)
    assert _bias(written) != _bias(original)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["exported", "exported_spec"])
def test_a_repackaged_module_keeps_its_weights_and_its_promises(
    source, request, tmp_path
):
    output = str(tmp_path / "module")
    archive = str(tmp_path / "module.tar.gz")

    repackaging.repackage_module(
        request.getfixturevalue(source), output, archive=archive
    )

    report = verifier.verify_module(output, strict=True)
    assert report.passed, str(report)
    assert _bias(output) == _BIAS
    assert "load" in str(inspection.inspect_module(archive))
    with open(output + ".md") as file:
        assert "newt" in file.read()


def test_a_repackaged_module_has_the_graphs_of_the_original(
    original, exported, tmp_path
):
    output = str(tmp_path / "module")
    repackaging.repackage_module(exported, output)

    found = module_configuration.read(output, output)
    expected = module_configuration.read(original, original)
    assert found.network == expected.network
    assert found.network.image_size == 96
    assert found.class_names == expected.class_names == _NAMES
    # The graphs differ only in the text on the origin of the weights.
    assert abs(len(_graphs(output)) - len(_graphs(original))) < 1000


@pytest.mark.slow
def test_the_origin_of_the_weights_is_recorded(lite0, tmp_path):
    exported, output = str(tmp_path / "exported"), str(tmp_path / "module")
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(lite0.directory)
        session.run(tf.global_variables_initializer())
        module.export(exported, session)

    written = repackaging.repackage_module(exported, output)

    weights = module_configuration.read(output, output).provenance
    assert "of a module that started from efficientnet-lite0-57934424" in weights.source
    assert (weights.license, weights.descended) == ("Apache-2.0", True)
    page = pathlib.Path(written.card).read_text()
    assert f"{weights.source}.\n" in page
    assert "License of the weights that it started from: Apache-2.0" in page


def test_other_labels_may_be_attached(exported, labels, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("red\ngreen\nblue\n")
    output = str(tmp_path / "module")

    repackaging.repackage_module(exported, output, labels=str(other))

    config = module_configuration.read(output, output)
    assert config.class_names == ["red", "green", "blue"]


def test_labels_of_another_number_are_refused(exported, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("red\ngreen\n")

    with pytest.raises(errors.InputError, match="2"):
        repackaging.repackage_module(
            exported, str(tmp_path / "module"), labels=str(other)
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.txt"]


@pytest.mark.parametrize(
    ("output", "archive"),
    [
        ("module", None),
        ("link", None),
        ("linked/module", None),
        ("module/again", None),
        ("again", "module/again.tar.gz"),
    ],
)
def test_the_module_that_is_read_is_not_replaced(
    output, archive, original, contents, tmp_path
):
    module = tmp_path / "module"
    shutil.copytree(original, str(module))
    (tmp_path / "link").symlink_to(module)
    (tmp_path / "linked").symlink_to(tmp_path)
    before = contents(tmp_path)

    with pytest.raises(errors.InputError, match="must lie apart from the module"):
        repackaging.repackage_module(
            str(module),
            str(tmp_path / output),
            archive=archive and str(tmp_path / archive),
            overwrite=True,
        )
    assert contents(tmp_path) == before


def test_the_archive_that_is_read_is_not_replaced(original, tmp_path):
    archive = tmp_path / "module.tar.gz"
    archive_writer.write_archive(original, str(archive))
    before = archive.read_bytes()

    with pytest.raises(errors.InputError, match="must lie apart from the module"):
        repackaging.repackage_module(
            str(archive), str(tmp_path / "new"), archive=str(archive), overwrite=True
        )
    assert archive.read_bytes() == before
    assert list(tmp_path.iterdir()) == [archive]


@pytest.mark.slow
def test_a_feature_vector_module_is_repackaged(tmp_path):
    first, output = str(tmp_path / "first"), str(tmp_path / "module")
    exporter.export_module(_MODEL, "random", first, task="feature-vector")

    repackaging.repackage_module(first, output)

    assert module_configuration.read(output, output).task == "feature-vector"


def test_a_module_without_facts_is_refused(tmp_path):
    def module_fn():
        images = tf.placeholder(tf.float32, [None, 8, 8, 3])
        hub.add_signature("default", {"images": images}, tf.reduce_mean(images, [1, 2]))

    module = str(tmp_path / "module")
    with tf.Graph().as_default(), tf.Session() as session:
        hub.Module(hub.create_module_spec(module_fn)).export(module, session)

    with pytest.raises(errors.InputError, match="must say which network it is"):
        repackaging.repackage_module(module, str(tmp_path / "output"))
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("value", [["efficientnet-lite0"], 3, True, {"a": "b"}, None])
@pytest.mark.parametrize(
    "fact", ["model", "task", "preprocessing", "weights", "license"]
)
def test_a_fact_that_is_not_text_is_refused(fact, value, original, tmp_path):
    foreign = attaching.copy(original, str(tmp_path / "foreign"), fact, value)

    with pytest.raises(errors.InputError) as caught:
        repackaging.repackage_module(foreign, str(tmp_path / "output"))

    message = str(caught.value)
    assert f"must say '{fact}' as text in its attached message 'network'" in message
    assert "\n" not in message
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["cat", "dog", 3], "the number 3"),
        (["cat", ["dog"], "newt"], "a list"),
        ([None, None, None], "null"),
        (["cat", {"dog": 1}, "newt"], "a mapping"),
        (["cat", "dog"], "2"),
        ([], "0"),
    ],
)
def test_wrong_class_names_are_refused(names, found, original, tmp_path):
    foreign = attaching.copy(original, str(tmp_path / "foreign"), "class_names", names)

    with pytest.raises(errors.InputError, match="class_names.* found " + found):
        repackaging.repackage_module(foreign, str(tmp_path / "output"))

    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("fact", "value", "message"),
    [
        ("model", "efficientnet-b9", "model must be one of .* 'efficientnet-b9'"),
        ("preprocessing", "", "preprocessing must be one of .* found ''"),
        ("task", "detection", "task must be one of .* found 'detection'"),
    ],
)
def test_an_unknown_fact_is_refused(fact, value, message, original, tmp_path):
    foreign = attaching.copy(original, str(tmp_path / "foreign"), fact, value)

    with pytest.raises(errors.InputError, match=message):
        repackaging.repackage_module(foreign, str(tmp_path / "output"))


@pytest.mark.parametrize("recompute", ["swish", "none"])
def test_what_is_recomputed_is_kept(recompute, tmp_path):
    written = str(tmp_path / "written")
    exporter.export_module(
        _MODEL, "random", written, image_size=96, recompute=recompute
    )

    assert module_configuration.read(written, written).recompute == recompute
