"""Weights leave a module in the formats of other libraries, and come back unchanged."""

from __future__ import annotations

import os
import pathlib
import resource
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import digests, errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export import exporter, module_configuration
from efficientnet_hub.export.conversion import converter
from efficientnet_hub.export.weights import file_formats
from efficientnet_hub.export.weights.containers import pytorch_pickle
from efficientnet_hub.export.weights.naming import libraries
from efficientnet_hub.tests import cases, shared_results

_MODEL = "efficientnet-b0"
# How other libraries pad, and their epsilon.
_PYTORCH = {"padding": "symmetric", "batch_norm_epsilon": 1e-5}
# The format, the library, the network, the file, and what says its model.
_ROUND_TRIPS = [
    ("checkpoint", None, {}, "weights", None),
    ("safetensors", "timm", _PYTORCH, "w.safetensors", "timm/efficientnet_b0"),
    ("pth", "torchvision", _PYTORCH, "w.pth", None),
    ("keras", None, {}, "w.weights.h5", None),
    ("safetensors", "timm", {}, "w.safetensors", "timm/tf_efficientnet_b0"),
    ("safetensors", "torchvision", _PYTORCH, "w.safetensors", None),
    ("pth", "timm", {}, "w.pth", "timm/tf_efficientnet_b0"),
    ("pth", "efficientnet_pytorch", {}, "w.pth", None),
]
# Each format of each library, and the file.
_FORMATS = sorted(
    {(to, library or "", name) for to, library, _, name, _ in _ROUND_TRIPS}
)


@pytest.fixture(autouse=True)
def _variant(tiny, monkeypatch):
    """A small b0, in the table where a module's network is found."""
    monkeypatch.setitem(config_lib.VARIANTS, _MODEL, tiny)


@pytest.fixture(name="export_once", scope="session")
def _export_once(tiny, tmp_path_factory):
    """Returns a function that exports a module once for all processes."""

    def export(task: str, labels: tuple[str, ...], **changes) -> str:
        options = {"image_size": 48, "preprocessing": "0.5,0.4,0.3/0.2,0.3,0.4"}
        options.update(seed=3, task=task)
        network = config_lib.get_config(tiny, **changes)

        def write(folder: pathlib.Path) -> str:
            if labels:
                options["labels"] = str(folder / "labels.txt")
                pathlib.Path(options["labels"]).write_text("\n".join(labels))
            output = str(folder / "module")
            exporter.export_module(network, "random", output, **options)
            return output

        name = digests.of_texts([task, *labels, repr(sorted(changes.items()))])
        return shared_results.make_once(tmp_path_factory, "converted-" + name, write)

    return export


@pytest.fixture(name="make_module")
def _make_module(export_once, tmp_path):
    """Returns a function that makes a module that the test may change."""

    def make(task="classification", labels=(), **changes) -> str:
        output = str(tmp_path / "module")
        shutil.rmtree(output, ignore_errors=True)
        return shutil.copytree(export_once(task, labels, **changes), output)

    return make


def _variables(directory: str) -> dict[str, np.ndarray]:
    reader = tf.train.load_checkpoint(os.path.join(directory, "variables/variables"))
    return {
        name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
    }


def _read_file(path: str) -> dict[str, np.ndarray]:
    opened = pytorch_pickle.open_file(path, 2**30)
    return dict(opened.read_arrays(opened.saved))


@pytest.fixture(name="limit_files")
def _limit_files():
    """Returns a function that limits the size of files, as a full disk does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize(("to", "library", "name"), cases.slow_after(2, _FORMATS))
def test_a_full_disk_is_reported_in_each_format(
    to, library, name, make_module, limit_files, tmp_path
):
    module = make_module(**(_PYTORCH if library == "torchvision" else {}))
    output = tmp_path / "new" / name

    limit_files(10_000)
    with pytest.raises(OSError, match="File too large") as caught:
        converter.convert_weights(module, str(output), to, library or None)

    assert caught.value.filename == str(output)
    assert not output.parent.exists()


@pytest.mark.parametrize(("to", "library", "name"), cases.slow_after(2, _FORMATS))
def test_files_have_the_permissions_of_other_new_files(
    to, library, name, make_module, tmp_path
):
    module = make_module(**(_PYTORCH if library == "torchvision" else {}))
    output = tmp_path / name
    expected = tmp_path / "expected"
    expected.write_bytes(b"")

    converter.convert_weights(module, str(output), to, library or None)

    files = [output, *output.rglob("*")] if output.is_dir() else [output]
    modes = {path.stat().st_mode for path in files if path.is_file()}
    assert modes == {expected.stat().st_mode}


def test_each_library_of_pytorch_can_be_written():
    names = tuple(library.name for library in libraries.PYTORCH)

    assert names == file_formats.LIBRARIES


@pytest.mark.parametrize(
    "task", cases.slow_after(1, ["classification", "feature-vector"])
)
@pytest.mark.parametrize(
    ("to", "library", "network", "name", "source_model"),
    # One of each format.
    cases.slow_after(4, _ROUND_TRIPS),
)
def test_weights_come_back_bit_for_bit(
    to, library, network, name, source_model, task, make_module, tmp_path
):
    module = make_module(task=task, **network)
    converted = converter.convert_weights(module, str(tmp_path / name), to, library)
    again = str(tmp_path / "again")

    exporter.export_module(
        _MODEL, converted.output, again, task=task, source_model=source_model
    )

    before, after = _variables(module), _variables(again)
    assert set(before) == set(after)
    for variable, value in before.items():
        np.testing.assert_array_equal(value, after[variable], err_msg=variable)
    found = module_configuration.read(again, again).network
    for field, value in network.items():
        assert getattr(found, field) == value
    if to == "keras":
        # The only one of the formats that has the normalization.
        assert found.preprocessing == "0.5,0.4,0.3/0.2,0.3,0.4"


def test_the_model_to_load_the_file_in_is_said(make_module, tmp_path):
    converted = converter.convert_weights(
        make_module(), str(tmp_path / "w.pth"), "pth", "timm"
    )

    assert "load it in timm/tf_efficientnet_b0 with num_classes=10" in converted.notes
    assert "0.5,0.4,0.3/0.2,0.3,0.4, and their size, 48 px" in " ".join(converted.notes)


@pytest.mark.parametrize(
    ("to", "library", "name", "network", "note"),
    [
        ("pth", "timm", "w.pth", {}, "timm/tf_efficientnet_b0 with num_classes=0"),
        ("pth", "torchvision", "w.pth", _PYTORCH, "torchvision/efficientnet_b0 with "),
        ("pth", "efficientnet_pytorch", "w.pth", {}, "with include_top=False"),
        ("keras", None, "w.weights.h5", {}, "EfficientNetB0(weights=None, include_top"),
    ],
)
def test_how_to_load_a_file_without_classifier_is_said(
    to, library, name, network, note, make_module, tmp_path
):
    module = make_module(task="feature-vector", **network)

    converted = converter.convert_weights(module, str(tmp_path / name), to, library)

    assert any("load it in" in each and note in each for each in converted.notes)


@pytest.mark.slow
def test_names_of_classes_are_said_to_be_lost(make_module, tmp_path):
    lost = "the file does not have the names of the classes"

    for labels, is_lost in ((tuple("abcdefghij"), True), ((), False)):
        module = make_module(labels=labels)
        path = str(tmp_path / f"{is_lost}.weights.h5")
        converted = converter.convert_weights(module, path, "keras")
        assert (lost in converted.notes) == is_lost


@pytest.mark.parametrize(
    ("to", "library", "name", "source_model"),
    cases.slow_after(
        1,
        [
            ("pth", "timm", "w.pth", "timm/tf_efficientnet_lite0"),
            ("checkpoint", None, "weights", None),
            ("safetensors", "timm", "w.safetensors", "timm/tf_efficientnet_lite0"),
            ("pth", "efficientnet_pytorch", "w.pth", None),
        ],
    ),
)
def test_lite_weights_come_back_bit_for_bit(
    to, library, name, source_model, tiny, tmp_path, monkeypatch
):
    lite = config_lib.get_config(
        "efficientnet-lite0", stages=tiny.stages, head_filters=16, num_classes=3
    )
    monkeypatch.setitem(config_lib.VARIANTS, lite.name, lite)
    module, again = str(tmp_path / "module"), str(tmp_path / "again")
    exporter.export_module(lite, "random", module, seed=3)

    path = converter.convert_weights(module, str(tmp_path / name), to, library).output
    exporter.export_module(lite.name, path, again, source_model=source_model)

    before, after = _variables(module), _variables(again)
    assert before["efficientnet-lite0/head/dense/kernel"].shape[1] == 3
    assert set(before) == set(after)
    for variable, value in before.items():
        np.testing.assert_array_equal(value, after[variable], err_msg=variable)


def test_options_that_contradict_a_module_are_refused(make_module, tmp_path):
    module, output = make_module(task="feature-vector"), str(tmp_path / "w.pth")

    with pytest.raises(errors.InputError, match="which has no classifier, found class"):
        converter.convert_weights(module, output, "pth", "timm", task="classification")
    with pytest.raises(errors.InputError, match="source_model must be given for files"):
        converter.convert_weights(
            module, output, "pth", "timm", source_model="timm/efficientnet_b0"
        )


def test_an_array_has_the_library_s_name_and_order_of_dimensions(make_module, tmp_path):
    module = make_module(**_PYTORCH)
    path = str(tmp_path / "w.pth")
    converter.convert_weights(module, path, "pth", "torchvision")

    arrays = _read_file(path)
    kernel = _variables(module)[_MODEL + "/stem/conv2d/kernel"]
    np.testing.assert_array_equal(
        arrays["features.0.0.weight"], np.einsum("hwio->oihw", kernel)
    )
    assert arrays["classifier.1.weight"].shape == (10, 16)


def test_weights_that_are_no_module_need_a_model(trained, tmp_path):
    output = str(tmp_path / "w.pth")

    with pytest.raises(errors.InputError, match="model must be given"):
        converter.convert_weights(trained.prefix, output, "pth", "timm")

    converter.convert_weights(trained.prefix, output, "pth", "timm", model=_MODEL)
    assert len(_read_file(output)) == 64


def test_the_same_weights_give_the_same_bytes(make_module, tmp_path):
    module = make_module()
    for name, to, library in (
        ("w.pth", "pth", "timm"),
        ("w.safetensors", "safetensors", "timm"),
        ("w.weights.h5", "keras", None),
    ):
        written = []
        for folder in ("one", "other"):
            (tmp_path / folder).mkdir(exist_ok=True)
            path = tmp_path / folder / name
            converter.convert_weights(module, str(path), to, library)
            written.append(path.read_bytes())
        assert written[0] == written[1]


@pytest.mark.parametrize(
    ("network", "output", "to", "library", "message"),
    [
        ({}, "w.pth", "pth", None, "library must be one of timm, .* for the formats"),
        ({}, "w", "checkpoint", "timm", "found 'timm' for checkpoint"),
        ({}, "w.bin", "pth", "timm", "ends with '.pth', found"),
        ({}, "w.h5", "keras", None, "ends with '.weights.h5'"),
        ({}, "w.pth", "onnx", "timm", "to must be one of checkpoint"),
        ({}, "w.pth", "pth", "fastai", "library must be one of timm"),
        ({}, "w.pth", "pth", "torchvision", "torchvision must have a model"),
        (_PYTORCH, "w.pth", "pth", "efficientnet_pytorch", "must have a model"),
        (_PYTORCH, "w.weights.h5", "keras", None, "padding must be 'same'"),
        ({"batch_norm_epsilon": 1e-5}, "w.pth", "pth", "timm", "must have a model"),
        ({}, "module", "checkpoint", None, "must lie apart from"),
        ({}, "module/w.pth", "pth", "timm", "must be|module"),
    ],
)
def test_what_cannot_be_converted_is_refused(
    network, output, to, library, message, make_module, tmp_path
):
    module = make_module(**network)
    before = sorted(map(str, tmp_path.rglob("*")))

    with pytest.raises(errors.InputError, match=message):
        converter.convert_weights(module, str(tmp_path / output), to, library)

    assert sorted(map(str, tmp_path.rglob("*"))) == before


def test_a_file_is_not_replaced(make_module, tmp_path):
    module = make_module()
    path = pathlib.Path(tmp_path / "w.pth")
    path.write_text("thesis")

    # There is no --overwrite to advise.
    with pytest.raises(errors.InputError, match="exists already: give another path$"):
        converter.convert_weights(module, str(path), "pth", "timm")

    assert path.read_text() == "thesis"
