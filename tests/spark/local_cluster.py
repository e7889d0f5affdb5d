"""Embeds images on a local cluster of Spark, and kills an executor in the middle.

python local_cluster.py MODULE IMAGES OUTPUT
"""

from __future__ import annotations

import json
import os
import pathlib
import signal
import sys
import threading
import time

from pyspark import sql

from efficientnet_hub import spark

_MASTER = "local-cluster[2,1,1024]"
_FILES_A_TASK = 10
_FILE_COST = 2**16


def main(module: str, images: str, output: str) -> None:
    """Writes the rows as JSON, and what was killed when."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master(_MASTER)
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "OFF")
        .config("spark.sql.files.openCostInBytes", _FILE_COST)
        .config("spark.sql.files.maxPartitionBytes", _FILES_A_TASK * _FILE_COST)
        .getOrCreate()
    )
    dataframe = session.read.format("binaryFile").load(images)
    result = spark.embed_images(dataframe, module, f"file:{images}/", batch=1)
    killed: dict[str, int] = {}
    killer = threading.Thread(target=_kill, args=(session.sparkContext, killed))
    killer.start()
    rows = [row.asDict() for row in result.collect()]
    killer.join()
    session.stop()
    with open(output, "w", encoding="utf-8") as file:
        json.dump({"rows": rows, "killed": killed}, file)


def _kill(context, killed: dict[str, int]) -> None:
    """Kills an executor when a task is done, and notes how many were done."""
    tracker = context.statusTracker()
    while True:
        for stage in map(tracker.getStageInfo, tracker.getActiveStageIds()):
            if stage is not None and stage.numCompletedTasks:
                executor = _list_executors(context.applicationId)[0]
                os.kill(executor, signal.SIGKILL)
                killed.update(done=stage.numCompletedTasks, tasks=stage.numTasks)
                return
        time.sleep(0.01)


def _list_executors(application: str) -> list[int]:
    """Returns the processes of the executors of this application alone."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:  # It ended.
            continue
        is_executor = any(word.endswith(b"ExecutorBackend") for word in words)
        if is_executor and application.encode() in words:
            found.append(int(path.parent.name))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
