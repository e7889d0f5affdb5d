"""Classifies photographs with a module, as its users do."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
from typing import Iterator, Sequence

import numpy as np

from ... import errors
from ...photographs import read_ahead, resizing
from ..execution import image_outputs
from . import classification_inputs
from . import classifier as classifier_lib


@dataclasses.dataclass(frozen=True)
class Prediction:
    """One of the most probable classes of an image.

    Attributes:
      index: index into the logits. There is no background class: 0 is "tench" in an
        ImageNet module.
      name: the class's name, or None if the module has no names.
      probability: softmax of the logits, in [0, 1].
    """

    index: int
    name: str | None
    probability: float


def classify_images(
    path: str, images: Sequence[str], top: int = 5
) -> Iterator[tuple[str, list[Prediction]]]:
    """Classifies image files.

    This executes the module's ops: a module is a program. Each image is resized to the
    module's expected size without cropping (PIL's bicubic, which changes the aspect
    ratio) and divided by 255. At most four batches of images are in memory.

    Args:
      path: a classification module's directory or its .tar.gz.
      images: paths of JPEG, PNG, WebP, BMP, TIFF and GIF files.
      top: how many classes to return, in [1, 1000000]; all if there are fewer.

    Yields:
      For each image its path and its most probable classes, in descending order.

    Raises:
      errors.InputError: if there is no such module, it is damaged or returns a number
        that is not finite, an image cannot be read, or `top` is out of range.
      errors.DependencyError: if tensorflow_hub or Pillow is missing.
    """
    for image, result in classify_readable_images(path, images, top):
        if isinstance(result, errors.InputError):
            raise result
        yield image, result


def classify_readable_images(
    path: str, images: Sequence[str], top: int = 5
) -> Iterator[tuple[str, list[Prediction] | errors.InputError]]:
    """Classifies those of the image files that can be read, see `classify_images`.

    Yields:
      For each image its path, and its most probable classes or why it cannot be read.

    Raises:
      errors.InputError: see `classify_images`.
      errors.DependencyError: if tensorflow_hub or Pillow is missing.
    """
    classification_inputs.check_top(top)
    with classifier_lib.open_classifier(path) as classifier:
        size = classifier.image_size
        batches = image_outputs.compute_batches(
            images,
            functools.partial(read_image, size=size),
            classifier.compute_logits,
            read_ahead.choose_batch(*size),
        )
        with contextlib.closing(batches):
            for image, output in itertools.chain.from_iterable(batches):
                if isinstance(output, errors.InputError):
                    yield image, output
                    continue
                image_outputs.check_finite(output[np.newaxis], [image], path)
                yield image, _find_most_probable(output, classifier.class_names, top)


def read_image(path: str, size: tuple[int, int]) -> np.ndarray:
    """Reads and resizes an image file, without cropping.

    Args:
      path: a file of a format that `photographs.decoding` reads; its content decides.
      size: height and width to resize to, in pixels.

    Returns:
      float32 `[height, width, 3]`, RGB values in [0, 1], turned as the file's EXIF
      orientation says.

    Raises:
      errors.InputError: if it is not such a file, is too large, or cannot be read.
    """
    return resizing.read_squashed(path, *size)


def _find_most_probable(
    logits: np.ndarray, names: Sequence[str] | None, top: int
) -> list[Prediction]:
    return [
        Prediction(int(index), names[index] if names else None, float(probability))
        for index, probability in zip(*find_top(logits, top))
    ]


def find_top(logits: np.ndarray, top: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the indices and probabilities of the most probable classes.

    Args:
      logits: float `[classes]`.
      top: how many to return; all if there are fewer.

    Returns:
      Integers and float64, both `[min(top, classes)]`, in descending order.
    """
    exponentials = np.exp(logits.astype(np.float64) - logits.max())
    probabilities = exponentials / exponentials.sum()
    indices = np.argsort(-probabilities, kind="stable")[:top]
    return indices, probabilities[indices]
