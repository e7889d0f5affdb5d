"""Small files of weights that are right, as Keras, h5py and safetensors write them."""

from __future__ import annotations

import pathlib
import zipfile
from typing import Any

import h5py
import numpy as np
import tensorflow as tf
from safetensors import numpy as safetensors_numpy

from efficientnet_hub.tests.export.weights.containers import keras_models

_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def make(folder: pathlib.Path) -> dict[str, Any]:
    """Returns the contents of files: lists of them, or by the names of members."""
    model = keras_models.make_model()
    model.save(str(folder / "model.keras"))
    model.save_weights(str(folder / "keras.h5"), save_format="h5")
    model.save_weights(str(folder / "objects"), save_format="tf")
    for version in ("earliest", "latest"):
        _write_hdf5(folder / f"{version}.h5", version)
    safetensors_numpy.save_file(
        {"conv_stem.weight": np.ones((2, 3), np.float32), "count": np.array(1)},
        str(folder / "model.safetensors"),
        {"format": "pt"},
    )
    with zipfile.ZipFile(str(folder / "model.keras")) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    # Keras writes the time there.
    members["metadata.json"] = b'{"keras_version": "2.15.0", "date_saved": "2024"}'
    reader = tf.train.load_checkpoint(str(folder / "objects"))
    return {
        "hdf5": [path.read_bytes() for path in sorted(folder.glob("*.h5"))],
        "keras": members,
        "objects": reader.get_tensor(_GRAPH),
        "safetensors": (folder / "model.safetensors").read_bytes(),
    }


def _write_hdf5(path: pathlib.Path, version: str) -> None:
    with h5py.File(str(path), "w", libver=version) as file:
        file.attrs["layer_names"] = ["conv2d", "batch_normalization"]
        file.attrs["model_config"] = "{}"
        group = file.create_group("layers/conv2d/vars")
        group.attrs["name"] = "stem_conv"
        group["0"] = np.ones((3, 4), np.float16)
        group.create_dataset(
            "1",
            data=np.arange(300, dtype=np.float32).reshape(20, 15),
            chunks=(6, 6),
            compression="gzip",
            shuffle=True,
            fletcher32=True,
        )
