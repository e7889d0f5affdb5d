"""The input normalizations that weights are trained with.

A normalization is text: a name of `STATISTICS`, or the mean and the deviation of each
channel as numbers, see `parse`.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, Sequence, Tuple

from .. import errors, escaping

_PerChannel = Tuple[float, float, float]


class Statistics(NamedTuple):
    """The normalization `(255 x - offset) / scale` of RGB values x in [0, 1].

    Attributes:
      offset: what is subtracted from each channel, usually in [0, 255].
      scale: what each channel is divided by, greater than 0.
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

# What the float32 numbers of a file lose.
_TOLERANCE = 1e-6
# The means and the deviations of pixels are in [0, 1]. Others have been trained with,
# but nothing beyond this: it would exceed the range of float32 in the network.
_MAX_MEAN = 1e3
_DEVIATIONS = (1e-3, 1e3)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = re.compile(
    rf"{_NUMBER}(?:,{_NUMBER}){{2}}/{_NUMBER}(?:,{_NUMBER}){{2}}", re.ASCII
)
_LONGEST = 300


def parse(preprocessing: object) -> Statistics:
    """Returns the normalization that a text stands for.

    Args:
      preprocessing: a name, or 'R,G,B/R,G,B': three means and three standard deviations
        of RGB values in [0, 1], such as '0.5,0.5,0.5/0.25,0.25,0.25'.

    Raises:
      errors.InputError: if it is neither, or a number is out of range.
    """
    if not isinstance(preprocessing, str) or not _is_known_form(preprocessing):
        raise errors.InputError(
            f"preprocessing must be one of {', '.join(NAMES)}, or a mean and a "
            "deviation for each of R, G and B as 'R,G,B/R,G,B', found "
            f"{escaping.show_value(preprocessing)}"
        )
    if preprocessing in STATISTICS:
        return STATISTICS[preprocessing]
    means, deviations = _split(preprocessing)
    _check_numbers(means, deviations)
    return Statistics(_times_255(means), _times_255(deviations))


def _split(text: str) -> tuple[list[float], list[float]]:
    """Returns the means and the deviations of a text of numbers."""
    means, deviations = (
        [float(number) for number in part.split(",")] for part in text.split("/")
    )
    return means, deviations


def _is_known_form(text: str) -> bool:
    return text in STATISTICS or (
        len(text) <= _LONGEST and _NUMBERS.fullmatch(text) is not None
    )


def from_numbers(means: Sequence[float], deviations: Sequence[float]) -> str:
    """Returns the text of the normalization `(x - mean) / deviation`.

    Args:
      means: the mean of R, G and B for values x in [0, 1].
      deviations: the standard deviation of each.

    Returns:
      The name of the normalization if it has one, else its numbers, see `parse`.

    Raises:
      errors.InputError: if there are not three of each, or one is out of range.
    """
    if len(means) != 3 or len(deviations) != 3:
        raise errors.InputError(
            "a normalization must have a mean and a deviation for each of R, G and B, "
            f"found {len(means)} and {len(deviations)}"
        )
    _check_numbers(means, deviations)
    found = [*_times_255(means), *_times_255(deviations)]
    for name, statistics in STATISTICS.items():
        named = [*statistics.offset, *statistics.scale]
        if all(abs(a - b) <= 255 * _TOLERANCE for a, b in zip(found, named)):
            return name
    # Adding 0 makes -0.0 the same number as 0.0 in the text too.
    return "/".join(
        ",".join(repr(float(number) + 0.0) for number in part)
        for part in (means, deviations)
    )


def normalize_text(preprocessing: str) -> str:
    """Returns the one text for a normalization: its name, or its numbers.

    Raises:
      errors.InputError: see `parse`.
    """
    parse(preprocessing)
    if preprocessing in STATISTICS:
        return preprocessing
    return from_numbers(*_split(preprocessing))


def _check_numbers(means: Sequence[float], deviations: Sequence[float]) -> None:
    low, high = _DEVIATIONS
    for number in means:
        if not math.isfinite(number) or abs(number) > _MAX_MEAN:
            raise errors.InputError(
                f"the mean of a channel must be a number from {-_MAX_MEAN:g} to "
                f"{_MAX_MEAN:g}, found {number!r}: is it for values in [0, 255]?"
            )
    for number in deviations:
        if not low <= number <= high:
            raise errors.InputError(
                f"the deviation of a channel must be a number from {low:g} to "
                f"{high:g}, found {number!r}: is it a variance?"
            )


def _times_255(numbers: Sequence[float]) -> _PerChannel:
    red, green, blue = (255 * float(number) for number in numbers)
    return red, green, blue
