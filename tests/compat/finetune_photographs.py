"""Fine-tunes a module on photographs in another TensorFlow, and uses the result.

Run in a builder's environment with `hub.Module`.
"""

import argparse
import os
import shutil

import command_line
import numpy as np
import tensorflow.compat.v1 as tf

_CLASSES = ("left", "right")
_COUNT = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="the module to begin with")
    parser.add_argument("folder", help="where to write")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    images = os.path.join(arguments.folder, "images")
    _write_images(images)
    for name, options in (
        ("whole", ["--epochs=2", "--augmentation=crop"]),
        ("frozen", ["--freeze"]),
    ):
        output = os.path.join(arguments.folder, name)
        command_line.run(
            "finetune",
            "--module=" + arguments.module,
            "--images=" + images,
            "--output=" + output,
            "--image_size=64",
            "--batch=4",
            *options,
        )
        command_line.run("verify", "--strict", output)
    _use(output, images)


def _use(module, images):
    """Runs the commands for a finished module, which fail if it is not as expected."""
    command_line.run("evaluate", module, "--images=" + images, "--minimum_top_1=0.8")
    features = module + ".npz"
    command_line.run("embed", module, "--images=" + images, "--output=" + features)
    with np.load(features) as found:
        assert found["features"].shape == (len(_CLASSES) * _COUNT, 1280), found
        assert np.isfinite(found["features"]).all()
    cache, handle = module + ".cache", "https://tfhub.dev/some/module/1"
    command_line.run("install", module, "--handle=" + handle, "--cache_dir=" + cache)
    (installed,) = [each for each in os.listdir(cache) if "." not in each]
    installed = os.path.join(cache, installed)
    command_line.run("compare", module, installed, "--images=" + images)


def _write_images(folder):
    """Writes noisy images that are bright at the side that their class names."""
    generator = np.random.RandomState(0)
    with tf.Graph().as_default(), tf.Session() as session:
        pixels = tf.placeholder(tf.uint8, [64, 64, 3])
        encoded = tf.image.encode_png(pixels)
        for name in _CLASSES:
            os.makedirs(os.path.join(folder, name))
            for number in range(_COUNT):
                image = generator.randint(0, 100, size=[64, 64, 3])
                half = slice(0, 32) if name == "left" else slice(32, 64)
                image[:, half] += 150
                path = os.path.join(folder, name, f"{number}.png")
                with open(path, "wb") as file:
                    file.write(session.run(encoded, {pixels: image.astype(np.uint8)}))


if __name__ == "__main__":
    main()
