"""Exports a SavedModel, and fine-tunes it by `hub.KerasLayer`, in one TensorFlow.

Run in a builder's environment of TensorFlow 2.
"""

import argparse
import subprocess
import sys

import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

try:
    import tf_keras as keras  # Keras 2, since TensorFlow has Keras 3.
except ImportError:
    from tensorflow import keras

_SIZE = 64


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="where to write the module")
    arguments = parser.parse_args()
    _export(arguments.module)
    keras.utils.set_random_seed(0)
    images, labels = _examples()
    layer = hub.KerasLayer(
        arguments.module, trainable=True, arguments={"batch_norm_momentum": 0.8}
    )
    model = keras.Sequential(
        [keras.Input([_SIZE, _SIZE, 3]), layer, keras.layers.Dense(2)]
    )
    model.compile(
        keras.optimizers.SGD(0.005, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    before = _moving_averages(layer)
    history = model.fit(images, labels, batch_size=8, epochs=20, verbose=0).history
    after = _moving_averages(layer)
    loss, accuracy = model.evaluate(images, labels, verbose=0)
    print(f"TensorFlow {tf.__version__}, tensorflow_hub {hub.__version__}")
    print("losses: {}".format(", ".join(f"{each:.3f}" for each in history["loss"])))
    print(f"evaluated: loss {loss:.3f}, accuracy {accuracy:.3f}")
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert not any(map(np.array_equal, before, after))
    # By moving averages that moved along: those of ImageNet would be wrong.
    assert accuracy > 0.9
    assert len(layer.losses) == 1


def _export(module):
    export = (
        "export --model=efficientnet-lite0 --weights=imagenet --task=feature-vector"
    )
    command = export.split() + ["--format=savedmodel", "--overwrite"]
    program = [sys.executable, "-m", "efficientnet_hub"]
    subprocess.check_call(program + command + ["--output=" + module])


def _examples():
    """Returns noisy images that are bright at the side that their label names."""
    generator = np.random.RandomState(0)
    labels = np.arange(32) % 2
    images = 0.4 * generator.uniform(size=[32, _SIZE, _SIZE, 3])
    images[labels == 0, :, : _SIZE // 2] += 0.6
    images[labels == 1, :, _SIZE // 2 :] += 0.6
    return images.astype(np.float32), labels


def _moving_averages(layer):
    return [v.numpy() for v in layer.variables if "moving_" in v.name]


if __name__ == "__main__":
    main()
