"""A TF1 program that fine-tunes a module and keeps a checkpoint of it.

`republish_checkpoint.py` exports that checkpoint as a module again.
"""

import os

import fine_tuning
import numpy as np
import tensorflow
import tensorflow_hub as hub

tf = tensorflow.compat.v1

STEPS = 3


def test_checkpoint_serves_evaluation(modules, photographs, checkpoints):
    prefix = os.path.join(checkpoints, "model.ckpt")
    with tf.Graph().as_default(), tf.Session() as session:
        program = fine_tuning.Program(modules + "/b0", photographs, lambda x: x)
        session.run(tf.global_variables_initializer())
        for _ in range(STEPS):
            session.run(program.train_op)
        tf.train.Saver().save(session, prefix)

    with tf.Graph().as_default(), tf.Session() as session:
        logits = hub.Module(modules + "/b0", name="module")(photographs)
        tf.train.Saver().restore(session, prefix)
        evaluated = session.run(logits)

    assert np.isfinite(evaluated).all()
    np.save(os.path.join(checkpoints, "logits.npy"), evaluated)
