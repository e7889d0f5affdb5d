"""The variables of a network are taken out of a state dict, with its classifier."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.export.weights.naming import state_dict, timm, torchvision
from efficientnet_hub.tests.export.weights import golden_keys

_NETWORK = config_lib.get_config("efficientnet-lite0")
_B0 = config_lib.get_config("efficientnet-b0")


def _arrays(library: str, variant: str, prefix: str = "") -> dict[str, np.ndarray]:
    shapes = golden_keys.read_shapes(library, variant)
    return {prefix + k: np.broadcast_to(np.float32(0), s) for k, s in shapes.items()}


def _linear(classes: int, features: int = 1280) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros([classes, features], np.float32), np.zeros(classes, np.float32)


_TORCHVISION = state_dict.StateDict(torchvision.LIBRARY, "", "a file")
_TIMM = state_dict.StateDict(timm.LIBRARY, "net.", "a file")


@pytest.fixture(name="b0")
def _b0() -> dict[str, np.ndarray]:
    return _arrays("torchvision", "efficientnet-b0")


def _replace_classifier(arrays, *layers) -> dict[str, np.ndarray]:
    kept = {k: v for k, v in arrays.items() if not k.startswith("classifier.")}
    for name, (kernel, bias) in layers:
        kept.update({f"{name}.weight": kernel, f"{name}.bias": bias})
    return kept


def _find(names, arrays, network, new_classifier=False) -> dict[str, str]:
    return names.find_variables(_shapes(arrays), network, new_classifier)


def _shapes(arrays) -> dict[str, tuple[int, ...]]:
    return {key: value.shape for key, value in arrays.items()}


def test_each_variable_is_there_once_and_counters_are_not():
    found = _find(_TIMM, _arrays("timm", "efficientnet-lite0", "net."), _NETWORK)

    assert found.keys() == set(timm.LIBRARY.name_variables(_NETWORK).values())
    assert found["efficientnet-lite0/head/dense/kernel"] == "net.classifier.weight"


def test_other_parts_of_a_program_are_left_out_and_listed():
    arrays = _arrays("timm", "efficientnet-lite0", "net.")
    arrays.update({"loss.weight": np.zeros(3), "b.num_batches_tracked": np.zeros(())})

    found = _find(_TIMM, arrays, _NETWORK)

    assert all(name.startswith("efficientnet-lite0/") for name in found)
    assert _TIMM.list_others(arrays) == ["loss.weight"]


def test_another_array_of_the_network_is_refused():
    arrays = _arrays("timm", "efficientnet-lite0", "net.")
    arrays["net.blocks.9.0.conv_pw.weight"] = np.zeros(3)

    with pytest.raises(errors.InputError, match="'net.blocks.9.0.conv_pw.weight': is"):
        _find(_TIMM, arrays, _NETWORK)


@pytest.mark.parametrize("name", ["classifier.1", "classifier", "classifier.0.fc"])
def test_a_linear_layer_in_place_of_the_classifier_is_the_classifier(name, b0):
    arrays = _replace_classifier(b0, (name, _linear(7)))

    found = _find(_TORCHVISION, arrays, _B0)

    assert _TORCHVISION.count_classes(_shapes(arrays)) == 7
    assert found["efficientnet-b0/head/dense/kernel"] == name + ".weight"
    assert found["efficientnet-b0/head/dense/bias"] == name + ".bias"


def test_several_layers_in_place_of_the_classifier_can_only_be_left_out(b0):
    layers = [("classifier.1", _linear(9)), ("classifier.3", _linear(7, 9))]
    arrays = _replace_classifier(b0, *layers)

    assert _TORCHVISION.count_classes(_shapes(arrays)) is None
    with pytest.raises(errors.InputError, match="Give --new_classifier"):
        _find(_TORCHVISION, arrays, _B0)
    found = _find(_TORCHVISION, arrays, _B0, True)
    assert not any("dense" in name for name in found)


def test_a_network_without_classifier_has_none(b0):
    arrays = _replace_classifier(b0)

    assert _TORCHVISION.count_classes(_shapes(arrays)) is None
    assert not _TORCHVISION.has_classifier(arrays)
    assert _TORCHVISION.has_classifier(b0)


@pytest.mark.parametrize("shape", [(0, 1280), (7,), (7, 1280, 1, 1)])
def test_a_classifier_of_another_form_counts_no_classes(shape, b0):
    arrays = _replace_classifier(b0, ("classifier.1", (np.zeros(shape), np.zeros(7))))

    assert _TORCHVISION.count_classes(_shapes(arrays)) is None
