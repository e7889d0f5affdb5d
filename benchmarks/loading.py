"""Measures loading: from `hub.Module(path)` to the first logits, in new processes.

Our module and the plain module alternate. Also counts the nodes and bytes of
`saved_model.pb`, which explain the difference.
"""

from __future__ import annotations

import functools
import os

import fresh_process
import paired
import part
import results


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    modules = {
        "ours": part.module(arguments.work),
        "plain": part.plain_module(arguments.work),
    }
    loads = paired.in_turns(
        {
            name: functools.partial(fresh_process.answer, "load_once.py", path)
            for name, path in modules.items()
        },
        arguments.rounds or 10,
    )
    graphs = {name: _graph(path) for name, path in modules.items()}
    results.write(arguments.output, "loading", {"loads": loads, "graphs": graphs})


def _graph(path):
    """Returns the bytes of the file, and bytes and nodes by tag set."""
    # After the timing, because TensorFlow would slow down the child processes.
    from tensorflow.core.protobuf import saved_model_pb2

    file_path = os.path.join(path, "saved_model.pb")
    with open(file_path, "rb") as file:
        saved_model = saved_model_pb2.SavedModel.FromString(file.read())
    return {
        "bytes": os.path.getsize(file_path),
        "bytes_by_tags": {
            ",".join(meta_graph.meta_info_def.tags): meta_graph.ByteSize()
            for meta_graph in saved_model.meta_graphs
        },
        "nodes": {
            ",".join(meta_graph.meta_info_def.tags): len(meta_graph.graph_def.node)
            for meta_graph in saved_model.meta_graphs
        },
    }


if __name__ == "__main__":
    main()
