"""Fixtures that train and export a network that takes a second."""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Iterator

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import saved_model_pb2

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.export import exporter

_NUM_CLASSES = 10  # Of `tiny`.

# A checkpoint of a training program: its path, and each of its values by name.
_Trained = collections.namedtuple("_Trained", "prefix entries")


@pytest.fixture(scope="session")
def shapes(tiny) -> dict[str, list[int]]:
    """The shape of each variable of `tiny` by name."""
    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, None, None, 3])
        network_lib.build_model(images, tiny, training=False)
        return {v.op.name: v.shape.as_list() for v in tf.global_variables()}


@pytest.fixture(scope="session")
def train(tiny, tmp_path_factory):
    """Returns a function that trains `tiny` as the publisher's program does."""

    def _train(optimizer: tf.train.Optimizer) -> _Trained:
        with tf.Graph().as_default(), tf.Session() as session:
            images = tf.random.stateless_uniform([4, 32, 32, 3], [1, 2])
            logits, _ = network_lib.build_model(images, tiny, training=True)
            weights = tf.global_variables()
            loss = tf.losses.sparse_softmax_cross_entropy([1, 2, 3, 4], logits)
            step = tf.train.get_or_create_global_step()
            with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
                train_op = optimizer.minimize(loss, step)
            with tf.control_dependencies([train_op]):
                train_op = tf.train.ExponentialMovingAverage(0.9).apply(weights)
            session.run(tf.global_variables_initializer())
            session.run(train_op)
            folder = tmp_path_factory.mktemp("efficientnet-b0")
            prefix = tf.train.Saver().save(session, str(folder / "model.ckpt"))
        return _Trained(prefix, _entries(prefix))

    return _train


@pytest.fixture(scope="session")
def trained(train) -> _Trained:
    """A checkpoint like the publisher's: values, their averages, RMSProp's slots."""
    return train(tf.train.RMSPropOptimizer(0.01, momentum=0.9))


@pytest.fixture(scope="session")
def entries():
    """Returns a function that reads all entries of a checkpoint, by name."""
    return _entries


def _entries(prefix: str) -> dict[str, np.ndarray]:
    reader = tf.train.load_checkpoint(prefix)
    return {
        name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
    }


@pytest.fixture(scope="session")
def write_checkpoint(tmp_path_factory):
    """Returns a function that writes a checkpoint and returns its prefix."""

    def _write(entries: dict[str, np.ndarray], folder=None, name="model.ckpt") -> str:
        folder = folder or tmp_path_factory.mktemp("checkpoint")
        with tf.Graph().as_default(), tf.Session() as session:
            variables = {key: tf.Variable(value) for key, value in entries.items()}
            session.run(tf.global_variables_initializer())
            saver = tf.train.Saver(variables)
            return saver.save(session, str(folder / name), write_meta_graph=False)

    return _write


@pytest.fixture(scope="module")
def tiny_variant(tiny) -> Iterator[None]:
    """Adds the variant 'efficientnet-tiny' to the table of variants."""
    with pytest.MonkeyPatch.context() as patch:
        name = "efficientnet-tiny"
        variant = config_lib.get_config(tiny, name=name, num_classes=1000)
        patch.setitem(config_lib.VARIANTS, name, variant)
        yield


@pytest.fixture
def saved_model_2(tmp_path) -> str:
    """A directory with an empty SavedModel of TensorFlow 2."""
    saved_model = saved_model_pb2.SavedModel()
    saved_model.meta_graphs.add().object_graph_def.SetInParent()
    folder = tmp_path / "saved_model_2"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    return str(folder)


@pytest.fixture
def export(tiny, tmp_path):
    """Returns a function that exports `tiny`, to `tmp_path / "module"` by default."""

    def _export(weights="random", **options) -> exporter.ExportedModule:
        options.setdefault("output", str(tmp_path / "module"))
        if options.get("task") != "feature-vector" and "labels" not in options:
            options.setdefault("num_classes", _NUM_CLASSES)
        return exporter.export_module(tiny, str(weights), **options)

    return _export


@pytest.fixture
def refusal(export, tmp_path, monkeypatch):
    """Returns a function that gives the message of a refused export.

    It also checks that the export leaves no file.
    """
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    def _refusal(weights="random", **options) -> str:
        output = tmp_path / "new" / "folder" / "module"
        archive = tmp_path / "new" / "archives" / "module.tar.gz"
        options.setdefault("archive", str(archive))
        with pytest.raises(errors.InputError) as caught:
            export(weights, output=str(output), **options)
        assert not (tmp_path / "new").exists()
        assert not list(scratch.iterdir())
        message = str(caught.value)
        assert "\n" not in message
        return message

    return _refusal


@pytest.fixture(scope="session")
def contents():
    """Returns a function that reads all files below a folder, by their paths."""

    def _contents(folder) -> dict[str, bytes]:
        folder = pathlib.Path(str(folder))
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return _contents


@pytest.fixture(scope="session")
def start_python():
    """Returns a function that starts a Python program in a process of its own."""

    def _start(program: str, *arguments: str, **options) -> subprocess.Popen:
        environment = dict(
            os.environ, PYTHONPATH=os.pathsep.join(filter(None, sys.path))
        )
        environment.update(options.pop("environment", {}))
        return subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            **options,
        )

    return _start
