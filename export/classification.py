"""Classifies photographs with a module, as its users would."""

from __future__ import annotations

import dataclasses
from typing import Iterator, Sequence

import numpy as np
import tensorflow.compat.v1 as tf
from google.protobuf import struct_pb2

from .. import dependencies, errors, image_files
from ..signatures import attachments
from ..signatures import names as signatures_lib
from . import runner
from .saved_model import graph_facts, module_files
from .storage import archive_reader

_MOST_SIGNATURES = 5  # In a sentence.
# What running a damaged module ends in.
_FAILURES = (tf.errors.OpError, LookupError, RuntimeError, TypeError, ValueError)


@dataclasses.dataclass(frozen=True)
class Prediction:
    """One of the likeliest classes of an image.

    Attributes:
      index: index into the logits; 0 is "tench" in an ImageNet module, there is no
        background class.
      name: the class's name, None in a module without names.
      probability: softmax of the logits, in [0, 1].
    """

    index: int
    name: str | None
    probability: float


def classify_images(
    path: str, images: Sequence[str], top: int = 5
) -> Iterator[tuple[str, list[Prediction]]]:
    """Classifies image files.

    The module's ops are executed: a module is a program. Each image is resized as
    a whole to the module's expected size (PIL's bicubic, aspect ignored) and
    divided by 255.

    Args:
      path: a classification module's directory or its .tar.gz.
      images: paths of JPEG and PNG files.
      top: how many classes to give.

    Yields:
      For each image its path and its likeliest classes, the likeliest first.

    Raises:
      errors.InputError: if there is no such module, it is damaged, or an image
        cannot be read.
      errors.DependencyError: if tensorflow_hub or Pillow is missing.
    """
    if top < 1:
        raise errors.InputError("top must be a positive integer, found %d" % top)
    with archive_reader.unpack(path) as directory:
        meta_graph = _inference_graph(directory, path)
        size = graph_facts.expected_image_size(meta_graph)
        names = graph_facts.attached_message(
            meta_graph, attachments.CLASS_NAMES, struct_pb2.ListValue
        )
        pixels = [(image, read_image(image, size)) for image in images]
        try:
            module = runner.open_module(directory)
            for image, values in pixels:
                outputs = module.run(
                    signatures_lib.CLASSIFICATION, {signatures_lib.IMAGES: values[None]}
                )
                logits = outputs[signatures_lib.DEFAULT][0]
                yield image, _likeliest(logits, names and list(names), top)
        except _FAILURES as error:
            raise errors.InputError(
                f"module '{path}' must load and run, but ends in "
                f"{type(error).__name__} ({errors.first_line(error)}): is it "
                "damaged?"
            ) from error


def _inference_graph(directory: str, path: str):
    saved_model = module_files.read_saved_model(directory)
    meta_graph = graph_facts.for_inference(saved_model, path)
    signatures = sorted(meta_graph.signature_def)
    if signatures_lib.CLASSIFICATION in signatures:
        return meta_graph
    question = "is it meant for something else?"
    if signatures_lib.FEATURE_VECTOR in signatures:
        question = "is it a feature-vector module?"
    found = ", ".join(f"'{name}'" for name in signatures[:_MOST_SIGNATURES])
    if len(signatures) > _MOST_SIGNATURES:
        found += ", ..."
    raise errors.InputError(
        "module '{}' must have the signature '{}', found {}: {}".format(
            path, signatures_lib.CLASSIFICATION, found or "none", question
        )
    )


def read_image(path: str, size: tuple[int, int]) -> np.ndarray:
    """Reads an image file, resized as a whole.

    Args:
      path: a JPEG or PNG file by its content, as fine-tuning takes them.
      size: height and width to resize to, in pixels.

    Returns:
      float32 `[height, width, 3]`, RGB values in [0, 1].

    Raises:
      errors.InputError: if it is no such file, or PIL cannot read it.
    """
    pil_image = dependencies.optional("PIL.Image", "images", "reading images")
    height, width = size
    image_files.check_format(path)
    try:
        with pil_image.open(path) as image:
            if image.mode[0] in "IF":  # PIL would clip 16 bits to the lowest 8.
                raise ValueError("its colour values are not of 8 bits")
            image = image.convert("RGB").resize((width, height), pil_image.BICUBIC)
    except (
        OSError,
        SyntaxError,  # of a broken PNG
        ValueError,
        pil_image.DecompressionBombError,
    ) as error:
        raise errors.InputError(
            "'{}' must be an image file, but cannot be read: {}".format(
                path, getattr(error, "strerror", None) or error
            )
        ) from error
    return np.asarray(image, np.float32) / 255.0


def _likeliest(
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
