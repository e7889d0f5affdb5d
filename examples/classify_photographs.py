"""Classifies three photographs, and checks the results.

    python examples/classify_photographs.py modules/efficientnet-lite0

The module must be an ImageNet-trained classifier. The photographs are part of
matplotlib and scikit-image, and their classes are known. Since version 0.16,
tensorflow_hub has no hub.Module; there the package classifies them by hub.load.
"""

import argparse
import os
import sys

import matplotlib
import numpy as np
import skimage
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from PIL import Image, ImageOps

from efficientnet_hub import get_class_names
from efficientnet_hub.export.classification import module_classification

PHOTOGRAPHS = {
    os.path.join(matplotlib.get_data_path(), "sample_data", "grace_hopper.jpg"): 652,
    os.path.join(os.path.dirname(skimage.__file__), "data", "chelsea.png"): 285,
    os.path.join(os.path.dirname(skimage.__file__), "data", "coffee.png"): 967,
}


def read_image(path, height, width):
    """Returns an RGB image, float32 [height, width, 3] with values in [0, 1]."""
    # Phones store portraits sideways, with a tag that says how to turn them.
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    image = image.resize((width, height), Image.BICUBIC)
    return np.asarray(image, np.float32) / 255.0


def classify(module_path):
    """Returns the index, name and probability of the class of each photograph."""
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(module_path)
        height, width = hub.get_expected_image_size(module)
        class_names = get_class_names(module)
        images = tf.placeholder(tf.float32, [None, height, width, 3])
        probabilities = tf.nn.softmax(module(images))
        session.run(tf.global_variables_initializer())
        batch = np.stack([read_image(path, height, width) for path in PHOTOGRAPHS])
        results = session.run(probabilities, {images: batch})
    indices = results.argmax(axis=1)
    return [(i, class_names[i], row[i]) for i, row in zip(indices, results)]


def classify_without_hub_module(module_path):
    """Returns the same as `classify`."""
    paths = list(PHOTOGRAPHS)
    results = module_classification.classify_images(module_path, paths, top=1)
    return [(best.index, best.name, best.probability) for _, (best,) in results]


def main(module_path):
    """Prints the most likely class of each photograph; returns the exit status."""
    if hasattr(hub, "Module"):
        results = classify(module_path)
    else:
        print(
            "classified by hub.load: hub.Module, which tensorflow_hub "
            f"{hub.__version__} does not have, is not checked",
            file=sys.stderr,
        )
        results = classify_without_hub_module(module_path)
    wrong = 0
    for (path, expected), (index, name, probability) in zip(
        PHOTOGRAPHS.items(), results
    ):
        wrong += index != expected
        remark = "" if index == expected else f", expected {expected}"
        file_name = os.path.basename(path)
        print(f"{file_name:<16}  {probability:4.2f}  {name} ({index}){remark}")
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("module", help="a module that was trained on ImageNet")
    sys.exit(main(parser.parse_args().module))
