"""Measures how mistakes in reading images change what a module predicts.

    python examples/compare_inputs.py modules/efficientnet-lite0 [MODULE ...]

The modules must be ImageNet-trained classifiers. The photographs are part of
matplotlib, scikit-image and scikit-learn, and their classes are known. The program
prints a table in Markdown.
"""

import argparse
import os

import matplotlib
import numpy as np
import skimage
import sklearn.datasets
import tensorflow.compat.v1 as tf
import tensorflow_hub as hub
from PIL import Image

_SKIMAGE = os.path.join(os.path.dirname(skimage.__file__), "data")
_SKLEARN = os.path.join(os.path.dirname(sklearn.datasets.__file__), "images")
_MATPLOTLIB = os.path.join(matplotlib.get_data_path(), "sample_data")
PHOTOGRAPHS = {
    os.path.join(_MATPLOTLIB, "grace_hopper.jpg"): 652,  # military uniform
    os.path.join(_SKIMAGE, "camera.png"): 872,  # tripod
    os.path.join(_SKIMAGE, "chelsea.png"): 285,  # Egyptian cat
    os.path.join(_SKIMAGE, "coffee.png"): 967,  # espresso
    os.path.join(_SKLEARN, "china.jpg"): 698,  # palace
}
# Of R, G and B, as in torchvision.
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
# Of the publisher's evaluation: what is cut off, in pixels of the resized image.
_PADDING = 32


def squash(image, size, method=Image.BICUBIC):
    """Returns an image resized as a whole, float32 [size, size, 3] in [0, 1]."""
    return np.asarray(image.resize((size, size), method), np.float32) / 255


def crop_center(image, size):
    """Returns the center of an image as in the publisher's evaluation."""
    side = int(size / (size + _PADDING) * min(image.size))
    left, top = ((length - side + 1) // 2 for length in image.size)
    return squash(image.crop((left, top, left + side, top + side)), size)


def resize_without_antialiasing(image, size):
    """Returns an image as `tf.image.resize_images` resizes it by default."""
    pixels = np.asarray(image, np.float32) / 255
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(tf.image.resize_images(pixels, [size, size]))


# Each reads a PIL image for a module that expects `size` pixels.
READERS = {
    "none: RGB in [0, 1], resized as a whole (bicubic)": squash,
    "values in [0, 255]": lambda image, size: squash(image, size) * 255,
    "values in [-1, 1]": lambda image, size: squash(image, size) * 2 - 1,
    "normalized by mean and deviation before the module": lambda image, size: (
        (squash(image, size) - _MEAN) / _DEVIATION
    ),
    "BGR in place of RGB": lambda image, size: squash(image, size)[..., ::-1],
    "center crop of the publisher's evaluation": crop_center,
    "bilinear": lambda image, size: squash(image, size, Image.BILINEAR),
    "bilinear, not antialiased": resize_without_antialiasing,
    "nearest neighbor": lambda image, size: squash(image, size, Image.NEAREST),
    "half the image size": lambda image, size: squash(image, size // 2),
    "twice the image size": lambda image, size: squash(image, size * 2),
    "EXIF orientation ignored: turned by 90 degrees": lambda image, size: squash(
        image.transpose(Image.ROTATE_90), size
    ),
    "upside down": lambda image, size: squash(image.transpose(Image.ROTATE_180), size),
}
# The background class of other models comes first: their classes have 1 added.
OFF_BY_ONE = "labels with a background class: off by one"


def measure(module_path):
    """Returns the probabilities, float32 [photographs, 1000], of each reader."""
    images = [Image.open(path).convert("RGB") for path in PHOTOGRAPHS]
    with tf.Graph().as_default(), tf.Session() as session:
        module = hub.Module(module_path)
        _, size = hub.get_expected_image_size(module)
        batch = tf.placeholder(tf.float32, [None, None, None, 3])
        probabilities = tf.nn.softmax(module(batch))
        session.run(tf.global_variables_initializer())
        return {
            name: session.run(
                probabilities,
                {batch: np.stack([reader(image, size) for image in images])},
            )
            for name, reader in READERS.items()
        }


def format_row(name, probabilities, labels):
    """Returns a row: how many are right, and the mean probability of the class."""
    right = (probabilities.argmax(1) == labels).sum()
    mean = probabilities[np.arange(len(labels)), labels].mean()
    return f"| {name} | {right} of {len(labels)} | {mean:.2f} |"


def main(module_paths):
    """Prints the table."""
    measured = [measure(path) for path in module_paths]
    labels = np.array(list(PHOTOGRAPHS.values()) * len(module_paths))
    print("| mistake | right class | its mean probability |")
    print("| --- | --- | --- |")
    for name in READERS:
        print(
            format_row(name, np.concatenate([each[name] for each in measured]), labels)
        )
    correct = np.concatenate([next(iter(each.values())) for each in measured])
    print(format_row(OFF_BY_ONE, correct, labels + 1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="+", help="modules trained on ImageNet")
    main(parser.parse_args().modules)
