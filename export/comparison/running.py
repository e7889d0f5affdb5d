"""Runs the modules of a comparison for inference, whatever their formats."""

from __future__ import annotations

from typing import Any, Collection, Iterable, Mapping

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow.compat.v2 as tf2

from ... import dependencies
from ...efficientnet import endpoints
from ...signatures import names as signatures_lib
from ..execution import load_errors
from ..execution import runner as runner_lib
from . import opened_module


def load(module: opened_module.OpenedModule) -> runner_lib.Runner:
    """Loads a module for inference.

    Raises:
      errors.InputError: if it does not load.
      errors.DependencyError: if TensorFlow cannot load its format, or tensorflow_hub
        is missing.
    """
    with load_errors.refuse(module.path):
        if module.is_saved_model:
            return SavedModelRunner(module.directory)
        return runner_lib.open_module(module.directory)


class SavedModelRunner(runner_lib.Runner):
    """A SavedModel of this package, with the signatures of the TF1 Hub format."""

    def __init__(self, directory: str) -> None:
        dependencies.saved_model_loader()
        with _eager_mode():
            self._loaded = tf2.saved_model.load(directory)

    def run_all(
        self,
        signatures: Iterable[str],
        inputs: Mapping[str, np.ndarray],
        only: Collection[str] | None = None,
    ) -> dict[str, runner_lib.Outputs]:
        """See `runner.Runner`. All signatures have the same endpoints."""
        outputs = self._compute(inputs)
        return {name: _select(outputs, name, only) for name in signatures}

    def _compute(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Returns the endpoints, and the output as 'default'."""
        arguments: dict[str, Any] = {}
        with _eager_mode():
            momentum = inputs.get(signatures_lib.BATCH_NORM_MOMENTUM)
            if momentum is not None:
                arguments[signatures_lib.BATCH_NORM_MOMENTUM] = tf.constant(momentum)
            found = self._loaded(
                tf.constant(inputs[signatures_lib.IMAGES]),
                training=False,
                return_endpoints=True,
                **arguments,
            )
            return {key: value.numpy() for key, value in found.items()}


def _select(
    outputs: Mapping[str, np.ndarray], signature: str, only: Collection[str] | None
) -> dict[str, np.ndarray]:
    found = dict(outputs)
    if signature.startswith(signatures_lib.FEATURE_VECTOR):
        (key,) = (
            key for key in outputs if key.endswith("/" + endpoints.POOLED_FEATURES)
        )
        found[signatures_lib.DEFAULT] = outputs[key]
    return {key: value for key, value in found.items() if only is None or key in only}


def _eager_mode() -> Any:
    """Returns a context with eager execution, which a program may have disabled."""
    return tf2.__internal__.eager_context.eager_mode()
