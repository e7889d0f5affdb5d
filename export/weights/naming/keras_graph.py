"""Reads the layers in a model's configuration of Keras, and how they are connected."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

# The most models within models, and the most levels of what names an input.
_MAX_MODELS = 1000
_MAX_LEVELS = 20


def list_models(config: Any) -> Iterator[Mapping[str, Any]]:
    """Yields the options of a model, and of each model within.

    Args:
      config: the parsed JSON of a model or of anything.
    """
    pending = [config]
    for _ in range(_MAX_MODELS):
        if not pending:
            return
        options = options_of(pending.pop())
        if isinstance(options.get("layers"), list):
            yield options
            pending.extend(list_layers(options))


def list_layers(model: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns the layers in the options of a model."""
    return [layer for layer in model["layers"] if isinstance(layer, dict)]


def options_of(layer: Any) -> Mapping[str, Any]:
    """Returns the options of a layer or a model."""
    options = layer.get("config") if isinstance(layer, dict) else None
    return options if isinstance(options, dict) else {}


def class_of(layer: Mapping[str, Any]) -> str:
    """Returns the name of a layer's class."""
    return str(layer.get("class_name", ""))


def name_of(layer: Mapping[str, Any]) -> str:
    """Returns a layer's name."""
    return str(layer.get("name") or options_of(layer).get("name") or "")


def find_input(layer: Mapping[str, Any]) -> str:
    """Returns the name of the layer whose output a layer gets, or ''.

    Keras 2 says `[[["name", 0, 0, {}]]]`, of an operator `[["name", 0, 0, {}]]`, and
    Keras 3 says `[{"args": [{..., "config": {"keras_history": ["name", 0, 0]}}]}]`.
    """
    node = layer.get("inbound_nodes")
    for _ in range(_MAX_LEVELS):
        if isinstance(node, list) and node:
            node = node[0]
        elif isinstance(node, dict) and "args" in node:
            node = node["args"]
        elif isinstance(node, dict):
            node = options_of(node).get("keras_history")
        else:
            break
    return node if isinstance(node, str) else ""


def find_output(model: Mapping[str, Any]) -> str:
    """Returns the name of the layer whose output is that of a model, or ''.

    Keras 2 says `[["name", 0, 0]]`, and Keras 3 `["name", 0, 0]`.
    """
    node = model.get("output_layers")
    for _ in range(_MAX_LEVELS):
        if not isinstance(node, list) or not node:
            break
        node = node[0]
    return node if isinstance(node, str) else ""
