"""Makes random models of Keras Applications, saves them, and runs them.

Needs TensorFlow with one Keras: with Keras 2 also the library `efficientnet`, but not
the package.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import os
import tempfile
from typing import Callable
from unittest import mock

import cases
import keras
import numpy as np
import output_scales
import peer_program
import tensorflow as tf
import weights_by_name

_IS_KERAS_3 = keras.__version__.startswith("3")

_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def main() -> None:
    arguments = peer_program.parse_arguments(__doc__)
    libraries = cases.KERAS_LIBRARIES[keras.__version__[0]]
    selected = cases.select(libraries, arguments.all)
    for _, group in itertools.groupby(selected, lambda case: case[:3] + case[5:6]):
        _write_model(list(group), arguments.work)


def _write_model(group: list[cases.Case], work: str) -> None:
    """Makes the model of some cases, and writes each of its forms and outputs."""
    case = group[0]
    size = case.image_sizes[0]
    pixels = np.load(cases.pixels_path(work, size))
    model = fill(_make(case, size))
    if case.kind == cases.ADAPTED:
        _find_normalization(model).adapt(pixels)
    if case.kind == cases.IMAGENET:
        model = _make_published(case, size, model)
    scale(model, _to_inputs(case.library, pixels))
    outputs = {
        cases.name_size(other): _run_at(case, model, other, work)
        for other in case.image_sizes
    }
    whole = _nest(model) if case.kind == cases.NESTED else model
    version = _find_version(case.library)
    for case in group:
        os.makedirs(os.path.dirname(case.saved_path(work)), exist_ok=True)
        _SAVERS[case.form](whole, case.saved_path(work))
        peer_program.write_outputs(case, work, version, outputs)


def _find_version(library: str) -> str:
    if library == "efficientnet":
        return importlib.metadata.version(library)
    return keras.__version__


# Models.


def _make(case: cases.Case, size: tuple[int, int], **options) -> keras.Model:
    """Makes the model of a case, without the model around it, for images of a size."""
    keras.backend.clear_session()  # It numbers layers from 1 again.
    options = {"weights": None, "input_shape": (*size, 3), **options}
    if case.kind in (cases.NO_TOP, cases.NESTED):
        options.update(include_top=False, pooling="avg")
    if case.kind == cases.TEN_CLASSES:
        options["classes"] = 10
    return getattr(_find_applications(case.library), case.architecture)(**options)


def _find_applications(library: str):
    """Returns the module with the functions that make models."""
    if library != "efficientnet":
        return keras.applications
    import efficientnet.tfkeras

    return efficientnet.tfkeras


def _make_published(
    case: cases.Case, size: tuple[int, int], model: keras.Model
) -> keras.Model:
    """Makes a model as `weights="imagenet"` does, with the weights of another model.

    The file that Keras publishes has deviations in place of variances. The model has a
    layer that divides by their root once more.
    """
    set_normalization(model, _MEAN, _DEVIATION)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "published.weights.h5")
        model.save_weights(path)
        with mock.patch(_find_download(), return_value=path):
            return _make(case, size, weights="imagenet")


def _find_download() -> str:
    """Returns the name of the function that the applications download by."""
    files = "file_utils" if _IS_KERAS_3 else "data_utils"
    return f"keras.src.applications.efficientnet.{files}.get_file"


def _nest(model: keras.Model) -> keras.Model:
    """Returns a user's classifier of flowers around a model."""
    images = keras.Input(model.input_shape[1:])
    features = keras.layers.Dropout(0.3)(model(images))
    flowers = keras.layers.Dense(5, activation="softmax", name="flowers")(features)
    return keras.Model(images, flowers)


def _find_normalization(model: keras.Model) -> keras.layers.Layer:
    (layer,) = [
        each for each in model.layers if isinstance(each, keras.layers.Normalization)
    ]
    return layer


def set_normalization(
    model: keras.Model, mean: tuple[float, ...], variance: tuple[float, ...]
) -> None:
    """Sets the mean and the variance of each channel of pixels in [0, 1]."""
    layer = _find_normalization(model)
    values = layer.get_weights()
    for index, numbers in enumerate((mean, variance)):
        values[index] = np.reshape(numbers, values[index].shape).astype(np.float32)
    layer.set_weights(values)
    layer.finalize_state()


def name_of(weight) -> str:
    """Returns the name of a weight, such as 'stem_conv/kernel', in each Keras."""
    return weight.path if _IS_KERAS_3 else weight.name.partition(":")[0]


def fill(model: keras.Model) -> keras.Model:
    """Sets all weights of a model but those of its normalization, and returns it."""
    for weight in model.weights:
        if not is_of_normalization(weight):
            shape = tuple(weight.shape)
            weight.assign(weights_by_name.array(name_of(weight), shape))
    return model


def is_of_normalization(weight) -> bool:
    """Returns whether a weight is a statistic of pixels."""
    return name_of(weight).rpartition("/")[2] in ("mean", "variance", "count")


def scale(model: keras.Model, images: np.ndarray) -> dict[str, float]:
    """Scales the kernels of a model to images.

    Args:
      model: a functional model.
      images: what it gets.

    Returns:
      The factor of each kernel that was scaled, by its name.
    """
    factors, outputs = {}, {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            outputs[layer.name] = tf.constant(images, tf.float32)
            continue
        inputs = [outputs[name] for name in _list_sources(layer)]
        result = layer(inputs if len(inputs) > 1 else inputs[0])
        # The others, of squeeze-and-excite, have no batch normalization behind them.
        if _is_convolution(layer) and not layer.use_bias:
            factor = output_scales.factor(result.numpy(), 3, inputs[0].shape[-1])
            layer.set_weights([factor * layer.get_weights()[0]])
            factors[name_of(layer.weights[0])] = factor
            result = result * factor
        outputs[layer.name] = result
    return factors


def _list_sources(layer: keras.layers.Layer) -> list[str]:
    """Returns the names of the layers that a layer reads."""
    (node,) = layer._inbound_nodes
    return [
        (parent.operation if _IS_KERAS_3 else parent.layer).name
        for parent in node.parent_nodes
    ]


def _is_convolution(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D))


# Outputs.


def _run_at(
    case: cases.Case, model: keras.Model, size: tuple[int, int], work: str
) -> np.ndarray:
    """Returns the outputs of a model for images of any size."""
    pixels = np.load(cases.pixels_path(work, size))
    if size != tuple(model.input_shape[1:3]):
        # The paddings of a model are those of one image size.
        other = _make(case, size)
        other.set_weights(model.get_weights())
        if case.library != "efficientnet":
            _find_normalization(other).finalize_state()
        model = other
    return run(model, _to_inputs(case.library, pixels))


def run(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """Returns the logits of a model, or its features if it has no classifier."""
    head = model.layers[-1]
    if not isinstance(head, keras.layers.Dense):
        return np.asarray(model(inputs))
    features = keras.Model(model.input, model.layers[-2].output)(inputs)
    kernel, bias = head.get_weights()
    return np.asarray(features) @ kernel + bias  # Without the softmax.


def _to_inputs(library: str, pixels: np.ndarray) -> np.ndarray:
    """Returns what users of a library pass for pixels in [0, 1]."""
    if library == "efficientnet":
        return (pixels - np.float32(_MEAN)) / np.float32(_DEVIATION)
    return 255 * pixels


# Forms.


def _save_weights(model: keras.Model, path: str) -> None:
    model.save_weights(path)


def _save(model: keras.Model, path: str) -> None:
    model.save(path)


_SAVERS: dict[str, Callable[[keras.Model, str], None]] = {
    "h5": _save_weights,
    "weights_h5": _save_weights,
    "tensorflow": _save_weights,
    "whole_h5": _save,
    "keras": _save,
}


if __name__ == "__main__":
    main()
