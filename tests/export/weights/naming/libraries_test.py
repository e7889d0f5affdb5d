"""The library and the prefix of arrays are found, and never guessed."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.export.weights.naming import libraries
from efficientnet_hub.tests.export.weights import golden_keys

_PREFIXES = ("", "module.", "model.", "net.", "model.module.", "a b.0._orig_mod.")


def _keys(library: str, prefix: str = "") -> list[str]:
    shapes = golden_keys.read_shapes(library, "efficientnet-b0")
    return [prefix + key for key in shapes]


def _refusal(keys) -> str:
    with pytest.raises(errors.InputError) as caught:
        libraries.recognize(keys, "file 'a'")
    assert str(caught.value).startswith("file 'a' must hold ")
    return str(caught.value)


@pytest.mark.parametrize("prefix", _PREFIXES)
@pytest.mark.parametrize("name", golden_keys.LIBRARIES)
def test_a_library_is_found_below_any_prefix(name, prefix):
    keys = [*_keys(name, prefix), "head.weight", "epoch"]

    library, found = libraries.recognize(keys, "a file")

    assert (library.name, found) == (name, prefix)


@pytest.mark.parametrize("name", golden_keys.LIBRARIES)
def test_a_small_network_is_found(name, tiny):
    library = {each.name: each for each in libraries.PYTORCH}[name]

    assert libraries.recognize(library.name_variables(tiny), "a file") == (library, "")


@pytest.mark.parametrize("other", golden_keys.LIBRARIES)
def test_two_networks_are_refused_by_both_names(other):
    message = _refusal(_keys("timm", "a.") + _keys(other, "b."))

    assert "'a.conv_stem.weight' of timm" in message
    assert f"of {other}" in message and "'b." in message


def test_a_network_and_its_averages_are_two():
    message = _refusal(_keys("timm", "online.") + _keys("timm", "ema.module."))

    assert "'online.conv_stem.weight'" in message
    assert "'ema.module.conv_stem.weight'" in message


def test_a_prefix_ends_with_a_point():
    keys = ["my" + key for key in _keys("efficientnet_pytorch")]

    assert "found 'my_" in _refusal(keys)


def test_a_network_that_shares_only_its_first_key_is_not_torchvisions():
    # MobileNetV2 of torchvision begins so.
    keys = ["features.0.0.weight", "features.0.1.running_var", "features.1.conv.0.0"]

    assert "without 'features.1.0.block.0.0.weight'" in _refusal(keys)


def test_a_stem_of_another_library_beside_a_network_does_not_matter():
    library, prefix = libraries.recognize(
        [*_keys("timm", "net."), "detector.features.0.0.weight"], "a file"
    )

    assert (library.name, prefix) == ("timm", "net.")


@pytest.mark.parametrize(
    "keys", [[], ["layer1.0.conv1.weight"], ["\x1b[31m" + "a" * 10**6]]
)
def test_no_network_is_told(keys):
    message = _refusal(keys)

    assert "timm, torchvision, efficientnet_pytorch" in message
    assert message.isprintable() and len(message) < 500
