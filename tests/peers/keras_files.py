"""Writes the golden files of Keras 3 and of the PyPI package efficientnet.

They are small networks with random weights, saved in each form, and what the library
computes of the same images. Run it twice:

    pip install tensorflow==2.21.0 keras==3.15.1
    python tests/peers/keras_files.py keras tests/testdata/weights/keras

    pip install tensorflow==2.15.1 efficientnet==1.1.1
    python tests/peers/keras_files.py efficientnet tests/testdata/weights/keras
"""

from __future__ import annotations

import pathlib
import sys

import numpy as np

_SIZE = 32
_CLASSES = 7
_STEM = 8
_MEAN, _VARIANCE = (0.4, 0.5, 0.6), (0.04, 0.05, 0.06)
# Of the width. All channels are the least that there can be, 8, but 16 at the end.
_WIDTH = 1 / 80
# kernel, repeats, expansion, stride of each stage.
_STAGES = ((3, 1, 1, 1), (5, 2, 6, 2))


def _randomize(model) -> None:
    random = np.random.RandomState(0)
    for variable in model.weights:
        path = getattr(variable, "path", variable.name).split(":")[0]
        name, noise = path.rsplit("/")[-1], random.randn(*variable.shape)
        if name == "gamma":
            variable.assign(1 + 0.1 * noise)
        elif name in ("beta", "moving_mean", "bias"):
            variable.assign(0.1 * noise)
        elif name == "moving_variance":
            variable.assign(1 + 0.5 * np.abs(noise))
        elif name.endswith("kernel"):
            is_depthwise = path.split("/")[-2].endswith("dwconv")
            inputs = variable.shape[:2] if is_depthwise else variable.shape[:-1]
            variable.assign(noise * np.sqrt(6 / np.prod(inputs)))


def _draw_pixels() -> np.ndarray:
    random = np.random.RandomState(1)
    areas = random.rand(4, 2, 2, 3).repeat(_SIZE // 2, 1).repeat(_SIZE // 2, 2)
    mixed = 0.8 * areas + 0.2 * random.rand(4, _SIZE, _SIZE, 3)
    return np.floor(mixed * 255.99).astype(np.uint8)


def _build_keras(**options):
    from keras.src.applications import efficientnet

    stages = [
        {
            "kernel_size": kernel_size,
            "repeats": repeats,
            "filters_in": _STEM,
            "filters_out": _STEM,
            "expand_ratio": expansion,
            "id_skip": True,
            "strides": stride,
            "se_ratio": 0.25,
        }
        for kernel_size, repeats, expansion, stride in _STAGES
    ]
    defaults = {
        "blocks_args": stages,
        "weights": None,
        "input_shape": (_SIZE, _SIZE, 3),
        "classes": _CLASSES,
        "classifier_activation": None,
    }
    return efficientnet.EfficientNet(_WIDTH, 1.0, _SIZE, **{**defaults, **options})


def _normalize(network) -> None:
    (layer,) = (x for x in network.layers if type(x).__name__ == "Normalization")
    layer.adapt_mean.assign(_MEAN)
    layer.adapt_variance.assign(_VARIANCE)
    layer.finalize_state()


def _save_keras(folder: pathlib.Path, pixels: np.ndarray) -> None:
    import keras

    images = pixels.astype(np.float32)
    model = _build_keras()
    _randomize(model)
    _normalize(model)
    logits = {"model": np.asarray(model(images))}
    model.save_weights(folder / "model.weights.h5")
    model.save(folder / "model.keras")
    model.save(folder / "model.h5")
    base = _build_keras(include_top=False)
    nested = keras.Sequential(
        [
            keras.layers.Input([_SIZE, _SIZE, 3]),
            keras.layers.RandomFlip(),
            base,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(5),
        ]
    )
    _randomize(nested)
    _normalize(base)
    base.trainable = False
    nested.compile("adam", "mse")
    logits["nested"] = np.asarray(nested(images, training=False))
    nested.save_weights(folder / "nested.weights.h5")
    nested.save(folder / "nested.keras")
    nested.save(folder / "nested.h5")
    np.savez_compressed(folder / "model.npz", pixels=pixels, **logits)


def _save_efficientnet(folder: pathlib.Path, pixels: np.ndarray) -> None:
    from efficientnet.model import BlockArgs, EfficientNet

    import efficientnet
    from efficientnet import tfkeras

    stages = [
        BlockArgs(
            kernel_size, repeats, _STEM, _STEM, expansion, True, [stride] * 2, 0.25
        )
        for kernel_size, repeats, expansion, stride in _STAGES
    ]
    build = efficientnet.inject_tfkeras_modules(EfficientNet)
    model = build(
        _WIDTH,
        1.0,
        _SIZE,
        blocks_args=stages,
        weights=None,
        input_shape=(_SIZE, _SIZE, 3),
        classes=_CLASSES,
    )
    _randomize(model)
    images = tfkeras.preprocess_input(pixels.astype(np.float32))
    model.save_weights(folder / "efficientnet.h5")
    np.savez_compressed(
        folder / "efficientnet.npz",
        pixels=pixels,
        logits=_compute_logits(model, images),
    )


def _compute_logits(model, images: np.ndarray) -> np.ndarray:
    """Returns what `probs` computes before its softmax."""
    from tensorflow import keras

    classifier = model.get_layer("probs")
    kernel, bias = classifier.get_weights()
    return keras.Model(model.input, classifier.input)(images).numpy() @ kernel + bias


def main() -> None:
    library, folder = sys.argv[1:]
    save = {"keras": _save_keras, "efficientnet": _save_efficientnet}[library]
    save(pathlib.Path(folder), _draw_pixels())


if __name__ == "__main__":
    main()
