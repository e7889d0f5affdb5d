"""Measures the images per second of an evaluation, and of the network alone.

The evaluation reads JPEG photographs of about 0.3 megapixels in threads, as
`efficientnet-hub evaluate` does. The network alone has its images in memory, and
computes one batch after the other, of as many images as the evaluation has in a batch
or of 32, whichever is faster. They run alternately in one process. The goal is 0.95 of
the speed of the network alone.
"""

from __future__ import annotations

import functools

import image_rates
import paired
import part
import prepare
import results

import photographs
from efficientnet_hub.evaluation import options, resizes
from efficientnet_hub.export.classification import classifier
from efficientnet_hub.export.execution import image_outputs
from efficientnet_hub.photographs import image_files, read_ahead

MODELS = ("efficientnet-b0", "efficientnet-b2")


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
    read = functools.partial(_read, decode=resizes.make_reader(name, *size))
    paths = photographs.paths()

    def start(files):
        return image_outputs.compute_batches(files, read, network.compute_logits, batch)

    return image_rates.compare(
        network.compute_logits,
        [read(path) for path in paths],
        batch,
        {"evaluation": (start, paths)},
        rounds,
    )


def _read(path, decode):
    return decode(image_files.read(path), path)


if __name__ == "__main__":
    main()
