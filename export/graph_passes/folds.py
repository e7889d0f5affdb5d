"""Replaces the ops that fold each batch normalization by ops that fold all at once.

A folded batch norm is `scale = gamma * rsqrt(moving_variance + epsilon)` and
`shift = beta - moving_mean * scale`: five nodes on small vectors. A network has dozens
of them. This pass concatenates the vectors of all of them, computes one fold, and
splits the result.
"""

from __future__ import annotations

import collections
from typing import Dict, Iterator, List, NamedTuple

import tensorflow.compat.v1 as tf
from tensorflow.core.framework import graph_pb2, node_def_pb2

_Consumers = Dict[str, List[node_def_pb2.NodeDef]]


class _Fold(NamedTuple):
    """A folded batch norm of a graph.

    Attributes:
      scale: the node that computes the scale.
      shift: the node that computes the shift.
      gamma: the node that reads this variable, as the next three.
      beta: see `gamma`.
      moving_mean: see `gamma`.
      moving_variance: see `gamma`.
      epsilon: added to the variance.
      channels: length of each vector.
    """

    scale: str
    shift: str
    gamma: str
    beta: str
    moving_mean: str
    moving_variance: str
    epsilon: float
    channels: int


class _Operations(NamedTuple):
    """The operations of a fold. Each takes the output of the one before."""

    inverse: node_def_pb2.NodeDef
    scale: node_def_pb2.NodeDef
    product: node_def_pb2.NodeDef
    shift: node_def_pb2.NodeDef


def compute_at_once(graph_def: graph_pb2.GraphDef) -> None:
    """Replaces the folds of a graph by the parts of one fold.

    A graph whose folds have more than one epsilon is left unchanged.

    Args:
      graph_def: a GraphDef with the folds of `batch_norm.BatchNorm`, changed in place.
        The nodes that computed them remain, unused.
    """
    folds = _find_folds(graph_def)
    if len({fold.epsilon for fold in folds}) != 1:
        return
    parts = {}
    for number, fold in enumerate(folds):
        parts[fold.scale] = f"folds/scales:{number}"
        parts[fold.shift] = f"folds/shifts:{number}"
    for node in graph_def.node:
        node.input[:] = [parts.get(name, name) for name in node.input]
    graph_def.node.extend(_build_joint_fold(folds))


def _find_folds(graph_def: graph_pb2.GraphDef) -> list[_Fold]:
    nodes = {node.name: node for node in graph_def.node}
    consumers = _find_consumers(graph_def)
    candidates = [
        operations
        for node in graph_def.node
        if node.op == "Rsqrt"
        for operations in _find_operations(node, consumers)
    ]
    return [
        _describe_fold(operations, nodes)
        for operations in candidates
        if all(nodes[name].op == "ReadVariableOp" for name in _reads(operations, nodes))
    ]


def _find_consumers(graph_def: graph_pb2.GraphDef) -> _Consumers:
    """Returns the nodes that take each node's first output as an input."""
    consumers = collections.defaultdict(list)
    for node in graph_def.node:
        for name in node.input:
            consumers[name].append(node)
    return consumers


def _find_operations(
    inverse: node_def_pb2.NodeDef, consumers: _Consumers
) -> Iterator[_Operations]:
    """Yields the operations that follow a reciprocal square root as in a fold."""
    chains = [[inverse]]
    for op in ("Mul", "Mul", "Sub"):
        chains = [
            [*chain, node]
            for chain in chains
            for node in consumers[chain[-1].name]
            if node.op == op
        ]
    return (_Operations(*chain) for chain in chains)


def _reads(
    operations: _Operations, nodes: dict[str, node_def_pb2.NodeDef]
) -> tuple[str, str, str, str]:
    """Returns the inputs of a fold: gamma, beta, moving mean and moving variance.

    They read variables, unless the statistics are those of a batch.
    """
    return (
        operations.scale.input[0],
        operations.shift.input[0],
        operations.product.input[0],
        nodes[operations.inverse.input[0]].input[0],
    )


def _describe_fold(
    operations: _Operations, nodes: dict[str, node_def_pb2.NodeDef]
) -> _Fold:
    gamma, beta, moving_mean, moving_variance = _reads(operations, nodes)
    epsilon = nodes[nodes[operations.inverse.input[0]].input[1]]
    variable = nodes[nodes[gamma].input[0]]
    return _Fold(
        scale=operations.scale.name,
        shift=operations.shift.name,
        gamma=gamma,
        beta=beta,
        moving_mean=moving_mean,
        moving_variance=moving_variance,
        epsilon=float(tf.make_ndarray(epsilon.attr["value"].tensor)),
        channels=variable.attr["shape"].shape.dim[0].size,
    )


def _build_joint_fold(folds: list[_Fold]) -> Iterator[node_def_pb2.NodeDef]:
    """Yields the nodes of one fold, whose parts are the scales and shifts of all."""
    channels = [fold.channels for fold in folds]
    reads = {}

    def concatenate(variable: str) -> tf.Tensor:
        vectors = [tf.placeholder(tf.float32, [size]) for size in channels]
        for vector, fold in zip(vectors, folds):
            reads[vector.op.name] = getattr(fold, variable)
        return tf.concat(vectors, 0, name=variable)

    with tf.Graph().as_default() as graph, tf.name_scope("folds"):
        variance = concatenate("moving_variance") + folds[0].epsilon
        scale = concatenate("gamma") * tf.math.rsqrt(variance)
        shift = concatenate("beta") - concatenate("moving_mean") * scale
        tf.split(scale, channels, name="scales")
        tf.split(shift, channels, name="shifts")
    for node in graph.as_graph_def().node:
        if node.name not in reads:
            node.input[:] = [reads.get(name, name) for name in node.input]
            yield node
