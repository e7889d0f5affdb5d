"""The passes over a graph that a module in the TF1 Hub format holds, in their order."""

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


def apply(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    """Applies all passes to a graph.

    Args:
      meta_graph: a MetaGraphDef as TensorFlow exports it, with its tags, signatures
        and attached messages, changed in place.

    Raises:
      errors.InputError: names an op or attribute that cannot be lowered.
    """
    for each in PASSES:
        each(meta_graph)


def _recompute_in_gradients(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    # No gradient is taken of the other graphs.
    if set(meta_graph.meta_info_def.tags) == tag_sets.TRAIN:
        recomputation.recompute_in_gradients(meta_graph.graph_def)


def _compute_folds_at_once(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    folds.compute_at_once(meta_graph.graph_def)


def _lower(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    lowering.lower(meta_graph.graph_def)


def _check_ops(meta_graph: meta_graph_pb2.MetaGraphDef) -> None:
    supported_ops.check(meta_graph.graph_def)


PASSES: tuple[Pass, ...] = (
    # Before slimming: it leaves the initial values without use.
    saver.add_saver,
    # Before slimming: these two leave nodes without use as well.
    _recompute_in_gradients,
    _compute_folds_at_once,
    # Before the short names: it finds reads of a variable by their names, and what it
    # removes needs no new name.
    slimming.slim,
    short_names.shorten,
    # After all passes that add nodes, which write newer ops under a newer TensorFlow.
    _lower,
    _check_ops,
)
