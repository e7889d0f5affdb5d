"""A program ends with its exit status although a worker's training still runs."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The calls release Python's lock, as the steps of a training do.
_LEAVES_A_TRAINING = """
import sys
from efficientnet_hub.export import fast_import
from efficientnet_hub.export.commands import inspect, main
from efficientnet_hub.finetuning import worker_end

def train():
    import tensorflow as tf

    while True:
        tf.io.gfile.exists("/")

def run(arguments):
    fast_import.tensorflow()
    for _ in range(4):
        worker_end.train_until_end(train, lambda: True)
    print("left")
    return int(arguments.module)

worker_end._SECONDS_BETWEEN_LOOKS = worker_end._SECONDS_TO_END = 0.05
inspect.run = run
sys.argv = ["efficientnet-hub", "inspect", sys.argv[1]]
main.run()
"""


@pytest.mark.parametrize("status", [0, 2])
def test_a_training_that_is_left_does_not_abort_the_program(status):
    finished = subprocess.run(
        [sys.executable, "-c", _LEAVES_A_TRAINING, str(status)],
        capture_output=True,
        text=True,
    )

    found = (finished.returncode, finished.stdout, finished.stderr)
    assert found == (status, "left\n", "")
