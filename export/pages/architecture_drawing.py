"""Draws a network as a row of cuboids, one for the output of each stage."""

from __future__ import annotations

import dataclasses
import math
from typing import Sequence

from ...efficientnet import stages as stages_lib

# In CSS pixels.
_MAX_HEIGHT = 150.0  # The height of the image, which is the largest.
_MIN_LENGTH = 5.0
_WIDTH_PER_ROOT_CHANNEL = 1.6
_DEPTH_PER_HEIGHT = 0.3


@dataclasses.dataclass(frozen=True)
class Cuboid:
    """The output of a stage, or the image.

    Its lengths are in CSS pixels.

    Attributes:
      name: the name of the stage.
      input_size: height and width of the stage's input, in pixels. None for the image.
      output_size: height and width of the stage's output, in pixels.
      filters: number of channels of the output.
      width: width of its front, which grows with the square root of the channels.
      height: height of its front, in proportion to `output_size`.
      depth: distance of its back to the right of its front and above it, in proportion
        to `output_size`.
    """

    name: str
    input_size: int | None
    output_size: int
    filters: int
    width: float
    height: float
    depth: float


def draw(stages: Sequence[stages_lib.Stage]) -> list[Cuboid]:
    """Returns the image and the output of each stage, from first to last."""
    image_size = stages[0].input_size
    image = _make_cuboid(image_size, "image", None, image_size, 3)
    return [image] + [
        _make_cuboid(
            image_size,
            stage.name,
            stage.input_size,
            stage.output_size,
            stage.filters,
        )
        for stage in stages
    ]


def _make_cuboid(
    image_size: int,
    name: str,
    input_size: int | None,
    output_size: int,
    filters: int,
) -> Cuboid:
    height = max(_MIN_LENGTH, _MAX_HEIGHT * output_size / image_size)
    return Cuboid(
        name=name,
        input_size=input_size,
        output_size=output_size,
        filters=filters,
        width=round(max(_MIN_LENGTH, _WIDTH_PER_ROOT_CHANNEL * math.sqrt(filters)), 1),
        height=round(height, 1),
        depth=round(_DEPTH_PER_HEIGHT * height, 1),
    )
