"""The counted cost is the published one."""

from __future__ import annotations

import network_cost
import pytest

from efficientnet_hub.efficientnet import config as config_lib

# arXiv 1905.11946, table 2, in billions.
_PUBLISHED = {
    "efficientnet-b0": 0.39,
    "efficientnet-b1": 0.70,
    "efficientnet-b2": 1.0,
    "efficientnet-b3": 1.8,
    "efficientnet-b4": 4.2,
    "efficientnet-b5": 9.9,
    "efficientnet-b6": 19,
    "efficientnet-b7": 37,
}
# Trainable parameters, counted in the publisher's code.
_PARAMETERS = {
    "efficientnet-b0": 5288548,
    "efficientnet-b2": 9109994,
    "efficientnet-l2": 480309308,
    "efficientnet-lite0": 4652008,
}


@pytest.mark.parametrize("model", sorted(_PUBLISHED))
def test_multiply_adds_are_near_the_published(model):
    # Published at the rounded sizes of the paper's scaling, so near and not equal.
    counted = network_cost.cost(config_lib.get_config(model)).multiply_adds

    assert counted == pytest.approx(_PUBLISHED[model] * 1e9, rel=0.05)


@pytest.mark.parametrize("model", sorted(_PARAMETERS))
def test_parameters_are_the_publishers(model):
    counted = network_cost.cost(config_lib.get_config(model)).parameters

    assert counted == _PARAMETERS[model]


def test_multiply_adds_grow_with_the_image():
    config = config_lib.get_config("efficientnet-b0")
    small, large = (network_cost.cost(config, size) for size in (224, 448))

    assert large.parameters == small.parameters
    # The classifier and squeeze-and-excite see one pixel at any size.
    assert 3.9 < large.multiply_adds / small.multiply_adds < 4
