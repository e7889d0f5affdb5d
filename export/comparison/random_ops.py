"""Finds the random numbers of a graph, and replaces them by the same for all modules.

Two modules draw other masks for dropout and stochastic depth, unless their random ops
have the same seeds. With the same numbers in place of the drawn ones, their steps can
be compared: the scale of a mask shows its probability.
"""

from __future__ import annotations

import collections
from typing import Iterable, Mapping

import numpy as np
import tensorflow.compat.v1 as tf

# A uniform number in [0, 1) with which a mask keeps everything.
_KEEPING = 0.999
_REPLACEMENTS = {
    "RandomUniform": _KEEPING,
    "StatelessRandomUniform": _KEEPING,
    "StatelessRandomUniformV2": _KEEPING,
    "RandomStandardNormal": 0.0,
    "TruncatedNormal": 0.0,
    "StatelessRandomNormal": 0.0,
    "StatelessRandomNormalV2": 0.0,
    "StatelessTruncatedNormal": 0.0,
    "StatelessTruncatedNormalV2": 0.0,
}


def find(fetches: Iterable[tf.Tensor | tf.Operation]) -> list[tf.Tensor]:
    """Returns the random numbers that tensors and ops depend on, in order of the names.

    Args:
      fetches: tensors and ops of one graph.
    """
    pending = [getattr(each, "op", each) for each in fetches]
    seen: dict[str, tf.Operation] = {}
    while pending:
        op = pending.pop()
        if op.name not in seen:
            seen[op.name] = op
            pending += [tensor.op for tensor in op.inputs]
            pending += op.control_inputs
    return [
        seen[name].outputs[0]
        for name in sorted(seen)
        if seen[name].type in _REPLACEMENTS
    ]


def replace(
    numbers: Mapping[tf.Tensor, np.ndarray],
) -> dict[tf.Tensor, np.ndarray]:
    """Returns numbers in place of those that were drawn.

    Args:
      numbers: the tensors that `find` returned, with a value of each.
    """
    return {
        tensor: np.full_like(value, _REPLACEMENTS[tensor.op.type])
        for tensor, value in numbers.items()
    }


def describe(shapes: Iterable[tuple[int, ...]]) -> str:
    """Returns how many random tensors of each shape there are, as a phrase."""
    counts = collections.Counter(shapes)
    shown = [f"{count} of {list(shape)}" for shape, count in sorted(counts.items())]
    return ", ".join(shown[:5]) + (", ..." if len(shown) > 5 else "") or "none"
