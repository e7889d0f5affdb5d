"""Measures the images per second of an evaluation, and of the network alone.

The evaluation reads JPEG photographs of about 0.3 megapixels in threads, as
`efficientnet-hub evaluate` does. The network alone has its images in memory. Both run
alternately in one process. The goal is 0.95 of the speed of the network alone.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
import paired
import part
import prepare
import results

import photographs
from efficientnet_hub.evaluation import options, resizes
from efficientnet_hub.export import classifier, image_outputs
from efficientnet_hub.photographs import decoding, read_ahead

MODELS = ("efficientnet-b0", "efficientnet-b2")
_BATCHES_A_TURN = 4
# After these, all that is read ahead was read beside the network.
_BATCHES_AHEAD = 3
_MANY = 10**6  # Files: a pipeline must not end.


def main():
    """Measures, prints the ratios, and writes the results."""
    arguments = part.arguments(__doc__)
    measured = {
        model: _measure(arguments.work, model, arguments.rounds or 10)
        for model in MODELS
    }
    for model, resized in measured.items():
        for name, seconds in resized.items():
            ratio = paired.ratio(seconds["network"], seconds["evaluation"])
            print(f"{model} {name}: {ratio.median:.3f} of the network alone")
    results.write(arguments.output, "evaluation", {"seconds": measured})


def _measure(work, model, rounds):
    path = part.module(work, "random-" + model)
    prepare.export(model, "random", path)
    with classifier.open_classifier(path) as network:
        return {
            name: _measure_resize(network, name, rounds) for name in options.RESIZES
        }


def _measure_resize(network, name, rounds):
    size = network.image_size
    batch = read_ahead.choose_batch(*size)
    resize = resizes.make(name, *size)
    read = functools.partial(_read, resize=resize)
    files = list(itertools.islice(itertools.cycle(photographs.paths()), _MANY))
    in_memory = np.stack([read(path) for path in files[:batch]])
    batches = image_outputs.compute_batches(files, read, network.compute_logits, batch)
    turns = {
        "network": paired.timed(
            lambda: network.compute_logits(in_memory), runs=_BATCHES_A_TURN
        ),
        "evaluation": paired.timed(
            lambda: next(batches),
            runs=_BATCHES_A_TURN,
            untimed=_BATCHES_AHEAD,
        ),
    }
    measured = paired.in_turns(turns, rounds)
    batches.close()
    return measured


def _read(path, resize):
    return resize(decoding.read_pixels(path))


if __name__ == "__main__":
    main()
