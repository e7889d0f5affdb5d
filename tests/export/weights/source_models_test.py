"""The models of other libraries are known as the libraries describe them."""

from __future__ import annotations

import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import preprocessings
from efficientnet_hub.export.weights import source_models
from efficientnet_hub.export.weights.naming import (
    efficientnet_pytorch,
    timm,
    torchvision,
)
from efficientnet_hub.tests.export.weights import golden_keys

_GOLDEN = {
    name: facts
    for name, facts in golden_keys.read("source_models").items()
    if not name.endswith(".untrained")
}


@pytest.mark.parametrize("name", sorted(_GOLDEN))
def test_a_model_is_as_the_library_makes_it(name):
    expected, model = _GOLDEN[name], source_models.parse(name)

    assert model.variant == "efficientnet-" + expected["variant"]
    assert model.padding == expected["padding"]
    assert model.batch_norm_epsilon == expected["batch_norm_epsilon"]
    if "mean" in expected:
        assert model.preprocessing == preprocessings.from_numbers(
            expected["mean"], expected["std"]
        )


def test_all_variants_of_timm_are_known_in_both_families():
    models = [
        model for name, model in source_models.list_all().items() if "timm" in name
    ]

    for padding in config_lib.PADDINGS:
        found = {model.variant for model in models if model.padding == padding}
        assert found == set(config_lib.VARIANTS)


@pytest.mark.parametrize(
    ("name", "preprocessing"),
    [
        ("timm/tf_efficientnet_b0_ns", "imagenet"),
        ("timm/tf_efficientnet_b0_ap", "advprop"),
        ("timm/tf_efficientnet_b3_aa", "imagenet"),
        ("timm/efficientnet_b2a", "imagenet"),
        ("timm/tf_efficientnet_l2_ns_475", "imagenet"),
        ("geffnet/tf_efficientnet_b8", "imagenet"),
        ("geffnet/tf_efficientnet_b8_ap", "advprop"),
        ("geffnet/efficientnet_b1", "imagenet"),
        ("geffnet/tf_efficientnet_lite0", "advprop"),
        ("efficientnet_pytorch/efficientnet-b7", "imagenet"),
        ("efficientnet_pytorch/efficientnet-lite0", "lite"),
    ],
)
def test_old_names_have_the_normalization_of_their_weights(name, preprocessing):
    assert source_models.parse(name).preprocessing == preprocessing


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timm/efficientnet_b22", "is it timm/efficientnet_b2 or"),
        ("tf_efficientnet_b2", "is it timm/tf_efficientnet_b2 or"),
        ("torchvision/efficientnet_b8", "is it torchvision/efficientnet_b"),
        ("timm/vit", "timm has no EfficientNet of this name"),
        ("x" * 10**7, "write LIBRARY/NAME, such as timm/efficientnet_b2"),
        ("\x1b[31m", "write LIBRARY/NAME"),
        (None, "write LIBRARY/NAME"),
    ],
)
def test_an_unknown_model_is_refused_with_similar_ones(text, message):
    with pytest.raises(errors.InputError) as caught:
        source_models.parse(text)

    assert message in str(caught.value) and str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def _resolve(library, variant, given=None) -> source_models.SourceModel:
    model = None if given is None else source_models.parse(given)
    return source_models.resolve(library, variant, model, "file 'a'")


def test_arrays_of_timm_do_not_say_their_family():
    with pytest.raises(errors.InputError) as caught:
        _resolve(timm.LIBRARY, "efficientnet-b2")

    assert "both have, which pad differently" in str(caught.value)
    assert "--source_model=timm/efficientnet_b2 " in str(caught.value)
    assert "--source_model=timm/tf_efficientnet_b2" in str(caught.value)


def test_the_given_model_is_taken():
    name = "timm/tf_efficientnet_b2.ap_in1k"

    assert _resolve(timm.LIBRARY, "efficientnet-b2", name).text == name


def test_other_libraries_have_one_model_of_a_variant():
    found = _resolve(torchvision.LIBRARY, "efficientnet-b5")
    assert found == source_models.parse("torchvision/efficientnet_b5")
    found = _resolve(efficientnet_pytorch.LIBRARY, "efficientnet-b5")
    assert found == source_models.parse("efficientnet_pytorch/efficientnet-b5")


@pytest.mark.parametrize(
    ("library", "variant", "given", "message"),
    [
        (timm.LIBRARY, "efficientnet-b0", "torchvision/efficientnet_b0", "of timm"),
        (timm.LIBRARY, "efficientnet-b1", "timm/efficientnet_b0", "--model=efficie"),
        (torchvision.LIBRARY, "efficientnet-lite0", None, "b0 to b7"),
        (torchvision.LIBRARY, "my-b0", None, "b0 to b7"),
    ],
)
def test_another_model_than_the_arrays_is_refused(library, variant, given, message):
    with pytest.raises(errors.InputError, match=message):
        _resolve(library, variant, given)


def test_a_program_may_name_an_architecture_with_any_tag():
    found = source_models.find_architecture(timm.LIBRARY, "tf_efficientnet_b2.mine")

    assert found == source_models.parse("timm/tf_efficientnet_b2")
    assert source_models.find_architecture(timm.LIBRARY, "resnet50") is None
