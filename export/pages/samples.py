"""Classifies the sample images that the page of a module shows."""

from __future__ import annotations

import base64
import dataclasses
import os
from typing import Iterator, Sequence

from ..classification import module_classification

_TOP = 5
_MEDIA_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}


@dataclasses.dataclass(frozen=True)
class Answer:
    """One of the most likely classes.

    Attributes:
      name: the name of the class.
      percent: its probability in whole per cent. Rounding hides the differences
        between the arithmetic of processors.
    """

    name: str
    percent: int


@dataclasses.dataclass(frozen=True)
class Sample:
    """An image and its classification.

    Attributes:
      name: the name of its file, without the extension.
      address: a 'data:' URL with its content.
      answers: the most likely classes, the most likely one first.
    """

    name: str
    address: str
    answers: Sequence[Answer]


def classify(module: str, images: Sequence[str]) -> Iterator[Sample]:
    """Yields the samples that a module's page shows.

    Args:
      module: archive of a classification module, which is executed. Without images,
        any module.
      images: paths of JPEG and PNG files.

    Raises:
      errors.InputError: if an image cannot be read.
      errors.DependencyError: if Pillow is missing.
    """
    if not images:
        return
    results = module_classification.classify_images(module, images, _TOP)
    for path, predictions in results:
        name = os.path.splitext(os.path.basename(path))[0].replace("_", " ")
        yield Sample(name, _encode(path), list(map(_round, predictions)))


def _round(prediction: module_classification.Prediction) -> Answer:
    name = prediction.name or f"class {prediction.index}"
    return Answer(name, round(100 * prediction.probability))


def _encode(path: str) -> str:
    """Returns a 'data:' URL with the content of a JPEG or PNG file."""
    with open(path, "rb") as file:
        content = file.read()
    encoded = base64.b64encode(content).decode("ascii")
    return f"data:{_MEDIA_TYPES[content[:3]]};base64,{encoded}"
