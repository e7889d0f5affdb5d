"""Trains a peer for a few steps, and prints the memory that this needs.

    python train_once.py PEER WORK SIZE

Prints the peak of resident memory minus that of the imports, in bytes, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys

import tensorflow as tf
import tensorflow_hub
import trainers

_STEPS = 2


def main():
    """Trains the peer that the command line names."""
    name, work, size = sys.argv[1:]
    # Both are imported on first use; import them now, so that they are not measured.
    dir(tf.keras.applications)
    dir(tensorflow_hub)
    imported = _peak_bytes()
    step = trainers.training_step(name, work, int(size))
    for _ in range(_STEPS):
        step()
    print(json.dumps({"bytes": _peak_bytes() - imported}))


def _peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
