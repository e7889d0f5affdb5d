"""Loads a module with `hub.Module`, computes logits, and prints the seconds.

    python load_once.py MODULE

Prints the seconds of each step as JSON, without imports.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

_SIZE = 260


def main():
    """Loads the module that the command line names."""
    image = np.zeros([1, _SIZE, _SIZE, 3], np.float32)
    clock = _Clock()
    module = hub.Module(sys.argv[1])
    clock.stop("module")
    images = tf.placeholder(tf.float32, [None, _SIZE, _SIZE, 3])
    logits = module(images)
    clock.stop("application")
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    clock.stop("initialization")
    session.run(logits, {images: image})
    clock.stop("first_run")
    print(json.dumps(dict(clock.seconds, total=sum(clock.seconds.values()))))


class _Clock:
    """Seconds between stops."""

    def __init__(self):
        self.seconds = {}
        self._last = time.perf_counter()

    def stop(self, name):
        now = time.perf_counter()
        self.seconds[name] = now - self._last
        self._last = now


if __name__ == "__main__":
    tf.disable_eager_execution()
    main()
