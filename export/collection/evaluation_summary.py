"""What the manifest of a module says of its evaluation on the images of a folder."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Fraction:
    """A fraction of images, with its Wilson interval of 95 %.

    Attributes:
      value: the fraction, in [0, 1].
      low: the low end of the interval.
      high: the high end.
    """

    value: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """What was measured on the images of a folder.

    Attributes:
      folder: the name of the folder.
      digest: a hash of the contents and classes of its images.
      images: number of images.
      classes: number of classes that have images.
      preprocessing: how images were cropped, resized and read, for people.
      cross_entropy: the mean over the images, in nats.
      top_1: the fraction of images whose class has the largest logit.
      top_5: the fraction of images whose class is among the five largest logits. None
        if there are at most five classes.
    """

    folder: str
    digest: str
    images: int
    classes: int
    preprocessing: str
    cross_entropy: float
    top_1: Fraction
    top_5: Fraction | None


def load(values: dict[str, Any] | None) -> Evaluation | None:
    """Returns the evaluation of which `dataclasses.asdict` made a mapping."""
    if values is None:
        return None
    fractions = {
        name: values[name] and Fraction(**values[name]) for name in ("top_1", "top_5")
    }
    return Evaluation(**{**values, **fractions})
