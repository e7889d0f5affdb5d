"""Runs a module on some cores, with each batch size, and prints the seconds.

    python throughput_once.py MODULE SIZE CORES

Prints the median seconds of a run by batch size, as JSON. CORES is the number of cores
that the process may use, and the number of the session's threads.
"""

from __future__ import annotations

import json
import os
import sys
from statistics import median

BATCHES = (1, 2, 4, 8, 16, 32)
_RUNS = 5


def main():
    """Measures what the command line names."""
    path, size, cores = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    # Before TensorFlow counts the cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    import module_peer
    import numpy as np
    import paired

    run = module_peer.hub_module(path, threads=cores).run
    images = np.zeros([max(BATCHES), size, size, 3], np.float32)
    seconds = paired.in_turns(
        {
            str(batch): paired.timed(lambda batch=batch: run(images[:batch]))
            for batch in BATCHES
        },
        _RUNS,
    )
    print(json.dumps({batch: median(samples) for batch, samples in seconds.items()}))


if __name__ == "__main__":
    main()
