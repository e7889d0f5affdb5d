"""Writes variables as the `.weights.h5` file of a network of Keras Applications."""

from __future__ import annotations

import io
from typing import Any, Iterator, Mapping, Sequence

import numpy as np

from ... import dependencies, errors
from ...efficientnet import config as config_lib
from ...efficientnet import preprocessings
from .naming import classifier, keras


def write(
    path: str,
    values: Mapping[str, np.ndarray],
    network: config_lib.NetworkConfig,
) -> None:
    """Writes a file for `load_weights` of Keras 3 and of Keras 2.15.

    It is for the function of Keras Applications with `weights=None`, such as
    `EfficientNetB2(weights=None, classes=5)`, or `include_top=False` for a network
    without classifier. Its inputs are RGB values in [0, 255]. The arrays are those of
    the variables, bit for bit.

    Args:
      path: the file, which ends with '.weights.h5'. It is replaced, and may be written
        in part if the disk is full: its directory must be one that the caller removes.
      values: float32 array of each variable of the network, by name.
      network: the network.

    Raises:
      errors.InputError: if Keras' network computes something else.
      errors.DependencyError: if h5py is missing.
      OSError: if the file cannot be written.
    """
    layers = keras.list_layers(network)
    _check(path, network)
    h5py = dependencies.optional("h5py", "keras", "writing Keras files")
    # In memory first: HDF5 crashes where a file cannot be written, as on a full disk.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        # That of the model itself, which Keras 2 requires.
        file.create_group("vars")
        entries = _list_entries(layers, values, network)
        counts: dict[str, int] = {}
        for name, kind, arrays in entries:
            count = counts[kind] = counts.get(kind, -1) + 1
            group = f"layers/{kind}_{count}" if count else f"layers/{kind}"
            _write_layer(file.create_group(group + "/vars"), name, arrays)
    with errors.naming(path), open(path, "wb") as written:
        written.write(content.getbuffer())


def _check(path: str, network: config_lib.NetworkConfig) -> None:
    if not path.endswith(".weights.h5"):
        raise errors.InputError(
            f"a file for Keras must have a name that ends with '.weights.h5', by which "
            f"Keras knows its format, found '{path}'"
        )
    for name, expected in (
        ("padding", config_lib.SAME),
        ("batch_norm_epsilon", config_lib.BATCH_NORM_EPSILON),
    ):
        found = getattr(network, name)
        if found != expected:
            raise errors.InputError(
                f"{name} must be {expected!r} in a network of Keras, found {found!r}: "
                "are the weights from PyTorch? Convert them to one of its formats"
            )


def _list_entries(
    layers: Sequence[keras.Layer],
    values: Mapping[str, np.ndarray],
    network: config_lib.NetworkConfig,
) -> Iterator[tuple[str, str, Sequence[Any]]]:
    """Yields the name, the class and the arrays of each layer, in order."""
    statistics = preprocessings.parse(network.preprocessing)
    mean = np.array(statistics.offset) / 255
    variance = (np.array(statistics.scale) / 255) ** 2
    count = np.array(0, np.int64)
    yield (
        "normalization",
        keras.NORMALIZATION,
        [mean.astype(np.float32), variance.astype(np.float32), count],
    )
    for layer in layers:
        arrays = [values[variable] for variable in layer.variables.values()]
        yield layer.name, layer.kind, arrays
    if any(map(classifier.is_classifier, values)):
        variables = keras.classifier_variables(network).values()
        yield keras.CLASSIFIERS[0], keras.DENSE, [values[name] for name in variables]


def _write_layer(group: Any, name: str, arrays: Sequence[np.ndarray]) -> None:
    group.attrs["name"] = name  # as Keras 3 writes it
    for number, array in enumerate(arrays):
        # Without the time, which would make each file another one.
        group.create_dataset(str(number), data=array, track_times=False)
