"""Describes a network by its stages: the layers and the cost of each.

The stages are the rows of arXiv 1905.11946, table 1, which has one row for the head and
the classifier together.
"""

from __future__ import annotations

import dataclasses
from typing import Iterable, Iterator, Sequence

from . import config as config_lib


@dataclasses.dataclass(frozen=True)
class Cost:
    """The cost of a part of a network.

    Attributes:
      parameters: number of trainable parameters.
      multiply_adds: number of multiply-adds of the convolutions and the classifier for
        one image of the expected size. As in the published figures, normalization,
        activations and pooling do not count.
    """

    parameters: int
    multiply_adds: int


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage after scaling.

    Attributes:
      name: 'stem', 'stage 1' ..., 'head' or 'classifier'.
      operator: the paper's name of its layers, e.g. 'MBConv6, k5x5'.
      layers: number of its layers.
      input_size: height and width of its input for images of the expected size, in
        pixels. The paper calls it resolution.
      output_size: height and width of its output for images of the expected size.
      filters: channels of its output.
      cost: its cost.
    """

    name: str
    operator: str
    layers: int
    input_size: int
    output_size: int
    filters: int
    cost: Cost


def stages(config: config_lib.NetworkConfig) -> list[Stage]:
    """Returns a network's stages from first to last."""
    return [_describe_stem(config), *_describe_stages(config), *_describe_head(config)]


def cost(config: config_lib.NetworkConfig) -> Cost:
    """Returns the cost of a network."""
    return _add(stage.cost for stage in stages(config))


def _describe_stem(config: config_lib.NetworkConfig) -> Stage:
    filters, size = config.scaled_stem_filters, config.stem_size
    convolution = _cost_convolution(3, filters, 3, size)
    return Stage("stem", "Conv, k3x3", 1, config.image_size, size, filters, convolution)


def _describe_stages(config: config_lib.NetworkConfig) -> Iterator[Stage]:
    blocks = config.blocks()
    for position in range(len(config.stages)):
        yield _describe_stage([block for block in blocks if block.stage == position])


def _describe_stage(blocks: Sequence[config_lib.BlockConfig]) -> Stage:
    first, last = blocks[0], blocks[-1]
    return Stage(
        name=f"stage {first.stage + 1}",
        operator=f"MBConv{first.expansion}, k{first.kernel_size}x{first.kernel_size}",
        layers=len(blocks),
        input_size=first.input_size,
        output_size=last.output_size,
        filters=last.output_filters,
        cost=_add(part for block in blocks for part in _cost_block(block)),
    )


def _describe_head(config: config_lib.NetworkConfig) -> Iterator[Stage]:
    last = config.blocks()[-1]
    size, features = last.output_size, config.num_features
    convolution = _cost_convolution(last.output_filters, features, 1, size)
    yield Stage("head", "Conv, k1x1", 1, size, size, features, convolution)
    if config.num_classes is not None:
        classes = config.num_classes
        yield Stage(
            "classifier",
            "Pooling, dense",
            1,
            size,
            1,
            classes,
            _cost_dense(features, classes),
        )


def _cost_block(block: config_lib.BlockConfig) -> Iterator[Cost]:
    inner = block.expanded_filters
    if block.expansion != 1:
        yield _cost_convolution(block.input_filters, inner, 1, block.input_size)
    # A depthwise convolution has one kernel for each channel.
    yield _cost_normalized(inner * block.kernel_size**2, inner, block.output_size)
    if block.squeeze_filters is not None:
        # The two convolutions are applied to one pixel, the mean of all pixels.
        yield _cost_dense(inner, block.squeeze_filters)
        yield _cost_dense(block.squeeze_filters, inner)
    yield _cost_convolution(inner, block.output_filters, 1, block.output_size)


def _cost_convolution(inputs: int, outputs: int, kernel_size: int, size: int) -> Cost:
    return _cost_normalized(inputs * outputs * kernel_size**2, outputs, size)


def _cost_normalized(kernel: int, outputs: int, size: int) -> Cost:
    """Returns the cost of a convolution without bias, and its batch normalization."""
    return Cost(kernel + 2 * outputs, kernel * size**2)


def _cost_dense(inputs: int, outputs: int) -> Cost:
    return Cost(inputs * outputs + outputs, inputs * outputs)


def _add(costs: Iterable[Cost]) -> Cost:
    summands = list(costs)
    return Cost(
        sum(each.parameters for each in summands),
        sum(each.multiply_adds for each in summands),
    )
