"""Computes the logits of a module in a session, as a TF1 program does."""

from __future__ import annotations

import numpy as np
import tensorflow.compat.v1 as tf


class ModulePeer:
    """A graph with the logits of a module, and a session with its weights."""

    def __init__(self, graph, session, images, logits):
        """Use the functions below to create one."""
        self._graph = graph
        self._session = session
        self._images = images
        self._logits = logits

    def run(self, images: np.ndarray) -> np.ndarray:
        """Returns the logits of images, float32 `[batch, height, width, 3]`."""
        return self._session.run(self._logits, {self._images: images})

    def trace(self, images: np.ndarray) -> tf.RunMetadata:
        """Runs once under TensorFlow's tracer and returns the trace."""
        metadata = tf.RunMetadata()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        feeds = {self._images: images}
        self._session.run(self._logits, feeds, options, metadata)
        return metadata

    def frozen(self) -> ModulePeer:
        """Returns the same graph with constants for its variables.

        It is what the same TensorFlow can do where weights never change.
        """
        graph_def = tf.graph_util.convert_variables_to_constants(
            self._session, self._graph.as_graph_def(), [self._logits.op.name]
        )
        graph = tf.Graph()
        with graph.as_default():
            images, logits = tf.import_graph_def(
                graph_def, return_elements=[self._images.name, self._logits.name]
            )
        return ModulePeer(graph, _session(graph, threads=0), images, logits)


def hub_module(path: str, threads: int = 0) -> ModulePeer:
    """Loads a module by `hub.Module`.

    Args:
      path: the module.
      threads: of the session, within and between ops; 0 is TensorFlow's default.
    """
    import tensorflow_hub as hub

    graph = tf.Graph()
    with graph.as_default():
        module = hub.Module(path)
        height, width = hub.get_expected_image_size(module)
        images = tf.placeholder(tf.float32, [None, height, width, 3])
        logits = module(images)
        session = _session(graph, threads)
        session.run(tf.global_variables_initializer())
    return ModulePeer(graph, session, images, logits)


def serve(path: str) -> ModulePeer:
    """Loads the graph tagged `serve`, where tensorflow_hub has no `hub.Module`."""
    graph = tf.Graph()
    session = _session(graph, threads=0)
    with graph.as_default():
        loaded = tf.saved_model.loader.load(session, ["serve"], path)
        signature = loaded.signature_def["serving_default"]
        images = graph.get_tensor_by_name(signature.inputs["images"].name)
        logits = graph.get_tensor_by_name(signature.outputs["logits"].name)
    return ModulePeer(graph, session, images, logits)


def _session(graph, threads):
    config = tf.ConfigProto(
        intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads
    )
    return tf.Session(graph=graph, config=config)
