"""The table of variants, the scaling of a variant, and the checks of the fields."""

from __future__ import annotations

import dataclasses
import math

import pytest

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib

_CHOICES = ", ".join(
    [f"efficientnet-b{number}" for number in range(9)]
    + ["efficientnet-l2"]
    + [f"efficientnet-lite{number}" for number in range(5)]
)

# Model, width, depth, image size, dropout rate: the publisher's table.
_PUBLISHED = [
    ("efficientnet-b0", 1.0, 1.0, 224, 0.2),
    ("efficientnet-b1", 1.0, 1.1, 240, 0.2),
    ("efficientnet-b2", 1.1, 1.2, 260, 0.3),
    ("efficientnet-b3", 1.2, 1.4, 300, 0.3),
    ("efficientnet-b4", 1.4, 1.8, 380, 0.4),
    ("efficientnet-b5", 1.6, 2.2, 456, 0.4),
    ("efficientnet-b6", 1.8, 2.6, 528, 0.5),
    ("efficientnet-b7", 2.0, 3.1, 600, 0.5),
    ("efficientnet-b8", 2.2, 3.6, 672, 0.5),
    ("efficientnet-l2", 4.3, 5.3, 800, 0.5),
    ("efficientnet-lite0", 1.0, 1.0, 224, 0.2),
    ("efficientnet-lite1", 1.0, 1.1, 240, 0.2),
    ("efficientnet-lite2", 1.1, 1.2, 260, 0.3),
    ("efficientnet-lite3", 1.2, 1.4, 280, 0.3),
    ("efficientnet-lite4", 1.4, 1.8, 300, 0.3),
]

# Kernel, stride, expansion, input and output filters of each block of b0:
# arXiv 1905.11946, table 1.
_B0_BLOCKS = [
    (3, 1, 1, 32, 16),
    (3, 2, 6, 16, 24),
    (3, 1, 6, 24, 24),
    (5, 2, 6, 24, 40),
    (5, 1, 6, 40, 40),
    (3, 2, 6, 40, 80),
    (3, 1, 6, 80, 80),
    (3, 1, 6, 80, 80),
    (5, 1, 6, 80, 112),
    (5, 1, 6, 112, 112),
    (5, 1, 6, 112, 112),
    (5, 2, 6, 112, 192),
    (5, 1, 6, 192, 192),
    (5, 1, 6, 192, 192),
    (5, 1, 6, 192, 192),
    (3, 1, 6, 192, 320),
]


@pytest.mark.parametrize(
    ("model", "width", "depth", "image_size", "dropout_rate"), _PUBLISHED
)
def test_a_variant_is_scaled_as_published(
    model, width, depth, image_size, dropout_rate
):
    config = config_lib.get_config(model)

    assert config.name == model
    assert config.width_coefficient == width
    assert config.depth_coefficient == depth
    assert config.image_size == image_size
    assert config.dropout_rate == dropout_rate


def test_there_are_the_published_variants_and_no_others():
    assert ", ".join(config_lib.VARIANTS) == _CHOICES


def test_every_variant_shares_the_published_constants():
    for config in config_lib.VARIANTS.values():
        assert config.num_classes == 1000
        assert config.batch_norm_momentum == 0.99
        assert config.batch_norm_epsilon == 1e-3


def test_the_input_normalization_is_that_of_the_published_weights():
    by_name = {name: row.preprocessing for name, row in config_lib.VARIANTS.items()}

    assert {name for name in by_name if by_name[name] == "lite"} == {
        f"efficientnet-lite{number}" for number in range(5)
    }
    # The only published weights of b8 are those of AdvProp.
    assert {name for name in by_name if by_name[name] == "advprop"} == {
        "efficientnet-b8"
    }


def test_blocks_of_b0_are_those_of_the_paper():
    blocks = config_lib.get_config("efficientnet-b0").blocks()

    assert [
        (b.kernel_size, b.stride, b.expansion, b.input_filters, b.output_filters)
        for b in blocks
    ] == _B0_BLOCKS
    assert [block.index for block in blocks] == list(range(16))


def test_squeeze_filters_are_a_quarter_of_the_input_filters():
    blocks = config_lib.get_config("efficientnet-b0").blocks()

    assert [block.squeeze_filters for block in blocks] == [
        input_filters // 4 for _, _, _, input_filters, _ in _B0_BLOCKS
    ]


def test_squeeze_keeps_at_least_one_channel():
    config = config_lib.get_config("efficientnet-b0", squeeze_ratio=0.01)

    assert config.blocks()[0].squeeze_filters == 1


def test_blocks_that_keep_the_shape_have_a_residual():
    blocks = config_lib.get_config("efficientnet-b0").blocks()

    assert [block.index for block in blocks if block.has_residual] == [
        *(2, 4, 6, 7, 9, 10, 12, 13, 14)
    ]


@pytest.mark.parametrize(
    ("index", "probability"), [(0, 1.0), (8, 0.9), (12, 0.85), (15, 0.8125)]
)
def test_survival_falls_linearly_with_depth(index, probability):
    blocks = config_lib.get_config("efficientnet-b0").blocks()

    assert blocks[index].survival_probability == pytest.approx(probability, abs=1e-12)


def test_survival_probability_1_disables_stochastic_depth():
    config = config_lib.get_config("efficientnet-b0", survival_probability=1.0)

    assert {block.survival_probability for block in config.blocks()} == {1.0}


@pytest.mark.parametrize(
    ("model", "num_features"),
    [
        ("efficientnet-b0", 1280),
        ("efficientnet-b1", 1280),
        ("efficientnet-b2", 1408),
        ("efficientnet-b3", 1536),
        ("efficientnet-b4", 1792),
        ("efficientnet-b5", 2048),
        ("efficientnet-b6", 2304),
        ("efficientnet-b7", 2560),
    ],
)
def test_feature_vectors_are_as_long_as_published(model, num_features):
    assert config_lib.get_config(model).num_features == num_features


def test_rounding_removes_at_most_a_tenth_of_the_channels():
    # 32 * 0.35 = 11.2; the nearest multiple of 8 would lose more than a quarter.
    config = config_lib.get_config("efficientnet-b0", width_coefficient=0.35)

    assert config.scaled_stem_filters == 16


def test_lite_scales_neither_stem_nor_head():
    lite = config_lib.get_config("efficientnet-lite4")
    full = config_lib.get_config("efficientnet-b4")

    assert (lite.scaled_stem_filters, lite.num_features) == (32, 1280)
    assert (full.scaled_stem_filters, full.num_features) == (48, 1792)


def test_lite_repeats_first_and_last_stage_unscaled():
    lite = config_lib.get_config("efficientnet-lite4").blocks()
    full = config_lib.get_config("efficientnet-b4").blocks()

    # Depth 1.8, each stage rounded up; the first and the last stage are 1.
    assert len(lite) == 1 + 4 + 4 + 6 + 6 + 8 + 1
    assert len(full) == 2 + 4 + 4 + 6 + 6 + 8 + 2
    assert [block.expansion for block in lite].count(1) == 1
    assert [block.output_filters for block in lite].count(448) == 1


def test_lite_has_no_squeeze_and_excite():
    blocks = config_lib.get_config("efficientnet-lite0").blocks()

    assert {block.squeeze_filters for block in blocks} == {None}


def test_a_change_returns_another_configuration():
    config = config_lib.get_config("efficientnet-b0")

    derived = config_lib.get_config(config, num_classes=10, seed=3)

    assert (derived.num_classes, derived.seed) == (10, 3)
    assert (config.num_classes, config.seed) == (1000, 0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.num_classes = 10


@pytest.mark.parametrize("name", list(config_lib.VARIANTS))
def test_a_name_may_lack_its_start(name):
    assert config_lib.get_config(name.split("-")[1]) == config_lib.get_config(name)
    assert config_lib.complete_name(name) == name


@pytest.mark.parametrize(
    "model", ["efficientnet-b9", "b9", "", "EfficientNet-B2", None, []]
)
def test_an_unknown_variant_is_refused_with_the_choices(model):
    with pytest.raises(errors.InputError) as caught:
        config_lib.get_config(model)

    assert str(caught.value) == f"model must be one of {_CHOICES}, found {model!r}"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (
            "preprocessing",
            "caffe",
            "preprocessing must be one of imagenet, advprop, lite, or a mean and a "
            "deviation for each of R, G and B as 'R,G,B/R,G,B', found 'caffe'",
        ),
        ("image_size", 0, "image_size must be a positive integer, found 0"),
        ("image_size", 224.0, "image_size must be a positive integer, found 224.0"),
        ("image_size", None, "image_size must be a positive integer, found None"),
        ("image_size", 4097, "image_size must be at most 4096 pixels, found 4097"),
        (
            "num_classes",
            10**9,
            "num_classes must be at most 419430 for efficientnet-b0, found 1000000000: "
            "its classifier would take 5120 GB",
        ),
        (
            "num_classes",
            10**26,
            "num_classes must be at most 419430 for efficientnet-b0, found "
            "100000000000000000000000000: its classifier would take "
            "512000000000000000000 GB",
        ),
        ("num_classes", -1, "num_classes must be a positive integer, found -1"),
        ("num_classes", True, "num_classes must be a positive integer, found True"),
        (
            "preprocessing",
            ["lite"],
            "preprocessing must be one of imagenet, advprop, lite, or a mean and a "
            "deviation for each of R, G and B as 'R,G,B/R,G,B', found ['lite']",
        ),
        ("dropout_rate", 1.0, "dropout_rate must be a number in [0, 1), found 1.0"),
        ("dropout_rate", "0.2", "dropout_rate must be a number in [0, 1), found '0.2'"),
        ("dropout_rate", None, "dropout_rate must be a number in [0, 1), found None"),
        (
            "survival_probability",
            0,
            "survival_probability must be a number in (0, 1], found 0",
        ),
        (
            "batch_norm_momentum",
            7,
            "batch_norm_momentum must be a number in [0, 1], found 7",
        ),
        (
            "batch_norm_momentum",
            math.nan,
            "batch_norm_momentum must be a number in [0, 1], found nan",
        ),
        (
            "batch_norm_epsilon",
            -1e-3,
            "batch_norm_epsilon must be a number of at least 0, found -0.001",
        ),
        (
            "width_coefficient",
            0,
            "width_coefficient must be a number greater than 0, found 0",
        ),
        (
            "width_coefficient",
            True,
            "width_coefficient must be a number greater than 0, found True",
        ),
        (
            "depth_coefficient",
            math.inf,
            "depth_coefficient must be a number greater than 0, found inf",
        ),
        (
            "squeeze_ratio",
            math.nan,
            "squeeze_ratio must be a number greater than 0, found nan",
        ),
        ("stem_filters", 32.0, "stem_filters must be a positive integer, found 32.0"),
        ("head_filters", 0, "head_filters must be a positive integer, found 0"),
        ("depth_divisor", 0, "depth_divisor must be a positive integer, found 0"),
        ("lite", 1, "lite must be True or False, found 1"),
        (
            "synchronized_batch_norm",
            None,
            "synchronized_batch_norm must be True or False, found None",
        ),
        ("stages", (), "stages must be a tuple of at least one StageConfig, found ()"),
        (
            "stages",
            ((1, 3, 1, 1, 16),),
            "stages must be a tuple of at least one StageConfig, found "
            "((1, 3, 1, 1, 16),)",
        ),
        (
            "stages",
            [],
            "stages must be a tuple of at least one StageConfig, found []",
        ),
        ("name", "", "name must be letters, digits, '.', '_' and '-', found ''"),
        (
            "name",
            "my/net",
            "name must be letters, digits, '.', '_' and '-', found 'my/net'",
        ),
        ("name", None, "name must be letters, digits, '.', '_' and '-', found None"),
        ("seed", 1.5, "seed must be an integer from 0 to 4294967295, found 1.5"),
        ("seed", -1, "seed must be an integer from 0 to 4294967295, found -1"),
        (
            "seed",
            2**32,
            "seed must be an integer from 0 to 4294967295, found 4294967296",
        ),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(field, value, message):
    with pytest.raises(errors.InputError) as caught:
        config_lib.get_config("efficientnet-b0", **{field: value})

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "field", ["repeats", "kernel_size", "stride", "expansion", "output_filters"]
)
@pytest.mark.parametrize("value", [0, 1.5, None])
def test_a_stage_refuses_a_value_that_is_not_a_positive_integer(field, value):
    with pytest.raises(errors.InputError) as caught:
        dataclasses.replace(config_lib.BASELINE_STAGES[0], **{field: value})

    assert str(caught.value) == (
        f"{field} of a stage must be a positive integer, found {value!r}"
    )


def test_every_field_of_a_network_is_checked():
    nothing = object()  # Wrong for every field.

    for field in dataclasses.fields(config_lib.NetworkConfig):
        with pytest.raises(errors.InputError, match=f"{field.name} must be"):
            config_lib.get_config("efficientnet-b0", **{field.name: nothing})
