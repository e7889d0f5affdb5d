"""Measures the throughput of b0 and b2 by batch size and number of cores.

Each number of cores has a process of its own. The processes alternate.
"""

from __future__ import annotations

import functools
import os

import fresh_process
import paired
import part
import prepare
import results

from efficientnet_hub.efficientnet import config as config_lib

MODELS = ("efficientnet-b0", "efficientnet-b2")


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    measured = {
        model: _measure(arguments.work, model, arguments.rounds or 3)
        for model in MODELS
    }
    results.write(arguments.output, "cores", measured)


def _measure(work, model, rounds):
    """Returns the seconds by batch size, of each round, by number of cores."""
    print(model, flush=True)
    path = part.module(work, "random-" + model)
    prepare.export(model, "random", path)
    size = str(config_lib.get_config(model).image_size)
    return paired.in_turns(
        {
            str(count): functools.partial(
                fresh_process.answer, "throughput_once.py", path, size, str(count)
            )
            for count in _counts()
        },
        rounds,
        warm_up=0,
    )


def _counts():
    """Returns 1, 2, 4 ... up to the number of cores of this machine."""
    available = len(os.sched_getaffinity(0))
    return [
        2**power for power in range(available.bit_length()) if 2**power <= available
    ]


if __name__ == "__main__":
    main()
