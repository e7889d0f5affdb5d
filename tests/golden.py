"""The publisher's results, and the weights and images that they were computed from.

`testdata/parity/README.md` describes how both were made.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from efficientnet_hub.tests.peers import weights_by_name

_FOLDER = pathlib.Path(__file__).parent / "testdata" / "parity"


def figures(name: str) -> dict[str, Any]:
    """Returns the results in a file, e.g. 'efficientnet-b0.train96'."""
    return json.loads((_FOLDER / (name + ".json")).read_text())


images = weights_by_name.images
weight = weights_by_name.array


def fill(session: tf.Session) -> dict[str, np.ndarray]:
    """Sets each variable of the session's graph to its weight; returns all by name."""
    with session.graph.as_default():
        variables = {variable.op.name: variable for variable in tf.global_variables()}
    weights = {
        name: weight(name, variable.shape.as_list())
        for name, variable in variables.items()
    }
    # Feeding the initial values adds no ops to the graph.
    session.run(
        [variable.initializer for variable in variables.values()],
        {variables[name].initializer.inputs[1]: weights[name] for name in variables},
    )
    return weights
