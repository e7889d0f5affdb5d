"""Feeds photographs to a loaded module, in the batches that it accepts."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from ...signatures import names as signatures_lib
from ..execution import load_errors, runner
from . import opened_module, running

# The momentum has no effect on inference.
_MOMENTUM = np.float32(0.5)


class Feeder:
    """A loaded module.

    Attributes:
      fixed_batch: the number of images that the module takes at a time, None if it
        takes any number.
    """

    def __init__(
        self, module: opened_module.OpenedModule, names: Sequence[str]
    ) -> None:
        """Loads a module.

        Args:
          module: the module.
          names: the signatures that run.

        Raises:
          errors.InputError: if it does not load.
        """
        batches = [module.signatures[name].fixed_batch for name in names]
        self.fixed_batch = next(filter(None, batches), None)
        self._path = module.path
        self._runner = running.load(module)

    def run(
        self,
        signatures: Sequence[str],
        images: np.ndarray,
        only: Sequence[str] | None = None,
        with_momentum: bool = False,
    ) -> dict[str, runner.Outputs]:
        """Runs signatures, see `runner.Runner.run_all`.

        Args:
          signatures: their names.
          images: float32 `[images, height, width, 3]`, at most the fixed batch.
          only: names of the outputs to return, all by default.
          with_momentum: whether the signatures take a momentum.

        Raises:
          errors.InputError: if the module does not run.
        """
        count = len(images)
        if self.fixed_batch is not None:
            images = np.resize(images, (self.fixed_batch, *images.shape[1:]))
        inputs: dict[str, Any] = {signatures_lib.IMAGES: images}
        if with_momentum:
            inputs[signatures_lib.BATCH_NORM_MOMENTUM] = _MOMENTUM
        with load_errors.refuse(self._path):
            found = self._runner.run_all(signatures, inputs, only)
        if self.fixed_batch in (None, count):
            return found
        return {
            name: {key: value[:count] for key, value in outputs.items() if value.ndim}
            for name, outputs in found.items()
        }
