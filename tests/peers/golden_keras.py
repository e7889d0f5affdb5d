"""Writes the golden logits of Keras, in the environment of one of its versions."""

from __future__ import annotations

import os
import tempfile

import golden_cases
import h5py
import keras
import keras_models
import numpy as np
import weights_by_name
from keras.src.applications import efficientnet


def main() -> None:
    case = golden_cases.KERAS[keras.__version__[0]]
    golden_cases.write({case: _measure(case)})
    if keras.__version__.startswith("3"):
        keras.backend.clear_session()  # It numbers layers from 1 again.
        classes = golden_cases.EXAMPLE_CLASSES
        model = keras.applications.EfficientNetB0(weights=None, classes=classes)
        stored = _store(keras_models.fill(model), case.form)
        golden_cases.write_example("flowers." + case.form, stored)


def _measure(case: golden_cases.Case) -> golden_cases.Golden:
    size = (golden_cases.IMAGES["height"], golden_cases.IMAGES["width"])
    # EfficientNetB0 is this function with other numbers.
    model = efficientnet.EfficientNet(
        golden_cases.WIDTH,
        golden_cases.DEPTH,
        size[0],
        weights=None,
        input_shape=(*size, 3),
        classes=golden_cases.CLASSES,
    )
    inputs = 255 * weights_by_name.images(**golden_cases.IMAGES)
    keras_models.set_normalization(model, (0.485, 0.456, 0.406), (0.05, 0.06, 0.07))
    scales = keras_models.scale(keras_models.fill(model), inputs)
    return _store(model, case.form)._replace(
        version=keras.__version__,
        logits=keras_models.run(model, inputs),
        scales=scales,
    )


def _store(model: keras.Model, form: str) -> golden_cases.Golden:
    """Returns what is stored about a model's file, without logits."""
    names = {
        np.asarray(weight).tobytes(): keras_models.name_of(weight)
        for weight in model.weights
        if not keras_models.is_of_normalization(weight)
    }
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model." + form)
        model.save_weights(path)
        arrays, attributes = _describe(path, names)
    return golden_cases.Golden(arrays=arrays, attributes=attributes)


def _describe(path: str, names: dict[bytes, str]) -> tuple[list[dict], dict]:
    """Returns what is stored about a file: its arrays, and its attributes.

    Args:
      path: the file.
      names: the name of each weight by its value, since no two are equal.
    """
    arrays, attributes = [], {}

    def visit(place: str, item) -> None:
        found = {key: _to_json(value) for key, value in item.attrs.items()}
        if found:
            attributes[place] = found
        if isinstance(item, h5py.Dataset):
            array = np.asarray(item)
            name = names.get(array.tobytes())
            arrays.append(golden_cases.describe_array(place, array, name))

    with h5py.File(path, "r") as file:
        visit("/", file)
        file.visititems(visit)
    return arrays, attributes


def _to_json(value):
    """Returns an attribute as text, or as a list of texts."""
    if isinstance(value, np.ndarray):
        return [_to_json(each) for each in value]
    return value.decode() if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
