"""Measures the images per second of each variant at its image size.

Measures b0 to b7 and the Lite variants with random weights and batch size 8,
alternately in one process.
"""

from __future__ import annotations

import dataclasses
import functools

import module_peer
import numpy as np
import paired
import part
import prepare
import results

from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import stages

BATCH = 8
MODELS = [f"efficientnet-b{number}" for number in range(8)]
MODELS += [f"efficientnet-lite{number}" for number in range(5)]


def main():
    """Measures, and writes the results."""
    arguments = part.arguments(__doc__)
    configs = {model: config_lib.get_config(model) for model in MODELS}
    runs = {
        model: _run(part.module(arguments.work, "random-" + model), config)
        for model, config in configs.items()
    }
    seconds = paired.in_turns(
        {model: paired.timed(run, untimed=1) for model, run in runs.items()},
        arguments.rounds or 4,
        warm_up=0,
    )
    costs = {model: _cost(config) for model, config in configs.items()}
    measured = {"batch": BATCH, "seconds": seconds, "costs": costs}
    results.write(arguments.output, "variants", measured)


def _run(path, config):
    """Exports a variant, and returns a function that runs a batch."""
    print(config.name, flush=True)
    prepare.export(config.name, "random", path)
    images = np.zeros([BATCH, config.image_size, config.image_size, 3], np.float32)
    return functools.partial(module_peer.hub_module(path).run, images)


def _cost(config):
    cost = dataclasses.asdict(stages.cost(config))
    return dict(cost, image_size=config.image_size)


if __name__ == "__main__":
    main()
