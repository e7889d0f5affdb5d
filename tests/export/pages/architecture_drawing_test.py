"""A drawing shows the stages in order and to scale."""

from __future__ import annotations

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import stages as stages_lib
from efficientnet_hub.export.pages import architecture_drawing


@pytest.fixture(name="stages", params=["efficientnet-b0", "efficientnet-l2"])
def _stages(request):
    return stages_lib.stages(config_lib.get_config(request.param))


@pytest.fixture(name="cuboids")
def _cuboids(stages):
    return architecture_drawing.draw(stages)


def test_the_image_and_each_stage_has_a_cuboid(cuboids, stages):
    image, *rest = cuboids

    assert (image.input_size, image.output_size, image.filters) == (
        None,
        stages[0].input_size,
        3,
    )
    assert [
        (each.name, each.input_size, each.output_size, each.filters) for each in rest
    ] == [
        (stage.name, stage.input_size, stage.output_size, stage.filters)
        for stage in stages
    ]


def test_a_stage_takes_what_the_stage_before_it_returns(cuboids):
    for one, other in zip(cuboids, cuboids[1:]):
        assert other.input_size == one.output_size


def test_heights_are_to_scale(cuboids):
    image, stem, *_ = cuboids

    assert stem.height / image.height == pytest.approx(
        stem.output_size / image.output_size, rel=0.01
    )


def test_more_channels_are_wider(cuboids):
    widths = sorted((each.filters, each.width) for each in cuboids)

    assert [width for _, width in widths] == sorted(width for _, width in widths)
