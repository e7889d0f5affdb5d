"""Trains an EfficientNet on this machine or, by TF_CONFIG, on many.

    python examples/train_network.py digits trained --steps=100

On many machines TF_CONFIG names those of the cluster, all of them workers, and the one
that the process is. All hold the same weights (MultiWorkerMirroredStrategy): a step is
of --batch images on each. Once more without TF_CONFIG, it evaluates what was trained.
"""

import argparse
import json
import os
import pathlib
import random

import tensorflow.compat.v1 as tf

import efficientnet_hub


def main():
    """Parses the command line, and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", help="a folder with a folder of PNG files a class")
    parser.add_argument("model_dir", help="where checkpoints go")
    parser.add_argument("--module", help="a module of this network to start from")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--image_size", type=int, default=32)
    parser.add_argument(
        "--params", type=json.loads, default={}, help="of efficientnet_hub.model_fn"
    )
    arguments = parser.parse_args()
    classes = sorted(os.listdir(arguments.images))
    params = {"model": "efficientnet-lite0", "num_classes": len(classes)}
    strategy = None
    if os.environ.get("TF_CONFIG"):
        strategy = tf.distribute.experimental.MultiWorkerMirroredStrategy()
    estimator = tf.estimator.Estimator(
        efficientnet_hub.model_fn,
        params=dict(params, **arguments.params),
        config=tf.estimator.RunConfig(
            arguments.model_dir, train_distribute=strategy, save_summary_steps=1
        ),
        warm_start_from=arguments.module and weights_of(arguments.module),
    )

    def input_fn(input_context=None):
        return batches(arguments, classes, input_context)

    result = tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(input_fn, max_steps=arguments.steps),
        tf.estimator.EvalSpec(input_fn, steps=20),
    )
    if strategy is None:
        metrics = (result and result[0]) or estimator.evaluate(input_fn, steps=20)
        print("accuracy {:.3f}".format(metrics["accuracy"]))


def weights_of(module):
    """Returns what restores a module's weights, but those of its classifier."""
    return tf.estimator.WarmStartSettings(
        os.path.join(module, "variables", "variables"),
        # Batch norms' averages too, but no momentum of an optimizer.
        vars_to_warm_start=[r".*(?<!dense)/\w*(kernel|bias|gamma|beta|moving_\w+):0$"],
    )


def batches(arguments, classes, input_context):
    """Returns this process's part of the images, without end, in batches."""
    paths = sorted(map(str, pathlib.Path(arguments.images).glob("*/*.png")))
    random.Random(0).shuffle(paths)  # In the same order in every process.
    labels = [classes.index(os.path.basename(os.path.dirname(path))) for path in paths]
    dataset = tf.data.Dataset.from_tensor_slices((paths, labels)).repeat()
    if input_context is not None:
        dataset = dataset.shard(
            input_context.num_input_pipelines, input_context.input_pipeline_id
        )

    def read(path, label):
        image = tf.image.decode_png(tf.io.read_file(path), channels=3)
        image = tf.image.resize_bilinear([image], [arguments.image_size] * 2)[0]
        return image / 255.0, label

    return dataset.map(read).batch(arguments.batch, drop_remainder=True).prefetch(2)


if __name__ == "__main__":
    main()
