"""Draws a network from left to right, with a cuboid for the output of each stage."""

from __future__ import annotations

import dataclasses
import math
from typing import Sequence

from ...efficientnet import stages as stages_lib

# In the drawing's units.
_GAP = 14.0
_LABEL_WIDTH = 62.0
_MAX_HEIGHT = 150.0  # The height of the image, which is the largest.
_MIN_LENGTH = 5.0
_WIDTH_PER_ROOT_CHANNEL = 1.6
_DEPTH_PER_HEIGHT = 0.3
_MIDDLE = _MAX_HEIGHT * (1 + _DEPTH_PER_HEIGHT) / 2


@dataclasses.dataclass(frozen=True)
class Cuboid:
    """The output of a stage, or the image.

    Lengths and positions are in the drawing's units.

    Attributes:
      name: the name of the stage.
      size: height and width of the output, in pixels.
      filters: number of its channels.
      x: left edge of the cuboid's front.
      y: upper edge of its front.
      width: width of its front, which grows with the square root of the channels.
      height: height of its front, in proportion to `size`.
      depth: distance of its back to the right of its front and above it, in proportion
        to `size`.
      centre: horizontal centre of the labels, which may be wider than the cuboid.
    """

    name: str
    size: int
    filters: int
    x: float
    y: float
    width: float
    height: float
    depth: float
    centre: float


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A drawing.

    Attributes:
      width: its width, in its own units.
      height: its height without the labels.
      cuboids: the image, and the output of each stage.
    """

    width: float
    height: float
    cuboids: Sequence[Cuboid]


def draw(stages: Sequence[stages_lib.Stage]) -> Drawing:
    """Returns the drawing of a network's stages."""
    image_size = stages[0].input_size
    outputs = [("image", image_size, 3)]
    outputs += [(stage.name, stage.output_size, stage.filters) for stage in stages]
    cuboids, left = [], 0.0
    for name, size, filters in outputs:
        width = max(_MIN_LENGTH, _WIDTH_PER_ROOT_CHANNEL * math.sqrt(filters))
        height = max(_MIN_LENGTH, _MAX_HEIGHT * size / image_size)
        depth = _DEPTH_PER_HEIGHT * height
        column = max(width + depth, _LABEL_WIDTH)
        cuboids.append(
            Cuboid(
                name=name,
                size=size,
                filters=filters,
                x=round(left + (column - width - depth) / 2, 1),
                y=round(_MIDDLE - height / 2 + depth / 2, 1),
                width=round(width, 1),
                height=round(height, 1),
                depth=round(depth, 1),
                centre=round(left + column / 2, 1),
            )
        )
        left += column + _GAP
    return Drawing(round(left - _GAP, 1), round(2 * _MIDDLE, 1), cuboids)
