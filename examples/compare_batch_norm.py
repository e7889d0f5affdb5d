"""Measures what the moving averages of batch normalization mean for a short training.

    python examples/compare_batch_norm.py modules/efficientnet-lite0 [--runs=5]

Trains the whole network of a module to tell five photographs apart by crops of them,
and evaluates it in the inference graph, which uses the moving averages. The photographs
are part of matplotlib, scikit-image and scikit-learn. The program prints a table in
Markdown.
"""

import argparse
import os
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from compare_inputs import PHOTOGRAPHS
from PIL import Image

_SIZE = 96
_BATCH = 16
_LEARNING_RATE = 0.02
_EVALUATED = 200
# Whether the update ops run, and the momentum of the moving averages.
RUNS = {
    "update ops run, momentum 0.9": (True, 0.9),
    "update ops run, momentum 0.99, the default": (True, 0.99),
    "update ops do not run": (False, 0.99),
}


def draw_crops(count, seed):
    """Returns crops, float32 [count, size, size, 3], and their photographs."""
    generator = np.random.RandomState(seed)
    images = [Image.open(path).convert("RGB") for path in PHOTOGRAPHS]
    labels = generator.randint(len(images), size=count)
    crops = []
    for label in labels:
        width, height = images[label].size
        side = generator.randint(min(width, height) // 3, min(width, height))
        left, top = (generator.randint(length - side + 1) for length in (width, height))
        crop = images[label].crop((left, top, left + side, top + side))
        crops.append(np.asarray(crop.resize((_SIZE, _SIZE), Image.BICUBIC)))
    return np.array(crops, np.float32) / 255, labels


def build_logits(module_path, images, momentum, training):
    """Returns the logits of a new classifier for the photographs."""
    module = hub.Module(
        module_path, name="module", trainable=True, tags={"train"} if training else None
    )
    vectors = module(
        {"images": images, "batch_norm_momentum": momentum},
        signature="image_feature_vector_with_bn_hparams",
    )
    return tf.layers.dense(vectors, len(PHOTOGRAPHS), name="classifier")


def train(module_path, runs_updates, momentum, steps, run, checkpoint):
    """Trains the network, and saves it."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(run)
        images = tf.placeholder(tf.float32, [None, _SIZE, _SIZE, 3])
        labels = tf.placeholder(tf.int64, [None])
        logits = build_logits(module_path, images, momentum, training=True)
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        loss += tf.losses.get_regularization_loss()
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) if runs_updates else []
        with tf.control_dependencies(updates):
            global_step = tf.train.get_or_create_global_step()
            rate = tf.train.cosine_decay(_LEARNING_RATE, global_step, steps)
            step = tf.train.MomentumOptimizer(rate, 0.9).minimize(loss, global_step)
        session.run(tf.global_variables_initializer())
        for step_number in range(steps):
            crops, photographs = draw_crops(_BATCH, seed=run * steps + step_number)
            session.run(step, {images: crops, labels: photographs})
        tf.train.Saver().save(session, checkpoint, write_meta_graph=False)


def evaluate(module_path, checkpoint):
    """Returns the accuracy of the inference graph on other crops."""
    crops, photographs = draw_crops(_EVALUATED, seed=2**31)  # No seed of a step.
    with tf.Graph().as_default(), tf.Session() as session:
        images = tf.placeholder(tf.float32, [None, _SIZE, _SIZE, 3])
        logits = build_logits(module_path, images, momentum=0.9, training=False)
        tf.train.Saver().restore(session, checkpoint)
        classes = session.run(logits, {images: crops}).argmax(1)
    return (classes == photographs).mean()


def measure(module_path, runs_updates, momentum, steps, runs):
    """Returns the accuracy of each run."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = os.path.join(folder, "model.ckpt")
        accuracies = []
        for run in range(runs):
            train(module_path, runs_updates, momentum, steps, run, checkpoint)
            accuracies.append(evaluate(module_path, checkpoint))
        return accuracies


def main():
    """Trains for each row of the table, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="a module that was trained on ImageNet")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    print(f"| training of {arguments.steps} steps | lowest accuracy | highest |")
    print("| --- | --- | --- |")
    for name, (runs_updates, momentum) in RUNS.items():
        accuracies = measure(
            arguments.module, runs_updates, momentum, arguments.steps, arguments.runs
        )
        print(f"| {name} | {min(accuracies):.2f} | {max(accuracies):.2f} |", flush=True)


if __name__ == "__main__":
    main()
