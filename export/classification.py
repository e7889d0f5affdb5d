"""Classifies photographs with a module, as its users do."""

from __future__ import annotations

import dataclasses
from typing import Iterator, Sequence

import numpy as np

from .. import errors, escaping
from ..photographs import decoding, resizing
from ..signatures import names as signatures_lib
from . import claims as claims_lib
from . import classification_inputs, runner
from .saved_model import graph_facts
from .storage import archive_reader
from .weights import module_variables

_SHOWN_CHARACTERS = 300  # Of a message of TensorFlow's.


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
    ratio) and divided by 255.

    Args:
      path: a classification module's directory or its .tar.gz.
      images: paths of JPEG, PNG, WebP, BMP, TIFF and GIF files.
      top: how many classes to return, in [1, 1000000]; all if there are fewer.

    Yields:
      For each image its path and its most probable classes, in descending order.

    Raises:
      errors.InputError: if there is no such module, if it is damaged, if an image
        cannot be read, or if `top` is out of range.
      errors.DependencyError: if tensorflow_hub or Pillow is missing.
    """
    classification_inputs.check_top(top)
    with archive_reader.unpack(path) as directory:
        meta_graph = classification_inputs.read_graph(directory, path)
        module_variables.check_in(directory, path)
        size = graph_facts.expected_image_size(meta_graph, path)
        names = claims_lib.read(meta_graph, path).class_names
        pixels = [(image, read_image(image, size)) for image in images]
        try:
            module = runner.open_module(directory)
            for image, values in pixels:
                outputs = module.run(
                    signatures_lib.CLASSIFICATION, {signatures_lib.IMAGES: values[None]}
                )
                logits = outputs[signatures_lib.DEFAULT][0]
                yield image, _find_most_probable(logits, names, top)
        except errors.DependencyError:
            raise
        # A damaged module raises anything that TensorFlow and protobuf may raise.
        except Exception as error:  # pylint: disable=broad-except
            found = escaping.cut(errors.first_line(error), _SHOWN_CHARACTERS)
            raise errors.InputError(
                f"module '{path}' must load and run, found {type(error).__name__} "
                f"({found}): is it damaged?"
            ) from error


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
    return resizing.squash(decoding.read_pixels(path), *size)


def _find_most_probable(
    logits: np.ndarray, names: list[str] | None, top: int
) -> list[Prediction]:
    exponentials = np.exp(logits.astype(np.float64) - logits.max())
    probabilities = exponentials / exponentials.sum()
    return [
        Prediction(
            int(index), names[index] if names else None, float(probabilities[index])
        )
        for index in np.argsort(-probabilities, kind="stable")[:top]
    ]
