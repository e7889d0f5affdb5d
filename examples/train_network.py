"""Trains an EfficientNet on this machine or, with TF_CONFIG, on many machines.

    python examples/train_network.py digits trained --steps=100

On many machines, TF_CONFIG has the addresses of the cluster's workers and the index of
this one. All workers have the same weights (MultiWorkerMirroredStrategy), and each
processes --batch images in a step. To evaluate the trained network, run the program
again without TF_CONFIG.
"""

import argparse
import json
import os
import pathlib
import random

import tensorflow.compat.v1 as tf

import efficientnet_hub

# TensorFlow 1 has no option to leave the graph out of checkpoints. Writing it as text
# takes seconds.
_IS_OLD = tf.__version__.startswith("1.")
_SKIP_GRAPH = {} if _IS_OLD else {"checkpoint_save_graph_def": False}


def main():
    """Parses the command line, trains and evaluates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "images", help="a folder with a folder of PNG files for each class"
    )
    parser.add_argument("model_dir", help="the folder for checkpoints")
    parser.add_argument("--module", help="a module of this network to start from")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--image_size", type=int, default=32)
    parser.add_argument(
        "--params",
        type=json.loads,
        default={},
        help="parameters of efficientnet_hub.model_fn, as JSON",
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
            arguments.model_dir,
            train_distribute=strategy,
            save_summary_steps=1,
            **_SKIP_GRAPH,
        ),
        warm_start_from=arguments.module and make_warm_start(arguments.module),
    )

    def input_fn(input_context=None):
        return make_batches(arguments, classes, input_context)

    result = tf.estimator.train_and_evaluate(
        estimator,
        tf.estimator.TrainSpec(input_fn, max_steps=arguments.steps),
        tf.estimator.EvalSpec(input_fn, steps=20),
    )
    if strategy is None:
        metrics = (result and result[0]) or estimator.evaluate(input_fn, steps=20)
        print(f"accuracy {metrics['accuracy']:.3f}")


def make_warm_start(module):
    """Returns settings that restore a module's weights, except its classifier's."""
    return tf.estimator.WarmStartSettings(
        os.path.join(module, "variables", "variables"),
        # Includes moving averages, excludes the momentum of an optimizer.
        vars_to_warm_start=[r".*(?<!dense)/\w*(kernel|bias|gamma|beta|moving_\w+):0$"],
    )


def make_batches(arguments, classes, input_context):
    """Returns batches of this process's part of the images, repeated forever."""
    paths = sorted(map(str, pathlib.Path(arguments.images).glob("*/*.png")))
    random.Random(0).shuffle(paths)  # The same order in every process.
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
