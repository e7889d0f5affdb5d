"""Reads from a model's configuration in Keras what its network does with images.

Keras Applications' EfficientNets start with the layers Rescaling and Normalization. The
mean and the variance are variables, but the configuration alone shows whether there is
a second Rescaling: models made with `weights="imagenet"` have one.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Iterator, Mapping, Sequence

from .... import errors, escaping
from . import keras

# The most layers before the first convolution, and models within models.
_MAX_LAYERS = 20
_MAX_MODELS = 1000

_PADDING = "ZeroPadding2D"
_RESCALING = "Rescaling"
_NORMALIZATION = "Normalization"
# An operator of Python on a tensor of Keras 2.
_OPERATOR = "TFOpLambda"
_INPUT = "InputLayer"


@dataclasses.dataclass(frozen=True)
class Step:
    """A layer between the image and the first convolution.

    Attributes:
      name: its name.
      scale: factor on each channel, one number or three, and
      offset: what is added then. Unused for a normalization.
      normalization: its position among the model's normalizations, or None.
    """

    name: str
    scale: Sequence[float] = (1.0,)
    offset: Sequence[float] = (0.0,)
    normalization: int | None = None


@dataclasses.dataclass(frozen=True)
class ModelFacts:
    """What a configuration says about the network.

    Attributes:
      steps: the layers before the first convolution, in order of use. The first one
        gets RGB values in [0, 255].
      image_size: the height and width of its images, in pixels, or None.
      batch_norm_epsilon: of its batch normalizations, or None.
      other_scalings: names of other layers of the file that scale images.
      pools_maximum: whether a layer takes the greatest value of each channel.
    """

    steps: Sequence[Step]
    image_size: int | None
    batch_norm_epsilon: float | None
    other_scalings: Sequence[str]
    pools_maximum: bool


def read(config: Any, place: str) -> ModelFacts | None:
    """Reads the configuration of a model.

    Args:
      config: the parsed JSON of `model_config` or `config.json`.
      place: what messages call the file.

    Returns:
      What it says, or None if it does not describe one network with a 'stem_conv'.

    Raises:
      errors.InputError: if the network gets its images through layers that the
        normalization of a module cannot express.
    """
    models = list(_list_models(config))
    stems = [
        (model, layer)
        for model in models
        for layer in model
        if _class(layer) == "Conv2D" and _name(layer).endswith(keras.STEM)
    ]
    if len(stems) != 1:
        return None
    ((model, stem),) = stems
    steps = _list_steps(model, stem, place)
    used = {step.name for step in steps}
    every = [layer for each in models for layer in each]
    return ModelFacts(
        steps,
        _find_image_size(model),
        _find_epsilon(model),
        [
            _name(layer)
            for layer in every
            if _class(layer) in (_RESCALING, _NORMALIZATION, "Lambda")
            and _name(layer) not in used
        ],
        any(_class(layer) == "GlobalMaxPooling2D" for layer in every),
    )


def _list_models(config: Any) -> Iterator[list[Mapping[str, Any]]]:
    """Yields the layers of a model, and of each model within."""
    pending = [config]
    for _ in range(_MAX_MODELS):
        if not pending:
            return
        layers = _options(pending.pop()).get("layers")
        if isinstance(layers, list):
            layers = [layer for layer in layers if isinstance(layer, dict)]
            yield layers
            pending.extend(layers)


def _options(layer: Any) -> Mapping[str, Any]:
    options = layer.get("config") if isinstance(layer, dict) else None
    return options if isinstance(options, dict) else {}


def _class(layer: Mapping[str, Any]) -> str:
    return str(layer.get("class_name", ""))


def _name(layer: Mapping[str, Any]) -> str:
    return str(layer.get("name") or _options(layer).get("name") or "")


def _list_steps(
    model: Sequence[Mapping[str, Any]], stem: Mapping[str, Any], place: str
) -> list[Step]:
    by_name = {_name(layer): layer for layer in model}
    normalizations = [_name(m) for m in model if _class(m) == _NORMALIZATION]
    steps: list[Step] = []
    layer = stem
    for _ in range(_MAX_LAYERS):
        before = by_name.get(_find_input(layer))
        # What is before the first Rescaling is not of the network.
        is_whole = len(steps) > 1 and steps[-2].normalization is not None
        if before is None or _class(before) == _INPUT or is_whole:
            break
        layer = before
        if _class(layer) == _NORMALIZATION:
            steps.append(_read_normalization(layer, normalizations, place))
        elif _class(layer) == _RESCALING:
            steps.append(_read_rescaling(layer, place))
        elif _class(layer) == _OPERATOR:
            steps.append(_read_operator(layer, place))
        elif _class(layer) != _PADDING:
            raise _refuse(layer, place)
    return steps[::-1]


def _find_input(layer: Mapping[str, Any]) -> str:
    """Returns the name of the layer whose output a layer gets, or ''.

    Keras 2 says `[[["name", 0, 0, {}]]]`, of an operator `[["name", 0, 0, {}]]`, and
    Keras 3 says `[{"args": [{..., "config": {"keras_history": ["name", 0, 0]}}]}]`.
    """
    node = layer.get("inbound_nodes")
    for _ in range(_MAX_LAYERS):
        if isinstance(node, list) and node:
            node = node[0]
        elif isinstance(node, dict) and "args" in node:
            node = node["args"]
        elif isinstance(node, dict):
            node = _options(node).get("keras_history")
        else:
            break
    return node if isinstance(node, str) else ""


def _read_normalization(
    layer: Mapping[str, Any], normalizations: Sequence[str], place: str
) -> Step:
    options = _options(layer)
    if options.get("invert") or options.get("mean") is not None:
        raise _refuse(layer, place)
    name = _name(layer)
    return Step(name, normalization=normalizations.index(name))


def _read_rescaling(layer: Mapping[str, Any], place: str) -> Step:
    options = _options(layer)
    scale = _read_numbers(options.get("scale"))
    offset = _read_numbers(options.get("offset", 0.0))
    if not scale or not offset:
        raise _refuse(layer, place)
    return Step(_name(layer), scale, offset)


def _read_operator(layer: Mapping[str, Any], place: str) -> Step:
    """Reads `x / constant`, which is in the models of TensorFlow 2.6 to 2.8."""
    nodes = layer.get("inbound_nodes")
    arguments: Any = nodes
    for _ in range(3):
        if isinstance(arguments, list) and arguments:
            arguments = arguments[-1]
    divisor = _read_numbers(arguments.get("y") if isinstance(arguments, dict) else None)
    is_division = _options(layer).get("function") == "math.truediv"
    if not is_division or not divisor or 0.0 in divisor:
        raise _refuse(layer, place)
    return Step(_name(layer), [1 / number for number in divisor])


def _read_numbers(value: Any) -> list[float]:
    """Returns one number, or one for each of three channels, or nothing."""
    if isinstance(value, dict):  # Keras 3 writes arrays as dictionaries.
        value = _options(value).get("value")
    numbers = value if isinstance(value, list) else [value]
    is_number = all(
        isinstance(number, (int, float)) and not isinstance(number, bool)
        for number in numbers
    )
    if not is_number or len(numbers) not in (1, 3):
        return []
    try:
        return [float(number) for number in numbers]
    except OverflowError:
        return []


def _refuse(layer: Mapping[str, Any], place: str) -> errors.InputError:
    return errors.InputError(
        f"the network of {place} must get images through Rescaling and Normalization "
        f"only, found its layer '{escaping.cut(_name(layer))}' of the class "
        f"{escaping.cut(_class(layer))}: save its weights alone, and give "
        "--preprocessing"
    )


def _find_image_size(model: Sequence[Mapping[str, Any]]) -> int | None:
    """Returns the height of the images if it is known and they are square."""
    for layer in model:
        if _class(layer) == _INPUT:
            options = _options(layer)
            shape = options.get("batch_input_shape") or options.get("batch_shape")
            if isinstance(shape, list) and len(shape) == 4 and shape[1] == shape[2]:
                return shape[1] if type(shape[1]) is int else None
    return None


def _find_epsilon(model: Sequence[Mapping[str, Any]]) -> float | None:
    """Returns what all batch normalizations of the network add to the variance."""
    epsilons = [
        _options(layer).get("epsilon")
        for layer in model
        if _class(layer) == "BatchNormalization" and _name(layer).endswith("_bn")
    ]
    found = {float(each) for each in epsilons if isinstance(each, (int, float))}
    return found.pop() if len(found) == 1 else None
