"""The layers of Keras Applications' EfficientNets, and their variables.

The PyPI package efficientnet (of qubvel) has the same layers, except that it calls the
classifier 'probs' and has no normalization. Both lay out arrays as TensorFlow does.

Source: keras/src/applications/efficientnet.py of Keras 2.15 and 3.15, and
efficientnet/model.py of efficientnet 1.1.1.
"""

from __future__ import annotations

import dataclasses
from typing import Iterator, Mapping, Sequence

from .... import errors
from ....efficientnet import config as config_lib

CONV = "conv2d"
DEPTHWISE_CONV = "depthwise_conv2d"
BATCH_NORM = "batch_normalization"
DENSE = "dense"
NORMALIZATION = "normalization"

# The variables of each class of layers, in the order of `layer.weights`. A class has
# the name that `.weights.h5` files give it.
PARTS = {
    CONV: ("kernel", "bias"),
    DEPTHWISE_CONV: ("depthwise_kernel", "bias"),
    BATCH_NORM: ("gamma", "beta", "moving_mean", "moving_variance"),
    DENSE: ("kernel", "bias"),
    NORMALIZATION: ("mean", "variance", "count"),
}

STEM = "stem_conv"
# What Keras Applications and the package efficientnet call the classifier.
CLASSIFIERS = ("predictions", "probs")


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer with variables.

    Attributes:
      name: its name in Keras.
      kind: its class, a key of PARTS.
      shape: the shape of its first variable, the kernel or the scale.
      variables: the name of our variable for each of its parts, see PARTS.
    """

    name: str
    kind: str
    shape: Sequence[int]
    variables: Mapping[str, str]


def list_layers(network: config_lib.NetworkConfig) -> list[Layer]:
    """Returns the layers of a network without the classifier, in order of use.

    The layers of each kind are in the order of `model.layers` also: they form a chain,
    and Keras sorts layers by their distance to the output.

    Raises:
      errors.InputError: if it is a Lite variant, which Keras does not have.
    """
    if network.lite:
        raise errors.InputError(
            "weights of Keras must be for an EfficientNet with squeeze-and-excite, "
            f"found the network {network.name}: is it of another library?"
        )
    return list(_make_layers(network))


def classifier_variables(network: config_lib.NetworkConfig) -> dict[str, str]:
    """Returns the name of our variable for each part of the classifier."""
    return _name_parts(network, DENSE, "head/dense")


def _make_layers(network: config_lib.NetworkConfig) -> Iterator[Layer]:
    def convolution(name: str, scope: str, size: int, *channels: int) -> Layer:
        variables = _name_parts(network, CONV, scope)
        if "/se/" not in scope:  # Batch normalization follows, which has a bias.
            del variables["bias"]
        return Layer(name, CONV, (size, size, *channels), variables)

    def norm(name: str, scope: str, channels: int) -> Layer:
        variables = _name_parts(network, BATCH_NORM, scope)
        return Layer(name, BATCH_NORM, (channels,), variables)

    filters = network.scaled_stem_filters
    yield convolution(STEM, "stem/conv2d", 3, 3, filters)
    yield norm("stem_bn", "stem/tpu_batch_normalization", filters)
    blocks = network.blocks()
    for name, block in zip(_name_blocks(blocks), blocks):
        scope, inner = f"blocks_{block.index}/", block.expanded_filters
        norms = (f"{scope}tpu_batch_normalization{end}" for end in ("", "_1", "_2"))
        projection = "conv2d"
        if block.expansion != 1:
            projection = "conv2d_1"
            yield convolution(
                name + "expand_conv", scope + "conv2d", 1, block.input_filters, inner
            )
            yield norm(name + "expand_bn", next(norms), inner)
        variable = f"{network.name}/{scope}depthwise_conv2d/depthwise_kernel"
        yield Layer(
            name + "dwconv",
            DEPTHWISE_CONV,
            (block.kernel_size, block.kernel_size, inner, 1),
            {"depthwise_kernel": variable},
        )
        yield norm(name + "bn", next(norms), inner)
        squeezed = block.squeeze_filters
        if squeezed is not None:
            squeeze = scope + "se/conv2d"
            yield convolution(name + "se_reduce", squeeze, 1, inner, squeezed)
            yield convolution(name + "se_expand", squeeze + "_1", 1, squeezed, inner)
        yield convolution(
            name + "project_conv", scope + projection, 1, inner, block.output_filters
        )
        yield norm(name + "project_bn", next(norms), block.output_filters)
    last, features = blocks[-1].output_filters, network.num_features
    yield convolution("top_conv", "head/conv2d", 1, last, features)
    yield norm("top_bn", "head/tpu_batch_normalization", features)


def _name_blocks(blocks: Sequence[config_lib.BlockConfig]) -> Iterator[str]:
    """Yields the start of the names of each block's layers, such as 'block2a_'."""
    repeat = 0
    for previous, block in zip((None, *blocks), blocks):
        is_first = previous is None or previous.stage != block.stage
        repeat = 0 if is_first else repeat + 1
        yield f"block{block.stage + 1}{chr(ord('a') + repeat)}_"


def _name_parts(
    network: config_lib.NetworkConfig, kind: str, scope: str
) -> dict[str, str]:
    return {part: f"{network.name}/{scope}/{part}" for part in PARTS[kind]}
