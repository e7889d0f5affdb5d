"""Sums the time of the ops in a run, from TensorFlow's trace."""

from __future__ import annotations

import collections
import re

# `[memory] name = Op(inputs)`, as the executor labels what it ran.
_LABEL = re.compile(r" = (\w+)\(")


def by_op(traces) -> dict[str, dict[str, float]]:
    """Sums the traces of several runs by op.

    Args:
      traces: RunMetadata of runs of the same fetches.

    Returns:
      By kind of op: `nodes`, how many ran, and `seconds`, the sum of their times, both
      of all runs together. Ops that ran side by side count each for itself.
    """
    totals = collections.defaultdict(lambda: {"nodes": 0, "seconds": 0.0})
    for trace in traces:
        for node in _executed(trace):
            total = totals[_op(node)]
            total["nodes"] += 1
            total["seconds"] += _seconds(node)
    return dict(totals)


def _executed(trace):
    for device in trace.step_stats.dev_stats:
        if device.device.endswith("CPU:0"):
            yield from device.node_stats


def _op(node):
    match = _LABEL.search(node.timeline_label)
    return match.group(1) if match else "other"


def _seconds(node):
    return (node.op_end_rel_micros - node.op_start_rel_micros) / 1e6
