"""Folds all batch norms of a graph at once, where each took five nodes of its own.

A folded batch norm is `scale = gamma * rsqrt(moving_variance + epsilon)` and
`shift = beta - moving_mean * scale`: small vectors, of which a network has dozens.
Strung together they take as many nodes as one of them, and some that string and cut.
"""

from __future__ import annotations

import collections
from typing import Iterable

import tensorflow.compat.v1 as tf

# The names of the nodes that compute a fold and of those that it takes, its epsilon and
# the number of its channels.
_Fold = collections.namedtuple(
    "_Fold", "scale shift gamma beta moving_mean moving_variance epsilon channels"
)


def compute_at_once(graph_def) -> None:
    """Lets the folds of a graph be parts of one.

    Args:
      graph_def: a GraphDef with the folds of `batch_norm.BatchNorm`, changed in place.
        What computed them stays behind, and has no use any more.
    """
    folds = list(_folds(graph_def))
    if len({fold.epsilon for fold in folds}) != 1:
        return
    parts = {}
    for number, fold in enumerate(folds):
        parts[fold.scale] = "folds/scales:%d" % number
        parts[fold.shift] = "folds/shifts:%d" % number
    for node in graph_def.node:
        node.input[:] = [parts.get(name, name) for name in node.input]
    graph_def.node.extend(_strung_together(folds))


def _folds(graph_def) -> Iterable[_Fold]:
    nodes = {node.name: node for node in graph_def.node}
    consumers = collections.defaultdict(list)
    for node in graph_def.node:
        for name in node.input:
            consumers[name].append(node)
    for inverse in graph_def.node:
        if inverse.op == "Rsqrt":
            for scale in consumers[inverse.name]:
                for product in consumers[scale.name]:
                    for shift in consumers[product.name]:
                        yield from _fold(nodes, inverse, scale, product, shift)


def _fold(nodes: dict, inverse, scale, product, shift) -> Iterable[_Fold]:
    """Yields what some nodes, each of which takes the one before, fold, if they do."""
    if (scale.op, product.op, shift.op) != ("Mul", "Mul", "Sub"):
        return
    gamma, moving_mean, beta = (node.input[0] for node in (scale, product, shift))
    moving_variance, epsilon = nodes[inverse.input[0]].input
    reads = [gamma, beta, moving_mean, moving_variance]
    # Where the statistics are a batch's, it is no fold.
    if all(nodes[read].op == "ReadVariableOp" for read in reads):
        yield _Fold(
            scale.name,
            shift.name,
            *reads,
            epsilon=_value(nodes[epsilon]),
            channels=_size(nodes[nodes[gamma].input[0]]),
        )


def _size(variable) -> int:
    return variable.attr["shape"].shape.dim[0].size


def _value(constant) -> float:
    return float(tf.make_ndarray(constant.attr["value"].tensor))


def _strung_together(folds: list[_Fold]) -> Iterable:
    """Yields the nodes of one fold of all; 'scales' and 'shifts' are its parts."""
    channels = [fold.channels for fold in folds]
    reads = {}

    def string(variable: str) -> tf.Tensor:
        vectors = [tf.placeholder(tf.float32, [size]) for size in channels]
        for vector, fold in zip(vectors, folds):
            reads[vector.op.name] = getattr(fold, variable)
        return tf.concat(vectors, 0, name=variable)

    with tf.Graph().as_default() as graph, tf.name_scope("folds"):
        variance = string("moving_variance") + folds[0].epsilon
        scale = string("gamma") * tf.math.rsqrt(variance)
        shift = string("beta") - string("moving_mean") * scale
        tf.split(scale, channels, name="scales")
        tf.split(shift, channels, name="shifts")
    for node in graph.as_graph_def().node:
        if node.name not in reads:
            node.input[:] = [reads.get(name, name) for name in node.input]
            yield node
