"""Opens a classification module of any publisher, and computes logits with it."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Sequence

import numpy as np

from .. import errors, escaping
from ..signatures import names as signatures_lib
from . import claims as claims_lib
from . import classification_inputs, runner
from .saved_model import graph_facts
from .storage import archive_reader
from .weights import module_variables

_LITE = "efficientnet-lite"
_SHOWN_CHARACTERS = 300  # Of a message of TensorFlow's.


class Classifier:
    """A classification module that is open.

    Attributes:
      path: what to call the module in errors.
      directory: where its files are.
      image_size: the height and width of images that it expects, in pixels.
      class_names: the name of each class, or None if it has none.
      is_lite: whether it says that its network is a Lite variant.
    """

    def __init__(self, path: str, directory: str, meta_graph: Any) -> None:
        self.path = path
        self.directory = directory
        self.image_size = graph_facts.expected_image_size(meta_graph, path)
        claims = claims_lib.read(meta_graph, path)
        self.class_names: Sequence[str] | None = claims.class_names
        model = (claims.facts or {}).get("model", "")
        self.is_lite = model.startswith(_LITE)
        self._num_classes = claims.num_classes
        self._meta_graph = meta_graph
        self._runner: runner.Runner | None = None

    @property
    def num_classes(self) -> int:
        """The number of logits. The network runs if its graph does not say it."""
        if self._num_classes is None:
            image = np.zeros([1, *self.image_size, 3], np.float32)
            self._num_classes = self.compute_logits(image).shape[1]
        return self._num_classes

    def accepts(self, height: int, width: int) -> bool:
        """Returns whether the shape of the input allows images of a size."""
        inputs = self._meta_graph.signature_def[signatures_lib.CLASSIFICATION].inputs
        if signatures_lib.IMAGES not in inputs:
            return True
        shape = graph_facts.shape(inputs[signatures_lib.IMAGES])
        if shape is None or len(shape) != 4:
            return True
        return shape[1] in (None, height) and shape[2] in (None, width)

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
        try:
            if self._runner is None:
                self._runner = runner.open_module(self.directory)
            outputs = self._runner.run(
                signatures_lib.CLASSIFICATION, {signatures_lib.IMAGES: images}
            )
            logits = outputs[signatures_lib.DEFAULT]
        except (errors.DependencyError, MemoryError):
            raise
        # A damaged module raises anything that TensorFlow and protobuf may raise.
        except Exception as error:  # pylint: disable=broad-except
            found = escaping.cut(errors.first_line(error), _SHOWN_CHARACTERS)
            raise errors.InputError(
                f"module '{self.path}' must load and run, found {type(error).__name__} "
                f"({found}): is it damaged?"
            ) from error
        if logits.ndim != 2 or len(logits) != len(images):
            raise errors.InputError(
                f"module '{self.path}' must return a row of logits for each image, "
                f"found the shape {list(logits.shape)} for {len(images)} images: is it "
                "a classification module?"
            )
        return logits


@contextlib.contextmanager
def open_classifier(path: str) -> Iterator[Classifier]:
    """Opens a module, which is loaded when it runs first.

    Args:
      path: a classification module's directory or its .tar.gz.

    Yields:
      The module. An archive is unpacked for as long as it is open.

    Raises:
      errors.InputError: if there is no such module, it is damaged, or it says of itself
        what its graphs contradict.
    """
    with archive_reader.unpack(path) as directory:
        meta_graph = classification_inputs.read_graph(directory, path)
        module_variables.check_in(directory, path)
        yield Classifier(path, directory, meta_graph)
