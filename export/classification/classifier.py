"""Opens a classification module of any publisher, and computes logits with it."""

from __future__ import annotations

import contextlib
from typing import Iterator

import numpy as np

from ... import errors
from ...signatures import names as signatures_lib
from ..execution import image_module
from ..storage import archive_reader
from ..weights import module_variables
from . import classification_inputs


class Classifier(image_module.ImageModule):
    """A classification module that is open."""

    def count_classes(self) -> int:
        """Returns the number of logits. The network runs if its graph does not say."""
        if self.num_classes is None:
            image = np.zeros([1, *self.image_size, 3], np.float32)
            self.num_classes = self.compute_logits(image).shape[1]
        return self.num_classes

    def compute_logits(self, images: np.ndarray) -> np.ndarray:
        """Runs the module.

        Args:
          images: float32 `[images, height, width, 3]`, RGB in [0, 1].

        Returns:
          float `[images, classes]`.

        Raises:
          errors.InputError: if it does not load or run.
          errors.DependencyError: if tensorflow_hub is missing.
        """
        logits = self.compute(
            signatures_lib.CLASSIFICATION, signatures_lib.DEFAULT, images
        )
        if logits.ndim != 2 or len(logits) != len(images):
            raise errors.InputError(
                f"module '{self.path}' must return a row of logits for each image, "
                f"found the shape {list(logits.shape)} for {len(images)} images: is it "
                "a classification module?"
            )
        return logits


@contextlib.contextmanager
def open_classifier(path: str, image_size: int | None = None) -> Iterator[Classifier]:
    """Opens a module, which is loaded when it runs first.

    Args:
      path: a classification module's directory or its .tar.gz.
      image_size: see `image_graphs.choose_size`.

    Yields:
      The module. An archive is unpacked for as long as it is open.

    Raises:
      errors.InputError: if there is no such module, it is damaged, or it says of itself
        what its graphs contradict.
    """
    with archive_reader.unpack(path) as directory:
        meta_graph = classification_inputs.read_graph(directory, path, image_size)
        module_variables.check_in(directory, path)
        yield Classifier(path, directory, meta_graph, image_size)
