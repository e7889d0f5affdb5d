"""Measures the images per second of tf.data, of the network, and of both.

Measures the input pipeline alone, the network alone with images in memory, and both
together, alternately in one process. This shows which of the two is the bottleneck.
"""

from __future__ import annotations

import paired
import part
import prepare
import results
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

import photographs
from efficientnet_hub.efficientnet import config as config_lib

MODELS = ("efficientnet-b0", "efficientnet-b2")
BATCH = 32
_BATCHES_A_TURN = 4
# The number of batches that the pipeline prefetches, see `photographs.batches`.
_BATCHES_AHEAD = 2


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    seconds = {
        model: _measure(arguments.work, model, arguments.rounds or 10)
        for model in MODELS
    }
    results.write(arguments.output, "pipeline", {"batch": BATCH, "seconds": seconds})


def _measure(work, model, rounds):
    print(model, flush=True)
    path = part.module(work, "random-" + model)
    prepare.export(model, "random", path)
    size = config_lib.get_config(model).image_size
    runs = {
        "reading": _run(size, lambda images: images),
        "network": _run(size, lambda images: hub.Module(path)(images), in_memory=True),
        "both": _run(size, lambda images: hub.Module(path)(images)),
    }
    turns = {
        name: paired.timed(run, runs=_BATCHES_A_TURN, untimed=_BATCHES_AHEAD)
        for name, run in runs.items()
    }
    return paired.in_turns(turns, rounds)


def _run(size, compute, in_memory=False):
    """Returns a function that runs a computation on a batch of photographs."""
    graph = tf.Graph()
    with graph.as_default():
        images = photographs.batches(size, BATCH)
        session = tf.Session()
        feeds = {images: session.run(images)} if in_memory else None
        # A single number, so that the result is not copied.
        result = tf.reduce_sum(compute(images))
        session.run(tf.global_variables_initializer())

    return lambda: session.run(result, feeds)


if __name__ == "__main__":
    tf.disable_eager_execution()
    main()
