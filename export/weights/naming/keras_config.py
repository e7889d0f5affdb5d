"""Reads from a model's configuration in Keras what its network does with images.

Keras Applications' EfficientNets start with the layers Rescaling and Normalization. The
mean and the variance are variables, but the configuration alone shows whether there is
a second Rescaling: models made with `weights="imagenet"` have one.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Sequence

from .... import errors, escaping
from . import keras, keras_graph

# The most layers before the first convolution.
_MAX_LAYERS = 20

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
    models = [
        keras_graph.list_layers(model) for model in keras_graph.list_models(config)
    ]
    stems = [
        (model, layer)
        for model in models
        for layer in model
        if keras_graph.class_of(layer) == "Conv2D"
        and keras_graph.name_of(layer).endswith(keras.STEM)
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
            keras_graph.name_of(layer)
            for layer in every
            if keras_graph.class_of(layer) in (_RESCALING, _NORMALIZATION, "Lambda")
            and keras_graph.name_of(layer) not in used
        ],
        any(keras_graph.class_of(layer) == "GlobalMaxPooling2D" for layer in every),
    )


def _list_steps(
    model: Sequence[Mapping[str, Any]], stem: Mapping[str, Any], place: str
) -> list[Step]:
    by_name = {keras_graph.name_of(layer): layer for layer in model}
    normalizations = [
        keras_graph.name_of(m)
        for m in model
        if keras_graph.class_of(m) == _NORMALIZATION
    ]
    steps: list[Step] = []
    layer = stem
    for _ in range(_MAX_LAYERS):
        before = by_name.get(keras_graph.find_input(layer))
        # What is before the first Rescaling is not of the network.
        is_whole = len(steps) > 1 and steps[-2].normalization is not None
        if before is None or keras_graph.class_of(before) == _INPUT or is_whole:
            break
        layer = before
        if keras_graph.class_of(layer) == _NORMALIZATION:
            steps.append(_read_normalization(layer, normalizations, place))
        elif keras_graph.class_of(layer) == _RESCALING:
            steps.append(_read_rescaling(layer, place))
        elif keras_graph.class_of(layer) == _OPERATOR:
            steps.append(_read_operator(layer, place))
        elif keras_graph.class_of(layer) != _PADDING:
            raise _refuse(layer, place)
    return steps[::-1]


def _read_normalization(
    layer: Mapping[str, Any], normalizations: Sequence[str], place: str
) -> Step:
    options = keras_graph.options_of(layer)
    if options.get("invert") or options.get("mean") is not None:
        raise _refuse(layer, place)
    name = keras_graph.name_of(layer)
    return Step(name, normalization=normalizations.index(name))


def _read_rescaling(layer: Mapping[str, Any], place: str) -> Step:
    options = keras_graph.options_of(layer)
    scale = _read_numbers(options.get("scale"))
    offset = _read_numbers(options.get("offset", 0.0))
    if not scale or not offset:
        raise _refuse(layer, place)
    return Step(keras_graph.name_of(layer), scale, offset)


def _read_operator(layer: Mapping[str, Any], place: str) -> Step:
    """Reads `x / constant`, which is in the models of TensorFlow 2.6 to 2.8."""
    nodes = layer.get("inbound_nodes")
    arguments: Any = nodes
    for _ in range(3):
        if isinstance(arguments, list) and arguments:
            arguments = arguments[-1]
    divisor = _read_numbers(arguments.get("y") if isinstance(arguments, dict) else None)
    is_division = keras_graph.options_of(layer).get("function") == "math.truediv"
    if not is_division or not divisor or 0.0 in divisor:
        raise _refuse(layer, place)
    return Step(keras_graph.name_of(layer), [1 / number for number in divisor])


def _read_numbers(value: Any) -> list[float]:
    """Returns one number, or one for each of three channels, or nothing."""
    if isinstance(value, dict):  # Keras 3 writes arrays as dictionaries.
        value = keras_graph.options_of(value).get("value")
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
    name = escaping.cut(keras_graph.name_of(layer))
    return errors.InputError(
        f"the network of {place} must get images through Rescaling and Normalization "
        f"only, found its layer '{name}' of the class "
        f"{escaping.cut(keras_graph.class_of(layer))}: save its weights alone, and "
        "give --preprocessing"
    )


def _find_image_size(model: Sequence[Mapping[str, Any]]) -> int | None:
    """Returns the height of the images if it is known and they are square."""
    for layer in model:
        if keras_graph.class_of(layer) == _INPUT:
            options = keras_graph.options_of(layer)
            shape = options.get("batch_input_shape") or options.get("batch_shape")
            if isinstance(shape, list) and len(shape) == 4 and shape[1] == shape[2]:
                return shape[1] if type(shape[1]) is int else None
    return None


def _find_epsilon(model: Sequence[Mapping[str, Any]]) -> float | None:
    """Returns what all batch normalizations of the network add to the variance."""
    epsilons = [
        keras_graph.options_of(layer).get("epsilon")
        for layer in model
        if keras_graph.class_of(layer) == "BatchNormalization"
        and keras_graph.name_of(layer).endswith("_bn")
    ]
    found = {float(each) for each in epsilons if isinstance(each, (int, float))}
    return found.pop() if len(found) == 1 else None
