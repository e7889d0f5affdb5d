"""The input normalizations that published weights were trained with."""

from __future__ import annotations

from typing import NamedTuple, Tuple

_PerChannel = Tuple[float, float, float]


class Statistics(NamedTuple):
    """The normalization `(255 x - offset) / scale` of RGB values x in [0, 1].

    Attributes:
      offset: what is subtracted from each channel, in [0, 255].
      scale: what each channel is divided by, in (0, 255].
    """

    offset: _PerChannel
    scale: _PerChannel


# 'imagenet' uses the mean and the standard deviation of ImageNet's training images.
# 'advprop' maps to [-1, 1]. All three are from the publisher's code.
STATISTICS = {
    "imagenet": Statistics((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "advprop": Statistics((127.5, 127.5, 127.5), (127.5, 127.5, 127.5)),
    "lite": Statistics((127.0, 127.0, 127.0), (128.0, 128.0, 128.0)),
}
NAMES = tuple(STATISTICS)
