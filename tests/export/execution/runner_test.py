"""Tests that `hub.Module` and `hub.load` give the same outputs."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow_hub as hub

from efficientnet_hub.export.execution import runner
from efficientnet_hub.tests import cases


@pytest.fixture(
    params=[pytest.param("hub.Module", marks=pytest.mark.hub_module), "hub.load"]
)
def opened(request, module, monkeypatch):
    """The module, opened with and without `hub.Module`."""
    if request.param == "hub.load":
        monkeypatch.delattr(hub, "Module", raising=False)
    else:
        monkeypatch.delattr(hub, "load")
    return runner.open_module(module.directory)


def _images(batch: int, height: int, width: int) -> np.ndarray:
    random = np.random.RandomState(0)
    return random.uniform(size=[batch, height, width, 3]).astype(np.float32)


@pytest.mark.hub_module
@pytest.mark.parametrize(
    "signature", cases.slow_after(1, ["image_feature_vector", "default"])
)
def test_both_runners_give_the_same_outputs(signature, module, monkeypatch):
    inputs = {"images": _images(2, 32, 32)}
    by_module = runner.open_module(module.directory).run(signature, inputs)
    monkeypatch.delattr(hub, "Module")
    by_load = runner.open_module(module.directory).run(signature, inputs)

    assert set(by_module) == set(by_load)
    for name, output in by_module.items():
        np.testing.assert_allclose(output, by_load[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("shape", cases.slow_after(1, [[3, 33, 47], [1, 32, 32]]))
def test_a_signature_takes_any_number_and_size_of_images(opened, shape):
    opened.run("default", {"images": _images(2, 20, 20)})

    outputs = opened.run("default", {"images": _images(*shape)})

    assert isinstance(outputs["default"], np.ndarray)
    assert outputs["default"].shape == (shape[0], 10)


def test_outputs_are_returned_by_name(opened):
    inputs = {"images": _images(1, 32, 32)}

    outputs = opened.run_all(["default", "image_feature_vector"], inputs, ["default"])

    assert [list(each) for each in outputs.values()] == [["default"], ["default"]]


def test_a_signature_takes_a_second_input(opened):
    images = _images(2, 32, 32)
    inputs = {"images": images, "batch_norm_momentum": np.float32(0.5)}

    with_momentum = opened.run("image_feature_vector_with_bn_hparams", inputs)

    plain = opened.run("image_feature_vector", {"images": images})
    np.testing.assert_array_equal(with_momentum["default"], plain["default"])


def test_one_output_is_that_of_all(opened):
    inputs = {"images": _images(2, 32, 32)}
    expected = opened.run("image_feature_vector", inputs)["default"]

    found = opened.run_all(["image_feature_vector"], inputs, ["default"])

    (output,) = found["image_feature_vector"].values()
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-6)
