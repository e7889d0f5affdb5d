"""Exports a module from TF1 programs, in each of the ways that there are.

Run in a builder's environment with `hub.Module`.
"""

import argparse
import glob
import os
import shutil

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub

from efficientnet_hub.builder import module_spec

_BIAS = "/head/dense/bias"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="an efficientnet-lite0")
    parser.add_argument("folder", help="where to write")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    os.makedirs(arguments.folder)
    spec = module_spec.create_module_spec("efficientnet-lite0")
    export(arguments.module, os.path.join(arguments.folder, "exported"), 1.0)
    export_latest(arguments.module, os.path.join(arguments.folder, "latest"))
    export(spec, os.path.join(arguments.folder, "exported-spec"), 1.0)


def export(module_or_spec, path, bias):
    """Exports a classification module by itself, as a program does that trained it.

    Args:
      module_or_spec: the module.
      path: where to export to.
      bias: what the program sets the classifier's bias to.
    """
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(module_or_spec, trainable=True)
        session.run(tf.global_variables_initializer())
        (variable,) = (
            variable
            for name, variable in module.variable_map.items()
            if name.endswith(_BIAS)
        )
        session.run(variable.assign(tf.broadcast_to(bias, variable.shape)))
        module.export(path, session)


def export_latest(path_of_module, path):
    """Exports a classification module by an Estimator that takes a step of training."""

    def model_fn(features, labels, mode):
        training = mode == tf.estimator.ModeKeys.TRAIN
        tags = {"train"} if training else None
        module = hub.Module(path_of_module, trainable=True, tags=tags, name="module")
        hub.register_module_for_export(module, "module")
        logits = module(features["images"])
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tf.estimator.EstimatorSpec(mode, predictions=logits)
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            train_op = optimizer.minimize(loss, tf.train.get_or_create_global_step())
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    def input_fn():
        images = np.random.RandomState(0).uniform(size=[4, 64, 64, 3])
        data = ({"images": images.astype(np.float32)}, np.array([0, 1, 2, 0]))
        return tf.data.Dataset.from_tensors(data).repeat()

    def serving_input_fn():
        images = {"images": tf.placeholder(tf.float32, [None, 160, 160, 3])}
        return tf.estimator.export.ServingInputReceiver(images, images)

    training = path + ".training"
    latest = hub.LatestModuleExporter("exports", serving_input_fn)
    tf.estimator.train_and_evaluate(
        tf.estimator.Estimator(model_fn, training),
        tf.estimator.TrainSpec(input_fn, max_steps=1),
        tf.estimator.EvalSpec(input_fn, steps=1, exporters=[latest]),
    )
    (exported,) = glob.glob(os.path.join(training, "export", "exports", "*", "module"))
    shutil.move(exported, path)


if __name__ == "__main__":
    main()
