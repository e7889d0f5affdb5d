"""Writes photographs, and what the networks say of them, for all consumers.

The outputs are those of networks put straight into a graph with `build_model`: no
module is involved. Run in an environment with the package, TensorFlow, matplotlib,
scikit-image and Pillow.
"""

import argparse
import os

import matplotlib
import numpy as np
import skimage
import tensorflow.compat.v1 as tf
from PIL import Image

import efficientnet_hub
from efficientnet_hub.builder import graphs, module_config
from efficientnet_hub.export.weights import loading

_SIZE = 224


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", help="the folder to write to")
    output = parser.parse_args().output
    images = np.stack([_photograph(path) for path in _photograph_paths()])
    b0_logits, b0_features = _outputs("efficientnet-b0", "random", images)
    lite0_logits, _ = _outputs("efficientnet-lite0", "imagenet", images)
    os.makedirs(output)
    np.save(os.path.join(output, "photographs.npy"), images)
    np.savez(
        os.path.join(output, "outputs.npz"),
        **{
            "b0/logits": b0_logits,
            "b0/features": b0_features,
            "lite0/logits": lite0_logits,
        },
    )


def _photograph_paths():
    samples = os.path.join(matplotlib.get_data_path(), "sample_data")
    data = os.path.join(os.path.dirname(skimage.__file__), "data")
    return [
        os.path.join(samples, "grace_hopper.jpg"),
        os.path.join(data, "chelsea.png"),
        os.path.join(data, "coffee.png"),
    ]


def _photograph(path):
    """Reads an image: float32 `[224, 224, 3]` in [0, 1]."""
    with Image.open(path) as image:
        resized = image.convert("RGB").resize((_SIZE, _SIZE), Image.BICUBIC)
    return np.asarray(resized, np.float32) / 255


def _outputs(model, weights, images):
    """Returns logits and pooled features of a network in a graph of its own."""
    values = _weights(model, weights)
    with tf.Graph().as_default(), tf.Session() as session:
        logits, endpoints = efficientnet_hub.build_model(
            tf.constant(images), model, training=False
        )
        session.run(tf.global_variables_initializer())
        for variable in tf.global_variables():
            variable.load(values[variable.op.name], session)
        return session.run([logits, endpoints["pooled_features"]])


def _weights(model, weights):
    """Returns the value of each variable by name."""
    config = module_config.module_config(model)
    shapes = graphs.inference_graphs(config)[0].variable_shapes()
    return loading.load(weights, config.network, shapes, "auto", False).values


if __name__ == "__main__":
    main()
