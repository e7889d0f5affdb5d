"""Training in a cluster: deleted checkpoints, and evaluations that come late."""

from __future__ import annotations

import json
import pathlib
import types

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub.finetuning import (
    cluster,
    evaluations,
    network_training,
    patience,
    recipes,
)

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


@pytest.mark.slow
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


# The folder names the checkpoint of step 1.
@pytest.mark.parametrize(("steps", "is_early"), [(1, False), (2, True)])
def test_a_training_with_all_steps_did_not_stop_early(
    steps, is_early, training_dir, monkeypatch
):
    history = evaluations.History(str(training_dir))
    for step, accuracy in ((1, 0.9), (2, 0.8)):
        history.add(evaluations.Evaluation(step, step, 9, accuracy, 0.1, None, 0.01))
    guessing = patience.evaluate_guessing([0, 1] * 3)
    chosen = patience.Patience(1, 9, 0, guessing)
    monkeypatch.setattr(recipes, "choose_patience", lambda _: chosen)
    plan = types.SimpleNamespace(training_dir=str(training_dir), steps=steps)

    explained = network_training._explain_early_end(plan)

    assert (explained is not None) == is_early
