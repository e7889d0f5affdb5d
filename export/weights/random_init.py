"""Weights of an untrained network: the initial values of a seed."""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np

from ...efficientnet import initializers
from . import source


def read(expected: Mapping[str, Sequence[int]], seed: int) -> source.Weights:
    """Draws the initial values of a network's variables.

    Args:
      expected: shape of each variable by name.
      seed: an integer in [0, 2**32).
    """
    values = draw(expected, seed)
    return source.Weights(
        values,
        origin="initial values of seed %d" % seed,
        trained=False,
        license="Apache-2.0",
        notes=["the weights are initial values of seed %d: untrained" % seed],
    )


def draw(expected: Mapping[str, Sequence[int]], seed: int) -> dict[str, np.ndarray]:
    """Returns the initial value of each variable by name, a `source.copy_aligned`."""
    return {
        name: source.copy_aligned(initializers.initial_value(name, shape, seed))
        for name, shape in expected.items()
    }
