"""Reads weights of Keras' EfficientNets, and of the PyPI package efficientnet."""

from __future__ import annotations

import dataclasses
import functools
import os
from typing import Iterator, Mapping, Sequence

import numpy as np

from ... import errors, escaping
from ...efficientnet import config as config_lib
from ...signatures import provenance
from . import keras_files, keras_paths, mapping, network_facts, size_bounds, source
from .containers import contents as contents_lib
from .containers import object_checkpoint, tensorflow_checkpoint
from .naming import (
    classifier,
    keras,
    keras_config,
    keras_head,
    keras_layers,
    keras_network,
    keras_normalization,
    reasons,
)


class KerasSource:
    """The weights in a Keras file, see `source.Source`."""

    def __init__(
        self,
        path: str,
        contents: contents_lib.Contents,
        found: keras_network.FoundNetwork,
        facts: network_facts.NetworkFacts,
        notes: Sequence[str],
    ):
        """Keeps what was found in a file.

        Args:
          path: what the user calls the file.
          contents: its arrays.
          found: the network in it.
          facts: what it says about the network.
          notes: what to report about how it was read.
        """
        self.facts = facts
        self.notes = notes
        self._path = path
        self._contents: contents_lib.Contents | None = contents
        self._found = found

    def read(
        self,
        network: config_lib.NetworkConfig,
        expected: Mapping[str, Sequence[int]],
        new_classifier: bool,
    ) -> source.Weights:
        """Reads the values, see `source.Source`.

        A Keras file holds one value of each variable: there are no moving averages.

        Raises:
          errors.InputError: if the file has no classifier and one is expected, or an
            array does not fit the network.
        """
        assert self._contents is not None  # A source is read once.
        contents, self._contents = self._contents, None
        place = _name_place(self._path)
        has_classifier = any(map(classifier.is_classifier, expected))
        entries = dict(self._found.variables)
        computed: Mapping[str, np.ndarray] = {}
        if has_classifier and not new_classifier:
            entries.update(_find_classifier(self._found, network, place))
            computed = _compute_classifier(self._found, network)
        found = _find_values(entries, contents, computed)
        new = {
            name: expected[name]
            for name in computed
            if name in expected and name not in found
        }
        there = {name: expected[name] for name in expected if name not in new}
        values = source.read_values(found, there, network.name, place)
        values.update({name: computed[name] for name in new})
        origin = "zeros" if self._found.folded is None else "of what is folded into it"
        return source.Weights(
            values={name: values[name] for name in expected},
            mapping=mapping.describe(
                found,
                {**contents.stored, **contents.left_out},
                functools.partial(_explain, self._found),
            ).add_new(new, f"{origin}: the layer of the source has no bias"),
            provenance=provenance.Provenance(
                f"Keras file {os.path.basename(os.path.abspath(self._path))}"
            ),
            trained=True,
            files=source.hash_files(keras_paths.list_files(self._path)),
            notes=[
                f"read {len(values)} variables from {place}",
                *self.notes,
                *_report_others(self._found, with_classifier=has_classifier),
            ],
        )


def _find_values(
    entries: Mapping[str, str],
    contents: contents_lib.Contents,
    computed: Mapping[str, np.ndarray],
) -> dict[str, mapping.Found]:
    """Returns where each variable comes from: an entry, or what is computed of some."""
    return {
        variable: mapping.Found(
            entry,
            contents.stored[entry],
            functools.partial(computed.__getitem__, variable)
            if variable in computed
            else functools.partial(contents.arrays.__getitem__, entry),
        )
        for variable, entry in entries.items()
    }


def _find_classifier(
    found: keras_network.FoundNetwork, network: config_lib.NetworkConfig, place: str
) -> dict[str, str]:
    """Returns the entry of the file for each variable of the classifier."""
    if found.classifier is None:
        raise errors.InputError(
            f"{place} must hold one dense layer that maps the "
            f"{network.num_features} pooled features to classes, found "
            f"{found.no_classifier}"
        )
    entries = found.classifier.entries
    return {
        variable: entries[part]
        for part, variable in keras.classifier_variables(network).items()
        if part in entries
    }


def _compute_classifier(
    found: keras_network.FoundNetwork, network: config_lib.NetworkConfig
) -> dict[str, np.ndarray]:
    """Returns the variables of the classifier whose values are not those of the file.

    A batch normalization may be folded into both. A `Dense(..., use_bias=False)` has a
    bias of zeros.
    """
    layer = found.classifier
    if layer is None:
        return {}
    variables = keras.classifier_variables(network)
    if found.folded is not None:
        return {variable: layer.values[part] for part, variable in variables.items()}
    if "bias" in layer.entries:
        return {}
    zeros = np.zeros(layer.values["kernel"].shape[-1:], np.float32)
    return {variables["bias"]: zeros}


def _explain(found: keras_network.FoundNetwork, entry: str) -> str:
    """Returns why an entry of a file is the value of no variable."""
    if keras_layers.is_of_training(entry):
        return reasons.TRAINING
    place = keras_layers.name_layer(entry)
    if place in [(layer.owner, layer.name) for layer in found.normalizations]:
        return reasons.NORMALIZATION
    folded = found.folded
    if folded is not None and place == (folded.owner, folded.name):
        return reasons.FOLDED
    head = found.classifier
    is_classifier = head is not None and place == (head.owner, head.name)
    return reasons.CLASSIFIER if is_classifier else reasons.OTHER_PART


def _report_others(
    found: keras_network.FoundNetwork, with_classifier: bool
) -> Iterator[str]:
    """Yields a note about the layers that are left out, if there are any."""
    others = list(found.others)
    if not with_classifier and found.classifier is not None:
        others.append(found.classifier)
    if others:
        names = [escaping.cut(layer.path) for layer in others]
        yield f"left out, as no part of the module: {escaping.list_names(names)}"


def open_source(
    path: str,
    network: config_lib.NetworkConfig,
    checkpoint: tensorflow_checkpoint.Checkpoint | None = None,
) -> KerasSource:
    """Finds a network in a file of Keras.

    Args:
      path: `.h5`, `.weights.h5`, `.keras`, or the prefix of the checkpoint that
        `save_weights` of Keras 2 writes.
      network: the network that it must hold. The number of its classes may differ.
      checkpoint: the checkpoint at the path, if it is open.

    Raises:
      errors.InputError: if the file is damaged, holds another network or more than
        one, or gives it images in a way that a module cannot.
      errors.DependencyError: if h5py is needed and missing.
    """
    place = _name_place(path)
    max_bytes = size_bounds.bound_bytes(network)
    if checkpoint is None:
        read = keras_files.read(path, max_bytes)
    else:
        contents = object_checkpoint.read_opened(checkpoint, max_bytes)
        read = keras_files.KerasContents(contents, None)
    layers = keras_layers.group(read.contents.arrays)
    found = keras_network.find(layers, network, place)
    model = keras_config.read(read.config, place) if read.config is not None else None
    found, folded = keras_head.fold(found, read.config, network.num_features)
    preprocessing, note = keras_normalization.find(
        found.normalizations, model, found.has_names, place
    )
    if model is not None and model.pools_maximum and found.classifier is not None:
        found = dataclasses.replace(
            found,
            classifier=None,
            no_classifier="one that takes the greatest value of each feature, which "
            f"modules do not compute: {keras_network.ADVICE}",
        )
    facts = network_facts.NetworkFacts(
        num_classes=_count_classes(found),
        preprocessing=preprocessing,
        # Keras pads strided convolutions by `correct_pad`: for images of even size by
        # k // 2 - 1 before and k // 2 after, of odd size by k // 2 on both sides. Both
        # are what SAME does. Where Keras does not know the size, it pads as for an
        # even one.
        padding=config_lib.SAME,
        batch_norm_epsilon=_find_epsilon(model),
        image_size=model.image_size if model else None,
    )
    notes = [note, *folded, *_report_scalings(model)]
    return KerasSource(path, read.contents, found, facts, notes)


def _name_place(path: str) -> str:
    """Returns what messages call a file."""
    return f"Keras file '{path}'"


def _count_classes(found: keras_network.FoundNetwork) -> int | None:
    if found.classifier is None or "kernel" not in found.classifier.values:
        return None
    shape = found.classifier.values["kernel"].shape
    return int(shape[-1]) if len(shape) == 2 else None


def _find_epsilon(model: keras_config.ModelFacts | None) -> float:
    if model is None or model.batch_norm_epsilon is None:
        return config_lib.BATCH_NORM_EPSILON  # The default of Keras Applications.
    return model.batch_norm_epsilon


def _report_scalings(model: keras_config.ModelFacts | None) -> Iterator[str]:
    if model is not None and model.other_scalings:
        names = escaping.list_names([escaping.cut(n) for n in model.other_scalings])
        yield (
            f"left out, as no part of the network: {names}, which may scale images; "
            "give --preprocessing if the network does not get RGB values in [0, 255]"
        )
