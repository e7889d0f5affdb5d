"""The publisher's figures, and the weights and images that they were computed of.

`testdata/parity/README.md` says how both are made.
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
    """Returns the figures of a file, e.g. of 'efficientnet-b0.train96'."""
    return json.loads((_FOLDER / (name + ".json")).read_text())


def images(seed: int, batch: int, height: int, width: int) -> np.ndarray:
    """Returns random images, float32 `[batch, height, width, 3]` in [0, 1)."""
    generator = np.random.RandomState(seed)
    return generator.uniform(0, 1, [batch, height, width, 3]).astype(np.float32)


def weight(name: str, shape) -> np.ndarray:
    """Returns the value of a variable, which follows from its name and shape."""
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
    """Gives each variable of the session's graph its weight; returns all by name."""
    with session.graph.as_default():
        variables = {variable.op.name: variable for variable in tf.global_variables()}
    weights = {
        name: weight(name, variable.shape.as_list())
        for name, variable in variables.items()
    }
    # In the place of the initial values: the graph gets no further op.
    session.run(
        [variable.initializer for variable in variables.values()],
        {variables[name].initializer.inputs[1]: weights[name] for name in variables},
    )
    return weights
