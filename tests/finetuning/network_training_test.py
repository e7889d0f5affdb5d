"""The evaluator of a cluster goes on when the chief deletes a checkpoint."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import cluster, network_training

_STEPS = 4
_CLUSTER = {"chief": ["a:1"], "worker": ["b:1"], "ps": ["c:1"]}


def _read() -> tf.data.Dataset:
    return tf.data.Dataset.from_tensors((np.ones([2, 1], np.float32), np.ones([2, 1])))


def _build_model(features, labels, mode):
    outputs = tf.layers.dense(features, 1)
    loss = tf.losses.mean_squared_error(labels, outputs)
    step = tf.train.get_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train)


def _delete_checkpoint_in_first_call(training_dir: pathlib.Path, step: int):
    """Returns a model function that deletes a checkpoint before it is restored."""

    def build_model(features, labels, mode):
        for path in training_dir.glob(f"model.ckpt-{step}.*"):
            path.unlink()
        named = training_dir / "checkpoint"
        named.write_text(named.read_text().replace(f"-{step}", f"-{_STEPS}"))
        return _build_model(features, labels, mode)

    return build_model


@pytest.fixture(name="training_dir")
def _training_dir(tmp_path) -> pathlib.Path:
    """The folder of a training whose last checkpoint is not the newest one."""
    for steps in (1, _STEPS):
        tf.estimator.Estimator(_build_model, str(tmp_path)).train(
            lambda: _read().repeat(), max_steps=steps
        )
    named = tmp_path / "checkpoint"
    named.write_text(named.read_text().replace(f"-{_STEPS}", "-1", 1))
    return tmp_path


def test_an_evaluator_goes_on_without_a_deleted_checkpoint(training_dir, monkeypatch):
    task = {"type": "evaluator", "index": 0}
    config = json.dumps({"cluster": _CLUSTER, "task": task})
    monkeypatch.setenv("TF_CONFIG", config)
    build_model = _delete_checkpoint_in_first_call(training_dir, step=1)
    evaluated = []

    class Exporter(tf.estimator.Exporter):
        name = "test"

        def export(
            self, estimator, export_path, checkpoint_path, eval_result, *_, **__
        ):
            evaluated.append(int(eval_result["global_step"]))

    network_training._train_and_evaluate(
        tf.estimator.Estimator(build_model, str(training_dir)),
        tf.estimator.TrainSpec(_read, max_steps=_STEPS),
        tf.estimator.EvalSpec(
            _read, exporters=[Exporter()], start_delay_secs=0, throttle_secs=0
        ),
        cluster.read_task(),
    )

    assert evaluated == [_STEPS]
