"""Measures the images per second of `embed`, of the network alone, and of Spark.

`embed` reads JPEG photographs in threads: those of about 0.3 megapixels, and the same
photographs stored with the size that the module expects. The network alone has its
images in memory. The three run alternately in one process; the goal is 0.95 of the
speed of the network alone. Spark runs `embed_images` on as many processors, with a
worker process for each that has loaded the module before; it is compared with `embed`
in one process on the same files. The two do not run at the same time.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import image_rates
import numpy as np
import paired
import part
import prepare
import results
from PIL import Image

import photographs
from efficientnet_hub import spark
from efficientnet_hub.embedding import options
from efficientnet_hub.evaluation import resizes
from efficientnet_hub.export.embedding import embedder as embedder_lib
from efficientnet_hub.photographs import decoding, image_files

MODELS = ("efficientnet-lite0", "efficientnet-b0", "efficientnet-b2")
_IMAGES_OF_A_JOB = 600
_ROUNDS_OF_SPARK = 3


def main():
    """Measures, prints the ratios, and writes the results."""
    arguments = part.arguments(__doc__)
    rounds = arguments.rounds or 10
    measured = {model: _measure(arguments.work, model, rounds) for model in MODELS}
    for model, found in measured.items():
        ratio = paired.ratio(found["embed"], found["network"])
        stored = paired.ratio(found["stored"], found["network"])
        jobs = (
            paired.summary(found["spark"]).median
            / paired.summary(found["process"]).median
        )
        print(
            f"{model}: {ratio.median:.3f} of the network alone, {stored.median:.3f} "
            f"with stored sizes, Spark {jobs:.3f}"
        )
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
                image_rates.measure(_make_start(embedder), files)
                for _ in range(min(rounds, _ROUNDS_OF_SPARK))
            ]
            measured.update(_measure_network(embedder, rounds))
    return measured


def _copy_photographs(folder):
    files = []
    for number, path in enumerate(
        image_rates.repeat(photographs.paths(), _IMAGES_OF_A_JOB)
    ):
        files.append(os.path.join(folder, f"{number:04}.jpg"))
        shutil.copy(path, files[-1])
    return files


def _measure_network(embedder, rounds):
    size = embedder.facts["image_size"]
    resize = resizes.make(embedder.facts["resize"], *size)
    paths = photographs.paths()
    resized = [decoding.read(path, resize) for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        stored = _store(folder, paths, resized)
        start = _make_start(embedder)
        readers = {"embed": (start, paths), "stored": (start, stored)}
        return image_rates.compare(
            embedder.run, resized, embedder.batch, readers, rounds
        )


def _make_start(embedder):
    return lambda files: embedder.embed(files, image_files.read, str)


def _store(folder, paths, resized):
    """Writes images as JPEG files with their own size, and returns the paths."""
    files = [os.path.join(folder, os.path.basename(path)) for path in paths]
    for file, pixels in zip(files, resized):
        rounded = np.round(255 * pixels).astype(np.uint8)
        Image.fromarray(rounded).save(file, quality=95)
    return files


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
    peaks = _read_peaks()
    session.stop()
    return {"spark": rates, "worker_bytes": peaks, "cores": cores}


def _read_peaks():
    """Returns the most bytes that each of Spark's worker processes had in memory."""
    peaks = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # It may have ended.
            if b"pyspark.daemon" in (process / "cmdline").read_bytes():
                status = (process / "status").read_text()
                peaks.append(int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) * 2**10)
    return peaks


if __name__ == "__main__":
    main()
