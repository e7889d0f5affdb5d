"""Folds a batch normalization before the classifier of a Keras model into it.

The example of Keras for fine-tuning an EfficientNet has one between the pooled features
and the dense layer. In inference it multiplies each feature by a number and adds
another one, which the kernel and the bias of the dense layer can do. An activation
between the two would forbid it, and only a configuration shows that there is none.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

import numpy as np

from .... import escaping
from . import keras, keras_graph, keras_network
from .keras_layers import FoundLayer

_DENSE, _BATCH_NORM = "Dense", "BatchNormalization"
_POOLING = "GlobalAveragePooling2D"
# They change nothing in inference.
_DROPOUTS = ("Dropout", "SpatialDropout2D")
# The last layer of the network before the pooling.
_LAST = "top_activation"
_MOST_LAYERS = 20

_Layer = Mapping[str, Any]


def fold(
    found: keras_network.FoundNetwork, config: Any, num_features: int
) -> tuple[keras_network.FoundNetwork, list[str]]:
    """Folds the layers after a network into a classifier, if that is exact.

    Args:
      found: a network.
      config: the parsed configuration of the file, None if it has none.
      num_features: the number of features of the network.

    Returns:
      The network, with a classifier if there are a batch normalization and a dense
      layer after it, and the configuration shows that nothing else is; and notes.
    """
    layers = _find_layers(found, num_features)
    if layers is None:
        return found, []
    norm, dense = layers
    names = escaping.list_names([escaping.cut(each.path) for each in layers])
    epsilon = None if config is None else _find_epsilon(config)
    if epsilon is None:
        reason = (
            f"2 layers after the network, {names}, and no configuration of a model "
            "that has nothing else between them and the features: save the whole "
            f"model, or {keras_network.ADVICE}"
        )
        return dataclasses.replace(found, no_classifier=reason), []
    classifier = dataclasses.replace(
        dense, values=_fold_values(norm.values, dense.values, epsilon)
    )
    others = [
        layer for layer in found.others if layer is not norm and layer is not dense
    ]
    note = f"folded the batch normalization before the classifier into it: {names}"
    return dataclasses.replace(
        found, classifier=classifier, no_classifier="", others=others, folded=norm
    ), [note]


def _find_layers(
    found: keras_network.FoundNetwork, num_features: int
) -> tuple[FoundLayer, FoundLayer] | None:
    """Returns the batch normalization and the dense layer if no others have weights."""
    weighted = [each for each in found.others if keras_network.has_weights(each)]
    norms = [each for each in weighted if each.kind == keras.BATCH_NORM]
    denses = [each for each in weighted if each.kind == keras.DENSE]
    if found.classifier is not None or (len(weighted), len(norms)) != (2, 1):
        return None
    if len(denses) != 1:
        return None
    (norm,), (dense,) = norms, denses
    parts = keras.PARTS[keras.BATCH_NORM]
    shapes = [norm.values[part].shape for part in parts if part in norm.values]
    kernel = dense.values.get("kernel", np.zeros(0))
    if shapes != [(num_features,)] * len(parts) or kernel.ndim != 2:
        return None
    has_bias = "bias" in dense.values
    if kernel.shape[0] != num_features or (
        has_bias and dense.values["bias"].shape != kernel.shape[1:]
    ):
        return None
    return norm, dense


def _fold_values(
    norm: Mapping[str, np.ndarray], dense: Mapping[str, np.ndarray], epsilon: float
) -> dict[str, np.ndarray]:
    kernel = dense["kernel"].astype(np.float64)
    with np.errstate(all="ignore"):  # The weights are checked later.
        scale = norm["gamma"] / np.sqrt(
            norm["moving_variance"].astype(np.float64) + epsilon
        )
        offset = norm["beta"] - norm["moving_mean"] * scale
        bias = dense.get("bias", np.zeros(kernel.shape[1])) + offset @ kernel
        folded = {"kernel": scale[:, np.newaxis] * kernel, "bias": bias}
        return {part: value.astype(np.float32) for part, value in folded.items()}


def _find_epsilon(config: Any) -> float | None:
    """Returns the epsilon of the batch normalization, None if it cannot be folded."""
    models = list(keras_graph.list_models(config))
    denses = [
        (model, layer)
        for model in models
        for layer in keras_graph.list_layers(model)
        if keras_graph.class_of(layer) == _DENSE
    ]
    if len(denses) != 1:
        return None
    ((model, dense),) = denses
    chain = _list_chain(model, dense)
    norms = [each for each in chain if keras_graph.class_of(each) == _BATCH_NORM]
    poolings = [each for each in chain if keras_graph.class_of(each) == _POOLING]
    if len(norms) != 1 or len(poolings) != 1:
        return None
    options = keras_graph.options_of(norms[0])
    # The chain is in reverse order. Before the pooling, features have four dimensions.
    last_axis = 1 if chain.index(norms[0]) < chain.index(poolings[0]) else 3
    if options.get("axis") not in (-1, [-1], last_axis, [last_axis]):
        return None
    epsilon = options.get("epsilon")
    if not isinstance(epsilon, (int, float)) or isinstance(epsilon, bool):
        return None
    return float(epsilon) if 0 <= epsilon < 1 else None


def _list_chain(model: Mapping[str, Any], dense: _Layer) -> list[_Layer]:
    """Returns the layers between the network and a dense layer, [] if one forbids it.

    The pooling at the end of the network counts, inside it or behind it.
    """
    chain: list[_Layer] = []
    layer: _Layer | None = dense
    for _ in range(_MOST_LAYERS):
        if layer is None or not _is_called_once(layer):
            break
        layer = _find_before(keras_graph.list_layers(model), layer)
        if layer is None:
            break
        if keras_graph.name_of(layer).endswith(_LAST):
            return chain
        inner = keras_graph.options_of(layer)
        if "layers" in inner:
            # A model: the network, whose own last layers are looked at next.
            last = _find_last(inner)
            if last is None:
                break
            if keras_graph.name_of(last).endswith(_LAST):
                return chain
            model, layer = inner, last
        if keras_graph.class_of(layer) not in (_BATCH_NORM, _POOLING, *_DROPOUTS):
            break
        chain.append(layer)
    return []


def _find_before(layers: Sequence[_Layer], layer: _Layer) -> _Layer | None:
    """Returns the layer whose output a layer gets."""
    if "inbound_nodes" in layer:
        name = keras_graph.find_input(layer)
        return next((e for e in layers if keras_graph.name_of(e) == name), None)
    # Of a Sequential model.
    position = next(i for i, each in enumerate(layers) if each is layer)
    return layers[position - 1] if position else None


def _find_last(model: Mapping[str, Any]) -> _Layer | None:
    name = keras_graph.find_output(model)
    layers = keras_graph.list_layers(model) if isinstance(model["layers"], list) else []
    return next((each for each in layers if keras_graph.name_of(each) == name), None)


def _is_called_once(layer: _Layer) -> bool:
    """Returns whether a layer is called once, and not as in training."""
    nodes = layer.get("inbound_nodes", [])
    if not isinstance(nodes, list) or len(nodes) > 1:
        return False
    return not any(map(_trains, nodes))


def _trains(node: Any) -> bool:
    """Returns whether a call of a layer has the argument `training=True`.

    Keras 2 says `[["name", 0, 0, {"training": true}]]`, and Keras 3
    `{"args": [...], "kwargs": {"training": true}}`.
    """
    if isinstance(node, dict):
        arguments = [node.get("kwargs")]
    else:
        calls = node if isinstance(node, list) else []
        arguments = [call[-1] for call in calls if isinstance(call, list) and call]
    return any(
        isinstance(each, dict) and each.get("training") not in (None, False)
        for each in arguments
    )
