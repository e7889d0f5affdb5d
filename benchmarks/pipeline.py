"""Pipeline: images a second that tf.data reads, that the network takes, and both.

Reading alone, the network alone on images in memory, and the network fed by reading,
in turns in one process: which of the two is the bound, and what their meeting costs.
"""

from __future__ import annotations

import paired
import part
import photographs
import prepare
import results
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub.efficientnet import config as config_lib

MODELS = ("efficientnet-b0", "efficientnet-b2")
BATCH = 32
_BATCHES_A_TURN = 4
# As many as the pipeline may hold ready at the start, see `photographs.batches`.
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
    """Returns a function that computes something of a batch of photographs."""
    graph = tf.Graph()
    with graph.as_default():
        images = photographs.batches(size, BATCH)
        session = tf.Session()
        feeds = {images: session.run(images)} if in_memory else None
        # One number: what is computed is not to be copied out.
        result = tf.reduce_sum(compute(images))
        session.run(tf.global_variables_initializer())

    return lambda: session.run(result, feeds)


if __name__ == "__main__":
    tf.disable_eager_execution()
    main()
