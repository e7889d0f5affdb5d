"""Applies all graph passes of the TF1 Hub format, in their order."""

from __future__ import annotations

from typing import Callable

from tensorflow.core.protobuf import meta_graph_pb2

from ...signatures import tag_sets
from . import (
    folds,
    lowering,
    recomputation,
    saver,
    short_names,
    slimming,
    supported_ops,
)

Pass = Callable[[meta_graph_pb2.MetaGraphDef], None]


def apply(meta_graph: meta_graph_pb2.MetaGraphDef, recompute: bool = True) -> None:
    """Applies all passes to a graph.

    Args:
      meta_graph: a MetaGraphDef as TensorFlow exports it, with its tags, signatures
        and attached messages, changed in place. `_output_shapes` of its nodes are the
        shapes.
      recompute: whether the gradients of the training graph compute swish again
        instead of keeping it, which saves memory. It has no second derivative then.

    Raises:
      errors.InputError: names an op or attribute that cannot be lowered.
    """
    for each in PASSES:
        if recompute or each is not _recompute_in_gradients:
            each(meta_graph)


def _recompute_in_gradients(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    # Only the training graph has gradients.
    if set(meta_graph.meta_info_def.tags) == tag_sets.TRAIN:
        recomputation.recompute_in_gradients(meta_graph.graph_def)


def _compute_folds_at_once(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    folds.compute_at_once(meta_graph.graph_def)


def _lower(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    lowering.lower(meta_graph.graph_def)


def _check_ops(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    supported_ops.check(meta_graph.graph_def)


PASSES: tuple[Pass, ...] = (
    # These three leave nodes unused: the initial values, the sigmoids, and the separate
    # folds. So they must precede `slim`, which removes them. Their own order only
    # determines the order of the nodes.
    saver.add_saver,
    _recompute_in_gradients,
    _compute_folds_at_once,
    # Must precede `shorten`, which clears the `snapshot_name` of each variable's
    # definition. `slim` finds the reads of a variable by it.
    slimming.slim,
    short_names.shorten,
    # Must follow `_compute_folds_at_once`, which adds an AddV2 with a newer TensorFlow.
    _lower,
    # Must follow `_lower`, whose result it checks.
    _check_ops,
)
