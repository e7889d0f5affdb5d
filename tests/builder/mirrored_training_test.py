"""`model_fn` in two processes that each train with half of the batch."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.tests import cluster
from efficientnet_hub.tests.builder import mirrored_training

# These tests take one to two minutes.
pytestmark = pytest.mark.slow

_SYNCHRONIZED = {"synchronized_batch_norm": True}


class _Run:
    """What a training left in its folder."""

    def __init__(self, model_dir: pathlib.Path):
        self._model_dir = model_dir

    def losses(self) -> np.ndarray:
        losses = [
            value.simple_value
            for events in self._model_dir.glob("events.*")
            for event in tf.train.summary_iterator(str(events))
            for value in event.summary.value
            if value.tag == "loss"
        ]
        assert len(losses) == mirrored_training.STEPS
        return np.array(losses)

    def variables(self, step: int = mirrored_training.STEPS) -> dict:
        prefix = str(self._model_dir / f"model.ckpt-{step}")
        return {
            name: tf.train.load_variable(prefix, name)
            for name, _ in tf.train.list_variables(prefix)
        }


def _command(model_dir: pathlib.Path, batch: int, params: dict, *more: str) -> list:
    module = "efficientnet_hub.tests.builder.mirrored_training"
    command = [sys.executable, "-m", module, str(model_dir), str(batch)]
    return command + [json.dumps(params), *more]


def _alone(folder: pathlib.Path, *more: str) -> _Run:
    command = _command(folder / "trained", 16, {"moving_average_decay": 0.9}, *more)
    subprocess.run(command, env=dict(os.environ, CUDA_VISIBLE_DEVICES=""), check=True)
    return _Run(folder / "trained")


def _by_two(folder: pathlib.Path, params: dict) -> _Run:
    params = dict(params, moving_average_decay=0.9)
    command = _command(folder / "trained", 8, params)
    processes = cluster.Cluster(command, {"worker": 2}, folder)
    try:
        for index in range(2):
            processes.begin("worker", index)
        for index in range(2):
            processes.end("worker", index)
    finally:
        processes.kill_all()
    return _Run(folder / "trained")


@pytest.fixture(scope="module", name="alone")
def _alone_once(tmp_path_factory) -> _Run:
    return _alone(tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module", name="synchronized")
def _synchronized(tmp_path_factory) -> _Run:
    return _by_two(tmp_path_factory.mktemp("synchronized"), _SYNCHRONIZED)


@pytest.fixture(scope="module", name="unsynchronized")
def _unsynchronized(tmp_path_factory) -> _Run:
    return _by_two(tmp_path_factory.mktemp("unsynchronized"), {})


def test_synchronized_training_is_that_of_the_whole_batch(
    alone, synchronized, tmp_path
):
    # The images of each batch are reversed: only rounding differs.
    noise = np.abs(_alone(tmp_path, "reversed").losses() - alone.losses()).max()
    difference = np.abs(synchronized.losses() - alone.losses()).max()

    assert 0 < noise < 1e-4
    assert difference < 20 * noise


def test_synchronized_training_ends_with_the_same_variables(alone, synchronized):
    expected, found = alone.variables(), synchronized.variables()

    assert sorted(found) == sorted(expected)
    assert any(name.endswith("/ExponentialMovingAverage") for name in expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4, atol=1e-5)


def test_without_synchronization_the_training_differs(
    alone, synchronized, unsynchronized
):
    synchronized_by = np.abs(synchronized.losses() - alone.losses())
    unsynchronized_by = np.abs(unsynchronized.losses() - alone.losses())

    assert unsynchronized_by.mean() > 100 * synchronized_by.mean()
    # The numbers in docs/fine-tuning.md; `pytest -s` shows them.
    for name, by in (("", synchronized_by), ("un", unsynchronized_by)):
        print(f"{name}synchronized: {by.mean():.1e}, at most {by.max():.1e}")
    print(f"of a loss of {alone.losses().mean():.2f}")


def test_without_synchronization_the_mean_of_the_averages_is_saved(
    alone, unsynchronized
):
    # The stem's convolution sees the same images in the first step.
    name = "efficientnet-b0/stem/tpu_batch_normalization/moving_mean"

    np.testing.assert_allclose(
        unsynchronized.variables(1)[name],
        alone.variables(1)[name],
        rtol=1e-5,
        atol=1e-7,
    )
