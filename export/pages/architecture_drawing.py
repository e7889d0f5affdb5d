"""The network drawn from left to right: a cuboid for what leaves each stage."""

from __future__ import annotations

import dataclasses
import math
from typing import Sequence

from ...efficientnet import stages as stages_lib

# In the drawing's units.
_GAP = 14.0
_LABEL_WIDTH = 62.0
_HIGHEST = 150.0  # Of the image, the largest of all.
_LEAST = 5.0
_WIDTH_PER_ROOT_CHANNEL = 1.6
_DEPTH_PER_HEIGHT = 0.3
_MIDDLE = _HIGHEST * (1 + _DEPTH_PER_HEIGHT) / 2


@dataclasses.dataclass(frozen=True)
class Cuboid:
    """What flows between two stages, or the image.

    Attributes:
      name: of the stage that it leaves.
      size: its height and width, in pixels.
      filters: its channels.
      x: left edge of its front, in the drawing's units; as all that follow.
      y: upper edge of its front.
      width: grows with the square root of the channels.
      height: in proportion to the size.
      depth: how far its back lies to the right of its front, and above it; in
        proportion to the size.
      centre: of the labels, which want more room than a narrow cuboid has.
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
      width: in its units.
      height: without the labels.
      cuboids: the image, and the output of each stage.
    """

    width: float
    height: float
    cuboids: Sequence[Cuboid]


def draw(stages: Sequence[stages_lib.Stage]) -> Drawing:
    """Returns the drawing of a network's stages."""
    image_size = stages[0].input_size
    flows = [("image", image_size, 3)]
    flows += [(stage.name, stage.output_size, stage.filters) for stage in stages]
    cuboids, left = [], 0.0
    for name, size, filters in flows:
        width = max(_LEAST, _WIDTH_PER_ROOT_CHANNEL * math.sqrt(filters))
        height = max(_LEAST, _HIGHEST * size / image_size)
        depth = _DEPTH_PER_HEIGHT * height
        room = max(width + depth, _LABEL_WIDTH)
        cuboids.append(
            Cuboid(
                name=name,
                size=size,
                filters=filters,
                x=round(left + (room - width - depth) / 2, 1),
                y=round(_MIDDLE - height / 2 + depth / 2, 1),
                width=round(width, 1),
                height=round(height, 1),
                depth=round(depth, 1),
                centre=round(left + room / 2, 1),
            )
        )
        left += room + _GAP
    return Drawing(round(left - _GAP, 1), round(2 * _MIDDLE, 1), cuboids)
