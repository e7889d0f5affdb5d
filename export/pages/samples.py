"""Sample images, and what a module takes them for."""

from __future__ import annotations

import base64
import dataclasses
import os
from typing import Iterator, Sequence

from .. import classification

_TOP = 5
_MEDIA_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png"}


@dataclasses.dataclass(frozen=True)
class Answer:
    """One of the likeliest classes.

    Attributes:
      name: the class's.
      percent: its probability, in whole per cent, so that the last bits of a
        processor's arithmetic are not seen.
    """

    name: str
    percent: int


@dataclasses.dataclass(frozen=True)
class Sample:
    """An image and its classification.

    Attributes:
      name: of its file, without the ending.
      address: of its content, a 'data:' URL.
      answers: the likeliest classes, the likeliest first.
    """

    name: str
    address: str
    answers: Sequence[Answer]


def classify(module: str, images: Sequence[str]) -> Iterator[Sample]:
    """Yields the samples that a module's page shows.

    Args:
      module: archive of a classification module, whose ops are executed; of any module
        where there are no images.
      images: paths of JPEG and PNG files.

    Raises:
      errors.InputError: if an image cannot be read.
      errors.DependencyError: if Pillow is missing.
    """
    if not images:
        return
    for path, predictions in classification.classify_images(module, images, _TOP):
        name = os.path.splitext(os.path.basename(path))[0].replace("_", " ")
        yield Sample(name, _address(path), list(map(_answer, predictions)))


def _answer(prediction: classification.Prediction) -> Answer:
    name = prediction.name or "class %d" % prediction.index
    return Answer(name, round(100 * prediction.probability))


def _address(path: str) -> str:
    with open(path, "rb") as file:
        content = file.read()
    encoded = base64.b64encode(content).decode("ascii")
    return f"data:{_MEDIA_TYPES[content[:3]]};base64,{encoded}"
