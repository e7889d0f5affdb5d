"""Runs frozen programs with a release of tensorflow_hub, and without a network."""

from __future__ import annotations

import os
import pathlib
import subprocess

HANDLE = "https://tfhub.dev/google/efficientnet/b2/classification/1"

# Both have the handle in their source, as a program from the time of tfhub.dev has.
MODULE_PROGRAM = """\
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

print(hub.__version__)
with tf.Graph().as_default(), tf.Session() as session:
    module = hub.Module("https://tfhub.dev/google/efficientnet/b2/classification/1")
    logits = module(tf.zeros([2, 32, 32, 3]))
    session.run(tf.global_variables_initializer())
    print(session.run(logits).shape)
"""
LOAD_PROGRAM = """\
import tensorflow as tf
import tensorflow_hub as hub

print(hub.__version__)
HANDLE = "https://tfhub.dev/google/efficientnet/b2/classification/1"
images = tf.zeros([2, 32, 32, 3])
print(hub.load(HANDLE).signatures["default"](images=images)["default"].shape)
print(hub.KerasLayer(HANDLE)(images).shape)
"""
# Python imports it first in each process.
_NO_NETWORK = """\
import socket

def refuse(*_):
    raise OSError("this process has no network")

socket.socket.connect = socket.getaddrinfo = refuse
"""


def run(
    python: str, packages: str, program: str, cache: str, folder: pathlib.Path
) -> subprocess.CompletedProcess:
    """Runs a program in its own process.

    Args:
      python: the interpreter, which has TensorFlow.
      packages: a folder with a release of tensorflow_hub, or ''.
      program: its source.
      cache: the value of TFHUB_CACHE_DIR.
      folder: an empty folder.
    """
    (folder / "sitecustomize.py").write_text(_NO_NETWORK)
    environment = dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(filter(None, [str(folder), packages])),
        TFHUB_CACHE_DIR=cache,
        CUDA_VISIBLE_DEVICES="",
    )
    return subprocess.run(
        [python, "-c", program], env=environment, capture_output=True, text=True
    )
