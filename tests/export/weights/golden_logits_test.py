"""Modules compute what the libraries of their weights compute.

`tests/peers/golden_cases.py` describes the models and how their logits were made.
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

import efficientnet_hub
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.tests.peers import golden_cases, golden_files, weights_by_name

# A multiple of the standard deviation of the logits. 1e-5 is usual. The epsilon of
# another library changes them by 1e-3, another padding or normalization by much more.
_LIMIT = 1e-4

_GOLDEN = json.loads(golden_cases.LOGITS.read_text("utf-8"))
_CASES = {case["name"]: case for case in _GOLDEN["cases"]}
# The others are slow tests.
_FAST = {"timm/efficientnet_b0"}


def _export(case: dict, path: pathlib.Path, module: pathlib.Path) -> None:
    network = config_lib.get_config(
        case["variant"],
        width_coefficient=_GOLDEN["width"],
        depth_coefficient=_GOLDEN["depth"],
        num_classes=_GOLDEN["classes"],
    )
    options = {} if case["says_model"] else {"source_model": case["name"]}
    efficientnet_hub.export_module(network, str(path), str(module), **options)


def _run(module: pathlib.Path) -> np.ndarray:
    hub = pytest.importorskip("tensorflow_hub")
    images = weights_by_name.images(**_GOLDEN["images"])
    with tf.Graph().as_default(), tf.Session() as session:
        logits = hub.Module(str(module))(tf.constant(images))
        session.run(tf.global_variables_initializer())
        return session.run(logits)


@pytest.mark.hub_module
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in _FAST else pytest.mark.slow)
        for name in _CASES
    ],
)
def test_a_module_computes_the_logits_of_the_library(name, tmp_path):
    case = _CASES[name]
    expected = np.array(case["logits"])
    path = tmp_path / ("weights." + case["form"])
    golden_files.write(golden_cases.read_arrays()[name], case["form"], path)

    _export(case, path, tmp_path / "module")

    difference = np.abs(_run(tmp_path / "module") - expected).max()
    assert difference <= _LIMIT * expected.std()


def test_every_library_has_logits_that_depend_on_the_images():
    assert list(_CASES) == [
        case.name for case in (*golden_cases.TORCH, *golden_cases.KERAS.values())
    ]
    for name, case in _CASES.items():
        logits = np.array(case["logits"])
        assert logits.shape == (_GOLDEN["images"]["batch"], _GOLDEN["classes"]), name
        assert np.std(logits[0] - logits[1]) > 100 * _LIMIT * logits.std(), name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The families of timm differ in their padding.
        ("timm/efficientnet_b0", "timm/tf_efficientnet_b0"),
        # Of the same arrays, and of another epsilon.
        ("torchvision/efficientnet_b0", "torchvision/efficientnet_b5"),
    ],
)
def test_the_limit_tells_paddings_and_epsilons_apart(one, other):
    arrays = golden_cases.read_arrays()
    names = [[a["path"] for a in arrays[name]["arrays"]] for name in (one, other)]
    first, second = (np.array(_CASES[name]["logits"]) for name in (one, other))

    assert names[0] == names[1]
    assert np.abs(first - second).max() > 5 * _LIMIT * first.std()
