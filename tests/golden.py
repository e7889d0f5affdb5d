"""The publisher's results, and the weights and images that they were computed from.

`testdata/parity/README.md` describes how both were made.
"""

from __future__ import annotations

import json
import pathlib
import zlib
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

_FOLDER = pathlib.Path(__file__).parent / "testdata" / "parity"


def figures(name: str) -> dict[str, Any]:
    """Returns the results in a file, e.g. 'efficientnet-b0.train96'."""
    return json.loads((_FOLDER / (name + ".json")).read_text())


def images(seed: int, batch: int, height: int, width: int) -> np.ndarray:
    """Returns random images, float32 `[batch, height, width, 3]` in [0, 1)."""
    generator = np.random.RandomState(seed)
    return generator.uniform(0, 1, [batch, height, width, 3]).astype(np.float32)


def weight(name: str, shape) -> np.ndarray:
    """Returns the value of a variable, which depends on its name and shape only."""
    shape = tuple(shape)
    generator = np.random.RandomState(zlib.crc32(name.encode()))
    noise = generator.standard_normal(shape).astype(np.float32)
    role = name.rsplit("/", 1)[-1]
    if role == "gamma":
        value = 1 + 0.1 * noise
    elif role in ("beta", "moving_mean", "bias"):
        value = 0.1 * noise
    elif role == "moving_variance":
        value = 1 + 0.5 * np.abs(noise)
    elif role == "depthwise_kernel":
        value = noise * np.sqrt(2 / (shape[0] * shape[1]))
    else:
        value = noise * np.sqrt(2 / np.prod(shape[:-1]))
    return value.astype(np.float32)


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
