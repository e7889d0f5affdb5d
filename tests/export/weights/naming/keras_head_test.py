"""A batch normalization before a classifier of Keras is folded into it, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from efficientnet_hub import errors
from efficientnet_hub.tests import cases
from efficientnet_hub.tests.export.weights import keras_models

keras = pytest.importorskip("keras")
_CLOSE = 1e-4
_NOTE = "folded the batch normalization before the classifier into it: '"


def _layers(name: str):
    """Returns new layers of a head: the first letters of their classes."""
    make = {
        "p": keras.layers.GlobalAveragePooling2D,
        "b": lambda: keras.layers.BatchNormalization(epsilon=0.01),
        "u": lambda: keras.layers.BatchNormalization(scale=False),
        "d": lambda: keras.layers.Dropout(0.2),
        "r": lambda: keras.layers.Activation("relu"),
        "c": lambda: keras.layers.Dense(5),
        "n": lambda: keras.layers.Dense(5, use_bias=False),
        "m": keras.layers.GlobalMaxPooling2D,
    }
    return [make[each]() for each in name]


def _in_one_graph(base, head: str, **options):
    """The layers of the network are layers of the whole model, as in Keras' example."""
    output = base.output
    for layer in _layers(head):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        output = layer(output, **(options if is_norm else {}))
    return keras.Model(base.input, output)


def _nested(base, head: str):
    inputs = keras.Input([32, 32, 3])
    output = base(keras.layers.RandomFlip()(inputs))
    for layer in _layers(head):
        output = layer(output)
    return keras.Model(inputs, output)


def _sequential(base, head: str):
    model = keras.Sequential([base, *_layers(head)])
    model(np.zeros([1, 32, 32, 3], np.float32))
    return model


def _pooled(base, head: str):
    """The network pools, as with `pooling="avg"`."""
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)
    return _nested(keras.Model(base.input, pooled), head)


def _finish(model):
    """Gives the layers after the network random weights."""
    for layer in model.layers:
        if layer.name.startswith(("dense", "batch_normalization")):
            keras_models.randomize(layer)
    return model


@pytest.mark.parametrize(
    ("build", "head", "form"),
    cases.slow_after(
        2,
        [
            (_in_one_graph, "bpn", "whole.h5"),
            (_sequential, "pbc", "whole.keras"),
            (_in_one_graph, "pbdc", "whole.keras"),
            (_nested, "pdbc", "whole.keras"),
            (_sequential, "pbc", "whole.h5"),
            (_pooled, "bdc", "whole.keras"),
        ],
    ),
)
def test_logits_are_those_of_keras(build, head, form, keras_base, tmp_path):
    model = _finish(build(keras_base, head))
    path = keras_models.save(model, tmp_path / form)
    pixels = keras_models.draw_pixels(32)

    found = keras_models.compute_logits(path, pixels)

    expected = model(pixels, training=False).numpy()
    assert keras_models.relative_difference(found, expected) < _CLOSE
    opened = keras_models.open_file(path)
    assert opened.facts.num_classes == 5
    assert any(note.startswith(_NOTE) for note in opened.notes)


@pytest.mark.parametrize(
    ("head", "form"),
    [
        ("pbrc", "whole.keras"),  # An activation between.
        pytest.param("prbc", "whole.h5", marks=pytest.mark.slow),
        pytest.param("mbc", "whole.keras", marks=pytest.mark.slow),  # Another pooling.
        ("puc", "whole.keras"),  # Without scale.
        pytest.param(
            "pcb", "whole.keras", marks=pytest.mark.slow
        ),  # After the classifier.
        ("pbc", "net.weights.h5"),  # Nothing shows that there is no activation.
        pytest.param("pbc", "net", marks=pytest.mark.slow),
    ],
)
def test_another_head_is_refused(head, form, keras_base, tmp_path):
    model = _finish(_in_one_graph(keras_base, head))
    opened = keras_models.open_file(keras_models.save(model, tmp_path / form))

    assert opened.facts.num_classes is None
    network = keras_models.TINY
    with pytest.raises(errors.InputError, match="layer.*give --new_classifier"):
        opened.read(network, keras_models.shapes_of(network), False)


def test_a_normalization_by_the_batch_is_refused(keras_base, tmp_path):
    model = _finish(_in_one_graph(keras_base, "pbc", training=True))
    path = keras_models.save(model, tmp_path / "whole.keras")

    assert keras_models.open_file(path).facts.num_classes is None
