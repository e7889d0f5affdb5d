"""Makes weights of an untrained network: the initial values of a seed."""

from __future__ import annotations

from typing import Mapping, Sequence

import numpy as np

from ... import aligned_arrays
from ...efficientnet import config as config_lib
from ...efficientnet import initializers
from ...signatures import provenance
from . import mapping, network_facts, source


class RandomSource:
    """Initial values, see `source.Source`."""

    facts = network_facts.NONE

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Draws the values from the seed of the network."""
        origin = f"initial values of seed {network.seed}"
        return source.Weights(
            draw(expected, network.seed),
            provenance.Provenance(origin, license="Apache-2.0"),
            trained=False,
            notes=[f"the weights are {origin}: untrained"],
            mapping=mapping.WeightsMapping().add_new(expected, origin),
        )


def draw(expected: Mapping[str, Sequence[int]], seed: int) -> dict[str, np.ndarray]:
    """Returns the initial value of each variable by name, see `aligned_arrays.copy`.

    Args:
      expected: shape of each variable by name.
      seed: an integer in [0, 2**32).
    """
    return {
        name: aligned_arrays.copy(initializers.initial_value(name, shape, seed))
        for name, shape in expected.items()
    }
