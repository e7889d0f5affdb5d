"""Measures the examples of docs/fine-tuning.md: accuracy, time and memory.

    python finetuning.py --module=DIR --images=DIR --work=DIR --output=JSON

Runs the command line three times: in one process with the whole network, in one process
with the classifier only, and in several processes on this machine: a chief, a worker, a
parameter server and an evaluator.
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

import results

_WHOLE = ["--image_size=64", "--epochs=4", "--augmentation=none"]
_FROZEN = ["--image_size=128", "--freeze"]
_ACCURACY = re.compile(r"accuracy on the validation photographs: ([\d.]+)")
_TASKS = ("ps", "worker", "evaluator", "chief")


def main() -> None:
    """Measures all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("module", "images", "work", "output"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    os.makedirs(arguments.work)
    measured = {
        "whole": _alone(arguments, "whole", _WHOLE),
        "frozen": _alone(arguments, "frozen", _FROZEN),
        "cluster": _by_cluster(arguments, "cluster", _WHOLE),
    }
    # Last, because the peak memory of a process starts at that of its parent.
    for name in measured:
        stem = os.path.join(arguments.work, name)
        rate = _rate_of_classifier if name == "frozen" else _rate_of_network
        measured[name]["steps_per_second"] = rate(stem)
    results.write(arguments.output, "finetuning", measured)


def _alone(arguments, name, options):
    environment = {key: v for key, v in os.environ.items() if key != "TF_CONFIG"}
    return _measured(arguments, name, options, [environment])


def _by_cluster(arguments, name, options):
    ports = iter(_free_ports(3))
    cluster = {task: [f"localhost:{next(ports)}"] for task in _TASKS[:2]}
    cluster["chief"] = [f"localhost:{next(ports)}"]
    configs = [
        json.dumps({"cluster": cluster, "task": {"type": task, "index": 0}})
        for task in _TASKS
    ]
    environments = [dict(os.environ, TF_CONFIG=config) for config in configs]
    return _measured(arguments, name, options, environments)


def _measured(arguments, name, options, environments):
    """Runs a process with each environment, until the last process ends."""
    output = os.path.join(arguments.work, name)
    command = [sys.executable, "-m", "efficientnet_hub", "finetune"]
    command += ["--module=" + arguments.module, "--images=" + arguments.images]
    command += ["--output=" + output, *options]
    start = time.perf_counter()
    processes = []
    for number, environment in enumerate(environments):
        with open(f"{output}-{number}.log", "w") as log:
            processes.append(
                subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            )
    status, peak = _ended(processes[-1])
    seconds = time.perf_counter() - start
    with open(f"{output}-{len(processes) - 1}.log") as log:
        printed = log.read()
    if status:
        raise RuntimeError(printed)
    peaks = [peak]
    for process in processes[:-1]:
        # Popen.kill() would reap a process that has ended, and lose its figures.
        os.kill(process.pid, signal.SIGKILL)
        peaks.append(_ended(process)[1])
    return {
        "accuracy": float(_ACCURACY.search(printed).group(1)),
        "seconds": seconds,
        "peak_bytes": peaks,
    }


def _ended(process):
    """Waits for a process; returns its exit status and the peak of its memory."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    return status, usage.ru_maxrss * 1024


def _rate_of_network(stem):
    """Returns the median of the steps per second that TensorFlow reports."""
    import tensorflow.compat.v1 as tf

    rates = [
        value.simple_value
        for events in glob.glob(stem + ".training/events.*")
        for event in tf.train.summary_iterator(events)
        for value in event.summary.value
        if value.tag == "global_step/sec"
    ]
    return statistics.median(rates)


def _rate_of_classifier(stem):
    """Returns steps per second, from the times of the feature and checkpoint files."""
    (features,) = glob.glob(stem + ".training/features-*.npy")
    checkpoint = stem + ".training/head/model.ckpt.index"
    with open(stem + "-0.log") as log:
        steps = int(re.search(r"(\d+) steps of", log.read()).group(1))
    return steps / (os.path.getmtime(checkpoint) - os.path.getmtime(features))


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("localhost", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


if __name__ == "__main__":
    main()
