"""The mean loss of the steps up to a checkpoint is recorded."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from efficientnet_hub import errors
from efficientnet_hub.finetuning import training_losses


def _run(losses, training_dir: str, save_steps: int) -> None:
    """Runs a step for each loss, and saves after some steps."""
    hook = training_losses.LossesHook(lambda: errors.InputError("it diverges"))
    with tf.Graph().as_default():
        step = tf.train.get_or_create_global_step()
        loss = tf.gather(tf.constant(losses, tf.float32), step)
        tf.identity(loss, training_losses.LOSS)
        with tf.control_dependencies([loss]):
            train_op = tf.assign_add(step, 1)
        tf.add_to_collection(tf.GraphKeys.SAVERS, tf.train.Saver())
        saver = tf.train.CheckpointSaverHook(
            training_dir,
            save_steps=save_steps,
            listeners=[training_losses.LossesRecorder(training_dir, hook)],
        )
        with tf.train.SingularMonitoredSession([hook, saver]) as session:
            for _ in losses:
                session.run(train_op)


def test_a_mean_is_that_of_the_steps_since_the_last_checkpoint(tmp_path):
    _run([1.0, 2.0, 3.0, 4.0, 8.0, 0.0], str(tmp_path), save_steps=2)

    def read(step, previous):
        return training_losses.read(str(tmp_path), step, previous)

    assert [read(2, 0), read(4, 2), read(6, 4)] == [1.5, 3.5, 4.0]
    assert read(8, 6) is None


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_ends_the_training(loss, tmp_path):
    with pytest.raises(errors.InputError, match="it diverges"):
        _run([1.0, loss], str(tmp_path), save_steps=2)


def test_a_damaged_record_is_refused(tmp_path):
    (tmp_path / "training_losses.json").write_text('{"2": "low"}')

    with pytest.raises(errors.InputError, match="must be the record of the losses"):
        training_losses.read(str(tmp_path), 2, 0)
