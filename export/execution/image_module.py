"""Opens a module for images of any publisher, and computes its outputs."""

from __future__ import annotations

import threading
from typing import Any, Sequence

import numpy as np

from ... import errors
from ...efficientnet import config as config_lib
from ...signatures import names as signatures_lib
from .. import claims as claims_lib
from ..saved_model import graph_facts
from . import image_graphs, load_errors, runner


class ImageModule:
    """A module for images that is open, and is loaded when it runs first.

    Attributes:
      path: what to call the module in errors.
      directory: where its files are.
      image_size: the height and width of the images that it gets, in pixels.
      class_names: the name of each class, or None if it has none.
      num_classes: the number of logits, or None if its graph does not say it.
      is_lite: whether it says that its network is a Lite variant.
    """

    def __init__(
        self, path: str, directory: str, meta_graph: Any, image_size: int | None = None
    ) -> None:
        """Opens the module, and checks nothing that needs TensorFlow.

        Args:
          path: what to call the module in errors.
          directory: where its files are.
          meta_graph: its graph for inference, a MetaGraphDef.
          image_size: see `image_graphs.choose_size`.

        Raises:
          errors.InputError: if the size of the images is not known.
        """
        self.path = path
        self.directory = directory
        self.image_size = image_graphs.choose_size(meta_graph, path, image_size)
        claims = claims_lib.read(meta_graph, path)
        self.class_names: Sequence[str] | None = claims.class_names
        self.num_classes = claims.num_classes
        model = (claims.facts or {}).get("model", "")
        self.is_lite = model in config_lib.VARIANTS and config_lib.VARIANTS[model].lite
        self._meta_graph = meta_graph
        self._loading = threading.Lock()
        self._runner: runner.Runner | None = None

    def check_size(self, signature: str) -> None:
        """Checks that a signature accepts images of `image_size`.

        Args:
          signature: the name of a signature that passes `image_graphs.check_input`.

        Raises:
          errors.InputError: if the shape of its input does not allow it.
        """
        inputs = self._meta_graph.signature_def[signature].inputs
        shape = graph_facts.shape(inputs[signatures_lib.IMAGES])
        if shape is None or len(shape) != 4:
            return
        allowed = shape[1:3]
        if any(n not in (None, size) for n, size in zip(allowed, self.image_size)):
            shown = " x ".join("any" if each is None else str(each) for each in allowed)
            raise errors.InputError(
                f"image_size must be that of module '{self.path}', {shown}, which "
                f"accepts no other, found {self.image_size[0]}"
            )

    def compute(self, signature: str, key: str, images: np.ndarray) -> np.ndarray:
        """Computes one output. Several threads may call it.

        Args:
          signature: the name of a signature with the input 'images' alone.
          key: the name of its output.
          images: float32 `[images, height, width, 3]`, RGB in [0, 1].

        Raises:
          errors.InputError: if the module does not load or run.
          errors.DependencyError: if tensorflow_hub is missing.
        """
        with load_errors.refuse(self.path):
            with self._loading:
                if self._runner is None:
                    self._runner = runner.open_module(self.directory)
            opened = self._runner
            batch = self._read_fixed_batch(signature)
            if batch in (None, len(images)):
                return _run(opened, signature, key, images)
            # The last images fill the batch, and their outputs are dropped.
            count = len(images)
            padded = -(-count // batch) * batch
            images = np.concatenate([images, images[-1:].repeat(padded - count, 0)])
            outputs = [
                _run(opened, signature, key, images[start : start + batch])
                for start in range(0, padded, batch)
            ]
        if any(output.shape[:1] != (batch,) for output in outputs):
            raise errors.InputError(
                f"module '{self.path}' must return a row for each of {batch} images, "
                f"found the shape {list(outputs[0].shape)} of '{key}': is it another "
                "output?"
            )
        return np.concatenate(outputs)[:count]

    def _read_fixed_batch(self, signature: str) -> int | None:
        """Returns how many images the signature takes at a time; None if any number."""
        inputs = self._meta_graph.signature_def[signature].inputs
        shape = graph_facts.shape(inputs[signatures_lib.IMAGES])
        return shape[0] if shape else None


def _run(
    opened: runner.Runner, signature: str, key: str, images: np.ndarray
) -> np.ndarray:
    inputs = {signatures_lib.IMAGES: images}
    return opened.run_all([signature], inputs, [key])[signature][key]
