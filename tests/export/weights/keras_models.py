"""Models of Keras with random weights, and our network with the weights of a file."""

from __future__ import annotations

import dataclasses
import functools
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from efficientnet_hub import errors
from efficientnet_hub.efficientnet import config as config_lib
from efficientnet_hub.efficientnet import network as network_lib
from efficientnet_hub.export.weights import keras_source

# What `normalize` of a test sets: of RGB values in [0, 1].
MEAN, VARIANCE = (0.4, 0.5, 0.6), (0.04, 0.05, 0.06)

# The stages of the small network.
STAGES = (
    config_lib.StageConfig(1, 3, 1, 1, 8),
    config_lib.StageConfig(2, 5, 2, 6, 8),
)
TINY = config_lib.get_config(
    "efficientnet-b0",
    stages=STAGES,
    stem_filters=8,
    head_filters=16,
    image_size=32,
    num_classes=7,
)


def build_small(**options):
    """Returns a model of Keras Applications with the layers of TINY.

    Skips the test where Keras is not that of TensorFlow 2.15.
    """
    keras = pytest.importorskip("keras")
    if not keras.__version__.startswith("2.15"):
        pytest.skip("other versions of Keras are tested by golden files")
    from keras.src.applications import efficientnet

    return efficientnet.EfficientNet(
        **{
            "width_coefficient": 1 / 80,  # 1280 to 16; the depth_divisor does the rest.
            "depth_coefficient": 1.0,
            "default_size": 32,
            "blocks_args": _block_arguments(),
            "weights": None,
            "input_shape": (32, 32, 3),
            **options,
        }
    )


def _block_arguments() -> list[dict]:
    rows = []
    filters = 8
    for stage in STAGES:
        rows.append(
            {
                "kernel_size": stage.kernel_size,
                "repeats": stage.repeats,
                "filters_in": filters,
                "filters_out": stage.output_filters,
                "expand_ratio": stage.expansion,
                "id_skip": True,
                "strides": stage.stride,
                "se_ratio": 0.25,
            }
        )
        filters = stage.output_filters
    return rows


def randomize(model, gain: float = 6) -> None:
    """Gives a model random weights, and batch normalizations random statistics.

    Args:
      model: a model or a layer.
      gain: how much a layer amplifies. Small networks have few layers, which must make
        the outputs of different images differ.
    """
    random = np.random.RandomState(0)
    for variable in model.weights:
        name = variable.name.split(":")[0].rsplit("/")[-1]
        noise = random.randn(*variable.shape)
        if name == "gamma":
            variable.assign(1 + 0.1 * noise)
        elif name in ("beta", "moving_mean", "bias"):
            variable.assign(0.1 * noise)
        elif name == "moving_variance":
            variable.assign(1 + 0.5 * np.abs(noise))
        elif name.endswith("kernel"):
            fan_in = np.prod(variable.shape[:-1])
            if name == "depthwise_kernel":
                fan_in = np.prod(variable.shape[:2])
            variable.assign(noise * np.sqrt(gain / fan_in))


def set_normalization(model, mean, variance) -> None:
    """Sets what the layer Normalization of a model computes with."""
    (layer,) = (
        layer for layer in model.layers if type(layer).__name__ == "Normalization"
    )
    layer.adapt_mean.assign(mean)
    layer.adapt_variance.assign(variance)
    layer.finalize_state()


def draw_pixels(size: int, count: int = 4) -> np.ndarray:
    """Returns random images, float32 with integers in [0, 255]."""
    random = np.random.RandomState(1)
    # Images that differ: each has four areas of one color, and noise.
    half = -(-size // 2)
    areas = random.rand(count, 2, 2, 3).repeat(half, 1).repeat(half, 2)
    mixed = 0.8 * areas[:, :size, :size] + 0.2 * random.rand(count, size, size, 3)
    return np.floor(mixed * 255.99).astype(np.float32)


def configure(opened, network=TINY):
    """Returns the configuration of the network that a source describes."""
    facts = opened.facts
    return dataclasses.replace(
        network,
        padding=facts.padding,
        preprocessing=facts.preprocessing,
        num_classes=facts.num_classes,
        batch_norm_epsilon=facts.batch_norm_epsilon,
    )


def compute_logits(path, pixels: np.ndarray, network=TINY) -> np.ndarray:
    """Returns what our network computes with the weights of a file.

    Those are logits, or pooled features of a network without classifier.
    """
    opened = open_file(path, network)
    config = configure(opened, network)
    run, expected = _build_ours(config)
    weights = opened.read(config, expected, new_classifier=False)
    return run(weights.values, pixels / 255)


@functools.lru_cache(maxsize=None)
def _build_ours(config: config_lib.NetworkConfig):
    """Returns a function of values and images, and the shapes of the values."""
    v1 = tf.compat.v1
    graph = tf.Graph()
    session = v1.Session(graph=graph)
    with graph.as_default():
        placeholder = v1.placeholder(tf.float32, [None, None, None, 3])
        logits, endpoints = network_lib.build_model(placeholder, config, training=False)
        output = endpoints["pooled_features"] if logits is None else logits
        variables = {v.op.name: v for v in v1.global_variables()}

    def run(values, images) -> np.ndarray:
        with graph.as_default(), session.as_default():
            for name, value in values.items():
                variables[name].load(value, session)
        return session.run(output, {placeholder: images})

    return run, {name: v.shape.as_list() for name, v in variables.items()}


def shapes_of(config: config_lib.NetworkConfig) -> dict[str, list[int]]:
    """Returns the shape of each variable of our network by name."""
    return _build_ours(config)[1]


def relative_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Returns the greatest difference in standard deviations of what is expected."""
    assert found.shape == expected.shape
    # The images have different outputs.
    assert np.std(expected, axis=0).mean() > 0.01 * np.std(expected)
    return float(np.max(np.abs(found - expected)) / np.std(expected))


def save(model, path: pathlib.Path) -> str:
    """Saves a model whose file is named 'whole...', or else its weights."""
    write = model.save if path.name.startswith("whole") else model.save_weights
    write(str(path))
    return str(path)


def open_file(path, network=TINY) -> keras_source.KerasSource:
    return keras_source.open_source(str(path), network)


def refusal(path, network=TINY) -> str:
    """Returns the message of the error that reading a file raises."""
    with pytest.raises(errors.InputError) as refused:
        compute_logits(path, draw_pixels(32), network)
    return str(refused.value)


def check(model, path) -> None:
    """Checks that our network computes what a model does."""
    pixels = draw_pixels(32)
    expected = model(pixels, training=False).numpy()

    found = compute_logits(path, pixels)

    assert relative_difference(found, expected) < 1e-5


def build_functional(base):
    """Returns a model around a network without top."""
    images = tf.keras.Input([32, 32, 3])
    features = tf.keras.layers.GlobalAveragePooling2D()(base(images, training=False))
    return tf.keras.Model(images, tf.keras.layers.Dense(5, name="flowers")(features))


def finish(model):
    """Gives the layers after the network random weights."""
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.Dense):
            randomize(layer)
    return model
