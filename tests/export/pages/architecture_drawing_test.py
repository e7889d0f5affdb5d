"""A drawing shows the stages in order and to scale."""

from __future__ import annotations

import pytest

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import stages as stages_lib
from efficientnet_hub.export.pages import architecture_drawing


@pytest.fixture(name="stages", params=["efficientnet-b0", "efficientnet-l2"])
def _stages(request):
    return stages_lib.stages(config_lib.get_config(request.param))


@pytest.fixture(name="drawing")
def _drawing(stages):
    return architecture_drawing.draw(stages)


def test_the_image_and_each_stage_has_a_cuboid(drawing, stages):
    image, *rest = drawing.cuboids

    assert (image.size, image.filters) == (stages[0].input_size, 3)
    assert [(each.name, each.size, each.filters) for each in rest] == [
        (stage.name, stage.output_size, stage.filters) for stage in stages
    ]


def test_cuboids_follow_each_other_within_the_drawing(drawing):
    for one, other in zip(drawing.cuboids, drawing.cuboids[1:]):
        assert one.x + one.width + one.depth < other.x
    last = drawing.cuboids[-1]
    assert last.x + last.width + last.depth <= drawing.width
    for each in drawing.cuboids:
        assert each.x >= 0
        assert each.y - each.depth >= -0.1
        assert each.y + each.height <= drawing.height + 0.1


def test_heights_are_to_scale(drawing):
    image, stem, *_ = drawing.cuboids

    assert stem.height / image.height == pytest.approx(stem.size / image.size, rel=0.01)


def test_more_channels_are_wider(drawing):
    widths = sorted((each.filters, each.width) for each in drawing.cuboids)

    assert [width for _, width in widths] == sorted(width for _, width in widths)
