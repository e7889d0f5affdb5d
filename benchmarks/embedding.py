"""Measures the images per second of `embed`, of the network alone, and of Spark.

`embed` reads JPEG photographs of about 0.3 megapixels in threads. The network alone has
its images in memory. Both run alternately in one process; the goal is 0.95 of the speed
of the network alone. Spark runs `embed_images` on as many processors, with a worker
process for each that has loaded the module before; it is compared with `embed` in one
process on the same files. The two do not run at the same time.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import sys
import tempfile
import time

import numpy as np
import paired
import part
import prepare
import results

import photographs
from efficientnet_hub import spark
from efficientnet_hub.embedding import options
from efficientnet_hub.evaluation import resizes
from efficientnet_hub.export import embedder as embedder_lib
from efficientnet_hub.photographs import decoding, image_files

MODELS = ("efficientnet-lite0", "efficientnet-b0", "efficientnet-b2")
_BATCHES_A_TURN = 4
# After these, all that is read ahead was read beside the network.
_BATCHES_AHEAD = 3
_MANY = 10**6  # Files: a pipeline must not end.
_IMAGES_OF_A_JOB = 600
_ROUNDS_OF_SPARK = 3


def main():
    """Measures, prints the ratios, and writes the results."""
    arguments = part.arguments(__doc__)
    rounds = arguments.rounds or 10
    measured = {model: _measure(arguments.work, model, rounds) for model in MODELS}
    for model, found in measured.items():
        ratio = paired.ratio(found["embed"], found["network"])
        jobs = (
            paired.summary(found["spark"]).median
            / paired.summary(found["process"]).median
        )
        print(f"{model}: {ratio.median:.3f} of the network alone, Spark {jobs:.3f}")
    results.write(arguments.output, "embedding", measured)


def _measure(work, model, rounds):
    """Returns samples in images per second, and the bytes of Spark's workers."""
    path = part.module(work, "random-" + model)
    prepare.export(model, "random", path)
    # Spark first: its workers do not share the memory with TensorFlow in this process.
    with tempfile.TemporaryDirectory() as folder:
        files = _copy_photographs(folder)
        measured = _measure_spark(path, folder, min(rounds, _ROUNDS_OF_SPARK))
        with embedder_lib.open_embedder(path, options.Computation()) as embedder:
            measured["process"] = [
                _measure_process(embedder, files)
                for _ in range(min(rounds, _ROUNDS_OF_SPARK))
            ]
            measured.update(_measure_network(embedder, rounds))
    return measured


def _copy_photographs(folder):
    files = []
    for number, path in zip(
        range(_IMAGES_OF_A_JOB), itertools.cycle(photographs.paths())
    ):
        files.append(os.path.join(folder, f"{number:04}.jpg"))
        shutil.copy(path, files[-1])
    return files


def _measure_network(embedder, rounds):
    batch, size = embedder.batch, embedder.facts["image_size"]
    resize = resizes.make(embedder.facts["resize"], *size)
    files = list(itertools.islice(itertools.cycle(photographs.paths()), _MANY))
    in_memory = np.stack([resize(decoding.read_pixels(f)) for f in files[:batch]])
    batches = embedder.embed(files, image_files.read, str)
    turns = {
        "network": paired.timed(lambda: embedder.run(in_memory), _BATCHES_A_TURN),
        "embed": paired.timed(
            lambda: next(batches), _BATCHES_A_TURN, untimed=_BATCHES_AHEAD
        ),
    }
    seconds = paired.in_turns(turns, rounds)
    batches.close()
    return {name: [batch / each for each in found] for name, found in seconds.items()}


def _measure_process(embedder, files):
    start = time.perf_counter()
    for _ in embedder.embed(files, image_files.read, str):
        pass
    return len(files) / (time.perf_counter() - start)


def _measure_spark(path, folder, rounds):
    from pyspark import sql

    cores = len(os.sched_getaffinity(0))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master(f"local[{cores}]")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
        .config("spark.sql.files.openCostInBytes", 2**18)
        .getOrCreate()
    )
    images = session.read.format("binaryFile").load(folder)
    rates = []
    for number in range(-1, rounds):  # The first one loads the module.
        start = time.perf_counter()
        spark.embed_images(images, path).write.format("noop").mode("overwrite").save()
        if number >= 0:
            rates.append(_IMAGES_OF_A_JOB / (time.perf_counter() - start))
    workers = session.sparkContext.parallelize(range(cores), cores)
    peaks = workers.map(lambda _: _peak_bytes()).collect()
    session.stop()
    return {"spark": rates, "worker_bytes": peaks, "cores": cores}


def _peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 2**10


if __name__ == "__main__":
    main()
