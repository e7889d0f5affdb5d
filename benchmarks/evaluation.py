"""Measures the images per second of an evaluation, and of the network alone.

The evaluation reads JPEG photographs of about 0.3 megapixels in threads, as
`efficientnet-hub evaluate` does. The network alone has its images in memory, and
computes one batch after the other, of as many images as the evaluation has in a batch
or of 32, whichever is faster. They run alternately in one process. The goal is 0.95 of
the speed of the network alone.
"""

from __future__ import annotations

import functools
import itertools
import time

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
_BATCHES_A_TURN = 12
_LARGE_BATCH = 32


def main():
    """Measures, prints the ratios, and writes the results."""
    arguments = part.arguments(__doc__)
    measured = {
        model: _measure(arguments.work, model, arguments.rounds or 10)
        for model in MODELS
    }
    for model, resized in measured.items():
        for name, rates in resized.items():
            ratio = paired.ratio(rates["evaluation"], rates["network"])
            print(f"{model} {name}: {ratio.median:.3f} of the network alone")
    results.write(arguments.output, "evaluation", {"rates": measured})


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
    files = list(
        itertools.islice(itertools.cycle(photographs.paths()), batch * _BATCHES_A_TURN)
    )
    in_memory = np.stack([read(path) for path in files[:_LARGE_BATCH]])
    turns = {
        "network": lambda: _measure_network(network, in_memory[:batch], len(files)),
        "large": lambda: _measure_network(network, in_memory, len(files)),
        "evaluation": lambda: _measure_evaluation(network, files, read, batch),
    }
    rates = paired.in_turns(turns, rounds)
    rates["network"] = list(map(max, rates["network"], rates.pop("large")))
    return rates


def _measure_network(network, images, count):
    """Returns images per second."""
    runs = max(1, count // len(images))
    seconds = paired.timed(lambda: network.compute_logits(images), runs)()
    return len(images) / seconds


def _measure_evaluation(network, files, read, batch):
    """Returns images per second."""
    start = time.perf_counter()
    for _ in image_outputs.compute_batches(files, read, network.compute_logits, batch):
        pass
    return len(files) / (time.perf_counter() - start)


def _read(path, resize):
    return resize(decoding.read_pixels(path))


if __name__ == "__main__":
    main()
